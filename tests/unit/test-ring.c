#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>

#include "ring.h"

static struct ring *make(size_t n_slots, size_t slot_size)
{
	struct ring *r = NULL;
	cr_assert(eq(int, ring_create(n_slots, slot_size, &r), 0));
	return r;
}

static void push(struct ring *r, uint32_t value)
{
	uint32_t *slot = ring_claim(r);
	cr_assert(ne(ptr, (void *)slot, NULL), "no room for %u", value);
	*slot = value;
	ring_commit(r);
}

static uint32_t pop(struct ring *r)
{
	const uint32_t *slot = ring_peek(r);
	cr_assert(ne(ptr, (void *)slot, NULL), "nothing there");
	uint32_t value = *slot;
	ring_release(r);
	return value;
}

struct capacity_case {
	char name[24];
	size_t asked, got;
};

ParameterizedTestParameters(ring, rounds_up_to_a_power_of_two)
{
	static struct capacity_case cases[] = {
		{ "one", 1, 1 },       { "two", 2, 2 },         { "three", 3, 4 },
		{ "sixteen", 16, 16 }, { "seventeen", 17, 32 },
	};
	return cr_make_param_array(struct capacity_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct capacity_case *c, ring, rounds_up_to_a_power_of_two)
{
	struct ring *r = make(c->asked, 12);
	cr_expect(eq(sz, ring_capacity(r), c->got), "%s", c->name);
	cr_expect(eq(sz, ring_slot_size(r), 12));
	for (size_t i = 0; i < c->got; i++)
		push(r, (uint32_t)i);
	cr_expect(eq(ptr, ring_claim(r), NULL), "%s", c->name);
	ring_destroy(r);
}

struct refusal_case {
	char name[24];
	size_t n_slots, slot_size;
	int code;
};

ParameterizedTestParameters(ring, refuses_to_be_created)
{
	static struct refusal_case cases[] = {
		{ "no slots", 0, 8, -EINVAL },
		{ "empty slots", 8, 0, -EINVAL },
		{ "slots beyond a power", SIZE_MAX, 1, -ENOMEM },
		{ "product wraps", SIZE_MAX / 128 + 1, 128, -ENOMEM },
		{ "stride wraps", 1, SIZE_MAX - 3, -ENOMEM },
		{ "sum wraps", 1, SIZE_MAX - 64, -ENOMEM },
	};
	return cr_make_param_array(struct refusal_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal_case *c, ring, refuses_to_be_created)
{
	struct ring *before = (struct ring *)c, *r = before;
	cr_expect(eq(int, ring_create(c->n_slots, c->slot_size, &r), c->code), "%s", c->name);
	cr_expect(eq(ptr, r, before), "%s: changed on failure", c->name);
}

Test(ring, is_empty_at_first)
{
	struct ring *r = make(4, 8);
	cr_expect(eq(ptr, (void *)ring_peek(r), NULL));
	cr_expect(eq(sz, ring_used(r), 0));
	ring_destroy(r);
	ring_destroy(NULL);
}

Test(ring, hands_over_in_order_many_times_round)
{
	struct ring *r = make(8, sizeof(uint32_t));
	uint32_t sent = 0, received = 0;

	for (int round = 0; round < 1000; round++) {
		for (int n = round % 9; n > 0; n--)
			push(r, sent++);
		cr_assert(eq(sz, ring_used(r), sent - received));
		while (ring_peek(r))
			cr_assert(eq(u32, pop(r), received++));
	}
	cr_expect(eq(u32, received, sent));
	ring_destroy(r);
}

Test(ring, refuses_when_full_and_takes_again_after_a_release)
{
	struct ring *r = make(4, sizeof(uint32_t));

	for (uint32_t i = 0; i < 4; i++)
		push(r, i);
	cr_expect(eq(ptr, ring_claim(r), NULL));
	cr_expect(eq(sz, ring_used(r), 4));
	cr_expect(eq(u32, pop(r), 0));
	push(r, 4);
	cr_expect(eq(ptr, ring_claim(r), NULL));
	for (uint32_t i = 1; i <= 4; i++)
		cr_expect(eq(u32, pop(r), i));
	ring_destroy(r);
}

Test(ring, gives_the_same_slot_until_it_is_committed)
{
	struct ring *r = make(4, 8);
	void *slot = ring_claim(r);

	cr_expect(eq(ptr, ring_claim(r), slot));
	cr_expect(eq(ptr, (void *)ring_peek(r), NULL), "visible before the commit");
	ring_commit(r);
	cr_expect(ne(ptr, ring_claim(r), slot));
	cr_expect(eq(ptr, (void *)ring_peek(r), slot));
	cr_expect(eq(ptr, ring_peek_mutable(r), slot), "peeking twice moves on");
	ring_destroy(r);
}

Test(ring, aligns_and_zeroes_each_slot)
{
	static const char zeroes[100];
	mallopt(M_PERTURB, 1); /* memory comes dirty */
	struct ring *r = make(8, sizeof(zeroes));
	char *before = NULL;

	for (int i = 0; i < 8; i++) {
		char *slot = ring_claim(r);
		cr_assert(ne(ptr, slot, NULL));
		cr_expect(eq(sz, (uintptr_t)slot % 64, 0));
		cr_expect(eq(int, memcmp(slot, zeroes, sizeof(zeroes)), 0));
		cr_expect(any(eq(ptr, before, NULL), ge(long, slot - before, 100)), "slots overlap");
		memset(slot, 0xff, sizeof(zeroes));
		before = slot;
		ring_commit(r);
	}
	ring_destroy(r);
}
