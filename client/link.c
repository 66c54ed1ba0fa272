#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

static void set_options(void *s)
{
	static const struct {
		int option, value;
	} options[] = {
		{ ZMQ_LINGER, 0 },
		{ ZMQ_SNDHWM, 16 },
		{ ZMQ_IMMEDIATE, 1 },
		{ ZMQ_HEARTBEAT_IVL, 1000 },
		{ ZMQ_RECONNECT_IVL_MAX, 1000 },
	};
	int64_t largest = WIRE_MAX_MESSAGE;
	zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &largest, sizeof(largest));
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		zmq_setsockopt(s, options[i].option, &options[i].value, sizeof(int));
}

int link_open(void *context, int type, const char *endpoint, struct failure *f, void **ret)
{
	void *s = zmq_socket(context, type);
	if (!s)
		return failure_set(f, -errno, "%s: %s", endpoint, zmq_strerror(errno));
	set_options(s);
	if (zmq_connect(s, endpoint) < 0) {
		int code = errno;
		zmq_close(s);
		return failure_set(f, -code, "%s: %s", endpoint, zmq_strerror(code));
	}
	*ret = s;
	return 0;
}

int link_subscribe(void *socket, const char *kind, const char *name)
{
	char topic[96];
	int n = snprintf(topic, sizeof(topic), "%s/%s", kind, name);
	if (n >= (int)sizeof(topic))
		return -EINVAL;
	return zmq_setsockopt(socket, ZMQ_SUBSCRIBE, topic, (size_t)n) < 0 ? -errno : 0;
}

static bool more_frames(void *socket)
{
	int more = 0;
	size_t size = sizeof(more);
	return zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == 0 && more;
}

/* A frame longer than `size` is cut; it then has more than `size` bytes. */
static int receive_frame(void *socket, void *to, size_t size, size_t *ret_size)
{
	int n = zmq_recv(socket, to, size, ZMQ_DONTWAIT);
	if (n < 0)
		return -errno;
	*ret_size = (size_t)n;
	return 0;
}

int link_receive(void *socket, struct link_message *m)
{
	int frames = 1;
	int r = receive_frame(socket, m->topic, sizeof(m->topic), &m->topic_size);
	if (r < 0)
		return r;
	for (; more_frames(socket); frames++) {
		/* The frames of a message come together: this cannot be -EAGAIN. */
		r = receive_frame(socket, m->body, sizeof(m->body), &m->body_size);
		if (r < 0)
			return r;
	}
	return frames == 2 && m->topic_size <= sizeof(m->topic) && m->body_size <= sizeof(m->body);
}

bool link_topic_is(const struct link_message *m, const char *kind, const char *name)
{
	char topic[96];
	int n = snprintf(topic, sizeof(topic), "%s/%s", kind, name);
	return m->topic_size == (size_t)n && memcmp(m->topic, topic, (size_t)n) == 0;
}

int link_send(void *socket, const char *topic, const void *body, size_t body_size)
{
	if (zmq_send(socket, topic, strlen(topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
		return -errno;
	return zmq_send(socket, body, body_size, ZMQ_DONTWAIT) < 0 ? -errno : 0;
}
