/* frame: what the published forecasters have around their layers. [pure]
 *
 *   u = LN(input_proj counts + bias; input_norm)
 *   rates = softplus(output_proj LN(LN(h; final_norm); output_norm) + bias)
 *
 * Each norm is there or not, as the architecture has it. */
#pragma once

#include <stdbool.h>

#include "weights.h"

/* Immutable once read. Lengths in memory (ld_) are padded; matrices are packed (kernels.h). */
struct frame {
	int n_units, width, ld_units, ld_width;
	float *input_proj, *input_bias;    /* (width, n_units), (width) */
	float *input_gain, *input_shift;   /* (width); NULL: no norm */
	float *final_gain, *final_shift;   /* (width); NULL: no norm */
	float *output_gain, *output_shift; /* (width); NULL: no norm */
	float *output_proj, *output_bias;  /* (n_units, width), (n_units) */
};

/* n_units and width from the shape of input_proj.weight. */
void frame_sizes(struct frame *f, struct weights_reader *r);

/* What stands before the layers, and after them, from the file into the arena; only checked while that
 * measures. */
void frame_read_input(struct frame *f, struct weights_reader *r, struct arena *a, bool norm);
void frame_read_output(struct frame *f, struct weights_reader *r, struct arena *a, bool final_norm,
		       bool output_norm);

/* Room for a step. */
struct frame_room {
	int *index;   /* (n_units) */
	float *value; /* (n_units) */
	float *norm;  /* (ld_width) */
	float *rates; /* (ld_units) */
};
void frame_room_take(struct frame_room *room, const struct frame *f, struct arena *a);

/* u (ld_width) from counts (n_units). */
void frame_input(const struct frame *f, const struct frame_room *room, const float *counts, float *u);

/* rates (n_units) from h (ld_width). */
void frame_output(const struct frame *f, const struct frame_room *room, const float *h, float *rates);

/* The places and values of those of x (n) that are not zero; returns how many. */
int frame_nonzero(const float *x, int n, int *index, float *value);

/* gain and shift of the norm `name`.weight and .bias. */
void frame_read_norm(struct weights_reader *r, struct arena *a, int n, const char *name, float **ret_gain,
		     float **ret_shift);
