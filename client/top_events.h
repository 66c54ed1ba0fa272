/* top_events: the newest events, as lines for a person. */
#pragma once

#include <stdint.h>

#include "bcid/v1/telemetry.pb-c.h"
#include "top_canvas.h"

#define TOP_EVENTS 50
#define TOP_EVENT_TEXT 256

struct top_event {
	enum top_style style;
	char text[TOP_EVENT_TEXT]; /* "15:04:05 m1 state: armed" */
};

/* Zeroed is valid: none. */
struct top_events {
	unsigned n; /* ever added */
	struct top_event event[TOP_EVENTS];
};

/* One of bcid's, its texts cleaned; at its wall time in this host's time zone. */
void top_events_add(struct top_events *e, const Bcid__V1__Event *event);

/* One of our own. */
void top_events_note(struct top_events *e, int64_t unix_ns, enum top_style style, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The i-th newest, from 0; NULL where there is none. */
const struct top_event *top_events_newest(const struct top_events *e, unsigned i);

/* "15:04:05" of a wall time, into ret. */
#define TOP_CLOCK_SIZE 16
void top_events_clock(int64_t unix_ns, char ret[static TOP_CLOCK_SIZE]);
