/* latency: how long each stage of a bin took. Loop thread. */
#pragma once

#include <stdint.h>

#include "histogram.h"

enum stage {
	STAGE_WIRE,         /* bin edge → its last packet received */
	STAGE_BIN,          /* last packet received → bin closed (the grace time, for a gap) */
	STAGE_QUEUE,        /* closed → taken by the worker */
	STAGE_STEP,         /* forecaster and decoder */
	STAGE_GATE,         /* estimate ready → judged: the wake-up of the loop */
	STAGE_SEND,         /* judged → handed to ZeroMQ */
	STAGE_EDGE_TO_SENT, /* all of it, holds included */
	N_STAGES,
};
const char *stage_text(enum stage stage); /* "wire", …, "edge_to_sent" */

/* Stamps of one bin; 0 where it did not come that far. */
struct stamps {
	int64_t edge_ns, received_ns, closed_ns, start_ns, done_ns, sent_ns, queued_ns;
};

/* Edge to sent, the longest of a second of the caller's clock. */
#define LATENCY_SECONDS 60
struct latency_worst {
	int64_t second;
	int64_t ns;
};

/* Zeroed is valid. */
struct latency {
	struct histogram_pair stage[N_STAGES];
	struct latency_worst worst[LATENCY_SECONDS];
};

void latency_record(struct latency *l, const struct stamps *t);

/* The longest of each of the last LATENCY_SECONDS in microseconds (rounded up), oldest first, that of now_ns
 * at the end; 0 where nothing was sent. */
void latency_worst_us(const struct latency *l, int64_t now_ns, uint32_t ret[static LATENCY_SECONDS]);
