#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "metrics.h"
#include "ridge.h"

#define FLOOR 1e-8
#define SHUFFLE_SEED 42

/* Sums over one unit's bins. */
struct spikes {
	double n_bins, count, rate;
	double log2_rate; /* over spikes */
};

static void spikes_add(struct spikes *s, double count, double rate)
{
	double p = fmax(rate, FLOOR);
	s->n_bins++;
	s->count += count;
	s->rate += p;
	if (count > 0)
		s->log2_rate += count * log2(p);
}

/* Bits that the rates know about these spikes beyond their mean, leaving out that the rates' own sum may be
 * wrong. */
static double spikes_bits(const struct spikes *s)
{
	return s->log2_rate - s->count * log2(fmax(s->count / s->n_bins, FLOOR));
}

static struct spikes spikes_of_unit(const struct metrics_view *v, int unit)
{
	struct spikes s = { 0 };
	for (int64_t i = 0; i < v->n_bins; i++) {
		size_t at = (size_t)i * (size_t)v->n_units + (size_t)unit;
		spikes_add(&s, v->truth[at], v->rates[at]);
	}
	return s;
}

double metrics_bits_per_spike_published(const struct metrics_view *v)
{
	double sum = 0;
	int n = 0;
	for (int u = 0; u < v->n_units; u++) {
		struct spikes s = spikes_of_unit(v, u);
		if (s.count >= 1) {
			sum += spikes_bits(&s) / s.count;
			n++;
		}
	}
	return n ? sum / n : NAN;
}

double metrics_bits_per_spike(const struct metrics_view *v)
{
	double bits = 0, count = 0;
	for (int u = 0; u < v->n_units; u++) {
		struct spikes s = spikes_of_unit(v, u);
		if (s.count > 0) {
			bits += spikes_bits(&s);
			count += s.count;
		}
		bits -= (s.rate - s.count) / M_LN2;
	}
	return count > 0 ? bits / count : NAN;
}

/* The Mersenne twister MT19937. */
struct twister {
	uint32_t state[624];
	int at;
};

static void twister_init(struct twister *t, uint32_t seed)
{
	t->state[0] = seed;
	for (uint32_t i = 1; i < 624; i++)
		t->state[i] = 1812433253u * (t->state[i - 1] ^ t->state[i - 1] >> 30) + i;
	t->at = 624;
}

static uint32_t twister_next(struct twister *t)
{
	if (t->at == 624) {
		for (int i = 0; i < 624; i++) {
			uint32_t y = (t->state[i] & 0x80000000u) | (t->state[(i + 1) % 624] & 0x7fffffffu);
			t->state[i] = t->state[(i + 397) % 624] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
		}
		t->at = 0;
	}
	uint32_t y = t->state[t->at++];
	y ^= y >> 11;
	y ^= y << 7 & 0x9d2c5680u;
	y ^= y << 15 & 0xefc60000u;
	return y ^ y >> 18;
}

void metrics_shuffle(uint32_t seed, int n, int *ret)
{
	struct twister t;
	twister_init(&t, seed);
	for (int i = 0; i < n; i++)
		ret[i] = i;
	for (int i = n - 1; i > 0; i--) {
		uint32_t mask = (uint32_t)i, j;
		for (int shift = 1; shift < 32; shift *= 2)
			mask |= mask >> shift;
		do
			j = twister_next(&t) & mask;
		while (j > (uint32_t)i);
		int kept = ret[i];
		ret[i] = ret[j];
		ret[j] = kept;
	}
}

/* One run of co-smoothing: held-out units first in `order`. */
#define CO_ROWS 256
struct co_smoothing {
	const struct metrics_view *v;
	const int *order; /* (n_units) */
	int n_out, n_in;
	int64_t n_fit; /* bins */
	double *x;     /* (CO_ROWS, n_in) rates of the units held in */
	double *y;     /* (CO_ROWS, n_out) counts of the others */
	double *guess; /* (CO_ROWS, n_out) */
	double *W, *b; /* (n_out, n_in), (n_out) */
};

