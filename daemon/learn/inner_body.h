/* inner_body: the inner loops over v16, but scan and cells. Included once by each of inner_plain.c,
 * inner_avx2.c and inner_avx512.c, after its v16_*.h; see inner.h. [pure] */
#pragma once

#include <math.h>
#include <string.h>

#include "inner_set.h"

/* Sixteen numbers from i on of n, zeros beyond. */
OP v16 load_at(const real *p, ptrdiff_t i, ptrdiff_t n)
{
	return n - i >= 16 ? v16_load(p + i) : v16_load_first(p + i, (int)(n - i));
}

OP void store_at(real *p, ptrdiff_t i, ptrdiff_t n, v16 v)
{
	if (n - i >= 16)
		v16_store(p + i, v);
	else
		v16_store_first(p + i, v, (int)(n - i));
}

OP void add_at(real *p, ptrdiff_t i, ptrdiff_t n, v16 v)
{
	store_at(p, i, n, v16_add(load_at(p, i, n), v));
}

/* silu(x) and its slope from x and s = sigmoid(x). */
OP v16 silu_slope(v16 x, v16 s)
{
	v16 rest = v16_sub(v16_all(1), s);
	return v16_mul(s, v16_fma(x, rest, v16_all(1)));
}

static void fill(real *y, const real *row, int n, int width, int ld)
{
	for (int r = 0; r < n; r++)
		memcpy(y + (ptrdiff_t)r * ld, row, (size_t)width * sizeof(*y));
}

static void sum(real *to, const real *y, int n, int width, int ld)
{
	for (int i = 0; i < width; i += 16) {
		v16 s = v16_all(0);
		for (int r = 0; r < n; r++)
			s = v16_add(s, load_at(y + (ptrdiff_t)r * ld, i, width));
		add_at(to, i, width, s);
	}
}

static void each_softplus(real *y, const real *x, size_t n)
{
	for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i += 16)
		store_at(y, i, (ptrdiff_t)n, v16_softplus(load_at(x, i, (ptrdiff_t)n)));
}

static void each_sigmoid(real *y, const real *x, size_t n)
{
	for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i += 16)
		store_at(y, i, (ptrdiff_t)n, v16_sigmoid(load_at(x, i, (ptrdiff_t)n)));
}

static void multiply(real *y, const real *x, size_t n)
{
	for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i += 16)
		store_at(y, i, (ptrdiff_t)n,
			 v16_mul(load_at(y, i, (ptrdiff_t)n), load_at(x, i, (ptrdiff_t)n)));
}

/* --- norm --- */

static real norm_row(const struct inner_norm *m, real *shape, const real *h)
{
	v16 s = v16_all(0), square = s;
	for (int i = 0; i < m->width; i += 16)
		s = v16_add(s, load_at(h, i, m->width));
	v16 mean = v16_all(v16_sum(s) / (real)m->width);
	for (int i = 0; i < m->width; i += 16) {
		v16 d = v16_sub(load_at(h, i, m->width), mean);
		if (m->width - i < 16)
			d = v16_first(d, m->width - i);
		square = v16_fma(d, d, square);
		store_at(shape, i, m->width, d);
	}
	real scale = 1 / (real)sqrt(v16_sum(square) / (real)m->width + (real)1e-5);
	for (int i = 0; i < m->width; i += 16)
		store_at(shape, i, m->width, v16_mul(load_at(shape, i, m->width), v16_all(scale)));
	return scale;
}

static void norm_again(const struct inner_norm *m, real *v)
{
	for (int r = 0; r < m->n; r++)
		for (int i = 0; i < m->width; i += 16) {
			ptrdiff_t at = (ptrdiff_t)r * m->ld;
			store_at(v + at, i, m->width,
				 v16_fma(load_at(m->shape + at, i, m->width), load_at(m->gain, i, m->width),
					 load_at(m->shift, i, m->width)));
		}
}

static void norm(const struct inner_norm *m, real *v, const real *h)
{
	for (int r = 0; r < m->n; r++)
		m->scale[r] = norm_row(m, m->shape + (ptrdiff_t)r * m->ld, h + (ptrdiff_t)r * m->ld);
	norm_again(m, v);
}

/* dh += scale (g - mean(g) - shape mean(g shape)), g = dv gain. */
static void norm_row_back(const struct inner_norm *m, real *dh, const real *dv, const real *shape, real scale)
{
	v16 s = v16_all(0), along = s;
	int w = m->width;
	for (int i = 0; i < w; i += 16) {
		v16 g = v16_mul(load_at(dv, i, w), load_at(m->gain, i, w));
		s = v16_add(s, g);
		along = v16_fma(g, load_at(shape, i, w), along);
	}
	v16 mean = v16_all(v16_sum(s) / (real)w), part = v16_all(v16_sum(along) / (real)w);
	for (int i = 0; i < w; i += 16) {
		v16 g = v16_mul(load_at(dv, i, w), load_at(m->gain, i, w));
		g = v16_sub(v16_sub(g, mean), v16_mul(load_at(shape, i, w), part));
		add_at(dh, i, w, v16_mul(g, v16_all(scale)));
	}
}

