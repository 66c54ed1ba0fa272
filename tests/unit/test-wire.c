#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "bcid/v1/intent.pb-c.h"
#include "bcid/v1/neural.pb-c.h"
#include "bcid/v1/telemetry.pb-c.h"
#include "wire.h"
#include "wire_arena.h"

#define N_UNITS 5

static uint8_t buffer[WIRE_MAX_MESSAGE + 64];

static struct wire_arena *arena(size_t size)
{
	struct wire_arena *a = NULL;
	cr_assert(eq(int, wire_arena_create(size, &a), 0));
	return a;
}

static const uint32_t units[] = { 4, 0, 4 };
static const uint32_t offsets[] = { 0, 25000000, 49999999 };
static const uint32_t counts[] = { 0, 1, 2, 65535, 7 };

static struct wire_neural spikes(void)
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

static struct wire_neural binned(void)
{
	return (struct wire_neural){ .kind = WIRE_COUNTS,
				     .source_id = 7,
				     .seq = UINT64_MAX,
				     .begin_ns = 100,
				     .end_ns = 50000100,
				     .counts = counts };
}

/* What the daemon makes of a message of ours. */
static enum wire_refusal send_neural(struct wire_neural m, int n_units)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural back;
	size_t n = wire_pack_neural(&m, n_units, buffer, sizeof(buffer));
	cr_assert(gt(sz, n, 0));
	enum wire_refusal r = wire_unpack_neural(a, buffer, n, N_UNITS, &back);
	wire_arena_destroy(a);
	return r;
}

Test(wire, returns_spikes_as_they_were_packed)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), back;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));

	cr_assert(eq(int, wire_unpack_neural(a, buffer, n, N_UNITS, &back), WIRE_OK));
	cr_expect(eq(int, back.kind, WIRE_SPIKES));
	cr_expect(eq(u64, back.source_id, m.source_id));
	cr_expect(eq(u64, back.seq, 300));
	cr_expect(eq(i64, back.begin_ns, -50000000));
	cr_expect(eq(i64, back.end_ns, 0));
	cr_assert(eq(int, back.n_spikes, 3));
	cr_expect(eq(int, memcmp(back.unit, units, sizeof(units)), 0));
	cr_expect(eq(int, memcmp(back.offset_ns, offsets, sizeof(offsets)), 0));
	wire_arena_destroy(a);
}

Test(wire, returns_a_silent_message_as_one_without_spikes)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), back;
	m.n_spikes = 0;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));

	cr_assert(eq(int, wire_unpack_neural(a, buffer, n, N_UNITS, &back), WIRE_OK));
	cr_expect(eq(int, back.n_spikes, 0));
	wire_arena_destroy(a);
}

Test(wire, returns_counts_as_they_were_packed)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = binned(), back;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));

	cr_assert(eq(int, wire_unpack_neural(a, buffer, n, N_UNITS, &back), WIRE_OK));
	cr_expect(eq(int, back.kind, WIRE_COUNTS));
	cr_expect(eq(u64, back.source_id, 7));
	cr_expect(eq(u64, back.seq, UINT64_MAX));
	cr_expect(eq(int, memcmp(back.counts, counts, sizeof(counts)), 0));
	wire_arena_destroy(a);
}

Test(wire, names_a_wrong_number_of_units)
{
	static const uint32_t beyond[] = { 5, 0, 4 };
	struct wire_neural m = spikes();

	cr_expect(eq(int, send_neural(m, N_UNITS + 1), WIRE_UNITS));
	m.unit = beyond;
	cr_expect(eq(int, send_neural(m, N_UNITS), WIRE_UNITS));
	cr_expect(eq(int, send_neural(binned(), N_UNITS - 1), WIRE_UNITS));
}

struct span_case {
	char name[32];
	int64_t begin_ns, end_ns;
	enum wire_refusal expected;
};

