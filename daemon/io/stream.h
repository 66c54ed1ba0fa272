/* stream: one source of neural data and everything that the loop knows about it. Loop thread only.
 *
 * packets → source → clock_map, binner → a bin in a slot of the lane → (worker) → a result → publish → the
 * gate → an intent. stream.c is the way in (up to the lane), publish.c the way out. Every closed bin waits in
 * `pending` until its one intent is sent, in order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "alarm.h"
#include "binner.h"
#include "clock_map.h"
#include "counters.h"
#include "gate.h"
#include "keeper.h"
#include "latency.h"
#include "options.h"
#include "source.h"
#include "state.h"
#include "stream_record.h"
#include "telemetry.h"
#include "units.h"
#include "wire.h"
#include "worker.h"

#define PENDING_BINS  128 /* closed bins whose intent is not sent; the lane takes far fewer */
#define MAX_EFFECTORS 8

struct pending {
	uint32_t epoch, flags;
	int64_t bin;
	int64_t acquired_ns, edge_ns, received_ns, closed_ns;
	bool missing; /* never reached the worker */
};

struct effector {
	char name[NAME_SIZE];
	int64_t seen_ns; /* newest heartbeat that counted; 0: none yet */
};

struct stream {
	/* immutable once started */
	const struct stream_options *options;
	const struct gate_options *gate_options;
	int64_t width_ns;    /* of a bin, acquisition clock */
	int64_t bin_wall_ns; /* of a bin, wall time */
	int64_t prewarm_ns; /* the loop is awake this long before an expected edge; 0: it is not */
	int64_t grace_ns, deadline_ns, disarm_after_ns;
	double speed;
	struct telemetry *telemetry;
	struct lane *lane;
	struct wire_intent_frame frame;
	int lag_bins;
	void *intents; /* PUB */
	/* packets to bins */
	struct source source;
	struct clock_map map;
	struct binner *binner;
	bool live;
	int64_t warmed_bin;  /* the loop was awake before this bin's edge */
	int64_t progress_ns; /* when the worker last finished a bin, or was given one while it had none */
	bool shedding; /* the worker fell behind: bins are not handed over until it has caught up */
	uint32_t epoch;
	const char *why_begun;
	int empty_bins; /* closed in a row without any packet */
	int64_t last_data_ns;
	struct units *units;
	/* bins to intents */
	struct pending pending[PENDING_BINS];
	unsigned pending_first, n_pending;
	uint32_t newest_epoch; /* and bin, published last; -1: none */
	int64_t newest_bin;
	struct gate gate;
	struct state state;
	int64_t enabled_until_ns;
	struct effector effectors[MAX_EFFECTORS];
	int n_effectors;
	int64_t gap_since_ns; /* edge of the first bin of the open gap; 0: none */
	struct alarm alarm;
	bool (*drain)(void *arg); /* read what has arrived; true when nothing is left */
	void *drain_arg;
	/* counted */
	struct counters counters;
	struct counters cue_counters;
	struct wire_cue cue; /* newest */
	bool have_cue;
	uint64_t bins_in, intents_out, holds, overruns, gaps, missing, late_results;
	uint64_t by_reason[N_REASONS];
	uint64_t by_verdict[GATE_CLAMP + 1];
	struct latency latency;
	struct stream_record record;
	struct keeper *keeper; /* NULL: nothing survives a restart (tests) */
};

struct stream_setup {
	const struct options *options;
	const struct stream_options *stream;
	uv_loop_t *loop;
	struct telemetry *telemetry;
	void *intents;
};

/* The lane comes later, with stream_attach(). */
int stream_create(const struct stream_setup *setup, struct failure *f, struct stream **ret);
void stream_destroy(struct stream *s);

/* Close its handles; destroy after the loop has run once more. */
void stream_stop(struct stream *s);

/* The pipeline's stay is the lane; outputs and hashes come from here. */
int stream_attach(struct stream *s, struct lane *lane, const struct pipeline *pipeline,
		  const struct hash *model, struct failure *f);

/* ---- the way in (stream.c) ---- */

/* A checked packet of this stream. Closes the bins that it completes. */
void stream_receive(struct stream *s, const struct wire_neural *m, int64_t received_ns);

/* Close what is due, publish what is ready or overdue, set the alarm for the next. Whenever something
 * happened. */
void stream_advance(struct stream *s, int64_t now_ns, bool sockets_dry);

/* Go on with what was kept before a restart, and keep it from now on; once attached, before the worker
 * starts. */
int stream_resume(struct stream *s, const struct options *o, uv_loop_t *loop, struct failure *f);

/* Mask units (n_units bytes, copied), also after a restart. -EAGAIN when the worker has too many orders. */
int stream_set_mask(struct stream *s, const uint8_t *masked);

/* ---- the way out (publish.c) ---- */

void publish_push(struct stream *s, const struct pending *p);
void publish_due(struct stream *s, int64_t now_ns);
/* When publish_due() has to be called at the latest; INT64_MAX: nothing waits. */
int64_t publish_next_ns(const struct stream *s);
/* Go the way of an intent through ZeroMQ without sending one. */
void publish_warm(struct stream *s);

/* A heartbeat for this stream: counted only from a required effector whose last bin is recent. False: not
 * counted, and why. */
bool stream_heartbeat(struct stream *s, const struct wire_heartbeat *h, int64_t now_ns,
		      const char **ret_why_not);

/* Age of the oldest required effector's heartbeat: INT64_MAX when one never came, -1 when none is required.
 */
int64_t stream_heartbeat_age_ns(const struct stream *s, int64_t now_ns);

/* An event of the state machine; says so on the monitor when the state changes. */
void stream_event(struct stream *s, enum state_event event, const char *why);
