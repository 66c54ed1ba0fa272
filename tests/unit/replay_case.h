/* A session as the daemon would have written it, made with the same pipeline and gate, and faults put into
 * it. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "replay.h"
#include "safetensors.h"
#include "session.h"

#define CASE_UNITS 3

struct replay_case {
	char folder[64], path[96], decoder[96];
	struct session_writer *writer;
	struct pipeline *pipeline;
	struct gate gate;
	struct session_model model;
	int64_t n, step, bin;
	uint8_t masked[CASE_UNITS];
	bool losing; /* records are numbered, and not stored */
};

/* y = 10 (count of unit 0, now and before) - count of unit 2 + 1, in mm/s. */
static inline void case_write_decoder(const char *path, float gain)
{
	const float weight[2 * CASE_UNITS] = { gain, 0, -1, gain, 0, 0 }, bias[] = { 1 };
	static const float mean[2 * CASE_UNITS], scale[2 * CASE_UNITS] = { 1, 1, 1, 1, 1, 1 };
	const struct tensor tensors[] = {
		{ "readout.weight", TENSOR_F32, 2, { 1, 2 * CASE_UNITS }, weight },
		{ "readout.bias", TENSOR_F32, 1, { 1 }, bias },
		{ "features.mean", TENSOR_F32, 1, { 2 * CASE_UNITS }, mean },
		{ "features.scale", TENSOR_F32, 1, { 2 * CASE_UNITS }, scale },
		{ "counts.mean", TENSOR_F32, 1, { CASE_UNITS }, mean },
	};
	const struct tensor_note notes[] = {
		{ "kind", "linear" },    { "features", "counts_flat2" },
		{ "units", "3" },        { "bin_us", "50000" },
		{ "outputs", "vx" },     { "output_units", "mm/s" },
		{ "holds", "ramp:200" },
	};
	struct tensor_set set = { path, tensors, 5, notes, sizeof(notes) / sizeof(*notes) };
	struct failure f;
	cr_assert(eq(int, safetensors_write(path, &set, &f), 0), "%s", f.text);
}

static inline void case_put(struct replay_case *c, struct session_record r)
{
	struct failure f = { "" };
	r.n = ++c->n;
	if (!c->losing)
		cr_assert(eq(int, session_put(c->writer, &r, &f), 0), "%s", f.text);
}

static inline void case_put_model(struct replay_case *c)
{
	struct session_record r = { .kind = SESSION_MODEL, .model = &c->model };
	c->model.step = c->step;
	case_put(c, r);
}

static inline void case_put_gate(struct replay_case *c)
{
	struct session_record r = { .kind = SESSION_GATE, .gate = &c->gate };
	case_put(c, r);
}

static inline void case_put_snapshot(struct replay_case *c)
{
	struct session_record r = { .kind = SESSION_SNAPSHOT };
	size_t size = pipeline_state_size(c->pipeline);
	void *state = malloc(size);
	pipeline_state_save(c->pipeline, state);
	r.snapshot = (struct session_snapshot){ c->step, CASE_UNITS, c->masked, size, state };
	case_put(c, r);
	free(state);
}

static inline void case_put_state(struct replay_case *c)
{
	case_put_gate(c);
	case_put_model(c);
	case_put_snapshot(c);
}

static inline void case_mask(struct replay_case *c, int unit)
{
	struct session_record r = { .kind = SESSION_ORDER };
	c->masked[unit] = 1;
	pipeline_set_mask(c->pipeline, c->masked);
	r.order = (struct session_order){ c->step, SESSION_ORDER_MASK, CASE_UNITS, c->masked };
	case_put(c, r);
}

static inline void case_reset(struct replay_case *c)
{
	struct session_record r = { .kind = SESSION_ORDER };
	pipeline_reset(c->pipeline);
	r.order = (struct session_order){ c->step, SESSION_ORDER_RESET, 0, NULL };
	case_put(c, r);
}

enum case_fate { IN_TIME, LATE, NEVER, MISSING };

static inline void case_judge(struct replay_case *c, const struct spike_bin *b, const struct estimate *e,
			      bool missing)
{
	struct session_record r = { .kind = SESSION_INTENT };
	struct intent out;
	struct gate_input in = { .estimate = e,
				 .flags = b->flags,
				 .missing = missing,
				 .state = b->bin % 16 == 9 ? STREAM_SHADOW : STREAM_ARMED,
				 .edge_ns = b->edge_ns,
				 .now_ns = b->edge_ns + 2000000,
				 .heartbeat_age_ns = -1 };
	if (b->bin == 0)
		gate_begin_epoch(&c->gate);
	gate_apply(&c->gate, &in, &out);
	r.intent = (struct session_intent){
		.epoch = b->epoch,
		.bin = b->bin,
		.has_estimate = e != NULL,
		.flags = in.flags,
		.missing = missing,
		.state = in.state,
		.edge_ns = in.edge_ns,
		.now_ns = in.now_ns,
		.heartbeat_age_ns = -1,
		.verdict = out.verdict,
		.reason = out.reason,
		.n_outputs = out.n_outputs,
		.value = out.value,
		.valid_for_ns = out.valid_for_ns,
		.command = out.command,
		.command_ns = out.command_ns,
	};
	case_put(c, r);
}