ParameterizedTestParameters(wire, judges_a_span)
{
	static struct span_case cases[] = {
		{ "50 ms", 0, 50000000, WIRE_OK },
		{ "as short as the last spike", 1, 50000001, WIRE_OK },
		{ "too short for the last spike", 1, 50000000, WIRE_TIME },
		{ "longest", 0, WIRE_MAX_SPAN_NS, WIRE_OK },
		{ "longer", 0, WIRE_MAX_SPAN_NS + 1, WIRE_TIME },
		{ "empty", 5, 5, WIRE_TIME },
		{ "backward", 50000000, 0, WIRE_TIME },
		{ "whole range", INT64_MIN, INT64_MAX, WIRE_TIME },
		{ "whole range backward", INT64_MAX, INT64_MIN, WIRE_TIME },
		{ "at the end of time", INT64_MAX - 50000000, INT64_MAX, WIRE_OK },
	};
	return cr_make_param_array(struct span_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct span_case *c, wire, judges_a_span)
{
	struct wire_neural m = spikes();
	m.begin_ns = c->begin_ns;
	m.end_ns = c->end_ns;
	cr_expect(eq(int, send_neural(m, N_UNITS), c->expected), "%s", c->name);
}

Test(wire, refuses_counts_beyond_sixteen_bits)
{
	static const uint32_t large[N_UNITS] = { 0, 0, 65536 };
	struct wire_neural m = binned();
	m.counts = large;
	cr_expect(eq(int, send_neural(m, N_UNITS), WIRE_VALUE));
}

Test(wire, refuses_counts_without_a_span)
{
	struct wire_neural m = binned();
	m.end_ns = m.begin_ns;
	cr_expect(eq(int, send_neural(m, N_UNITS), WIRE_TIME));
}

Test(wire, refuses_a_source_without_a_number)
{
	struct wire_neural m = spikes(), c = binned();
	m.source_id = c.source_id = 0;
	cr_expect(eq(int, send_neural(m, N_UNITS), WIRE_EMPTY));
	cr_expect(eq(int, send_neural(c, N_UNITS), WIRE_EMPTY));
}

static enum wire_refusal unpack_message(const ProtobufCMessage *m)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural back;
	size_t n = protobuf_c_message_pack(m, buffer);
	enum wire_refusal r = wire_unpack_neural(a, buffer, n, N_UNITS, &back);
	wire_arena_destroy(a);
	return r;
}

Test(wire, refuses_lists_of_unequal_length)
{
	Bcid__V1__SpikeEvents s = BCID__V1__SPIKE_EVENTS__INIT;
	Bcid__V1__Neural m = BCID__V1__NEURAL__INIT;
	s.source_id = 1;
	s.end_ns = 50000000;
	s.n_units = N_UNITS;
	s.n_unit = 3;
	s.unit = (uint32_t *)units;
	s.n_offset_ns = 2;
	s.offset_ns = (uint32_t *)offsets;
	m.kind_case = BCID__V1__NEURAL__KIND_SPIKE_EVENTS;
	m.spike_events = &s;
	cr_expect(eq(int, unpack_message(&m.base), WIRE_VALUE));
}

Test(wire, does_not_take_samples)
{
	Bcid__V1__SampleChunk s = BCID__V1__SAMPLE_CHUNK__INIT;
	Bcid__V1__Neural m = BCID__V1__NEURAL__INIT;
	m.kind_case = BCID__V1__NEURAL__KIND_SAMPLE_CHUNK;
	m.sample_chunk = &s;
	cr_expect(eq(int, unpack_message(&m.base), WIRE_UNSUPPORTED));
}

struct bytes_case {
	char name[40];
	uint8_t bytes[24];
	size_t n;
	enum wire_refusal expected;
};

