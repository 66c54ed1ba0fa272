/* server: creates, wires, starts and stops all parts; it knows every module and none knows it. */
#pragma once

#include "failure.h"
#include "options.h"

struct server;

/* Everything is loaded, bound and started, or nothing is left behind. `options` stays the caller's. */
int server_create(const struct options *options, struct failure *f, struct server **ret);

/* Until SIGINT or SIGTERM. */
int server_run(struct server *s);

void server_destroy(struct server *s);
