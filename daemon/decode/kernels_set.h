/* kernels_set: one implementation of all kernels; see kernels.h for what each does. For kernels*.c and their
 * test only. [pure] */
#pragma once

#include "kernels.h"

struct kernels_set {
	const char *name;
	float (*dot)(const float *restrict a, const float *restrict b, int n);
	void (*exp)(float *y, const float *x, int n);
	void (*sigmoid)(float *y, const float *x, int n);
	void (*tanh)(float *y, const float *x, int n);
	void (*relu)(float *y, const float *x, int n);
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
	void (*mix)(float *y, const float *f, const float *a, const float *b, int n);
	void (*rotate)(float *re, float *im, const float *factor_re, const float *factor_im,
		       const float *add_re, const float *add_im, int n);
	void (*lstm)(float *h, float *c, const float *gates, int ld, int n);
	void (*spike)(float *spikes, float *syn, float *mem, const float *current, float alpha, float beta,
		      float threshold, int n);
	void (*delta)(float *S, float *o, const float *q, const float *k, const float *v, float keep,
		      float learn, int dim);
	void (*attend)(float *y, const float *q, const float *keys, const float *values, int ld, int n,
		       int dim, float *scores);
};

/* Of the file that includes kernels_body.h, kernels_matrix.h, kernels_scan.h and kernels_cells.h. */
#define KERNELS_SET(name)                                                                                    \
	{                                                                                                    \
		name, dot, each_exp, each_sigmoid, each_tanh, each_relu, each_silu, each_softplus,           \
			layer_norm, matrix, sparse, conv4, scan, mix, rotate, lstm, spike, delta, attend,    \
	}

extern const struct kernels_set kernels_plain;

/* Compute with this set from now on, for tests; no other thread may be computing. */
void kernels_use(const struct kernels_set *set);

/* NULL where this build or this processor has none. */
const struct kernels_set *kernels_avx2(void);
const struct kernels_set *kernels_avx512(void);