ParameterizedTestParameters(wire, judges_bytes)
{
	static struct bytes_case cases[] = {
		{ "nothing", { 0 }, 0, WIRE_EMPTY },
		{ "an unknown field alone", { 0x78, 0x01 }, 2, WIRE_EMPTY },
		{ "empty spikes", { 0x0a, 0x00 }, 2, WIRE_EMPTY },
		{ "a tag without a value", { 0x0a }, 1, WIRE_TRUNCATED },
		{ "field number 0", { 0x00, 0x00 }, 2, WIRE_TRUNCATED },
		{ "a length beyond the end", { 0x0a, 0x05, 0x28, 0x01 }, 4, WIRE_TRUNCATED },
		{ "a length of 4 GiB", { 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f }, 6, WIRE_TRUNCATED },
		{ "an endless varint",
		  { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		  11,
		  WIRE_TRUNCATED },
		{ "spikes as a number", { 0x08, 0x01 }, 2, WIRE_TRUNCATED },
		{ "a source as a varint", { 0x0a, 0x02, 0x08, 0x01 }, 4, WIRE_TRUNCATED },
		{ "units as 32-bit words", { 0x0a, 0x05, 0x35, 1, 0, 0, 0 }, 7, WIRE_TRUNCATED },
		{ "a packed list cut within", { 0x0a, 0x03, 0x32, 0x01, 0x80 }, 5, WIRE_TRUNCATED },
		{ "a group", { 0x0b, 0x0c }, 2, WIRE_TRUNCATED },
	};
	return cr_make_param_array(struct bytes_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct bytes_case *c, wire, judges_bytes)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural back;
	cr_expect(eq(int, wire_unpack_neural(a, c->bytes, c->n, N_UNITS, &back), c->expected), "%s", c->name);
	wire_arena_destroy(a);
}

Test(wire, takes_no_part_of_a_message_for_the_whole)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), back = { .source_id = 42 };
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));

	for (size_t i = 0; i < n; i++)
		cr_expect(ne(int, wire_unpack_neural(a, buffer, i, N_UNITS, &back), WIRE_OK),
			  "%zu of %zu bytes", i, n);
	cr_expect(eq(u64, back.source_id, 42), "a refusal changed the result");
	wire_arena_destroy(a);
}

Test(wire, passes_over_fields_of_a_later_version)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), back;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));
	memcpy(buffer + n, "\xf8\x07\x01\xfa\x07\x03new", 9); /* field 127: a number, a text */

	cr_assert(eq(int, wire_unpack_neural(a, buffer, n + 9, N_UNITS, &back), WIRE_OK));
	cr_expect(eq(int, back.n_spikes, 3));
	wire_arena_destroy(a);
}

Test(wire, takes_the_last_of_two_kinds)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), c = binned(), back;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));
	n += wire_pack_neural(&c, N_UNITS, buffer + n, sizeof(buffer) - n);

	cr_assert(eq(int, wire_unpack_neural(a, buffer, n, N_UNITS, &back), WIRE_OK));
	cr_expect(eq(int, back.kind, WIRE_COUNTS));
	wire_arena_destroy(a);
}

Test(wire, tells_what_is_too_large_from_what_is_cut)
{
	struct wire_arena *small = arena(256), *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), back;
	static uint32_t zeros[100];
	m.n_spikes = 100;
	m.unit = m.offset_ns = zeros;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));

	cr_expect(eq(int, wire_unpack_neural(small, buffer, n, N_UNITS, &back), WIRE_OVERSIZED));
	cr_expect(eq(int, wire_unpack_neural(small, buffer, n - 1, N_UNITS, &back), WIRE_TRUNCATED));
	cr_expect(eq(int, wire_unpack_neural(a, buffer, n, N_UNITS, &back), WIRE_OK));
	cr_expect(
		eq(int, wire_unpack_neural(a, buffer, WIRE_MAX_MESSAGE + 1, N_UNITS, &back), WIRE_OVERSIZED));
	wire_arena_destroy(small);
	wire_arena_destroy(a);
}

