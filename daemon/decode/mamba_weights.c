#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mamba.h"
#include "pages.h"

#define MAX_LAYERS 256

static int count_layers(const struct tensor_set *set)
{
	char name[64];
	for (int n = 0; n < MAX_LAYERS; n++) {
		snprintf(name, sizeof(name), "mamba_blocks.%d.norm.weight", n);
		if (!tensor_find(set, name))
			return n;
	}
	return MAX_LAYERS;
}

static struct mamba_sizes read_sizes(struct weights_reader *r)
{
	struct mamba_sizes s = {
		.width = weights_dim(r, 2, 0, "input_proj.weight"),
		.n_units = weights_dim(r, 2, 1, "input_proj.weight"),
		.n_layers = count_layers(r->set),
		.channels = weights_dim(r, 2, 0, "mamba_blocks.0.mamba.A_log"),
		.n_state = weights_dim(r, 2, 1, "mamba_blocks.0.mamba.A_log"),
		.rank = weights_dim(r, 2, 1, "mamba_blocks.0.mamba.dt_proj.weight"),
	};
	if (!r->error && s.n_layers < 1)
		r->error = failure_set(r->failure, -ENOENT,
				       "%s: tensor mamba_blocks.0.norm.weight is missing", r->set->origin);
	if (!r->error && s.n_units > MAX_UNITS)
		r->error = failure_set(r->failure, -EINVAL,
				       "%s: tensor input_proj.weight: %d units, at most %d are possible",
				       r->set->origin, s.n_units, MAX_UNITS);
	s.ld_units = kernel_padded(s.n_units);
	s.ld_width = kernel_padded(s.width);
	s.ld_channels = kernel_padded(s.channels);
	s.ld_bc = kernel_padded(s.rank + 2 * s.n_state);
	return s;
}

static float *take_matrix(struct arena *a, int rows, int cols)
{
	return arena_take(a, kernel_packed_size(rows, cols));
}

static void lay_out_layer(struct mamba_layer *l, const struct mamba_sizes *s, struct arena *a)
{
	size_t width = (size_t)s->ld_width, channels = (size_t)s->ld_channels;
	l->norm_gain = arena_take(a, width);
	l->norm_bias = arena_take(a, width);
	l->in_x = take_matrix(a, s->channels, s->width);
	l->in_z = take_matrix(a, s->channels, s->width);
	l->conv = arena_take(a, MAMBA_TAPS * channels);
	l->conv_bias = arena_take(a, channels);
	l->x_proj = take_matrix(a, s->rank + 2 * s->n_state, s->channels);
	l->dt_bias = arena_take(a, channels);
	l->dt_proj = take_matrix(a, s->channels, s->rank);
	l->decay = arena_take(a, channels * (size_t)s->n_state);
	l->skip = arena_take(a, channels);
	l->out_proj = take_matrix(a, s->width, s->channels);
}

/* In the order of a step, so that a pass over the weights is one straight line. */
static void lay_out(struct mamba_weights *w, struct arena *a)
{
	const struct mamba_sizes *s = &w->sizes;
	size_t width = (size_t)s->ld_width;
	w->input_bias = arena_take(a, width);
	w->input_proj = take_matrix(a, s->width, s->n_units);
	w->input_norm_gain = arena_take(a, width);
	w->input_norm_bias = arena_take(a, width);
	for (int i = 0; i < s->n_layers; i++)
		lay_out_layer(&w->layers[i], s, a);
	w->final_gain = arena_take(a, width);
	w->final_bias = arena_take(a, width);
	w->output_norm_gain = arena_take(a, width);
	w->output_norm_bias = arena_take(a, width);
	w->output_bias = arena_take(a, (size_t)s->ld_units);
	w->output_proj = take_matrix(a, s->n_units, s->width);
}

static void read_vector(struct weights_reader *r, float *to, int n, const char *name)
{
	const float *from = weights_take(r, 1, (int64_t[]){n}, "%s", name);
	if (from)
		memcpy(to, from, (size_t)n * sizeof(*to));
}

static void read_matrix(struct weights_reader *r, float *to, int rows, int cols, const char *name)
{
	const float *from = weights_take(r, 2, (int64_t[]){rows, cols}, "%s", name);
	if (from)
		kernel_pack(to, from, rows, cols);
}

static void read_in_proj(struct weights_reader *r, const struct mamba_layer *l, const struct mamba_sizes *s,
			 const char *name)
{
	const float *from = weights_take(r, 2, (int64_t[]){2 * (int64_t)s->channels, s->width}, "%s", name);
	if (!from)
		return;
	kernel_pack(l->in_x, from, s->channels, s->width);
	kernel_pack(l->in_z, from + (size_t)s->channels * (size_t)s->width, s->channels, s->width);
}

