#include "zpoll.h"

#include <errno.h>

static void discard_rest(void *socket)
{
	zmq_msg_t frame;
	int more = 1;
	while (more) {
		zmq_msg_init(&frame);
		if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0)
			more = 0;
		else
			more = zmq_msg_more(&frame);
		zmq_msg_close(&frame);
	}
}

/* One message of any number of frames. False when there is none. */
static bool receive(struct zpoll *z)
{
	int n = 0;
	bool more = true;
	while (more && n < ZPOLL_FRAMES) {
		zmq_msg_init(&z->frames[n]);
		if (zmq_msg_recv(&z->frames[n], z->socket, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&z->frames[n]);
			break;
		}
		more = zmq_msg_more(&z->frames[n]);
		n++;
	}
	if (n == 0)
		return false;
	if (more && n == ZPOLL_FRAMES) {
		discard_rest(z->socket);
		z->on_message(z->arg, z->frames, n + 1);
	} else {
		z->on_message(z->arg, z->frames, n);
	}
	for (int i = 0; i < n; i++)
		zmq_msg_close(&z->frames[i]);
	return true;
}

static void on_more(uv_idle_t *idle)
{
	zpoll_drain(idle->data);
}

static void go_on_later(struct zpoll *z, bool later)
{
	if (later == z->idling)
		return;
	if (later)
		uv_idle_start(&z->more, on_more);
	else
		uv_idle_stop(&z->more);
	z->idling = later;
}

void zpoll_drain(struct zpoll *z)
{
	int n = 0;
	while (n < ZPOLL_BATCH && receive(z))
		n++;
	go_on_later(z, n == ZPOLL_BATCH);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)events;
	if (status == 0)
		zpoll_drain(poll->data);
}

int zpoll_start(struct zpoll *z, uv_loop_t *loop, void *socket, zpoll_message_fn *on_message, void *arg)
{
	int fd;
	size_t size = sizeof(fd);
	if (zmq_getsockopt(socket, ZMQ_FD, &fd, &size) < 0)
		return -errno;
	*z = (struct zpoll){ .socket = socket, .on_message = on_message, .arg = arg };
	z->poll.data = z->more.data = z;
	int r = uv_poll_init(loop, &z->poll, fd);
	if (r < 0)
		return r;
	uv_idle_init(loop, &z->more);
	r = uv_poll_start(&z->poll, UV_READABLE, on_readable);
	go_on_later(z, true); /* what came before the first edge */
	return r;
}

void zpoll_stop(struct zpoll *z)
{
	if (!z->socket)
		return;
	uv_close((uv_handle_t *)&z->poll, NULL);
	uv_close((uv_handle_t *)&z->more, NULL);
	z->socket = NULL;
}
