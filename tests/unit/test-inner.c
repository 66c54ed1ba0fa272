/* Every set of loops gives what the plain one gives; that this is right, test-trainee.c knows. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inner_set.h"
#include "seed.h"

struct set_case {
	char name[8];
};

#define FOR_EACH_SET(test)                                                                                   \
	ParameterizedTestParameters(inner, test)                                                             \
	{                                                                                                    \
		static struct set_case cases[] = { { "avx2" }, { "avx512" } };                               \
		return cr_make_param_array(struct set_case, cases, 2);                                       \
	}                                                                                                    \
	ParameterizedTest(struct set_case *c, inner, test)

static const struct inner_set *set_named(const char *name)
{
	const struct inner_set *set = strcmp(name, "avx2") == 0 ? inner_avx2() : inner_avx512();
	if (!set)
		cr_skip_test("this processor has no %s", name);
	return set;
}

/* All that a loop reads and writes, from one stretch, so that a second run begins with the same. */
enum { SIZE = 40000 };
struct stretch {
	real all[SIZE];
	size_t used;
};

static real *take(struct stretch *s, size_t n)
{
	real *p = s->all + s->used;
	s->used += n;
	cr_assert(le(sz, s->used, SIZE));
	return p;
}

static struct stretch fill_stretch(void)
{
	static struct stretch s;
	struct seed seed = { 12 };
	s.used = 0;
	for (int i = 0; i < SIZE; i++)
		s.all[i] = (real)(2 * seed_uniform(&seed) - 1);
	return s;
}

static void expect_alike(const struct stretch *a, const struct stretch *b, const char *what)
{
	double off = 0;
	for (int i = 0; i < SIZE; i++)
		off = fmax(off, fabs((double)a->all[i] - (double)b->all[i]) / (1 + fabs((double)a->all[i])));
	cr_expect(off < 5e-6, "%s: off by %.3g", what, off);
}

#define EXPECT_ALIKE(run)                                                                                    \
	do {                                                                                                 \
		struct stretch plain = fill_stretch(), other = plain;                                        \
		run(&inner_plain, &plain);                                                                   \
		run(set, &other);                                                                            \
		expect_alike(&plain, &other, #run);                                                          \
	} while (0)

static void elementwise(const struct inner_set *set, struct stretch *s)
{
	for (size_t n = 1; n < 40; n += 3) {
		set->softplus(take(s, n), take(s, n), n);
		set->sigmoid(take(s, n), take(s, n), n);
		set->multiply(take(s, n), take(s, n), n);
		set->keep(take(s, n), n, (real)0.4, 1234567890123);
		*take(s, 1) = (real)set->squares(take(s, n), n);
		set->fill(take(s, 3 * 48), take(s, n), 3, (int)n, 48);
		set->sum(take(s, n), take(s, 3 * 48), 3, (int)n, 48);
	}
}

static void adamw(const struct inner_set *set, struct stretch *s)
{
	const struct inner_adamw a = { (real)0.5,  (real)0.1,  (real)0.01, (real)0.9,
				       (real)0.99, (real)1e-8, 2,          3 };
	real *value = take(s, 37), *first = take(s, 37), *second = take(s, 37), *g = take(s, 37);
	for (int i = 0; i < 37; i++)
		second[i] *= second[i];
	set->adamw(&a, value, first, second, g, 37);
}

static void norm(const struct inner_set *set, struct stretch *s)
{
	for (int width = 1; width < 40; width += 6) {
		int ld = real_padded(width);
		size_t n = (size_t)(3 * ld);
		const struct inner_norm m = {
			3, width, ld, take(s, 40), take(s, 40), take(s, n), take(s, 3)
		};
		real *v = take(s, n), *h = take(s, n);
		set->norm(&m, v, h);
		set->norm_again(&m, take(s, n));
		set->norm_back(&m, take(s, n), take(s, 40), take(s, 40), v);
	}
}

static void conv(const struct inner_set *set, struct stretch *s)
{
	const struct inner_conv c = { 10, 2, 32, take(s, 4 * 32), take(s, 32), take(s, 16 * 32) };
	real *y = take(s, 320);
	set->conv(&c, y);
	set->conv_back(&c, take(s, 320), take(s, 4 * 32), take(s, 32), y);
}

static void scan(const struct inner_set *set, struct stretch *s)
{
	enum { STEPS = 19, CHANNELS = 32, STATES = 3, ROWS = 2 * STEPS, LD_BC = 16 };
	struct inner_scan m = { STEPS, 2, 2, CHANNELS, STATES, 2, LD_BC };
	real *decay = take(s, CHANNELS * STATES);
	for (int i = 0; i < CHANNELS * STATES; i++)
		decay[i] = -2 - decay[i];
	m.decay = decay;
	m.skip = take(s, CHANNELS);
	m.dt_bias = take(s, CHANNELS);
	m.dt_proj = take(s, 2 * CHANNELS);
	m.x = take(s, ROWS * CHANNELS);
	m.z = take(s, ROWS * CHANNELS);
	m.bc = take(s, ROWS * LD_BC);
	m.saved = take(s, 4 * CHANNELS * STATES);
	real *y = take(s, ROWS * CHANNELS), *after = take(s, 2 * CHANNELS * STATES);
	const struct inner_scan_back b = { y,
					   take(s, ROWS * CHANNELS),
					   take(s, ROWS * CHANNELS),
					   take(s, ROWS * LD_BC),
					   take(s, ROWS * CHANNELS),
					   take(s, CHANNELS * STATES),
					   take(s, CHANNELS),
					   take(s, inner_scan_room(&m)) };
	set->scan(&m, y, after);
	set->scan_back(&m, &b);
}

static void cells(const struct inner_set *set, struct stretch *s)
{
	for (int width = 1; width < 40; width += 6) {
		const struct inner_cell m = { 3, width, 48, 160 };
		real *gates = take(s, 480), *own = take(s, 480), *before = take(s, 144), *c = take(s, 144);
		real *h = take(s, 144), *d = take(s, 144);
		set->lstm(&m, gates, before, c, h);
		set->lstm_back(&m, gates, before, c, h, d);
		set->gru(&m, gates, own, before, h);
		set->gru_back(&m, gates, own, before, h, d);
	}
}

FOR_EACH_SET(loops_are_those_of_the_plain_set)
{
	const struct inner_set *set = set_named(c->name);
	EXPECT_ALIKE(elementwise);
	EXPECT_ALIKE(adamw);
	EXPECT_ALIKE(norm);
	EXPECT_ALIKE(conv);
	EXPECT_ALIKE(scan);
	EXPECT_ALIKE(cells);
}