static void read_conv(struct weights_reader *r, float *to, const struct mamba_sizes *s, const char *name)
{
	const float *from = weights_take(r, 3, (int64_t[]){s->channels, 1, MAMBA_TAPS}, "%s", name);
	for (int d = 0; from && d < s->channels; d++)
		for (int k = 0; k < MAMBA_TAPS; k++)
			to[k * s->ld_channels + d] = from[d * MAMBA_TAPS + k];
}

static void read_decay(struct weights_reader *r, float *to, const struct mamba_sizes *s, const char *name)
{
	const float *from = weights_take(r, 2, (int64_t[]){s->channels, s->n_state}, "%s", name);
	for (int d = 0; from && d < s->channels; d++)
		for (int n = 0; n < s->n_state; n++) {
			double decay = -exp((double)*from++) * M_LOG2E;
			if (decay < -1e30) {
				r->error = failure_set(r->failure, -EINVAL,
						       "%s: tensor %s: element %d is too large",
						       r->set->origin, name, d * s->n_state + n);
				return;
			}
			to[(size_t)(d / 16) * 16 * (size_t)s->n_state + (size_t)(n * 16 + d % 16)] =
				(float)decay;
		}
}

static void read_layer(struct weights_reader *r, const struct mamba_sizes *s, int i,
		       const struct mamba_layer *l)
{
	char name[64];
#define NAMED(rest) (snprintf(name, sizeof(name), "mamba_blocks.%d." rest, i), name)
	read_vector(r, l->norm_gain, s->width, NAMED("norm.weight"));
	read_vector(r, l->norm_bias, s->width, NAMED("norm.bias"));
	read_in_proj(r, l, s, NAMED("mamba.in_proj.weight"));
	read_conv(r, l->conv, s, NAMED("mamba.conv1d.weight"));
	read_vector(r, l->conv_bias, s->channels, NAMED("mamba.conv1d.bias"));
	read_matrix(r, l->x_proj, s->rank + 2 * s->n_state, s->channels, NAMED("mamba.x_proj.weight"));
	read_matrix(r, l->dt_proj, s->channels, s->rank, NAMED("mamba.dt_proj.weight"));
	read_vector(r, l->dt_bias, s->channels, NAMED("mamba.dt_proj.bias"));
	read_decay(r, l->decay, s, NAMED("mamba.A_log"));
	read_vector(r, l->skip, s->channels, NAMED("mamba.D"));
	read_matrix(r, l->out_proj, s->width, s->channels, NAMED("mamba.out_proj.weight"));
#undef NAMED
}

static int read_all(struct weights_reader *r, const struct mamba_weights *w)
{
	const struct mamba_sizes *s = &w->sizes;
	read_matrix(r, w->input_proj, s->width, s->n_units, "input_proj.weight");
	read_vector(r, w->input_bias, s->width, "input_proj.bias");
	read_vector(r, w->input_norm_gain, s->width, "input_norm.weight");
	read_vector(r, w->input_norm_bias, s->width, "input_norm.bias");
	for (int i = 0; i < s->n_layers; i++)
		read_layer(r, s, i, &w->layers[i]);
	read_vector(r, w->final_gain, s->width, "final_norm.weight");
	read_vector(r, w->final_bias, s->width, "final_norm.bias");
	read_vector(r, w->output_norm_gain, s->width, "output_norm.weight");
	read_vector(r, w->output_norm_bias, s->width, "output_norm.bias");
	read_matrix(r, w->output_proj, s->n_units, s->width, "output_proj.weight");
	read_vector(r, w->output_bias, s->n_units, "output_proj.bias");
	return weights_refuse_surplus(r);
}

static struct mamba_weights *allocate(const struct mamba_sizes *s)
{
	struct mamba_weights *w = calloc(1, sizeof(*w) + (size_t)s->n_layers * sizeof(w->layers[0]));
	struct arena a = {0};
	if (!w)
		return NULL;
	w->sizes = *s;
	lay_out(w, &a);
	w->size = a.used * sizeof(float);
	w->memory = a.base = pages_alloc(w->size);
	if (!a.base) {
		free(w);
		return NULL;
	}
	a.used = 0;
	lay_out(w, &a);
	return w;
}

int mamba_weights_create(const struct tensor_set *set, struct failure *f, struct mamba_weights **ret)
{
	struct mamba_weights *w = NULL;
	struct weights_reader r;
	int error = weights_reader_init(&r, set, f);
	if (error < 0)
		return error;

	const struct mamba_sizes sizes = read_sizes(&r);
	error = r.error;
	if (error < 0)
		goto out;
	w = allocate(&sizes);
	error = w ? read_all(&r, w) : failure_set(f, -ENOMEM, "%s: no memory for its weights", set->origin);
	if (error < 0)
		goto out;
	*ret = w;
	w = NULL;
out:
	mamba_weights_destroy(w);
	weights_reader_finish(&r);
	return error;
}

void mamba_weights_destroy(struct mamba_weights *w)
{
	if (!w)
		return;
	free(w->memory);
	free(w);
}
