/* source: is this packet new, known, out of order, or from another clock? [pure]
 *
 * One publisher has one source_id from its start to its end, and numbers its packets. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

#define SOURCE_RETIRED 8
#define SOURCE_WINDOW  64 /* a packet so many numbers behind the newest is still recognised as new or known \
			   */

/* Zeroed is valid: no source yet. */
struct source {
	uint64_t id;
	uint64_t retired[SOURCE_RETIRED]; /* ids that were replaced */
	unsigned n_retired;
	uint64_t newest;     /* sequence number */
	uint64_t window;     /* bit i: newest - i was received */
	int64_t end_ns;      /* of the newest packet, acquisition clock */
	int64_t received_ns; /* of the newest packet */
	uint64_t lost;       /* numbers that never came, less those that came late */
	uint64_t reordered;
};

enum source_verdict {
	SOURCE_USE,
	SOURCE_RESTARTED, /* use it; it begins an epoch: another source_id */
	SOURCE_STEPPED,   /* use it; it begins an epoch: the acquisition clock jumped */
	SOURCE_DUPLICATE,
	SOURCE_BACKWARD,
	SOURCE_REPLACED, /* from a source that another one has replaced */
};

/* `live`: an epoch is running. `slack_ns`: acquisition time that a jump must exceed. `speed`: acquisition
 * seconds a wall second. */
enum source_verdict source_judge(struct source *s, const struct wire_neural *m, int64_t received_ns,
				 bool live, int64_t slack_ns, double speed);
