#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "metrics.h"

#define CALIBRATION_GROUPS 20

int metrics_population_rate_r(const struct metrics_view *v, double *ret)
{
	size_t n = (size_t)v->n_bins, m = (size_t)v->n_units;
	double *truth = calloc(2 * n, sizeof(*truth));
	if (!truth)
		return -ENOMEM;
	double *rates = truth + n;
	for (size_t i = 0; i < n * m; i++) {
		truth[i / m] += v->truth[i];
		rates[i / m] += v->rates[i];
	}
	*ret = metrics_pearson(truth, rates, v->n_bins);
	free(truth);
	return 0;
}

static int varies(const float *a, int n)
{
	for (int i = 1; i < n; i++)
		if (a[i] != a[0])
			return 1;
	return 0;
}

int metrics_spatial_pattern_r(const struct metrics_view *v, double *ret)
{
	size_t m = (size_t)v->n_units;
	double *truth = malloc(2 * m * sizeof(*truth)), sum = 0;
	if (!truth)
		return -ENOMEM;
	double *rates = truth + m;
	int64_t used = 0;
	for (int64_t t = 0; t < v->n_bins; t++) {
		const float *k = v->truth + (size_t)t * m, *p = v->rates + (size_t)t * m;
		if (!varies(k, v->n_units) || !varies(p, v->n_units))
			continue;
		for (size_t u = 0; u < m; u++) {
			truth[u] = k[u];
			rates[u] = p[u];
		}
		sum += metrics_pearson(truth, rates, v->n_units);
		used++;
	}
	free(truth);
	*ret = used ? sum / (double)used : NAN;
	return 0;
}

double metrics_population_cosine(const struct metrics_view *v)
{
	double sum = 0;
	for (int64_t t = 0; t < v->n_bins; t++) {
		const float *k = v->truth + (size_t)t * (size_t)v->n_units,
			    *p = v->rates + (size_t)t * (size_t)v->n_units;
		double kk = 0, pp = 0, kp = 0;
		for (int u = 0; u < v->n_units; u++) {
			kk += (double)k[u] * k[u];
			pp += (double)p[u] * p[u];
			kp += (double)k[u] * p[u];
		}
		sum += kp / (fmax(sqrt(kk), 1e-8) * fmax(sqrt(pp), 1e-8));
	}
	return sum / (double)v->n_bins;
}

struct rated {
	float rate, count;
};

static int by_rate(const void *a, const void *b)
{
	const struct rated *x = a, *y = b;
	return (x->rate > y->rate) - (x->rate < y->rate);
}

int metrics_calibration_error(const struct metrics_view *v, double *ret)
{
	size_t n = (size_t)v->n_bins * (size_t)v->n_units, each = n / CALIBRATION_GROUPS;
	if (each == 0)
		return -EDOM;
	struct rated *all = malloc(n * sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		all[i] = (struct rated){ v->rates[i], v->truth[i] };
	qsort(all, n, sizeof(*all), by_rate);

	double sum = 0;
	for (size_t g = 0; g < CALIBRATION_GROUPS; g++) {
		size_t end = g == CALIBRATION_GROUPS - 1 ? n : (g + 1) * each;
		double off = 0;
		for (size_t i = g * each; i < end; i++)
			off += (double)all[i].rate - all[i].count;
		sum += fabs(off / (double)(end - g * each));
	}
	free(all);
	*ret = sum / CALIBRATION_GROUPS;
	return 0;
}
