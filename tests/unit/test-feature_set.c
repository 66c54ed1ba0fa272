#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature_set.h"

#define UNITS 3

static struct feature_set *create(const char *specification)
{
	struct feature_set *x = NULL;
	struct failure f = {0};
	cr_assert(eq(int, feature_set_create(specification, UNITS, &f, &x), 0), "%s", f.text);
	return x;
}

/* Counts and rates of bin t; bins before 0 are what the test filled in. */
static float count(int t, int unit)
{
	return t < 0 ? (float)unit + 0.37f : (float)((t * 7 + unit * 5) % 11);
}

static float rate(int t, int unit)
{
	return t < 0 ? (float)unit * 0.1f : (float)((t * 3 + unit) % 7) / 8.0f;
}

static void bin_at(int t, float *counts, float *rates)
{
	for (int u = 0; u < UNITS; u++) {
		counts[u] = count(t, u);
		rates[u] = rate(t, u);
	}
}

static void step_to(struct feature_set *x, int from, int until)
{
	float counts[UNITS], rates[UNITS];
	for (int t = from; t < until; t++) {
		bin_at(t, counts, rates);
		feature_set_step(x, counts, rates);
	}
}

struct layout_case {
	char name[48];
	int blocks;
	int history;
	int needs_rates;
};

