/* sockets: ZeroMQ sockets as bcid wants them: bounded messages, LINGER 0, heartbeats on. '@' in front of an
 * endpoint binds. */
#pragma once

#include "failure.h"

/* SUB for topics that begin with `prefix`; connects, or binds with '@'. */
int socket_open_sub(void *zmq, const char *endpoint, const char *prefix, struct failure *f, void **ret);

/* PUB, bound. Intents: only a handful of messages wait for a slow subscriber (a stale intent is worse than
 * none). */
int socket_open_intents(void *zmq, const char *endpoint, struct failure *f, void **ret);
int socket_open_monitor(void *zmq, const char *endpoint, struct failure *f, void **ret);

/* ROUTER, bound. */
int socket_open_control(void *zmq, const char *endpoint, struct failure *f, void **ret);

/* Keep a second daemon out: an exclusive lock on PATH, and beside the path of an ipc endpoint that is to be
 * bound (libzmq silently takes such a path over). *ret_fd stays open as long as the lock is wanted; -1 where
 * none is needed. */
int lock_file(const char *path, struct failure *f, int *ret_fd);
int lock_endpoint(const char *endpoint, struct failure *f, int *ret_fd);