/* Every size of arena, so that each of the allocations fails once (the sanitizers watch). */
Test(wire, survives_an_arena_that_ends_anywhere)
{
	struct wire_neural m = spikes(), back;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));
	int refused = 0;
	enum wire_refusal r = WIRE_OVERSIZED;

	for (size_t size = 0; size < 1024; size++) {
		struct wire_arena *a = arena(size);
		r = wire_unpack_neural(a, buffer, n, N_UNITS, &back);
		refused += r == WIRE_OVERSIZED;
		cr_expect(r == WIRE_OK || r == WIRE_OVERSIZED);
		wire_arena_destroy(a);
	}
	cr_expect(gt(int, refused, 100));
	cr_expect(eq(int, r, WIRE_OK));
}

Test(wire, has_room_for_the_largest_message_of_its_own)
{
	static uint32_t zeros[WIRE_MAX_MESSAGE];
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), back;
	m.n_spikes = WIRE_MAX_MESSAGE / 2 - 64;
	m.unit = m.offset_ns = zeros;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, WIRE_MAX_MESSAGE);

	cr_assert(gt(sz, n, WIRE_MAX_MESSAGE - 200));
	cr_assert(eq(int, wire_unpack_neural(a, buffer, n, N_UNITS, &back), WIRE_OK));
	cr_expect(eq(int, back.n_spikes, m.n_spikes));
	wire_arena_destroy(a);
}

/* A million two-byte fields that nobody knows: many times their size once unpacked. */
Test(wire, refuses_what_swells)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural back;
	for (size_t i = 0; i + 1 < WIRE_MAX_MESSAGE; i += 2) {
		buffer[i] = 0x78;
		buffer[i + 1] = 1;
	}
	cr_expect(eq(int, wire_unpack_neural(a, buffer, WIRE_MAX_MESSAGE, N_UNITS, &back), WIRE_OVERSIZED));
	wire_arena_destroy(a);
}

Test(wire, writes_nothing_where_room_is_short)
{
	struct wire_neural m = spikes();
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));
	memset(buffer, 0xaa, n);

	cr_expect(eq(sz, wire_pack_neural(&m, N_UNITS, buffer, n - 1), 0));
	for (size_t i = 0; i < n; i++)
		cr_expect(eq(u8, buffer[i], 0xaa));
	cr_expect(eq(sz, wire_pack_neural(&m, N_UNITS, buffer, n), n));
}

static struct wire_cue cue(void)
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

static enum wire_refusal send_cue(const struct wire_cue *c, struct wire_cue *ret)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	enum wire_refusal r = wire_unpack_cue(a, buffer, wire_pack_cue(c, buffer, sizeof(buffer)), ret);
	wire_arena_destroy(a);
	return r;
}

Test(wire, returns_a_cue_as_it_was_packed)
{
	struct wire_cue c = cue(), back;

	cr_assert(eq(int, send_cue(&c, &back), WIRE_OK));
	cr_expect(eq(u64, back.source_id, 9));
	cr_expect(eq(u64, back.seq, 4));
	cr_expect(eq(i64, back.time_ns, 123456789));
	cr_expect(eq(u32, back.trial, 17));
	cr_expect(eq(int, back.phase, 2));
	cr_expect(eq(int, back.n_position, 2));
	cr_expect(eq(flt, back.position_mm[0], -80));
	cr_expect(eq(flt, back.position_mm[1], 40.5f));
	cr_expect(eq(flt, back.radius_mm, 7.5f));
	cr_expect(eq(i64, back.target_class, -1));
}

Test(wire, tells_target_class_0_from_none)
{
	struct wire_cue c = { .source_id = 1, .target_class = 0 }, back;
	cr_assert(eq(int, send_cue(&c, &back), WIRE_OK));
	cr_expect(eq(i64, back.target_class, 0));
}

