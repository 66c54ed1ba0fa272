#include "ctl_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "clock.h"
#include "ctl_message.h"
#include "ctl_target.h"
#include "link.h"

struct ctl_request {
	void *context, *socket;
	const char *endpoint;
	int timeout_ms;
	uint64_t id;
	struct link_message message;
};

int ctl_request_open(const char *endpoint, int timeout_ms, struct failure *f, struct ctl_request **ret)
{
	int r = ctl_target_check(endpoint, f);
	if (r < 0)
		return r;
	struct ctl_request *c = calloc(1, sizeof(*c));
	if (!c || !(c->context = zmq_ctx_new())) {
		free(c);
		return failure_set(f, -ENOMEM, "out of memory");
	}
	c->endpoint = endpoint;
	c->timeout_ms = timeout_ms;
	c->id = (uint64_t)
		clock_unix_ns(); /* an answer to another caller's question cannot be taken for ours */
	r = link_open(c->context, ZMQ_DEALER, endpoint, f, &c->socket);
	if (r < 0) {
		ctl_request_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void ctl_request_close(struct ctl_request *c)
{
	if (!c)
		return;
	if (c->socket)
		zmq_close(c->socket);
	zmq_ctx_term(c->context);
	free(c);
}

/* Until the socket is ready for `events`, or `until_ns`. */
static int wait_for(struct ctl_request *c, short events, int64_t until_ns, struct failure *f)
{
	int64_t left_ms = (until_ns - clock_now_ns() + NS_PER_MS - 1) / NS_PER_MS;
	zmq_pollitem_t item = { .socket = c->socket, .events = events };
	int n = left_ms > 0 ? zmq_poll(&item, 1, (long)left_ms) : 0;
	if (n < 0)
		return failure_set(f, -errno, "%s: %s", c->endpoint, zmq_strerror(errno));
	if (n == 0)
		return failure_set(f, -ETIMEDOUT, "bcid does not answer at %s: is it running?", c->endpoint);
	return 0;
}

int ctl_request_send(struct ctl_request *c, Bcid__V1__Request *request, struct failure *f)
{
	request->id = c->id + 1;
	size_t size = bcid__v1__request__get_packed_size(request);
	if (size > sizeof(c->message.body))
		return failure_set(f, -EINVAL, "more than bcid takes in one message");
	bcid__v1__request__pack(request, c->message.body);
	int r = link_send(c->socket, "request", c->message.body, size);
	if (r < 0)
		return failure_set(f, r, "%s: %s", c->endpoint, zmq_strerror(-r));
	c->id++;
	return 0;
}

/* The message at hand, where it is a reply at all: 1, and the reply, or NULL where nobody can read it. */
static int unpack(struct ctl_request *c, Bcid__V1__Reply **ret)
{
	const struct link_message *m = &c->message;
	if (m->topic_size != 5 || memcmp(m->topic, "reply", 5) != 0)
		return 0;
	*ret = bcid__v1__reply__unpack(NULL, m->body_size, m->body);
	return 1;
}

int ctl_request_take(struct ctl_request *c, struct failure *f, Bcid__V1__Reply **ret)
{
	Bcid__V1__Reply *reply;
	int r;
	while ((r = link_receive(c->socket, &c->message)) >= 0) {
		if (r == 0 || !unpack(c, &reply))
			continue;
		if (!reply)
			return failure_set(f, -EPROTO, "%s: an answer that bcictl cannot read", c->endpoint);
		if (reply->id == c->id) {
			ctl_message_clean(&reply->base);
			*ret = reply;
			return 0;
		}
		bcid__v1__reply__free_unpacked(reply, NULL); /* to a question that was given up */
	}
	return r == -EAGAIN ? r : failure_set(f, r, "%s: %s", c->endpoint, zmq_strerror(-r));
}

int ctl_request_ask(struct ctl_request *c, Bcid__V1__Request *request, struct failure *f,
		    Bcid__V1__Reply **ret)
{
	int64_t until_ns = clock_now_ns() + c->timeout_ms * NS_PER_MS;
	int r = wait_for(c, ZMQ_POLLOUT, until_ns, f);
	if (r == 0)
		r = ctl_request_send(c, request, f);
	while (r == 0) {
		r = wait_for(c, ZMQ_POLLIN, until_ns, f);
		if (r == 0 && (r = ctl_request_take(c, f, ret)) == 0)
			break;
		if (r == -EAGAIN)
			r = 0;
	}
	return r;
}

void *ctl_request_socket(const struct ctl_request *c)
{
	return c->socket;
}
