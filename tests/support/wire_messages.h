/* Messages of ours as the tests of format/wire send them. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "wire.h"

#define N_UNITS 5

static uint8_t buffer[WIRE_MAX_MESSAGE + 64];

static inline struct wire_arena *arena(size_t size)
{
	struct wire_arena *a = NULL;
	cr_assert(eq(int, wire_arena_create(size, &a), 0));
	return a;
}

static const uint32_t units[] = { 4, 0, 4 };
static const uint32_t offsets[] = { 0, 25000000, 49999999 };
static const uint32_t counts[] = { 0, 1, 2, 65535, 7 };

static inline struct wire_neural spikes(void)
{
	return (struct wire_neural){ .kind = WIRE_SPIKES,
				     .source_id = 0xfedcba9876543210,
				     .seq = 300,
				     .begin_ns = -50000000,
				     .end_ns = 0,
				     .n_spikes = 3,
				     .unit = units,
				     .offset_ns = offsets };
}

static inline struct wire_neural binned(void)
{
	return (struct wire_neural){ .kind = WIRE_COUNTS,
				     .source_id = 7,
				     .seq = UINT64_MAX,
				     .begin_ns = 100,
				     .end_ns = 50000100,
				     .counts = counts };
}

static inline struct wire_cue cue(void)
{
	return (struct wire_cue){ .source_id = 9,
				  .seq = 4,
				  .time_ns = 123456789,
				  .trial = 17,
				  .phase = 2,
				  .n_position = 2,
				  .position_mm = { -80, 40.5f },
				  .radius_mm = 7.5f,
				  .target_class = -1 };
}

static inline enum wire_refusal send_cue(const struct wire_cue *c, struct wire_cue *ret)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	enum wire_refusal r = wire_unpack_cue(a, buffer, wire_pack_cue(c, buffer, sizeof(buffer)), ret);
	wire_arena_destroy(a);
	return r;
}

static const struct output outputs[] = {
	{ .name = "vx", .unit = "mm/s" },
	{ .name = "grip", .unit = "" },
};

static inline size_t pack_intent(const struct estimate *e, const struct intent *i)
{
	struct wire_intent_frame frame = { "m1", outputs, 2, .bin_us = 50000 };
	struct wire_intent w = { .epoch = 2,
				 .bin = 1000,
				 .flags = BIN_GAP | BIN_CALIBRATING,
				 .late = true,
				 .acquired_ns = -5,
				 .edge_ns = 10,
				 .received_ns = 11,
				 .closed_ns = 12,
				 .start_ns = 13,
				 .done_ns = 14,
				 .estimate_for_ns = 16,
				 .estimate = e,
				 .intent = i };
	memset(frame.model_hash.bytes, 0xab, HASH_BYTES);
	memset(frame.config_hash.bytes, 0xcd, HASH_BYTES);
	return wire_pack_intent(&frame, &w, buffer, sizeof(buffer));
}

static inline struct intent passed(void)
{
	return (struct intent){ .verdict = GATE_CLAMP,
				.reason = REASON_SPEED,
				.n_outputs = 2,
				.value = { 250.5f, -0.125f },
				.sent_ns = 15,
				.valid_for_ns = 100000000 };
}

static inline enum wire_refusal unpack_intent(size_t n, struct wire_intent_read *ret)
{
	struct wire_arena *a = arena(65536);
	enum wire_refusal r = wire_unpack_intent(a, buffer, n, ret);
	wire_arena_destroy(a);
	return r;
}