Test(wire, refuses_a_cue_that_makes_no_sense)
{
	struct wire_cue c, back;

	c = cue(), c.source_id = 0;
	cr_expect(eq(int, send_cue(&c, &back), WIRE_EMPTY));
	c = cue(), c.phase = 5;
	cr_expect(eq(int, send_cue(&c, &back), WIRE_VALUE));
	c = cue(), c.phase = -1;
	cr_expect(eq(int, send_cue(&c, &back), WIRE_VALUE));
	c = cue(), c.position_mm[1] = NAN;
	cr_expect(eq(int, send_cue(&c, &back), WIRE_VALUE));
	c = cue(), c.radius_mm = INFINITY;
	cr_expect(eq(int, send_cue(&c, &back), WIRE_VALUE));
	c = cue(), c.radius_mm = -1;
	cr_expect(eq(int, send_cue(&c, &back), WIRE_VALUE));
}

static enum wire_refusal send_heartbeat(const char *client, const char *stream, uint64_t bin,
					struct wire_heartbeat *ret)
{
	struct wire_arena *a = arena(4096);
	Bcid__V1__Heartbeat m = BCID__V1__HEARTBEAT__INIT;
	m.client = (char *)client;
	m.stream = (char *)stream;
	m.epoch = 3;
	m.last_bin_applied = bin;
	enum wire_refusal r = wire_unpack_heartbeat(a, buffer, protobuf_c_message_pack(&m.base, buffer), ret);
	wire_arena_destroy(a);
	return r;
}

Test(wire, returns_a_heartbeat_as_it_was_packed)
{
	struct wire_arena *a = arena(4096);
	struct wire_heartbeat h = { "cursor", "m1", 3, INT64_MAX }, back;

	cr_assert(eq(int, wire_unpack_heartbeat(a, buffer, wire_pack_heartbeat(&h, buffer, 4096), &back),
		     WIRE_OK));
	cr_expect(eq(str, back.client, "cursor"));
	cr_expect(eq(str, back.stream, "m1"));
	cr_expect(eq(u32, back.epoch, 3));
	cr_expect(eq(i64, back.last_bin_applied, INT64_MAX));
	wire_arena_destroy(a);
}

struct name_case {
	char name[40];
	enum wire_refusal expected;
};

