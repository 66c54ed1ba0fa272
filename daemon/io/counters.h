/* counters: every message received is counted once as used or as dropped for a reason, and the first of each
 * reason is logged. */
#pragma once

#include <stdint.h>

#include "binner.h"
#include "log.h"
#include "wire.h"

enum counter {
	/* the first ones are those of the wire, in its order: COUNT_WIRE + enum wire_refusal; WIRE_OK is
	   "used" */
	COUNT_WIRE = 0,
	COUNT_FRAMES = WIRE_N_REFUSALS, /* not two frames */
	COUNT_TOPIC,                    /* another topic */
	COUNT_DUPLICATE,                /* a sequence number that was there */
	COUNT_BACKWARD,                 /* a sequence number far behind */
	COUNT_OTHER_SOURCE,             /* a source that another one has replaced */
	/* and then those of the binner: COUNT_BINNER + enum binner_refusal; BINNER_USED is not counted here
	 */
	COUNT_BINNER,
	N_DROPS = COUNT_BINNER + BINNER_N_REFUSALS,
};

struct counters {
	uint64_t received;
	uint64_t by[N_DROPS]; /* by[COUNT_WIRE + WIRE_OK] = used */
	/* not messages of their own: */
	uint64_t lost;        /* sequence numbers that never came, less those that came late */
	uint64_t reordered;   /* used, though after a later one */
	uint64_t late_spikes; /* spikes of bins already closed, in packets that were used in part */
	struct log_limit limit[N_DROPS];
};

const char *counter_name(int counter); /* "used", "truncated", "topic", … */

/* Count one dropped message; `where` names the stream or socket for the log. */
void counters_drop(struct counters *c, int counter, const char *where, int64_t now_ns);
void counters_use(struct counters *c);
