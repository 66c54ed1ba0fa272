/* replay: a recording through the same pipeline_step() and gate_apply() again, and are the bits the same?
 *
 * Heartbeats, arming, orders, deadline misses and gaps are inputs that were recorded with their bin; no clock
 * is read but to keep pace. Where records were lost it goes on with the next state that was recorded. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "replay_score.h"
#include "session.h"

struct replay_plan {
	const char *path;
	const char *model; /* a decoder or forecaster file to be run beside; NULL: none */
	double speed;      /* recorded seconds a second; 0: as fast as possible */
	void (*progress)(int64_t done, int64_t total);
};

struct replay_report {
	struct session_info info;
	struct session_end end;
	int64_t records, bins, missing;
	/* compared, and how many of them differ */
	int64_t estimates, verdicts, states, differences;
	char first[300];   /* the first difference; "" where there is none */
	int64_t skipped;   /* results and intents that nothing was known to compare with; after losses only */
	int64_t lost;      /* records that the file says were lost */
	int64_t vanished;  /* records that are missing without a word */
	int64_t first_ns, last_ns; /* edges */
	struct hash model; /* of the pair that ran last */
	char decoder[SESSION_NAME_MAX], forecaster[SESSION_NAME_MAX];
	struct replay_score score; /* where a model was run beside */
};

static inline int64_t replay_compared(const struct replay_report *r)
{
	return r->estimates + r->verdicts + r->states;
}

/* -errno with a line: the file cannot be read, is damaged (-EBADMSG), or a model in it cannot be made. */
int replay_run(const struct replay_plan *plan, struct failure *f, struct replay_report *ret);
