/* ctl_top: bcid live in a terminal. It only looks: of all that can be typed nothing steers bcid. */
#pragma once

#include <stdint.h>

#include "ctl_request.h"
#include "failure.h"

struct ctl_top {
	struct ctl_request *request;
	const char *endpoint; /* of the control socket */
	const char *stream;   /* to show in detail first; NULL: the first one */
	int64_t interval_ms;  /* between two questions; 0: 500 */
	int64_t timeout_ms;   /* for an answer; 0: 2000 */
};

/* 0 where the person quit, or a signal came. With a line: -EINVAL where nothing can be drawn on the terminal,
 * or there is no such stream; what ctl_request_ask() says where bcid does not answer at the start. Later it
 * waits for bcid to come back. */
int ctl_top_run(const struct ctl_top *t, struct failure *f);