ParameterizedTestParameters(feature_set, has_the_size_of_its_parts)
{
	static struct layout_case cases[] = {
		{"counts_1", 1, 1, 0},
		{"counts_flat1", 1, 1, 0},
		{"counts_flat10", 10, 10, 0},
		{"counts_sum100", 1, 100, 0},
		{"counts_ema", 3, 40, 0},
		{"rates", 1, 1, 1},
		{"rates_4", 4, 4, 1},
		{"rates_ema", 3, 40, 1},
		{"counts_flat10+rates", 11, 10, 1},
		{"counts_1+counts_sum20+rates_4+rates_ema", 9, 40, 1},
	};
	return cr_make_param_array(struct layout_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct layout_case *c, feature_set, has_the_size_of_its_parts)
{
	struct feature_set *x = create(c->name);
	cr_expect(eq(int, feature_set_n_units(x), UNITS));
	cr_expect(eq(int, feature_set_size(x), c->blocks *UNITS), "%s", c->name);
	cr_expect(eq(int, feature_set_history(x), c->history), "%s", c->name);
	cr_expect(eq(int, feature_set_need_rates(x), c->needs_rates), "%s", c->name);
	for (int i = 0; i < c->blocks * UNITS; i++)
		cr_expect(eq(flt, feature_set_vector(x)[i], 0.0f), "%s is fresh", c->name);
	feature_set_destroy(x);
}

struct refused_case {
	char name[64];
};

ParameterizedTestParameters(feature_set, refuses)
{
	static struct refused_case cases[] = {
		{""},
		{"counts"},
		{"counts_2"},
		{"counts_flat"},
		{"counts_flat0"},
		{"counts_flat101"},
		{"counts_flat-1"},
		{"counts_flat 5"},
		{"counts_flat5x"},
		{"counts_emax"},
		{"rates_0"},
		{"rates_"},
		{"+counts_1"},
		{"counts_1+"},
		{"counts_1++rates"},
		{"counts_1+counts_1"},
		{"counts_flat00000000000000000000000000000005"},
		{"counts_1+rates+rates_2+rates_3+rates_4"},
	};
	return cr_make_param_array(struct refused_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refused_case *c, feature_set, refuses)
{
	struct feature_set *x = NULL;
	struct failure f = {0};
	cr_expect(eq(int, feature_set_create(c->name, UNITS, &f, &x), -EINVAL), "%s", c->name);
	cr_expect(eq(ptr, x, NULL));
	cr_expect(strstr(f.text, "features") != NULL, "%s: %s", c->name, f.text);
}

Test(feature_set, refuses_units_out_of_range)
{
	struct feature_set *x = NULL;
	cr_expect(eq(int, feature_set_create("rates", 0, NULL, &x), -EINVAL));
	cr_expect(eq(int, feature_set_create("rates", MAX_UNITS + 1, NULL, &x), -EINVAL));
}

static double ema_twin(float (*value)(int, int), int until, int unit, double tau)
{
	double e = (double)value(-1, unit);
	for (int t = 0; t < until; t++)
		e += ((double)value(t, unit) - e) / tau;
	return e;
}

/* Part by part, block by block, from the definition. */
static void expect_vector(const float *v, int until)
{
	static const double tau[3] = {8, 20, 40};
	int at = 0, last = until - 1;
	for (int b = 0; b < 5; b++)
		for (int u = 0; u < UNITS; u++)
			cr_expect(eq(flt, v[at++], count(last - 4 + b, u)), "counts_flat5 %d %d", b, u);
	for (int u = 0; u < UNITS; u++) {
		double sum = 0;
		for (int t = until - 12; t < until; t++)
			sum += (double)count(t, u);
		cr_expect(eq(flt, v[at++], (float)sum), "counts_sum12 %d after %d", u, until);
	}
	for (int b = 0; b < 3; b++)
		for (int u = 0; u < UNITS; u++) {
			double e = ema_twin(rate, until, u, tau[b]);
			cr_expect(fabs((double)v[at++] - e) < 1e-6, "rates_ema %d %d", b, u);
		}
	for (int b = 0; b < 4; b++)
		for (int u = 0; u < UNITS; u++)
			cr_expect(eq(flt, v[at++], rate(last - 3 + b, u)), "rates_4 %d %d", b, u);
}

Test(feature_set, is_what_its_header_says)
{
	struct feature_set *x = create("counts_flat5+counts_sum12+rates_ema+rates_4");
	float counts[UNITS], rates[UNITS];
	bin_at(-1, counts, rates);
	feature_set_reset(x, counts, rates);
	expect_vector(feature_set_vector(x), 0);
	for (int t = 0; t < 60; t++) {
		step_to(x, t, t + 1);
		expect_vector(feature_set_vector(x), t + 1);
	}
	feature_set_destroy(x);
}

Test(feature_set, needs_no_rates_for_counts)
{
	struct feature_set *x = create("counts_flat2+counts_sum3+counts_ema");
	float counts[UNITS] = {1, 2, 3};
	feature_set_step(x, counts, NULL);
	cr_expect(eq(flt, feature_set_vector(x)[0], 0.0f));
	cr_expect(eq(flt, feature_set_vector(x)[5], 3.0f));
	cr_expect(eq(flt, feature_set_vector(x)[8], 3.0f));
	cr_expect(eq(flt, feature_set_vector(x)[9], 0.125f));
	feature_set_destroy(x);
}

Test(feature_set, forgets_a_fill_without_a_trace)
{
	struct feature_set *x = create("counts_sum3");
	float fill[UNITS] = {0.1f, 0.3f, 0.7f}, large[UNITS] = {65535, 65535, 65535}, none[UNITS] = {0};
	for (int round = 0; round < 1000; round++) {
		feature_set_step(x, fill, NULL);
		feature_set_step(x, large, NULL);
	}
	for (int t = 0; t < 3; t++)
		feature_set_step(x, none, NULL);
	for (int u = 0; u < UNITS; u++)
		cr_expect(eq(flt, feature_set_vector(x)[u], 0.0f));
	feature_set_destroy(x);
}

Test(feature_set, goes_on_from_a_saved_state)
{
	struct feature_set *a = create("counts_flat5+counts_sum12+counts_ema+rates_4");
	struct feature_set *b = create("counts_flat5+counts_sum12+counts_ema+rates_4");
	step_to(a, 0, 17);
	void *state = malloc(feature_set_state_size(a));
	feature_set_state_save(a, state);
	step_to(b, 5, 11);
	feature_set_state_load(b, state);
	step_to(a, 17, 31);
	step_to(b, 17, 31);
	size_t size = (size_t)feature_set_size(a) * sizeof(float);
	cr_expect(memcmp(feature_set_vector(a), feature_set_vector(b), size) == 0);
	free(state);
	feature_set_destroy(a);
	feature_set_destroy(b);
}
