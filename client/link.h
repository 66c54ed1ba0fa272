/* link: a client's end of bcid's sockets: the options that all clients set, messages of two frames. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "wire.h"

/* Connect a socket of `type` (ZMQ_SUB, ZMQ_DEALER) in `context`; nothing queues up while the other end is
 * away, nothing lingers. -errno with a line that names the endpoint. Close it with zmq_close(). */
int link_open(void *context, int type, const char *endpoint, struct failure *f, void **ret);

/* Subscribe to "kind/name"; "kind/" where name is empty. */
int link_subscribe(void *socket, const char *kind, const char *name);

/* A message as it came; large, so keep it out of the stack. */
struct link_message {
	size_t topic_size, body_size;
	char topic[96];
	uint8_t body[WIRE_MAX_MESSAGE];
};

/* Take the next message off the socket, without waiting. 1: two frames, in `m`; 0: something else, thrown
 * away; -EAGAIN: there is none left; another -errno of zmq_recv(). */
int link_receive(void *socket, struct link_message *m);

/* The whole topic is "kind/name", not just its beginning: a subscription to intent/m1 brings intent/m10
 * too. */
bool link_topic_is(const struct link_message *m, const char *kind, const char *name);

/* Send two frames without waiting. -EAGAIN where they cannot go now. */
int link_send(void *socket, const char *topic, const void *body, size_t body_size);