/* Bins `from` .. up to `until` into x and y; returns how many fitted in. */
static int take_bins(const struct co_smoothing *c, int64_t from, int64_t until)
{
	int n = until - from < CO_ROWS ? (int)(until - from) : CO_ROWS;
	for (int row = 0; row < n; row++) {
		size_t at = (size_t)(from + row) * (size_t)c->v->n_units;
		double *x = c->x + (size_t)row * (size_t)c->n_in, *y = c->y + (size_t)row * (size_t)c->n_out;
		for (int i = 0; i < c->n_in; i++)
			x[i] = c->v->rates[at + (size_t)c->order[c->n_out + i]];
		for (int j = 0; j < c->n_out; j++)
			y[j] = c->v->truth[at + (size_t)c->order[j]];
	}
	return n;
}

static int co_fit(const struct co_smoothing *c)
{
	struct ridge_sums *sums;
	int r = ridge_sums_create(c->n_in, c->n_out, &sums);
	if (r < 0)
		return r;
	for (int64_t t = 0; t < c->n_fit; t += CO_ROWS)
		ridge_sums_add(sums, c->x, c->y, take_bins(c, t, c->n_fit));
	r = ridge_solve(sums, 1, c->W, c->b);
	ridge_sums_destroy(sums);
	return r;
}

/* Adds the bins that were taken to each held-out unit's sums. */
static void co_guess(const struct co_smoothing *c, int n, struct spikes *spikes)
{
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, c->n_out, c->n_in, 1, c->x, c->n_in, c->W,
		    c->n_in, 0, c->guess, c->n_out);
	for (int row = 0; row < n; row++)
		for (int u = 0; u < c->n_out; u++) {
			size_t at = (size_t)row * (size_t)c->n_out + (size_t)u;
			spikes_add(&spikes[u], c->y[at], c->guess[at] + c->b[u]);
		}
}

static int co_judge(const struct co_smoothing *c, double *ret)
{
	struct spikes *spikes = calloc((size_t)c->n_out, sizeof(*spikes));
	if (!spikes)
		return -ENOMEM;
	for (int64_t t = c->n_fit; t < c->v->n_bins; t += CO_ROWS)
		co_guess(c, take_bins(c, t, c->v->n_bins), spikes);
	double sum = 0;
	int n = 0;
	for (int u = 0; u < c->n_out; u++)
		if (spikes[u].count >= 1) {
			sum += spikes_bits(&spikes[u]) / spikes[u].count;
			n++;
		}
	free(spikes);
	if (n == 0)
		return -EDOM;
	*ret = sum / n;
	return 0;
}

static int co_run(const struct metrics_view *v, int n_out, int64_t n_fit, int *order, double *ret)
{
	struct co_smoothing c = { v, order, n_out, v->n_units - n_out, n_fit };
	size_t out = (size_t)n_out, in = (size_t)c.n_in;
	double *numbers = malloc((CO_ROWS * (in + 2 * out) + out * in + out) * sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	c.x = numbers;
	c.y = c.x + CO_ROWS * in;
	c.guess = c.y + CO_ROWS * out;
	c.W = c.guess + CO_ROWS * out;
	c.b = c.W + out * in;
	metrics_shuffle(SHUFFLE_SEED, v->n_units, order);
	int r = co_fit(&c);
	if (r == 0)
		r = co_judge(&c, ret);
	free(numbers);
	return r;
}

int metrics_co_bps(const struct metrics_view *v, double *ret)
{
	int n_out = v->n_units / 5 > 1 ? v->n_units / 5 : 1;
	int64_t n_fit = v->n_bins * 4 / 5;
	if (n_out == v->n_units || n_fit < 1 || n_fit == v->n_bins)
		return -EDOM;
	int *order = malloc((size_t)v->n_units * sizeof(*order));
	if (!order)
		return -ENOMEM;
	int r = co_run(v, n_out, n_fit, order, ret);
	free(order);
	return r;
}
