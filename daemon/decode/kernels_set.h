/* kernels_set: one implementation of all kernels; see kernels.h for what each does. For kernels*.c and their test only. [pure] */
#pragma once

struct kernels_set {
	const char *name;
	float (*dot)(const float *restrict a, const float *restrict b, int n);
	void (*affine)(float *restrict y, const float *restrict W, const float *restrict b, const float *restrict x, int rows,
		       int cols);
};

extern const struct kernels_set kernels_plain;

/* NULL where this build or this processor has none. */
const struct kernels_set *kernels_avx2(void);
