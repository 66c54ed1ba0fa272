#include "frame.h"

#include <stdio.h>

#include "kernels.h"
#include "types.h"

void frame_sizes(struct frame *f, struct weights_reader *r)
{
	f->width = weights_dim(r, 2, 0, "input_proj.weight");
	f->n_units = weights_dim(r, 2, 1, "input_proj.weight");
	f->ld_width = kernel_padded(f->width);
	f->ld_units = kernel_padded(f->n_units);
	if (f->n_units > MAX_UNITS)
		weights_refuse(r, "tensor input_proj.weight: %d units, at most %d are possible", f->n_units,
			       MAX_UNITS);
}

void frame_read_norm(struct weights_reader *r, struct arena *a, int n, const char *name, float **ret_gain,
		     float **ret_shift)
{
	char text[80];
	*ret_gain = arena_take(a, (size_t)kernel_padded(n));
	*ret_shift = arena_take(a, (size_t)kernel_padded(n));
	snprintf(text, sizeof(text), "%s.weight", name);
	weights_vector(r, *ret_gain, 1, n, text);
	snprintf(text, sizeof(text), "%s.bias", name);
	weights_vector(r, *ret_shift, 1, n, text);
}

void frame_read_input(struct frame *f, struct weights_reader *r, struct arena *a, bool norm)
{
	f->input_bias = arena_take(a, (size_t)f->ld_width);
	f->input_proj = arena_take(a, kernel_packed_size(f->width, f->n_units));
	weights_vector(r, f->input_bias, 1, f->width, "input_proj.bias");
	weights_matrix(r, f->input_proj, 1, f->width, f->n_units, "input_proj.weight");
	if (norm)
		frame_read_norm(r, a, f->width, "input_norm", &f->input_gain, &f->input_shift);
}

void frame_read_output(struct frame *f, struct weights_reader *r, struct arena *a, bool final_norm,
		       bool output_norm)
{
	if (final_norm)
		frame_read_norm(r, a, f->width, "final_norm", &f->final_gain, &f->final_shift);
	if (output_norm)
		frame_read_norm(r, a, f->width, "output_norm", &f->output_gain, &f->output_shift);
	f->output_bias = arena_take(a, (size_t)f->ld_units);
	f->output_proj = arena_take(a, kernel_packed_size(f->n_units, f->width));
	weights_vector(r, f->output_bias, 1, f->n_units, "output_proj.bias");
	weights_matrix(r, f->output_proj, 1, f->n_units, f->width, "output_proj.weight");
}

void frame_room_take(struct frame_room *room, const struct frame *f, struct arena *a)
{
	_Static_assert(sizeof(int) == sizeof(float), "an arena of floats has room for them");
	room->index = (int *)arena_take(a, (size_t)f->n_units);
	room->value = arena_take(a, (size_t)f->n_units);
	room->norm = arena_take(a, (size_t)f->ld_width);
	room->rates = arena_take(a, (size_t)f->ld_units);
}

int frame_nonzero(const float *x, int n, int *index, float *value)
{
	int found = 0;
	for (int i = 0; i < n; i++) {
		index[found] = i;
		value[found] = x[i];
		found += x[i] != 0;
	}
	return found;
}

/* Most counts of a bin are zero: only the others' weights are read. */
void frame_input(const struct frame *f, const struct frame_room *room, const float *counts, float *u)
{
	int n = frame_nonzero(counts, f->n_units, room->index, room->value);
	kernel_sparse(u, f->input_proj, f->input_bias, room->index, room->value, n, f->width, f->n_units);
	if (f->input_gain)
		kernel_layer_norm(u, u, f->input_gain, f->input_shift, f->width);
}

void frame_output(const struct frame *f, const struct frame_room *room, const float *h, float *rates)
{
	const float *c = h;
	if (f->final_gain) {
		kernel_layer_norm(room->norm, c, f->final_gain, f->final_shift, f->width);
		c = room->norm;
	}
	if (f->output_gain) {
		kernel_layer_norm(room->norm, c, f->output_gain, f->output_shift, f->width);
		c = room->norm;
	}
	kernel_matrix(room->rates, f->ld_units, f->output_proj, f->output_bias, 0, c, f->ld_width, 1,
		      f->n_units, f->width);
	kernel_softplus(rates, room->rates, f->n_units);
}