ParameterizedTestParameters(wire, judges_a_name)
{
	static struct name_case cases[] = {
		{ "m1", WIRE_OK },
		{ "abcdefghijklmnopqrstuvwxyz01234", WIRE_OK },
		{ "abcdefghijklmnopqrstuvwxyz012345", WIRE_VALUE },
		{ "", WIRE_VALUE },
		{ "m1/m2", WIRE_VALUE },
		{ "m 1", WIRE_VALUE },
		{ "m\n1", WIRE_VALUE },
		{ "m\x1b[2J", WIRE_VALUE },
		{ "m\xc3\xbc", WIRE_VALUE },
	};
	return cr_make_param_array(struct name_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct name_case *c, wire, judges_a_name)
{
	struct wire_heartbeat back;
	cr_expect(eq(int, send_heartbeat("cursor", c->name, 1, &back), c->expected), "stream %s", c->name);
	cr_expect(eq(int, send_heartbeat(c->name, "m1", 1, &back), c->expected), "client %s", c->name);
}

Test(wire, refuses_a_bin_beyond_signed_numbers)
{
	struct wire_heartbeat back;
	cr_expect(eq(int, send_heartbeat("cursor", "m1", UINT64_C(1) << 63, &back), WIRE_VALUE));
}

static const struct output outputs[] = { { .name = "vx", .unit = "mm/s" }, { .name = "grip", .unit = "" } };

static size_t pack_intent(const struct estimate *e, const struct intent *i)
{
	struct wire_intent_frame frame = { .stream = "m1", .outputs = outputs, .n_outputs = 2 };
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

static struct intent passed(void)
{
	return (struct intent){ .verdict = GATE_CLAMP,
				.reason = REASON_SPEED,
				.n_outputs = 2,
				.value = { 250.5f, -0.125f },
				.sent_ns = 15,
				.valid_for_ns = 100000000 };
}

static enum wire_refusal unpack_intent(size_t n, struct wire_intent_read *ret)
{
	struct wire_arena *a = arena(65536);
	enum wire_refusal r = wire_unpack_intent(a, buffer, n, ret);
	wire_arena_destroy(a);
	return r;
}

Test(wire, returns_an_intent_as_it_was_packed)
{
	struct estimate e = { .n_outputs = 2, .value = { 900, NAN } };
	struct intent i = passed();
	struct wire_intent_read back;

	cr_assert(eq(int, unpack_intent(pack_intent(&e, &i), &back), WIRE_OK));
	cr_expect(eq(str, back.stream, "m1"));
	cr_expect(eq(u32, back.epoch, 2));
	cr_expect(eq(i64, back.bin, 1000));
	cr_expect(eq(i64, back.acquired_ns, -5));
	cr_expect(eq(i64, back.edge_ns, 10));
	cr_expect(eq(i64, back.received_ns, 11));
	cr_expect(eq(i64, back.closed_ns, 12));
	cr_expect(eq(i64, back.start_ns, 13));
	cr_expect(eq(i64, back.done_ns, 14));
	cr_expect(eq(i64, back.sent_ns, 15));
	cr_expect(eq(i64, back.estimate_for_ns, 16));
	cr_expect(eq(u32, back.valid_for_ms, 100));
	cr_expect(eq(int, back.verdict, GATE_CLAMP));
	cr_expect(eq(int, back.reason, REASON_SPEED));
	cr_assert(eq(int, back.n_value, 2));
	cr_expect(eq(flt, back.value[0], 250.5f));
	cr_expect(eq(flt, back.value[1], -0.125f));
	cr_assert(eq(int, back.n_estimate, 2));
	cr_expect(eq(flt, back.estimate[0], 900));
	cr_expect(isnan(back.estimate[1]), "an estimate may be no number; an intent may not");
}

Test(wire, returns_what_stands_around_an_intent)
{
	struct intent i = passed();
	struct wire_intent_read back;

	cr_assert(eq(int, unpack_intent(pack_intent(NULL, &i), &back), WIRE_OK));
	cr_expect(eq(int, back.n_estimate, 0));
	cr_expect(back.gap && back.late && back.calibrating && !back.concealed);
	cr_expect(eq(str, back.output[0], "vx"));
	cr_expect(eq(str, back.unit[0], "mm/s"));
	cr_expect(eq(str, back.output[1], "grip"));
	cr_expect(eq(str, back.unit[1], ""));
	cr_expect(eq(u8, back.model_hash.bytes[31], 0xab));
	cr_expect(eq(u8, back.config_hash.bytes[31], 0xcd));
}

Test(wire, carries_the_standard_deviation_of_an_estimate)
{
	struct wire_arena *a = arena(65536);
	struct estimate e = { .n_outputs = 2, .has_sd = true, .value = { 1, 2 }, .sd = { 3, 4 } };
	struct intent i = passed();
	Bcid__V1__Intent *m;
	size_t n = pack_intent(&e, &i);

	cr_assert(eq(int, wire_arena_unpack(a, &bcid__v1__intent__descriptor, buffer, n, &m), WIRE_OK));
	cr_assert(eq(sz, m->n_estimate_sd, 2));
	cr_expect(eq(flt, m->estimate_sd[1], 4));
	wire_arena_destroy(a);
}

Test(wire, rounds_the_life_of_an_intent_up)
{
	struct intent i = passed();
	struct wire_intent_read back;

	i.valid_for_ns = 1;
	cr_assert(eq(int, unpack_intent(pack_intent(NULL, &i), &back), WIRE_OK));
	cr_expect(eq(u32, back.valid_for_ms, 1));
	i.valid_for_ns = 0;
	cr_assert(eq(int, unpack_intent(pack_intent(NULL, &i), &back), WIRE_OK));
	cr_expect(eq(u32, back.valid_for_ms, 0));
}

Test(wire, refuses_an_intent_that_is_no_number)
{
	struct intent i = passed();
	struct wire_intent_read back;
	i.value[1] = NAN;
	cr_expect(eq(int, unpack_intent(pack_intent(NULL, &i), &back), WIRE_VALUE));
}

/* Unpack an intent of ours, spoil it, and see what the reader says. */
static enum wire_refusal read_spoilt(void (*spoil)(Bcid__V1__Intent *m))
{
	struct wire_arena *a = arena(65536);
	struct intent i = passed();
	struct wire_intent_read back;
	Bcid__V1__Intent *m;

	cr_assert(eq(int,
		     wire_arena_unpack(a, &bcid__v1__intent__descriptor, buffer, pack_intent(NULL, &i), &m),
		     0));
	spoil(m);
	size_t n = protobuf_c_message_pack(&m->base, buffer);
	wire_arena_destroy(a);
	return unpack_intent(n, &back);
}

static void spoil_nothing(Bcid__V1__Intent *m)
{
	(void)m;
}

static void spoil_verdict(Bcid__V1__Intent *m)
{
	m->verdict = (Bcid__V1__Verdict)3;
}

static void spoil_reason(Bcid__V1__Intent *m)
{
	m->reason = (Bcid__V1__Reason)-1;
}

static void spoil_names(Bcid__V1__Intent *m)
{
	m->n_output = 1;
}

static void spoil_unit(Bcid__V1__Intent *m)
{
	m->unit[1] = "abcdefghijklmnopqrstuvwx";
}

static void spoil_hash(Bcid__V1__Intent *m)
{
	m->model_hash.len = 31;
}

static void spoil_estimate(Bcid__V1__Intent *m)
{
	static float values[MAX_OUTPUTS + 1];
	m->n_estimate = MAX_OUTPUTS + 1;
	m->estimate = values;
}

static void spoil_bin(Bcid__V1__Intent *m)
{
	m->bin = UINT64_MAX;
}

Test(wire, refuses_a_spoilt_intent)
{
	cr_expect(eq(int, read_spoilt(spoil_nothing), WIRE_OK));
	cr_expect(eq(int, read_spoilt(spoil_verdict), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_reason), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_names), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_unit), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_hash), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_estimate), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_bin), WIRE_VALUE));
}

