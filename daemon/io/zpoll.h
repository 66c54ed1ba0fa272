/* zpoll: a ZeroMQ socket on the libuv loop.
 *
 * A ZMQ descriptor is edge-triggered: a callback receives until there is nothing left, at most ZPOLL_BATCH
 * messages, and then goes on from an idle handle, so that one busy socket cannot starve the others. Loop
 * thread. */
#pragma once

#include <stdbool.h>
#include <uv.h>
#include <zmq.h>

#define ZPOLL_BATCH  64
#define ZPOLL_FRAMES 4

/* One whole message, its frames valid during the call only. n > ZPOLL_FRAMES: further frames were thrown
 * away. */
typedef void zpoll_message_fn(void *arg, zmq_msg_t *frames, int n);

struct zpoll {
	void *socket;
	uv_poll_t poll;
	uv_idle_t more;
	zpoll_message_fn *on_message;
	void *arg;
	zmq_msg_t frames[ZPOLL_FRAMES];
	bool idling;
};

/* The socket stays the caller's. -errno. */
int zpoll_start(struct zpoll *z, uv_loop_t *loop, void *socket, zpoll_message_fn *on_message, void *arg);

/* Receive what is there now, before its event was seen. Also to be called after each send on the same socket.
 */
void zpoll_drain(struct zpoll *z);

/* Close both handles; the struct must live until the loop has run once more. */
void zpoll_stop(struct zpoll *z);
