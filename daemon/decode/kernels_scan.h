/* kernels_scan: what Mamba needs beside matrices, over v16; after kernels_body.h. [pure] */
#pragma once

#include <stddef.h>

#include "kernels_set.h"

OP v16 conv4_of(v16 x0, v16 x1, v16 x2, v16 x3, v16 w0, v16 w1, v16 w2, v16 w3, v16 bias)
{
	v16 s = v16_fma(w0, x0, bias);
	s = v16_fma(w1, x1, s);
	s = v16_fma(w2, x2, s);
	return v16_silu(v16_fma(w3, x3, s));
}

static void conv4(float *restrict y, const float *const x[4], const float *restrict weight, int ld,
		  const float *restrict bias, int n)
{
	const float *w0 = weight, *w1 = w0 + ld, *w2 = w1 + ld, *w3 = w2 + ld;
	int i = 0;
#define CONV4(load, ...)                                                                                     \
	conv4_of(load(x[0] + i __VA_ARGS__), load(x[1] + i __VA_ARGS__), load(x[2] + i __VA_ARGS__),         \
		 load(x[3] + i __VA_ARGS__), load(w0 + i __VA_ARGS__), load(w1 + i __VA_ARGS__),             \
		 load(w2 + i __VA_ARGS__), load(w3 + i __VA_ARGS__), load(bias + i __VA_ARGS__))
	for (; i + 16 <= n; i += 16)
		v16_store(y + i, CONV4(v16_load));
	if (i < n)
		v16_store_first(y + i, CONV4(v16_load_first, , n - i), n - i);
#undef CONV4
}

/* One step of sixteen channels from d on; S and A are their blocks (n_state, 16). Returns sum_n S C. */
OP v16 scan_block(const struct kernel_scan *s, int t, int d, const float *A, float *S, bool zero)
{
	const float *B = s->B + (ptrdiff_t)t * s->ld_bc, *C = s->C + (ptrdiff_t)t * s->ld_bc;
	v16 dt = v16_load(s->dt + (ptrdiff_t)t * s->ld + d);
	v16 input = v16_mul(dt, v16_load(s->x + (ptrdiff_t)t * s->ld + d));
	v16 y = v16_all(0.0f);
	for (int n = 0; n < s->n_state; n++) {
		v16 state = v16_mul(input, v16_all(B[n]));
		if (!zero)
			state = v16_fma(v16_exp2(v16_mul(dt, v16_load(A + 16 * n))), v16_load(S + 16 * n),
					state);
		v16_store(S + 16 * n, state);
		y = v16_fma(state, v16_all(C[n]), y);
	}
	return y;
}

static void scan(const struct kernel_scan *s)
{
	for (int d = 0; d < s->n_channels; d += 16) {
		const float *A = s->decay + (ptrdiff_t)d * s->n_state;
		float *S = s->S + (ptrdiff_t)d * s->n_state;
		for (int t = 0; t < s->n_steps; t++) {
			ptrdiff_t at = (ptrdiff_t)t * s->ld + d;
			v16 y = scan_block(s, t, d, A, S, s->fresh && t == 0);
			if (t < s->first_output)
				continue;
			y = v16_fma(v16_load(s->skip + d), v16_load(s->x + at), y);
			v16_store(s->y + at, v16_mul(y, v16_silu(v16_load(s->z + at))));
		}
	}
}
