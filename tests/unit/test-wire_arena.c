#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "../support/wire_messages.h"
#include "wire_arena.h"

Test(wire_arena, takes_no_part_of_a_message_for_the_whole)
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

Test(wire_arena, tells_what_is_too_large_from_what_is_cut)
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
Test(wire_arena, survives_an_arena_that_ends_anywhere)
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

Test(wire_arena, has_room_for_the_largest_message_of_its_own)
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
Test(wire_arena, refuses_what_swells)
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
