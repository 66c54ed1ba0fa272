#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "forecaster.h"

/* Whole counts add up exactly in a double (up to 2^53 spikes), and rates fed back as counts add up too. */
struct forecaster_mean {
	struct forecaster base;
	/* what state_save() copies: */
	double n_bins;
	double sum[]; /* (n_units) */
};

static size_t mean_state_size(const struct forecaster *f)
{
	return (1 + (size_t)f->n_units) * sizeof(double);
}

static void mean_step(struct forecaster *f, const float *counts, float *rates)
{
	struct forecaster_mean *m = (struct forecaster_mean *)f;
	m->n_bins++;
	for (int u = 0; u < f->n_units; u++) {
		m->sum[u] += (double)counts[u];
		rates[u] = (float)(m->sum[u] / m->n_bins);
	}
}

static void mean_reset(struct forecaster *f)
{
	struct forecaster_mean *m = (struct forecaster_mean *)f;
	memset(&m->n_bins, 0, mean_state_size(f));
}

static void mean_state_save(const struct forecaster *f, void *to)
{
	const struct forecaster_mean *m = (const struct forecaster_mean *)f;
	memcpy(to, &m->n_bins, mean_state_size(f));
}

static void mean_state_load(struct forecaster *f, const void *from)
{
	struct forecaster_mean *m = (struct forecaster_mean *)f;
	memcpy(&m->n_bins, from, mean_state_size(f));
}

static const float *mean_hidden(const struct forecaster *f, int *ret_width)
{
	(void)f;
	*ret_width = 0;
	return NULL;
}

static void mean_destroy(struct forecaster *f)
{
	free(f);
}

static const struct forecaster_class class = {
	"mean",          mean_step,       mean_reset,  mean_state_size,
	mean_state_save, mean_state_load, mean_hidden, mean_destroy,
};

int forecaster_create_mean(int n_units, struct forecaster **ret)
{
	if (n_units < 1 || n_units > MAX_UNITS)
		return -EINVAL;
	struct forecaster_mean *m = calloc(1, sizeof(*m) + (size_t)n_units * sizeof(double));
	if (!m)
		return -ENOMEM;
	m->base = (struct forecaster){&class, n_units, 0, CONTEXT_STREAM};
	*ret = &m->base;
	return 0;
}