static void norm_back(const struct inner_norm *m, real *dh, real *dgain, real *dshift, const real *dv)
{
	for (int r = 0; r < m->n; r++) {
		ptrdiff_t at = (ptrdiff_t)r * m->ld;
		norm_row_back(m, dh + at, dv + at, m->shape + at, m->scale[r]);
	}
	for (int i = 0; i < m->width; i += 16) {
		v16 s = v16_all(0), along = s;
		for (int r = 0; r < m->n; r++) {
			ptrdiff_t at = (ptrdiff_t)r * m->ld;
			v16 d = load_at(dv + at, i, m->width);
			s = v16_add(s, d);
			along = v16_fma(d, load_at(m->shape + at, i, m->width), along);
		}
		add_at(dgain, i, m->width, along);
		add_at(dshift, i, m->width, s);
	}
}

/* --- convolution --- */

OP v16 conv_sum(const struct inner_conv *c, const real *x, ptrdiff_t gap, int i)
{
	v16 s = v16_load(c->bias + i);
	for (int k = 0; k < INNER_TAPS; k++)
		s = v16_fma(v16_load(c->weight + (ptrdiff_t)k * c->ld + i), v16_load(x + k * gap + i), s);
	return s;
}

static void conv(const struct inner_conv *c, real *y)
{
	ptrdiff_t gap = (ptrdiff_t)c->n_sequences * c->ld;
	for (int r = 0; r < c->n_rows; r++)
		for (int i = 0; i < c->ld; i += 16) {
			ptrdiff_t at = (ptrdiff_t)r * c->ld;
			v16 s = conv_sum(c, c->x + at, gap, i);
			v16_store(y + at + i, v16_mul(s, v16_sigmoid(s)));
		}
}

/* weight[k] reached bin t from bin t + 3 - k. */
static void conv_spread(const struct inner_conv *c, real *dx, const real *dy)
{
	for (int r = 0; r < c->n_rows; r++)
		for (int i = 0; i < c->ld; i += 16) {
			v16 d = v16_all(0);
			int from = r;
			for (int k = INNER_TAPS - 1; k >= 0 && from < c->n_rows; k--, from += c->n_sequences)
				d = v16_fma(v16_load(c->weight + (ptrdiff_t)k * c->ld + i),
					    v16_load(dy + (ptrdiff_t)from * c->ld + i), d);
			v16_store(dx + (ptrdiff_t)r * c->ld + i, d);
		}
}

static void conv_back(const struct inner_conv *c, real *dx, real *dweight, real *dbias, real *dy)
{
	ptrdiff_t gap = (ptrdiff_t)c->n_sequences * c->ld, end = (ptrdiff_t)c->n_rows * c->ld;
	for (int i = 0; i < c->ld; i += 16) {
		v16 bias = v16_all(0), w[INNER_TAPS] = { bias, bias, bias, bias };
		for (ptrdiff_t at = i; at < end; at += c->ld) {
			v16 s = conv_sum(c, c->x + at - i, gap, i);
			v16 d = v16_mul(v16_load(dy + at), silu_slope(s, v16_sigmoid(s)));
			v16_store(dy + at, d);
			bias = v16_add(bias, d);
			for (int k = 0; k < INNER_TAPS; k++)
				w[k] = v16_fma(d, v16_load(c->x + at + k * gap), w[k]);
		}
		add_at(dbias, i, c->ld, bias);
		for (int k = 0; k < INNER_TAPS; k++)
			add_at(dweight + (ptrdiff_t)k * c->ld, i, c->ld, w[k]);
	}
	conv_spread(c, dx, dy);
}

/* --- of all parameters at once --- */

static uint32_t mix(uint32_t x)
{
	x = (x ^ x >> 16) * 0x7feb352du;
	x = (x ^ x >> 15) * 0x846ca68bu;
	return x ^ x >> 16;
}

static void keep(real *to, size_t n, real p, uint64_t key)
{
	uint32_t limit = (uint32_t)(p * (real)16777216), low = (uint32_t)key, high = (uint32_t)(key >> 32);
	real factor = 1 / (1 - p);
	for (size_t i = 0; i < n; i++)
		to[i] = mix(mix((uint32_t)i ^ low) + high) >> 8 < limit ? 0 : factor;
}

static double squares(const real *x, size_t n)
{
	double total = 0;
	for (size_t from = 0; from < n; from += 4096) {
		ptrdiff_t size = n - from < 4096 ? (ptrdiff_t)(n - from) : 4096;
		v16 s = v16_all(0);
		for (ptrdiff_t i = 0; i < size; i += 16) {
			v16 v = load_at(x + from, i, size);
			s = v16_fma(v, v, s);
		}
		total += (double)v16_sum(s);
	}
	return total;
}

static void adamw(const struct inner_adamw *a, real *restrict value, real *restrict first,
		  real *restrict second, const real *restrict g, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		real slope = g[i] * a->scale;
		first[i] = a->beta1 * first[i] + (1 - a->beta1) * slope;
		second[i] = a->beta2 * second[i] + (1 - a->beta2) * slope * slope;
#ifdef LEARN_DOUBLE
		real root = sqrt(second[i] * a->correct2);
#else
		real root = sqrtf(second[i] * a->correct2);
#endif
		value[i] = value[i] * (1 - a->rate * a->decay) -
			   a->rate * first[i] * a->correct1 / (root + a->eps);
	}
}
