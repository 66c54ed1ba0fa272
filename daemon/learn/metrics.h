/* metrics: how well rates (or estimates) foretell what came. [pure]
 *
 * Formulas are those of the published evaluation code, checked against golden vectors; all sums in double.
 * Columns are units of counts, or outputs of an estimate. Unless said otherwise a figure is the plain mean
 * over columns or bins. */
#pragma once

#include <stdint.h>

/* Both (n_bins, n_units) row-major and finite; n_bins and n_units at least 1. */
struct metrics_view {
	const float *truth;
	const float *rates;
	int64_t n_bins;
	int n_units;
};

/* Pearson's r of two series; 0 where either is constant. */
double metrics_pearson(const double *a, const double *b, int64_t n);

/* Per column, (n_units). -ENOMEM.
 * pearson: 0 where either is constant.  r_squared: 1 - residual / variance of the truth, 0 where the truth
 * is constant. */
int metrics_pearson_r(const struct metrics_view *v, double *ret);
int metrics_r_squared(const struct metrics_view *v, double *ret);

double metrics_mae(const struct metrics_view *v);
double metrics_mse(const struct metrics_view *v);

/* Mean of rate - count ln(rate + 1e-8). */
double metrics_poisson_nll(const struct metrics_view *v);

/* ---- the population, metrics_population.c ---- */

/* Pearson's r over bins of the sums over units. -ENOMEM. */
int metrics_population_rate_r(const struct metrics_view *v, double *ret);

/* Pearson's r over units in each bin; bins where either is constant are left out of the mean. NAN where all
 * are. -ENOMEM. */
int metrics_spatial_pattern_r(const struct metrics_view *v, double *ret);

/* Cosine of counts and rates in each bin; norms are floored at 1e-8, so that an empty bin counts as 0. */
double metrics_population_cosine(const struct metrics_view *v);

/* All rates sorted into 20 groups of equal size (the last takes the rest): mean |mean rate - mean count|
 * over the groups. -ENOMEM, -EDOM for fewer than 20 rates. */
int metrics_calibration_error(const struct metrics_view *v, double *ret);

/* ---- information, metrics_bits.c ---- */

/* As published: per unit with spikes, sum of k log2(rate / mean k) over its spikes. There is no rate term,
 * so that ANY larger prediction scores higher; use it to compare with the paper only. NAN where no unit has
 * spikes. */
double metrics_bits_per_spike_published(const struct metrics_view *v);

/* Log-likelihood of Poisson rates above that of each unit's own mean, over all spikes, in bits. 0 for the
 * mean, negative below it. Rates are floored at 1e-8. NAN where there are no spikes. */
double metrics_bits_per_spike(const struct metrics_view *v);

/* Co-smoothing, as published: held-out units are the first max(1, 0.2 n_units) of a shuffle with seed 42; a
 * ridge (penalty 1) from the rates of the others, fitted on the first 80 % of the bins; published bits per
 * spike on the rest, mean over units that spike there. -ENOMEM, -EDOM where it cannot be made (one unit,
 * too few bins, no spikes). */
int metrics_co_bps(const struct metrics_view *v, double *ret);

/* numpy's legacy RandomState(seed).shuffle() of 0 .. n - 1. */
void metrics_shuffle(uint32_t seed, int n, int *ret);
