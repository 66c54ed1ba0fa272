#include "metrics.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static bool constant(const double *a, int64_t n)
{
	for (int64_t i = 1; i < n; i++)
		if (a[i] != a[0])
			return false;
	return true;
}

static double mean_of(const double *a, int64_t n)
{
	double sum = 0;
	for (int64_t i = 0; i < n; i++)
		sum += a[i];
	return sum / (double)n;
}

double metrics_pearson(const double *a, const double *b, int64_t n)
{
	if (constant(a, n) || constant(b, n))
		return 0;
	double mean_a = mean_of(a, n), mean_b = mean_of(b, n), aa = 0, bb = 0, ab = 0;
	for (int64_t i = 0; i < n; i++) {
		double x = a[i] - mean_a, y = b[i] - mean_b;
		aa += x * x;
		bb += y * y;
		ab += x * y;
	}
	return ab / sqrt(aa * bb);
}

static double r_squared(const double *truth, const double *rates, int64_t n)
{
	if (constant(truth, n))
		return 0;
	double mean = mean_of(truth, n), residual = 0, total = 0;
	for (int64_t i = 0; i < n; i++) {
		residual += (truth[i] - rates[i]) * (truth[i] - rates[i]);
		total += (truth[i] - mean) * (truth[i] - mean);
	}
	return 1 - residual / total;
}

static int each_column(const struct metrics_view *v, double (*of)(const double *, const double *, int64_t),
		       double *ret)
{
	size_t n = (size_t)v->n_bins;
	double *truth = malloc(2 * n * sizeof(*truth));
	if (!truth)
		return -ENOMEM;
	double *rates = truth + n;
	for (int u = 0; u < v->n_units; u++) {
		for (size_t i = 0; i < n; i++) {
			truth[i] = v->truth[i * (size_t)v->n_units + u];
			rates[i] = v->rates[i * (size_t)v->n_units + u];
		}
		ret[u] = of(truth, rates, v->n_bins);
	}
	free(truth);
	return 0;
}

int metrics_pearson_r(const struct metrics_view *v, double *ret)
{
	return each_column(v, metrics_pearson, ret);
}

int metrics_r_squared(const struct metrics_view *v, double *ret)
{
	return each_column(v, r_squared, ret);
}

double metrics_mae(const struct metrics_view *v)
{
	size_t n = (size_t)v->n_bins * (size_t)v->n_units;
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += fabs((double)v->rates[i] - v->truth[i]);
	return sum / (double)n;
}

double metrics_mse(const struct metrics_view *v)
{
	size_t n = (size_t)v->n_bins * (size_t)v->n_units;
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		double off = (double)v->rates[i] - v->truth[i];
		sum += off * off;
	}
	return sum / (double)n;
}

double metrics_poisson_nll(const struct metrics_view *v)
{
	size_t n = (size_t)v->n_bins * (size_t)v->n_units;
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v->rates[i] - v->truth[i] * log((double)v->rates[i] + 1e-8);
	return sum / (double)n;
}
