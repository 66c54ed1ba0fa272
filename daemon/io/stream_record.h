/* stream_record: what a stream tells its recorder, and when. Loop thread.
 *
 * A session begins at a moment when nothing is under way between the stream and its worker, so that the
 * worker's steps and the gate's memory are known; from then on everything that pipeline and gate consume is
 * recorded. The whole state is recorded at the begin, every minute, and after losses. All is for nothing, and
 * costs nothing, while the recorder is off. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "gate.h"
#include "orders.h"
#include "recorder.h"
#include "types.h"
#include "wire.h"

struct options;
struct pending;
struct stream;
struct telemetry_event;

struct stream_record {
	struct recorder *recorder; /* NULL: none */
	bool packets;
	bool begun;
	int64_t first_step; /* lane_handed() at the begin */
	int64_t state_due_ns;
	bool snapshot_out; /* with the worker */
	size_t state_size;
	uint8_t *state;  /* (state_size) what a snapshot fills */
	uint8_t *masked; /* (n_units) that goes with it */
	struct session_model model;
};

/* With the pipeline and its model known: after stream_attach(). -errno with a line. */
int stream_record_create(struct stream *s, const struct options *o, uv_loop_t *loop,
			 const struct pipeline *pipeline, struct failure *f);
void stream_record_destroy(struct stream *s);

int stream_record_start(struct stream *s, struct failure *f);
void stream_record_stop(struct stream *s, const char *why, int64_t now_ns);

/* Before each bin is closed: begin where it is time, and record the whole state where it is due. */
void stream_record_tick(struct stream *s, int64_t now_ns);

/* A closed bin; right after it was handed to the lane, unless it is missing. */
void stream_record_bin(struct stream *s, const struct pending *p, const uint16_t *counts);
/* An answer; before the intent that it is used for, if it is. */
void stream_record_result(struct stream *s, const struct result *r, bool late);
void stream_record_intent(struct stream *s, const struct pending *p, const struct gate_input *in,
			  const struct intent *out, int64_t queued_ns);
/* An order that the worker carried out. */
void stream_record_order(struct stream *s, const struct order *o);
/* The gate was given other limits or outputs. */
void stream_record_gate(struct stream *s);

void stream_record_cue(struct stream *s, const struct wire_cue *cue, int64_t received_ns);
void stream_record_packet(struct stream *s, const void *bytes, size_t n, int64_t received_ns);
void stream_record_event(struct stream *s, const struct telemetry_event *e);
void stream_record_log(struct stream *s, const char *level, const char *text);
