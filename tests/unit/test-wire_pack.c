#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "../support/wire_messages.h"
#include "bcid/v1/intent.pb-c.h"
#include "bcid/v1/telemetry.pb-c.h"
#include "wire.h"
#include "wire_arena.h"

Test(wire_pack, returns_spikes_as_they_were_packed)
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

Test(wire_pack, returns_a_silent_message_as_one_without_spikes)
{
	struct wire_arena *a = arena(WIRE_ARENA_SIZE);
	struct wire_neural m = spikes(), back;
	m.n_spikes = 0;
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));

	cr_assert(eq(int, wire_unpack_neural(a, buffer, n, N_UNITS, &back), WIRE_OK));
	cr_expect(eq(int, back.n_spikes, 0));
	wire_arena_destroy(a);
}

Test(wire_pack, returns_counts_as_they_were_packed)
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

Test(wire_pack, writes_nothing_where_room_is_short)
{
	struct wire_neural m = spikes();
	size_t n = wire_pack_neural(&m, N_UNITS, buffer, sizeof(buffer));
	memset(buffer, 0xaa, n);

	cr_expect(eq(sz, wire_pack_neural(&m, N_UNITS, buffer, n - 1), 0));
	for (size_t i = 0; i < n; i++)
		cr_expect(eq(u8, buffer[i], 0xaa));
	cr_expect(eq(sz, wire_pack_neural(&m, N_UNITS, buffer, n), n));
}

Test(wire_pack, returns_a_cue_as_it_was_packed)
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

Test(wire_pack, tells_target_class_0_from_none)
{
	struct wire_cue c = { .source_id = 1, .target_class = 0 }, back;
	cr_assert(eq(int, send_cue(&c, &back), WIRE_OK));
	cr_expect(eq(i64, back.target_class, 0));
}

Test(wire_pack, returns_a_heartbeat_as_it_was_packed)
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

Test(wire_pack, returns_an_intent_as_it_was_packed)
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

Test(wire_pack, returns_what_stands_around_an_intent)
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
	cr_expect(eq(u32, back.bin_us, 50000));
	cr_expect(eq(u8, back.model_hash.bytes[31], 0xab));
	cr_expect(eq(u8, back.config_hash.bytes[31], 0xcd));
}

Test(wire_pack, carries_the_standard_deviation_of_an_estimate)
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

Test(wire_pack, rounds_the_life_of_an_intent_up)
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

Test(wire_pack, packs_a_forecast)
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
