/* ctl_watch: one line for each intent as it comes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct ctl_watch {
	const char *endpoint; /* of the intents */
	const char *stream;   /* "": all of them */
	bool json;
	int64_t count;  /* end after so many; 0: go on until a signal */
	int timeout_ms; /* give up when none came for so long; 0: say so once, and wait on */
};

/* 0 where the count was reached or a signal came; -ETIMEDOUT, or the -errno of the endpoint, with a line. */
int ctl_watch_run(const struct ctl_watch *w, struct failure *f);
