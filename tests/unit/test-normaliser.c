#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "normaliser.h"

#define UNITS 3
#define TAU 20
static const float mean[UNITS] = { 2, 0.5f, 8 }, scale[UNITS] = { 1.5f, 1, 3 };

static struct normaliser *create(double tau_bins)
{
	struct normaliser *x = NULL;
	cr_assert(eq(int, normaliser_create(UNITS, tau_bins, mean, scale, &x), 0));
	return x;
}

static void counts_of(int t, float *ret)
{
	for (int u = 0; u < UNITS; u++)
		ret[u] = (float)((t * 7 + u * 5) % 11);
}

static struct normalised step(struct normaliser *x, int t, bool lost)
{
	static float counts[UNITS];
	counts_of(t, counts);
	return normaliser_step(x, counts, NULL, lost);
}

/* The naive twin: unit u at bin t, from the bins before it; `left` counts bins from the end of which
 * nothing is learnt. */
static double twin(int t, int u, int lost, int left)
{
	double m = mean[u], v = (double)scale[u] * scale[u];
	for (int i = 0; i < t; i++) {
		double x = (i * 7 + u * 5) % 11, off = x - m;
		if (i == lost || i < left)
			continue;
		v = v * (1 - 1.0 / TAU) + off * off / TAU;
		m = m * (1 - 1.0 / TAU) + x / TAU;
	}
	return ((t * 7 + u * 5) % 11 - m) / sqrt(v);
}

Test(normaliser, takes_each_bin_against_those_before)
{
	struct normaliser *x = create(TAU);
	for (int t = 0; t < 60; t++) {
		struct normalised in = step(x, t, false);
		for (int u = 0; u < UNITS; u++)
			cr_expect(lt(dbl, fabs(in.counts[u] - twin(t, u, -1, 0)), 1e-5), "bin %d", t);
	}
	normaliser_destroy(x);
}

Test(normaliser, begins_at_the_mean_and_scale_of_the_file)
{
	struct normaliser *x = create(TAU);
	struct normalised in = normaliser_step(x, (float[]){ 5, 0.5f, 2 }, NULL, false);
	cr_expect(eq(flt, in.counts[0], 2));
	cr_expect(eq(flt, in.counts[1], 0));
	cr_expect(eq(flt, in.counts[2], -2));
	normaliser_destroy(x);
}

Test(normaliser, learns_nothing_from_a_lost_bin_which_is_zero)
{
	struct normaliser *x = create(TAU);
	for (int t = 0; t < 20; t++) {
		struct normalised in = step(x, t, t == 7);
		for (int u = 0; u < UNITS; u++)
			cr_expect(lt(dbl, fabs(in.counts[u] - (t == 7 ? 0 : twin(t, u, 7, 0))), 1e-5),
				  "bin %d", t);
	}
	for (int u = 0; u < UNITS; u++)
		cr_expect(eq(flt, normaliser_fill(x)[u], 0));
	normaliser_destroy(x);
}

Test(normaliser, learns_nothing_of_a_masked_unit_which_is_zero)
{
	struct normaliser *x = create(TAU);
	normaliser_set_mask(x, (uint8_t[]){ 0, 1, 0 });
	for (int t = 0; t < 10; t++) {
		struct normalised in = step(x, t, false);
		cr_expect(eq(flt, in.counts[1], 0));
		cr_expect(lt(dbl, fabs(in.counts[2] - twin(t, 2, -1, 0)), 1e-5), "bin %d", t);
	}
	normaliser_set_mask(x, (uint8_t[]){ 0, 0, 0 });
	cr_expect(lt(dbl, fabs(step(x, 10, false).counts[1] - twin(10, 1, -1, 10)), 1e-5));
	normaliser_destroy(x);
}

Test(normaliser, takes_rates_as_the_counts_that_they_expect)
{
	struct normaliser *x = create(TAU);
	float counts[UNITS] = { 4, 3, 1 }, rates[UNITS] = { 4, 3, 1 };
	for (int t = 0; t < 5; t++) {
		struct normalised in = normaliser_step(x, counts, rates, false);
		cr_expect(eq(int, memcmp(in.counts, in.rates, sizeof(counts)), 0));
	}
	struct normalised in = normaliser_step(x, counts, rates, true);
	cr_expect(gt(flt, fabsf(in.rates[2]), 0.1f), "rates stand while bins are lost");
	normaliser_destroy(x);
}

/* Silent for ten times tau, its variance is gone: a spike would be beyond a hundred. */
Test(normaliser, makes_no_mountain_of_a_spike_of_a_unit_that_fell_silent)
{
	struct normaliser *x = create(TAU);
	for (int t = 0; t < 10 * TAU; t++)
		normaliser_step(x, (float[]){ 0, 0, 0 }, NULL, false);
	struct normalised in = normaliser_step(x, (float[]){ 1, 1, 1 }, NULL, false);
	for (int u = 0; u < UNITS; u++)
		cr_expect(lt(dbl, fabs((double)in.counts[u] - 1 / (NORMALISER_LEAST * scale[u])), 1e-2));
	normaliser_destroy(x);
}

Test(normaliser, starts_anew_after_a_reset_and_goes_on_from_a_saved_state)
{
	struct normaliser *x = create(TAU);
	double state[2 * UNITS];
	float first[UNITS], later[UNITS];
	memcpy(first, step(x, 3, false).counts, sizeof(first));
	cr_assert(eq(sz, normaliser_state_size(x), sizeof(state)));
	normaliser_state_save(x, state);
	memcpy(later, step(x, 3, false).counts, sizeof(later));
	normaliser_reset(x);
	cr_expect(eq(int, memcmp(step(x, 3, false).counts, first, sizeof(first)), 0));
	step(x, 4, false);
	normaliser_state_load(x, state);
	cr_expect(eq(int, memcmp(step(x, 3, false).counts, later, sizeof(later)), 0));
	cr_expect(ne(int, memcmp(first, later, sizeof(later)), 0));
	normaliser_destroy(x);
}

Test(normaliser, hands_counts_on_where_it_is_off)
{
	struct normaliser *x = NULL;
	float counts[UNITS] = { 5, 6, 7 }, rates[UNITS] = { 1, 2, 3 };
	cr_assert(eq(int, normaliser_create(UNITS, 0, mean, NULL, &x), 0));
	for (int t = 0; t < 3; t++) {
		struct normalised in = normaliser_step(x, counts, rates, false);
		cr_expect(eq(int, memcmp(in.counts, counts, sizeof(counts)), 0));
		cr_expect(eq(int, memcmp(in.rates, rates, sizeof(rates)), 0));
		in = normaliser_step(x, counts, NULL, true);
		cr_expect(eq(int, memcmp(in.counts, mean, sizeof(mean)), 0), "a lost bin is the mean");
		cr_expect(eq(ptr, (void *)in.rates, NULL));
	}
	cr_expect(eq(sz, normaliser_state_size(x), 0));
	cr_expect(eq(int, memcmp(normaliser_fill(x), mean, sizeof(mean)), 0));
	normaliser_destroy(x);
}
