/* replay_parts: a replay under way. Private to replay*.c. */
#pragma once

#include "pipeline.h"
#include "replay.h"

#define REPLAY_MEMORY 256 /* bins; far more than ever wait for their result or intent */

/* A bin that was stepped, until its result and its intent come. */
struct replay_bin {
	uint32_t epoch;
	int64_t bin;
	bool known;             /* `result` is the pipeline's */
	bool beside;            /* `other` is that of the model beside */
	struct result *result, *other;
};

struct replay {
	const struct replay_plan *plan;
	struct replay_report *report;
	struct session_reader *records;
	int64_t last_n, loss_n; /* newest record; newest one before which something is missing */
	/* what was done to the pipeline, ahead of the records */
	struct session_reader *steps;
	struct session_record next;
	bool have_next;
	/* the pipeline, before it takes the bin of `step` */
	struct pipeline *pipeline; /* NULL: none yet */
	bool state_known;
	int64_t step;
	struct hash model;
	struct pipeline *other; /* the model beside, or NULL */
	struct spike_bin *bin;
	void *state;
	size_t state_size;
	struct replay_bin memory[REPLAY_MEMORY];
	unsigned n_memory; /* bins ever */
	/* the gate */
	struct gate gate;
	bool gate_known;
	/* newest of their kind */
	uint32_t estimate_epoch;
	int64_t estimate_bin; /* -1: none */
	struct estimate estimate;
	struct session_effector effector;
	bool have_effector;
	/* pace */
	int64_t pace_from_ns, pace_start_ns;
};

/* One thing differs; the first is told. */
void replay_differ(struct replay *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Of the bin, or NULL. */
struct replay_bin *replay_find(struct replay *r, uint32_t epoch, int64_t bin);

/* ---- the pipeline, replay_pipeline.c ---- */

int replay_pipeline_create(struct replay *r, struct failure *f);
void replay_pipeline_destroy(struct replay *r);
int replay_pipeline_bin(struct replay *r, const struct session_bin *b, struct failure *f);
/* Records are missing: what the pipeline did since is not known. */
void replay_pipeline_lose(struct replay *r);

/* ---- what is compared, replay_compare.c ---- */

void replay_compare_result(struct replay *r, const struct session_result *s);
void replay_compare_intent(struct replay *r, const struct session_intent *i);
void replay_compare_gate(struct replay *r, const struct gate *recorded);
