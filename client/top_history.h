/* top_history: what changed between one status and the next: rates. [pure]
 *
 * Time is bcid's own uptime, so that a slow way through the network changes no rate. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bcid/v1/control.pb-c.h"

#define TOP_STREAMS 64 /* of those behind there are no rates */
#define TOP_REASONS 16
#define TOP_SAMPLES 10
#define TOP_NAME 64
#define TOP_APART_NS INT64_C(400000000) /* between two samples that are kept */
#define TOP_OLD_NS                                                                                           \
	INT64_C(5000000000) /* a rate is over no more than that, where there are two samples in it */

enum top_count {
	TOP_BINS,
	TOP_MESSAGES,
	TOP_INTENTS,
	TOP_HOLD,
	TOP_PASS,
	TOP_CLAMP,
	TOP_GAPS,
	TOP_OVERRUNS,
	TOP_MISSING,
	TOP_LATE,
	TOP_REASON, /* the first of TOP_REASONS, in the order of holds_by_reason */
	TOP_COUNTS = TOP_REASON + TOP_REASONS,
};

struct top_sample {
	int64_t at_ns;
	uint64_t count[TOP_COUNTS];
};

struct top_past {
	char name[TOP_NAME];
	int n;
	struct top_sample sample[TOP_SAMPLES]; /* oldest first */
};

/* Zeroed is valid: nothing known. */
struct top_history {
	uint32_t pid;
	int n;
	struct top_past past[TOP_STREAMS];
};

/* The newest status. Another pid, or an uptime that went back: bcid was started again, and the past goes. */
void top_history_take(struct top_history *h, const Bcid__V1__Status *s);

/* A second, over the last seconds; 0 where nothing is known yet. */
double top_history_rate(const struct top_history *h, const char *stream, int count);
