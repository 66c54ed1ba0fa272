/* mamba: the parts of forecaster_mamba. Formulas and tensor names are those of the published model. [pure]
 *
 *   u = LN(input_proj counts)                           h = u
 *   each layer: v = LN(h)                               in_x, in_z
 *     x = silu(conv4(in_x v))   z = in_z v
 *     [r B C] = x_proj x   dt = softplus(dt_proj r + bias)
 *     y = scan(dt, x, B, C, z)                           S (channels, n_state)
 *     h = h + out_proj y
 *   rates = softplus(output_proj LN(LN(h)) + bias) */
#pragma once

#include <stdint.h>

#include "forecaster.h"
#include "kernels.h"
#include "weights.h"

#define MAMBA_TAPS 4

struct mamba_sizes {
	int n_units, width, n_layers, channels, n_state, rank;
	/* row lengths in memory: padded */
	int ld_units, ld_width, ld_channels;
	int ld_bc; /* of [r B C] */
};

/* Matrices are packed (kernels.h); in the order of a step. */
struct mamba_layer {
	float *norm_gain, *norm_bias; /* (width) */
	float *in_x, *in_z;           /* (channels, width) */
	float *conv, *conv_bias;      /* (MAMBA_TAPS, ld_channels), (channels) */
	float *x_proj;                /* (rank + 2 n_state, channels) */
	float *dt_proj, *dt_bias;     /* (channels, rank), (channels) */
	float *decay;                 /* (ld_channels / 16, n_state, 16): -e^A_log log2(e) */
	float *skip;                  /* (channels) */
	float *out_proj;              /* (width, channels) */
};

/* Immutable once loaded; one thread or many may read it. */
struct mamba_weights {
	struct mamba_sizes sizes;
	float *input_proj, *input_bias;           /* (width, n_units), (width) */
	float *input_norm_gain, *input_norm_bias; /* (width) */
	float *final_gain, *final_bias, *output_norm_gain, *output_norm_bias;
	float *output_proj, *output_bias; /* (n_units, width), (n_units) */
	float *memory;                    /* all of them */
	size_t size;                      /* its bytes */
	struct mamba_layer layers[];
};

/* -ENOENT or -EINVAL by name; -ENOMEM. */
int mamba_weights_create(const struct tensor_set *set, struct failure *f, struct mamba_weights **ret);
void mamba_weights_destroy(struct mamba_weights *w);

/* Both take the weights over where they succeed; -ENOMEM. */
int mamba_stream_create(struct mamba_weights *w, struct forecaster **ret);
int mamba_window_create(struct mamba_weights *w, int history_bins, struct forecaster **ret);

/* What both contexts compute alike. Room for it: */
struct mamba_ends {
	int *index;   /* (n_units) of the counts that are not zero */
	float *value; /* (n_units) */
	float *norm;  /* (ld_width) */
	float *rates; /* (ld_units) */
};
void mamba_ends_take(struct mamba_ends *e, const struct mamba_sizes *s, struct arena *a);

/* u (ld_width) = LN(input_proj counts). */
void mamba_input(const struct mamba_weights *w, const struct mamba_ends *e, const float *counts, float *u);

/* rates (n_units) from h (ld_width). */
void mamba_output(const struct mamba_weights *w, const struct mamba_ends *e, const float *h, float *rates);

/* The scan of `n_steps` rows, row lengths ld_channels and ld_bc. */
struct kernel_scan mamba_scan(const struct mamba_weights *w, int layer, int n_steps, const float *dt,
			      const float *x, const float *z, const float *bc, float *S, float *y);
