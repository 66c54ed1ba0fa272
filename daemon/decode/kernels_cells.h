/* kernels_cells: one step of each recurrence, over v16; after kernels_body.h. [pure] */
#pragma once

#include <stddef.h>

#include "kernels_set.h"

/* Run `body` over 0 .. n with i, LOAD(pointer) and STORE(pointer, v16): whole v16 first, then the rest. */
#define LOAD_WHOLE(p) v16_load((p) + i)
#define STORE_WHOLE(p, v) v16_store((p) + i, v)
#define LOAD_REST(p) v16_load_first((p) + i, n - i)
#define STORE_REST(p, v) v16_store_first((p) + i, v, n - i)
#define FOR_EACH_V16(body)                                                                                   \
	int i = 0;                                                                                           \
	for (; i + 16 <= n; i += 16)                                                                         \
	body(LOAD_WHOLE, STORE_WHOLE) if (i < n) body(LOAD_REST, STORE_REST)

static void mix(float *y, const float *f, const float *a, const float *b, int n)
{
#define MIX(LOAD, STORE)                                                                                     \
	{                                                                                                    \
		v16 second = LOAD(b);                                                                        \
		STORE(y, v16_fma(LOAD(f), v16_sub(LOAD(a), second), second));                                \
	}
	FOR_EACH_V16(MIX)
#undef MIX
}

static void rotate(float *re, float *im, const float *factor_re, const float *factor_im, const float *add_re,
		   const float *add_im, int n)
{
#define ROTATE(LOAD, STORE)                                                                                  \
	{                                                                                                    \
		v16 x = LOAD(re), y = LOAD(im), a = LOAD(factor_re), b = LOAD(factor_im);                    \
		STORE(re, v16_fma(a, x, v16_sub(LOAD(add_re), v16_mul(b, y))));                              \
		STORE(im, v16_fma(a, y, v16_fma(b, x, LOAD(add_im))));                                       \
	}
	FOR_EACH_V16(ROTATE)
#undef ROTATE
}

static void lstm(float *h, float *c, const float *gates, int ld, int n)
{
	const float *in = gates, *forget = in + ld, *cell = forget + ld, *out = cell + ld;
#define LSTM(LOAD, STORE)                                                                                    \
	{                                                                                                    \
		v16 fresh = v16_mul(v16_sigmoid(LOAD(in)), v16_tanh(LOAD(cell)));                            \
		v16 kept = v16_fma(v16_sigmoid(LOAD(forget)), LOAD(c), fresh);                               \
		STORE(c, kept);                                                                              \
		STORE(h, v16_mul(v16_sigmoid(LOAD(out)), v16_tanh(kept)));                                   \
	}
	FOR_EACH_V16(LSTM)
#undef LSTM
}

/* A membrane that is not finite makes a spike that is not a number, so that it shows. */
static void spike(float *spikes, float *syn, float *mem, const float *current, float alpha, float beta,
		  float threshold, int n)
{
	const v16 zero = v16_all(0.0f), limit = v16_all(threshold);
#define SPIKE(LOAD, STORE)                                                                                   \
	{                                                                                                    \
		v16 in = LOAD(current), before = LOAD(mem);                                                  \
		if (syn) {                                                                                   \
			in = v16_fma(v16_all(alpha), LOAD(syn), in);                                         \
			STORE(syn, in);                                                                      \
		}                                                                                            \
		v16 after =                                                                                  \
			v16_sub(v16_fma(v16_all(beta), before, in), v16_choose(before, limit, limit, zero)); \
		STORE(mem, after);                                                                           \
		STORE(spikes, v16_fma(after, zero, v16_choose(after, limit, v16_all(1.0f), zero)));          \
	}
	FOR_EACH_V16(SPIKE)
#undef SPIKE
}

#undef FOR_EACH_V16
#undef LOAD_WHOLE
#undef STORE_WHOLE
#undef LOAD_REST
#undef STORE_REST

/* sum_c S[c] x[c] of a block of 16 rows; ld apart. Two sums, so that one need not wait for the other. */
OP v16 block_times(const float *S, int ld, const float *x, int n)
{
	v16 a = v16_all(0.0f), b = a;
	int c = 0;
	for (; c + 2 <= n; c += 2) {
		a = v16_fma(v16_load(S + (ptrdiff_t)c * ld), v16_all(x[c]), a);
		b = v16_fma(v16_load(S + (ptrdiff_t)(c + 1) * ld), v16_all(x[c + 1]), b);
	}
	if (c < n)
		a = v16_fma(v16_load(S + (ptrdiff_t)c * ld), v16_all(x[c]), a);
	return v16_add(a, b);
}

static void delta(float *S, float *o, const float *q, const float *k, const float *v, float keep, float learn,
		  int dim)
{
	int ld = kernel_padded(dim);
	for (int r = 0; r < dim; r += 16) {
		int some = dim - r < 16 ? dim - r : 16;
		v16 error = v16_sub(v16_load_first(v + r, some), block_times(S + r, ld, k, dim));
		error = v16_mul(v16_all(learn), error);
		for (int c = 0; c < dim; c++) {
			float *s = S + (ptrdiff_t)c * ld + r;
			v16_store(s, v16_fma(error, v16_all(k[c]), v16_mul(v16_all(keep), v16_load(s))));
		}
		if (o)
			v16_store_first(o + r, block_times(S + r, ld, q, dim), some);
	}
}

/* scores (n) → e^(score - their largest), and the sum of those. */
static float exponentials(float *scores, int n)
{
	float largest = scores[0];
	for (int t = 1; t < n; t++)
		largest = scores[t] > largest ? scores[t] : largest;
	v16 most = v16_all(largest), all = v16_all(0.0f);
	for (int t = 0; t < n; t += 16) {
		int some = n - t < 16 ? n - t : 16;
		v16 e = v16_first(v16_exp(v16_sub(v16_load_first(scores + t, some), most)), some);
		v16_store_first(scores + t, e, some);
		all = v16_add(all, e);
	}
	return v16_sum(all);
}

static void attend(float *y, const float *q, const float *keys, const float *values, int ld, int n, int dim,
		   float *scores)
{
	float scale = 1.0f / __builtin_sqrtf((float)dim);
	for (int t = 0; t < n; t++)
		scores[t] = dot(q, keys + (ptrdiff_t)t * ld, dim) * scale;
	v16 factor = v16_all(1.0f / exponentials(scores, n));
	for (int i = 0; i < dim; i += 16) {
		int some = dim - i < 16 ? dim - i : 16;
		v16 s = v16_all(0.0f);
		for (int t = 0; t < n; t++)
			s = v16_fma(v16_load_first(values + (ptrdiff_t)t * ld + i, some), v16_all(scores[t]),
				    s);
		v16_store_first(y + i, v16_mul(s, factor), some);
	}
}
