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

static int send_request(struct ctl_request *c, Bcid__V1__Request *request, int64_t until_ns,
			struct failure *f)
{
	size_t size = bcid__v1__request__get_packed_size(request);
	if (size > sizeof(c->message.body))
		return failure_set(f, -EINVAL, "more than bcid takes in one message");
	bcid__v1__request__pack(request, c->message.body);
	int r = wait_for(c, ZMQ_POLLOUT, until_ns, f);
	if (r < 0)
		return r;
	r = link_send(c->socket, "request", c->message.body, size);
	return r < 0 ? failure_set(f, r, "%s: %s", c->endpoint, zmq_strerror(-r)) : 0;
}

int ctl_request_ask(struct ctl_request *c, Bcid__V1__Request *request, struct failure *f,
		    Bcid__V1__Reply **ret)
{
	int64_t until_ns = clock_now_ns() + c->timeout_ms * NS_PER_MS;
	struct link_message *m = &c->message;
	Bcid__V1__Reply *reply = NULL;

	request->id = ++c->id;
	int r = send_request(c, request, until_ns, f);
	while (r == 0 && !reply) {
		r = wait_for(c, ZMQ_POLLIN, until_ns, f);
		if (r < 0 || link_receive(c->socket, m) != 1 || m->topic_size != 5 ||
		    memcmp(m->topic, "reply", 5) != 0)
			continue;
		reply = bcid__v1__reply__unpack(NULL, m->body_size, m->body);
		if (!reply)
			return failure_set(f, -EPROTO, "%s: an answer that bcictl cannot read", c->endpoint);
		if (reply->id != request->id) { /* to a question that was given up */
			bcid__v1__reply__free_unpacked(reply, NULL);
			reply = NULL;
		}
	}
	if (!reply)
		return r;
	ctl_message_clean(&reply->base);
	*ret = reply;
	return 0;
}
