#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "seed.h"

Test(seed, gives_the_same_again)
{
	struct seed a = { 42 }, b = { 42 }, c = { 43 };
	for (int i = 0; i < 100; i++)
		cr_assert(eq(u64, seed_next(&a), seed_next(&b)));
	cr_expect(ne(u64, seed_next(&a), seed_next(&c)));
}

/* Published for the start 1234567. */
Test(seed, is_splitmix)
{
	struct seed s = { 1234567 };
	cr_expect(eq(u64, seed_next(&s), 6457827717110365317u));
	cr_expect(eq(u64, seed_next(&s), 3203168211198807973u));
}

Test(seed, is_even)
{
	struct seed s = { 1 };
	int n[7] = { 0 };
	double sum = 0;
	for (int i = 0; i < 70000; i++) {
		double x = seed_uniform(&s);
		cr_assert(x >= 0 && x < 1);
		sum += x;
		n[seed_below(&s, 7)]++;
	}
	cr_expect(fabs(sum / 70000 - 0.5) < 0.005);
	for (int i = 0; i < 7; i++)
		cr_expect(n[i] > 9600 && n[i] < 10400, "%d: %d", i, n[i]);
}

Test(seed, has_parts_of_their_own)
{
	cr_expect(ne(u64, seed_part(1, 0), seed_part(1, 1)));
	cr_expect(ne(u64, seed_part(1, 0), seed_part(2, 0)));
	cr_expect(eq(u64, seed_part(9, 9), seed_part(9, 9)));
}