Test(wire, packs_a_forecast)
{
	static const float rates[] = { 0.5f, 1.25f, 0 };
	struct wire_arena *a = arena(4096);
	Bcid__V1__Forecast *m;
	size_t n = wire_pack_forecast("m1", 3, 99, 1, rates, 3, buffer, sizeof(buffer));

	cr_assert(eq(int, wire_arena_unpack(a, &bcid__v1__forecast__descriptor, buffer, n, &m), WIRE_OK));
	cr_expect(eq(str, m->stream, "m1"));
	cr_expect(eq(u32, m->epoch, 3));
	cr_expect(eq(u64, m->bin, 99));
	cr_expect(eq(u32, m->horizon, 1));
	cr_assert(eq(sz, m->n_rates, 3));
	cr_expect(eq(flt, m->rates[1], 1.25f));
	wire_arena_destroy(a);
}

Test(wire, has_a_word_for_every_refusal)
{
	for (int r = 0; r < WIRE_N_REFUSALS; r++)
		cr_expect(gt(sz, strlen(wire_refusal_text(r)), 1));
	cr_expect(eq(str, (char *)wire_refusal_text(WIRE_TRUNCATED), "truncated"));
	cr_expect(eq(str, (char *)wire_refusal_text(WIRE_N_REFUSALS), "unknown"));
}
