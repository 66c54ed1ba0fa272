#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "belt.h"

static struct belt *made(size_t bytes)
{
	struct belt *b = NULL;
	cr_assert(eq(int, belt_create(bytes, &b), 0));
	return b;
}

/* A record of `size` bytes, all of them `value`. */
static int put(struct belt *b, size_t size, int value)
{
	void *to = belt_claim(b, size);
	if (!to)
		return -EAGAIN;
	cr_assert(eq(sz, (uintptr_t)to % BELT_ALIGN, 0));
	memset(to, value, size);
	belt_commit(b);
	return 0;
}

static void expect_next(struct belt *b, size_t size, int value)
{
	size_t n;
	const unsigned char *at = belt_read(b, &n);
	cr_assert(ne(ptr, (void *)at, NULL));
	cr_assert(eq(sz, n, size));
	for (size_t i = 0; i < n; i++)
		cr_assert(eq(int, at[i], value));
}

static void expect_none(struct belt *b)
{
	size_t n;
	cr_assert(eq(ptr, (void *)belt_read(b, &n), NULL));
}

Test(belt, refuses_to_be_nothing)
{
	struct belt *b;
	cr_expect(eq(int, belt_create(0, &b), -EINVAL));
	cr_expect(eq(int, belt_create(SIZE_MAX, &b), -ENOMEM));
}

Test(belt, gives_records_of_any_size_back_in_order)
{
	struct belt *b = made(1024);
	expect_none(b);
	for (size_t size = 0; size < 20; size++)
		cr_assert(eq(int, put(b, size, (int)size), 0));
	for (size_t size = 0; size < 20; size++)
		expect_next(b, size, (int)size);
	expect_none(b);
	belt_destroy(b);
}

Test(belt, shows_nothing_before_the_commit)
{
	struct belt *b = made(256);
	cr_assert(ne(ptr, belt_claim(b, 8), NULL));
	expect_none(b);
	void *again = belt_claim(b, 4);
	memset(again, 7, 4);
	belt_commit(b);
	expect_next(b, 4, 7);
	expect_none(b);
	belt_destroy(b);
}

Test(belt, refuses_when_full_until_something_is_released)
{
	struct belt *b = made(256);
	int n = 0;
	while (put(b, 16, n) == 0)
		n++;
	cr_expect(eq(int, n, 256 / 32));
	expect_next(b, 16, 0);
	cr_expect(eq(int, put(b, 16, 99), -EAGAIN), "read is not released");
	belt_release(b);
	cr_expect(eq(int, put(b, 16, 99), 0));
	cr_expect(eq(int, put(b, 16, 99), -EAGAIN));
	belt_destroy(b);
}

Test(belt, never_takes_more_than_it_holds)
{
	struct belt *b = made(256);
	cr_expect(eq(ptr, belt_claim(b, 256), NULL));
	cr_expect(eq(ptr, belt_claim(b, SIZE_MAX), NULL));
	cr_expect(eq(ptr, belt_claim(b, SIZE_MAX - 20), NULL));
	cr_expect(eq(int, put(b, 240, 1), 0));
	expect_next(b, 240, 1);
	belt_destroy(b);
}

Test(belt, reads_again_what_was_not_released)
{
	struct belt *b = made(256);
	for (int i = 0; i < 4; i++)
		put(b, 8, i);
	expect_next(b, 8, 0);
	belt_release(b);
	expect_next(b, 8, 1);
	expect_next(b, 8, 2);
	belt_rewind(b);
	for (int i = 1; i < 4; i++)
		expect_next(b, 8, i);
	expect_none(b);
	belt_rewind(b);
	expect_next(b, 8, 1);
	belt_destroy(b);
}

Test(belt, counts_what_is_in_it)
{
	struct belt *b = made(250);
	cr_expect(eq(sz, belt_capacity(b), 256));
	cr_expect(eq(sz, belt_used(b), 0));
	put(b, 10, 1);
	cr_expect(eq(sz, belt_used(b), 32));
	expect_next(b, 10, 1);
	cr_expect(eq(sz, belt_used(b), 32));
	belt_release(b);
	cr_expect(eq(sz, belt_used(b), 0));
	belt_destroy(b);
}

/* A naive twin, a list, over sizes that meet the end of the memory in every way. */
Test(belt, goes_round_like_a_list)
{
	struct belt *b = made(448);
	size_t sizes[64], first = 0, read = 0, last = 0;
	uint32_t random = 1;
	for (int i = 0; i < 20000; i++) {
		random = random * 1664525 + 1013904223;
		size_t size = (random >> 8) % 150;
		switch (random >> 29) {
		case 0: belt_release(b), first = read; break;
		case 1: belt_rewind(b), read = first; break;
		case 2:
		case 3:
		case 4:
			if (read < last) {
				expect_next(b, sizes[read % 64], (int)(read % 251));
				read++;
			} else {
				expect_none(b);
			}
			break;
		default:
			if (put(b, size, (int)(last % 251)) == 0)
				sizes[last++ % 64] = size;
			else
				cr_assert(gt(sz, last, first), "an empty belt refuses %zu bytes", size);
		}
	}
	cr_expect(gt(sz, first, 1000));
	belt_destroy(b);
}
