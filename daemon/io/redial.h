/* redial: connect a socket again where libzmq gave its connection up for good. Loop thread.
 *
 * After a lost connection libzmq connects again by itself. After a peer that broke the protocol, which a
 * message beyond ZMQ_MAXMSGSIZE does, it never does: one would leave the socket deaf until a restart. */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "zpoll.h"

struct redial {
	void *socket;
	const char *endpoint;
	void *events; /* PAIR: what happens to the connection; NULL: not watching */
	struct zpoll zpoll;
	uv_timer_t timer;
	bool spoke; /* the handshake was done */
	/* Before connecting again: the peer broke the protocol. Not `spoke`: it never spoke it. */
	void (*on_redial)(void *arg, bool spoke);
	void *arg;
};

/* Watch `socket`, connected to `endpoint`, which outlives this. -errno. */
int redial_start(struct redial *r, void *zmq, uv_loop_t *loop, void *socket, const char *endpoint);

/* Close its handles; the struct must live until the loop has run once more. */
void redial_stop(struct redial *r);
