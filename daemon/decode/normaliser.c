#include "normaliser.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Off, it has no running state and hands on what it is given. */
struct normaliser {
	int n_units;
	double rate;     /* 1 / tau; 0: off */
	float *fill;     /* (n_units) */
	float *mean;     /* (n_units) the file's */
	float *scale;    /* (n_units) the file's; 1 where off */
	uint8_t *masked; /* (n_units) */
	float *counts;   /* (n_units) of this bin */
	float *rates;    /* (n_units) */
	double *running; /* (2, n_units) mean, then variance: what state_save() copies */
};

int normaliser_create(int n_units, double tau_bins, const float *mean, const float *scale,
		      struct normaliser **ret)
{
	size_t n = (size_t)n_units;
	struct normaliser *x = calloc(1, sizeof(*x) + n * (2 * sizeof(double) + 5 * sizeof(float) + 1));
	if (!x)
		return -ENOMEM;
	x->n_units = n_units;
	x->rate = tau_bins > 0 ? 1 / fmax(tau_bins, 1) : 0;
	x->running = (double *)(x + 1);
	x->mean = (float *)(x->running + 2 * n);
	x->scale = x->mean + n;
	x->counts = x->scale + n;
	x->rates = x->counts + n;
	x->fill = x->rates + n;
	x->masked = (uint8_t *)(x->fill + n);
	memcpy(x->mean, mean, n * sizeof(*mean));
	for (size_t u = 0; u < n; u++) {
		x->scale[u] = x->rate > 0 ? scale[u] : 1;
		x->fill[u] = x->rate > 0 ? 0 : mean[u];
	}
	normaliser_reset(x);
	*ret = x;
	return 0;
}

void normaliser_destroy(struct normaliser *x)
{
	free(x);
}

void normaliser_reset(struct normaliser *x)
{
	for (int u = 0; u < x->n_units; u++) {
		x->running[u] = x->mean[u];
		x->running[x->n_units + u] = (double)x->scale[u] * x->scale[u];
	}
}

void normaliser_set_mask(struct normaliser *x, const uint8_t *masked)
{
	memcpy(x->masked, masked, (size_t)x->n_units);
}

const float *normaliser_fill(const struct normaliser *x)
{
	return x->fill;
}

/* What `value` is against the running mean and scale of unit u. */
static inline float against(const struct normaliser *x, int u, float value)
{
	double least = NORMALISER_LEAST * x->scale[u], variance = x->running[x->n_units + u];
	return (float)((value - x->running[u]) / sqrt(fmax(variance, least * least)));
}

static void advance(struct normaliser *x, const float *counts)
{
	double *mean = x->running, *variance = mean + x->n_units;
	for (int u = 0; u < x->n_units; u++) {
		if (x->masked[u])
			continue;
		double off = counts[u] - mean[u];
		variance[u] += (off * off - variance[u]) * x->rate;
		mean[u] += off * x->rate;
	}
}

struct normalised normaliser_step(struct normaliser *x, const float *counts, const float *rates, bool lost)
{
	if (x->rate == 0)
		return (struct normalised){ lost ? x->fill : counts, rates };
	for (int u = 0; u < x->n_units; u++) {
		x->counts[u] = lost || x->masked[u] ? 0 : against(x, u, counts[u]);
		if (rates)
			x->rates[u] = x->masked[u] ? 0 : against(x, u, rates[u]);
	}
	if (!lost)
		advance(x, counts);
	return (struct normalised){ x->counts, rates ? x->rates : NULL };
}

size_t normaliser_state_size(const struct normaliser *x)
{
	return x->rate > 0 ? 2 * (size_t)x->n_units * sizeof(*x->running) : 0;
}

void normaliser_state_save(const struct normaliser *x, void *to)
{
	memcpy(to, x->running, normaliser_state_size(x));
}

void normaliser_state_load(struct normaliser *x, const void *from)
{
	memcpy(x->running, from, normaliser_state_size(x));
}
