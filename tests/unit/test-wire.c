#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "../support/wire_messages.h"
#include "bcid/v1/intent.pb-c.h"
#include "bcid/v1/neural.pb-c.h"
#include "wire.h"
#include "wire_arena.h"

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

static void spoil_text(Bcid__V1__Intent *m)
{
	m->output[0] = "v\x9b";
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

static void spoil_width(Bcid__V1__Intent *m)
{
	m->bin_us = UINT32_MAX;
}

Test(wire, refuses_a_spoilt_intent)
{
	cr_expect(eq(int, read_spoilt(spoil_nothing), WIRE_OK));
	cr_expect(eq(int, read_spoilt(spoil_verdict), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_reason), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_names), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_unit), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_text), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_hash), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_estimate), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_bin), WIRE_VALUE));
	cr_expect(eq(int, read_spoilt(spoil_width), WIRE_VALUE));
}

Test(wire, has_a_word_for_every_refusal)
{
	for (int r = 0; r < WIRE_N_REFUSALS; r++)
		cr_expect(gt(sz, strlen(wire_refusal_text(r)), 1));
	cr_expect(eq(str, (char *)wire_refusal_text(WIRE_TRUNCATED), "truncated"));
	cr_expect(eq(str, (char *)wire_refusal_text(WIRE_N_REFUSALS), "unknown"));
}
