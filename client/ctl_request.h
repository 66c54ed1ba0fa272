/* ctl_request: a question to bcid's control socket, and its answer. */
#pragma once

#include "bcid/v1/control.pb-c.h"
#include "failure.h"

struct ctl_request;

/* -EINVAL, or what ctl_target_check() says, with a line. */
int ctl_request_open(const char *endpoint, int timeout_ms, struct failure *f, struct ctl_request **ret);
void ctl_request_close(struct ctl_request *c);

/* Send `request` (its id is set here) and wait for the reply with the same id. Text in the reply is safe
 * to print. Free it with bcid__v1__reply__free_unpacked(). It may carry an error: then bcid did nothing.
 * -ETIMEDOUT: no answer in time, -EINTR, -EPROTO: an answer that is none. */
int ctl_request_ask(struct ctl_request *c, Bcid__V1__Request *request, struct failure *f,
		    Bcid__V1__Reply **ret);

/* The same in two steps that never wait, for who has other things to look after meanwhile. send: -EAGAIN
 * where bcid is not connected. take: the answer to what was sent last; -EAGAIN: not here yet. */
int ctl_request_send(struct ctl_request *c, Bcid__V1__Request *request, struct failure *f);
int ctl_request_take(struct ctl_request *c, struct failure *f, Bcid__V1__Reply **ret);
void *ctl_request_socket(const struct ctl_request *c); /* for zmq_poll() */
