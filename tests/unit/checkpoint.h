/* checkpoint: a model file of any size in memory, and the mathematics of naive twins in double. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensor.h"

#define TWIN_MAX_TENSORS 64

struct twin_sizes {
	int n_units, width, n_layers;
	int channels, n_state, rank; /* what of these an architecture has */
};

struct checkpoint {
	struct twin_sizes sizes;
	struct tensor tensors[TWIN_MAX_TENSORS];
	struct tensor_note notes[4];
	struct tensor_set set;
	unsigned seed;
};

static inline float twin_random(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (float)(*seed >> 8) / (1 << 23) - 1.0f;
}

/* A tensor of numbers around `middle`, up to `spread` away; its dimensions end with the first 0. */
static inline void checkpoint_add(struct checkpoint *c, const char *name, int a, int b, int d, float spread,
				  float middle)
{
	int n_dims = d ? 3 : b ? 2 : a ? 1 : 0;
	int n = (a ? a : 1) * (b ? b : 1) * (d ? d : 1);
	float *data = malloc((size_t)n * sizeof(*data));
	cr_assert(data != NULL && c->set.n_tensors < TWIN_MAX_TENSORS);
	for (int i = 0; i < n; i++)
		data[i] = middle + spread * twin_random(&c->seed);
	c->tensors[c->set.n_tensors++] = (struct tensor){strdup(name), TENSOR_F32, n_dims, {a, b, d}, data};
}

static inline void checkpoint_add_norm(struct checkpoint *c, const char *name)
{
	char text[80];
	snprintf(text, sizeof(text), "%s.weight", name);
	checkpoint_add(c, text, c->sizes.width, 0, 0, 0.4f, 1.0f);
	snprintf(text, sizeof(text), "%s.bias", name);
	checkpoint_add(c, text, c->sizes.width, 0, 0, 0.3f, 0.0f);
}

static inline void checkpoint_note(struct checkpoint *c, const char *key, const char *value)
{
	cr_assert(c->set.n_notes < (int)(sizeof(c->notes) / sizeof(*c->notes)));
	c->notes[c->set.n_notes++] = (struct tensor_note){key, value};
}

static inline void checkpoint_finish(struct checkpoint *c)
{
	for (int i = 0; i < c->set.n_tensors; i++) {
		free((void *)c->tensors[i].data);
		free((void *)c->tensors[i].name);
	}
}

static inline struct tensor *checkpoint_tensor(struct checkpoint *c, const char *name)
{
	struct tensor *t = (struct tensor *)tensor_find(&c->set, name);
	cr_assert(t != NULL, "%s", name);
	return t;
}

static inline double twin_softplus(double x)
{
	return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static inline double twin_silu(double x)
{
	return x / (1 + exp(-x));
}

static inline void twin_matrix(double *y, const float *W, const float *b, const double *x, int rows, int cols)
{
	for (int r = 0; r < rows; r++) {
		y[r] = b ? (double)b[r] : 0;
		for (int k = 0; k < cols; k++)
			y[r] += (double)W[r * cols + k] * x[k];
	}
}

static inline void twin_norm(double *y, const double *x, const float *gain, const float *bias, int n)
{
	double mean = 0, variance = 0;
	for (int i = 0; i < n; i++)
		mean += x[i] / n;
	for (int i = 0; i < n; i++)
		variance += (x[i] - mean) * (x[i] - mean) / n;
	for (int i = 0; i < n; i++)
		y[i] = (x[i] - mean) / sqrt(variance + 1e-5) * (double)gain[i] + (double)bias[i];
}
