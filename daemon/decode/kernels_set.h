/* kernels_set: one implementation of all kernels; see kernels.h for what each does. For kernels*.c and their
 * test only. [pure] */
#pragma once

#include "kernels.h"

struct kernels_set {
	const char *name;
	float (*dot)(const float *restrict a, const float *restrict b, int n);
	void (*exp)(float *y, const float *x, int n);
	void (*silu)(float *y, const float *x, int n);
	void (*softplus)(float *y, const float *x, int n);
	void (*layer_norm)(float *y, const float *x, const float *gain, const float *bias, int n);
	void (*matrix)(float *y, int ld_y, const float *packed, const float *init, int ld_init,
		       const float *x, int ld_x, int n, int rows, int cols);
	void (*sparse)(float *y, const float *packed, const float *init, const int *index, const float *value,
		       int n, int rows, int cols);
	void (*conv4)(float *restrict y, const float *const x[4], const float *restrict weight, int ld,
		      const float *restrict bias, int n);
	void (*scan)(const struct kernel_scan *scan);
};

extern const struct kernels_set kernels_plain;

/* Compute with this set from now on, for tests; no other thread may be computing. */
void kernels_use(const struct kernels_set *set);

/* NULL where this build or this processor has none. */
const struct kernels_set *kernels_avx2(void);
const struct kernels_set *kernels_avx512(void);
