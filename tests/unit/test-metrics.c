#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>

#include "metrics.h"

/* Four bins of three units; the last unit is silent, the third bin empty. */
static const float truth[] = { 1, 0, 0, 2, 1, 0, 0, 0, 0, 1, 3, 0 };
static const float rates[] = { 1, 1, 0.1f, 2, 1, 0.1f, 0.5f, 1, 0.1f, 0.5f, 2, 0.1f };
static const struct metrics_view view = { truth, rates, 4, 3 };

static void expect_near(double got, double wanted)
{
	cr_expect(lt(dbl, fabs(got - wanted), 1e-6), "%.9g is not %.9g", got, wanted);
}

Test(metrics, pearson_and_r_squared_per_unit)
{
	double r[3], r2[3];
	cr_assert(eq(int, metrics_pearson_r(&view, r), 0));
	cr_assert(eq(int, metrics_r_squared(&view, r2), 0));
	expect_near(r[0], 1.5 / sqrt(2 * 1.5));
	expect_near(r2[0], 1 - 0.5 / 2);
	expect_near(r2[1], 1 - 3 / 6.0);
	cr_expect(eq(dbl, r[2], 0), "a silent unit counts as 0");
	cr_expect(eq(dbl, r2[2], 0));
}

Test(metrics, errors_and_likelihood)
{
	expect_near(metrics_mae(&view), (0.5 + 0.5 + 1 + 1 + 1 + 4 * 0.1) / 12);
	expect_near(metrics_mse(&view), (0.25 + 0.25 + 1 + 1 + 1 + 4 * 0.01) / 12);
	double rate_sum = 9.4, logs = 2 * log(2) + log(0.5) + 3 * log(2);
	expect_near(metrics_poisson_nll(&view), (rate_sum - logs) / 12);
}

Test(metrics, of_the_population)
{
	double r;
	static const float even[] = { 1, 1, 1, 1 };
	cr_assert(eq(int, metrics_population_rate_r(&view, &r), 0));
	const double k[] = { 1, 3, 0, 4 }, p[] = { 2.1, 3.1, 1.6, 2.6 };
	expect_near(r, metrics_pearson(k, p, 4));
	cr_assert(eq(int, metrics_spatial_pattern_r(&(struct metrics_view){ even, even, 2, 2 }, &r), 0));
	cr_expect(isnan(r), "no bin varies");
	expect_near(metrics_population_cosine(&(struct metrics_view){ even, even, 2, 2 }), 1);
}

Test(metrics, an_empty_bin_is_left_out_of_the_pattern_but_not_of_the_cosine)
{
	static const float k[] = { 1, 2, 0, 0 }, p[] = { 1, 2, 1, 2 };
	double r;
	cr_assert(eq(int, metrics_spatial_pattern_r(&(struct metrics_view){ k, p, 2, 2 }, &r), 0));
	expect_near(r, 1);
	expect_near(metrics_population_cosine(&(struct metrics_view){ k, p, 2, 2 }), 0.5);
}

Test(metrics, bits_of_the_mean_are_none)
{
	static const float k[] = { 0, 1, 2, 1 }, mean[] = { 1, 1, 1, 1 }, twice[] = { 2, 2, 2, 2 };
	expect_near(metrics_bits_per_spike(&(struct metrics_view){ k, mean, 4, 1 }), 0);
	/* log2(2) a spike, less the four spikes that were promised and did not come */
	expect_near(metrics_bits_per_spike(&(struct metrics_view){ k, twice, 4, 1 }), 1 - 1 / log(2));
	expect_near(metrics_bits_per_spike_published(&(struct metrics_view){ k, twice, 4, 1 }), 1);
}

Test(metrics, without_spikes_there_are_no_bits)
{
	static const float none[10] = { 0 };
	double r;
	struct metrics_view v = { none, none, 5, 2 };
	cr_expect(isnan(metrics_bits_per_spike(&v)));
	cr_expect(isnan(metrics_bits_per_spike_published(&v)));
	cr_expect(eq(int, metrics_co_bps(&v, &r), -EDOM));
	cr_expect(eq(int, metrics_calibration_error(&v, &r), -EDOM), "fewer than 20 rates");
}

Test(metrics, calibration_is_the_gap_of_each_group)
{
	float k[40], p[40];
	for (int i = 0; i < 40; i++) {
		p[i] = (float)(39 - i);
		k[i] = p[i] + (p[i] < 2 ? 10 : 0); /* the lowest group of two is wrong by 10 */
	}
	double error;
	cr_assert(eq(int, metrics_calibration_error(&(struct metrics_view){ k, p, 40, 1 }, &error), 0));
	expect_near(error, 10.0 / 20);
}

Test(metrics, shuffle_is_that_of_numpy)
{
	static int wanted[24] = { 8,  16, 0, 18, 11, 9,  13, 1, 21, 5,  2,  12,
				  15, 3,  4, 22, 17, 20, 23, 7, 10, 14, 19, 6 };
	int got[24];
	metrics_shuffle(42, 24, got);
	cr_expect(eq(int[24], got, wanted));
}
