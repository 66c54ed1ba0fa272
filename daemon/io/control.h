/* control: the ROUTER socket: requests by bcictl, heartbeats by effectors. Loop thread. */
#pragma once

#include "failure.h"
#include "server_state.h"
#include "zpoll.h"

struct control;

int control_create(void *zmq, uv_loop_t *loop, struct server_state *state, struct failure *f,
		   struct control **ret);
void control_stop(struct control *c);
void control_destroy(struct control *c);
