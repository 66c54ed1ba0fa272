#include "redial.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WAIT_MS 200 /* for libzmq to connect again by itself; and between two attempts here */

static void on_timer(uv_timer_t *timer)
{
	struct redial *r = timer->data;
	r->on_redial(r->arg, r->spoke);
	r->spoke = false;
	zmq_disconnect(r->socket, r->endpoint); /* what is left of it, if anything */
	zmq_connect(r->socket, r->endpoint);
}

static void on_event(void *arg, zmq_msg_t *frames, int n)
{
	struct redial *r = arg;
	uint16_t event;
	if (n < 1 || zmq_msg_size(&frames[0]) < sizeof(event))
		return;
	memcpy(&event, zmq_msg_data(&frames[0]), sizeof(event));
	switch (event) {
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		r->spoke = true;
		break;
	case ZMQ_EVENT_DISCONNECTED:
		uv_timer_start(&r->timer, on_timer, WAIT_MS, 0);
		break;
	case ZMQ_EVENT_CONNECT_RETRIED: /* libzmq does it by itself */
		uv_timer_stop(&r->timer);
		r->spoke = false;
		break;
	}
}

static int watch(struct redial *r, void *zmq, uv_loop_t *loop)
{
	char name[64];
	snprintf(name, sizeof(name), "inproc://redial-%p", r->socket);
	if (zmq_socket_monitor(r->socket, name,
			       ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED |
				       ZMQ_EVENT_HANDSHAKE_SUCCEEDED) < 0)
		return -errno;
	r->events = zmq_socket(zmq, ZMQ_PAIR);
	if (!r->events)
		return -errno;
	if (zmq_connect(r->events, name) < 0)
		return -errno;
	return zpoll_start(&r->zpoll, loop, r->events, on_event, r);
}

int redial_start(struct redial *r, void *zmq, uv_loop_t *loop, void *socket, const char *endpoint)
{
	r->socket = socket;
	r->endpoint = endpoint;
	int status = watch(r, zmq, loop);
	if (status < 0) {
		if (r->events)
			zmq_close(r->events);
		r->events = NULL;
		return status;
	}
	uv_timer_init(loop, &r->timer);
	r->timer.data = r;
	return 0;
}

void redial_stop(struct redial *r)
{
	if (!r->events)
		return;
	zmq_socket_monitor(r->socket, NULL, 0);
	zpoll_stop(&r->zpoll);
	uv_close((uv_handle_t *)&r->timer, NULL);
	zmq_close(r->events);
	r->events = NULL;
}
