/* sim_socket: the publishing end of a rig: an XPUB socket that sees who subscribes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* Binds, or connects to a daemon that binds. A leading '@' also binds. Nothing is ever dropped on this side.
 * -errno with a line that names the endpoint; an ipc path that somebody listens on is in use, which libzmq
 * alone would not notice. */
int sim_socket_open(void *context, const char *endpoint, bool connect, struct failure *f, void **ret);

/* Until somebody subscribes to `topic`, or `until_ns` on CLOCK_MONOTONIC; then up to a second more for a
 * subscription to `also` (NULL: not). 0, -ETIMEDOUT without the first, or -EINTR after a signal to stop. */
int sim_socket_wait(void *socket, const char *topic, const char *also, int64_t until_ns);

/* Two frames. -errno. */
int sim_socket_send(void *socket, const char *topic, const void *bytes, size_t n);

/* Closes; what was sent may linger that long in the context's end. */
void sim_socket_close(void *socket, int linger_ms);