static inline void case_put_result(struct replay_case *c, const struct result *from, bool late)
{
	struct session_record r = { .kind = SESSION_RESULT };
	r.result = (struct session_result){
		.epoch = from->epoch,
		.flags = from->flags,
		.bin = from->bin,
		.late = late,
		.horizon = from->horizon,
		.n_outputs = from->estimate.n_outputs,
		.value = from->estimate.value,
		.command = from->estimate.command,
		.n_rates = from->n_rates,
		.rates = from->rates,
	};
	case_put(c, r);
}

static inline void case_bin(struct replay_case *c, uint32_t flags, enum case_fate fate)
{
	static union {
		struct spike_bin bin;
		char bytes[sizeof(struct spike_bin) + CASE_UNITS * sizeof(uint16_t)];
	} b;
	static union {
		struct result result;
		char bytes[sizeof(struct result) + CASE_UNITS * sizeof(float)];
	} out;
	b.bin = (struct spike_bin){ .epoch = 1,
				    .flags = flags | (c->bin == 0 ? BIN_EPOCH_BEGIN : 0),
				    .bin = c->bin,
				    .edge_ns = 1000000000 + c->bin * 50000000,
				    .n_units = CASE_UNITS };
	for (int u = 0; u < CASE_UNITS; u++)
		b.bin.counts[u] = (uint16_t)((c->bin * 7 + u * 3) % 5);
	struct session_record r = { .kind = SESSION_BIN };
	r.bin = (struct session_bin){ .epoch = 1, .flags = b.bin.flags, .bin = c->bin,
				      .step = fate == MISSING ? -1 : c->step, .edge_ns = b.bin.edge_ns,
				      .n_counts = CASE_UNITS, .counts = b.bin.counts };
	case_put(c, r);
	if (fate != MISSING) {
		pipeline_step(c->pipeline, &b.bin, &out.result);
		c->step++;
	}
	if (fate == IN_TIME)
		case_put_result(c, &out.result, false);
	case_judge(c, &b.bin, fate == IN_TIME ? &out.result.estimate : NULL, fate == MISSING);
	if (fate == LATE)
		case_put_result(c, &out.result, true);
	c->bin++;
}

static inline void case_bins(struct replay_case *c, int n)
{
	for (int i = 0; i < n; i++)
		case_bin(c, 0, IN_TIME);
}

static inline void case_begin(struct replay_case *c)
{
	struct failure f = { "" };
	struct session_info info = { .rig = "r", .stream = "m1", .kernels = "x", .n_units = CASE_UNITS,
				     .bin_us = 50000, .bin_wall_ns = 50000000, .clock_speed = 1 };
	struct gate_limits limits = { .max_speed_mm_s = 60, .max_acceleration_mm_s2 = 1000,
				      .deadline_ns = 20000000, .valid_for_ns = 100000000, .bin_ns = 50000000,
				      .resume_bins = 2 };
	void *bytes = NULL;
	*c = (struct replay_case){ 0 };
	snprintf(c->folder, sizeof(c->folder), "/tmp/bcid-replay.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(c->folder), NULL));
	snprintf(c->path, sizeof(c->path), "%s/s.db", c->folder);
	snprintf(c->decoder, sizeof(c->decoder), "%s/d", c->folder);
	case_write_decoder(c->decoder, 10);
	snprintf(c->model.forecaster, sizeof(c->model.forecaster), "mean");
	snprintf(c->model.decoder, sizeof(c->model.decoder), "%s", c->decoder);
	cr_assert(eq(int, model_load_pipeline("mean", c->decoder, CASE_UNITS, 50000, CONTEXT_STREAM, &f,
					      &c->pipeline, &c->model.hash), 0), "%s", f.text);
	cr_assert(eq(int, model_hash(c->decoder, &f, &c->model.decoder_hash), 0));
	const struct decoder *d = pipeline_decoder(c->pipeline);
	gate_init(&c->gate, &limits, d->outputs, d->n_outputs);
	cr_assert(eq(int, session_create(c->path, &info, SESSION_SYNC_OFF, &f, &c->writer), 0), "%s", f.text);
	FILE *file = fopen(c->decoder, "r");
	bytes = malloc(65536);
	size_t n = fread(bytes, 1, 65536, file);
	fclose(file);
	cr_assert(eq(int, session_put_blob(c->writer, &c->model.decoder_hash, "d", bytes, n, &f), 0));
	free(bytes);
}

static inline void case_close(struct replay_case *c)
{
	struct failure f = { "" };
	cr_assert(eq(int, session_end(c->writer, 1, "test", &f), 0), "%s", f.text);
	pipeline_destroy(c->pipeline);
}

static inline void case_remove(struct replay_case *c)
{
	unlink(c->path);
	unlink(c->decoder);
	rmdir(c->folder);
}
