/* kernels_body: the kernels over v16. Included once by each of kernels_plain.c, kernels_avx2.c and
 * kernels_avx512.c, after its v16_*.h; see kernels.h for what each does. [pure] */
#pragma once

#include <stddef.h>

#include "kernels_set.h"
#include "v16_math.h"

/* --- elementwise --- */

#define ELEMENTWISE(name)                                                                                    \
	static void each_##name(float *y, const float *x, int n)                                             \
	{                                                                                                    \
		int i = 0;                                                                                   \
		for (; i + 16 <= n; i += 16)                                                                 \
			v16_store(y + i, v16_##name(v16_load(x + i)));                                       \
		if (i < n)                                                                                   \
			v16_store_first(y + i, v16_##name(v16_load_first(x + i, n - i)), n - i);             \
	}
ELEMENTWISE(exp)
ELEMENTWISE(sigmoid)
ELEMENTWISE(tanh)
ELEMENTWISE(relu)
ELEMENTWISE(silu)
ELEMENTWISE(softplus)

/* --- sums over a row --- */

static float dot(const float *restrict a, const float *restrict b, int n)
{
	v16 s = v16_all(0.0f), t = s;
	int i = 0;
	for (; i + 32 <= n; i += 32) {
		s = v16_fma(v16_load(a + i), v16_load(b + i), s);
		t = v16_fma(v16_load(a + i + 16), v16_load(b + i + 16), t);
	}
	for (; i + 16 <= n; i += 16)
		s = v16_fma(v16_load(a + i), v16_load(b + i), s);
	if (i < n)
		s = v16_fma(v16_load_first(a + i, n - i), v16_load_first(b + i, n - i), s);
	return v16_sum(v16_add(s, t));
}

static float sum(const float *x, int n)
{
	v16 s = v16_all(0.0f);
	int i = 0;
	for (; i + 16 <= n; i += 16)
		s = v16_add(s, v16_load(x + i));
	if (i < n)
		s = v16_add(s, v16_load_first(x + i, n - i));
	return v16_sum(s);
}

static float sum_of_squares(const float *x, float mean, int n)
{
	v16 s = v16_all(0.0f), m = v16_all(mean);
	int i = 0;
	for (; i + 16 <= n; i += 16) {
		v16 d = v16_sub(v16_load(x + i), m);
		s = v16_fma(d, d, s);
	}
	if (i < n) {
		v16 d = v16_first(v16_sub(v16_load_first(x + i, n - i), m), n - i);
		s = v16_fma(d, d, s);
	}
	return v16_sum(s);
}

static void layer_norm(float *y, const float *x, const float *gain, const float *bias, int n)
{
	float mean = n ? sum(x, n) / (float)n : 0.0f;
	float variance = n ? sum_of_squares(x, mean, n) / (float)n : 0.0f;
	v16 m = v16_all(mean), factor = v16_all(1.0f / __builtin_sqrtf(variance + 1e-5f));
	int i = 0;
	for (; i + 16 <= n; i += 16) {
		v16 z = v16_mul(v16_sub(v16_load(x + i), m), factor);
		v16_store(y + i, v16_fma(z, v16_load(gain + i), v16_load(bias + i)));
	}
	if (i < n) {
		int rest = n - i;
		v16 z = v16_mul(v16_sub(v16_load_first(x + i, rest), m), factor);
		z = v16_fma(z, v16_load_first(gain + i, rest), v16_load_first(bias + i, rest));
		v16_store_first(y + i, z, rest);
	}
}
