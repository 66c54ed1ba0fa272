#include "forecaster_mamba.h"

#include <errno.h>

#include "mamba.h"

#define DEFAULT_HISTORY_BINS 10
#define MAX_HISTORY_BINS 1000

void mamba_ends_take(struct mamba_ends *e, const struct mamba_sizes *s, struct arena *a)
{
	_Static_assert(sizeof(int) == sizeof(float), "an arena of floats has room for them");
	e->index = (int *)arena_take(a, (size_t)s->n_units);
	e->value = arena_take(a, (size_t)s->n_units);
	e->norm = arena_take(a, (size_t)s->ld_width);
	e->rates = arena_take(a, (size_t)s->ld_units);
}

/* Most counts of a bin are zero: only the others' weights are read. */
static int pick_nonzero(const float *counts, int n_units, int *index, float *value)
{
	int n = 0;
	for (int u = 0; u < n_units; u++) {
		index[n] = u;
		value[n] = counts[u];
		n += counts[u] != 0;
	}
	return n;
}

void mamba_input(const struct mamba_weights *w, const struct mamba_ends *e, const float *counts, float *u)
{
	const struct mamba_sizes *s = &w->sizes;
	int n = pick_nonzero(counts, s->n_units, e->index, e->value);
	kernel_sparse(u, w->input_proj, w->input_bias, e->index, e->value, n, s->width, s->n_units);
	kernel_layer_norm(u, u, w->input_norm_gain, w->input_norm_bias, s->width);
}

void mamba_output(const struct mamba_weights *w, const struct mamba_ends *e, const float *h, float *rates)
{
	const struct mamba_sizes *s = &w->sizes;
	kernel_layer_norm(e->norm, h, w->final_gain, w->final_bias, s->width);
	kernel_layer_norm(e->norm, e->norm, w->output_norm_gain, w->output_norm_bias, s->width);
	kernel_matrix(e->rates, s->ld_units, w->output_proj, w->output_bias, 0, e->norm, s->ld_width, 1,
		      s->n_units, s->width);
	kernel_softplus(rates, e->rates, s->n_units);
}

struct kernel_scan mamba_scan(const struct mamba_weights *w, int layer, int n_steps, const float *dt,
			      const float *x, const float *z, const float *bc, float *S, float *y)
{
	const struct mamba_sizes *s = &w->sizes;
	return (struct kernel_scan){
		.n_steps = n_steps,
		.n_channels = s->ld_channels,
		.n_state = s->n_state,
		.decay = w->layers[layer].decay,
		.skip = w->layers[layer].skip,
		.dt = dt,
		.x = x,
		.z = z,
		.B = bc + s->rank,
		.C = bc + s->rank + s->n_state,
		.ld = s->ld_channels,
		.ld_bc = s->ld_bc,
		.S = S,
		.y = y,
	};
}

int forecaster_create_mamba(const struct tensor_set *set, int n_units, enum forecaster_context context,
			    struct failure *f, struct forecaster **ret)
{
	struct mamba_weights *w = NULL;
	long history = 0;
	int r = tensor_note_int(set, "history_bins", 1, MAX_HISTORY_BINS, DEFAULT_HISTORY_BINS, f, &history);
	if (r == 0)
		r = mamba_weights_create(set, f, &w);
	if (r < 0)
		return r;
	if (n_units && n_units != w->sizes.n_units) {
		r = failure_set(f, -EINVAL, "%s: made for %d units, the stream has %d", set->origin,
				w->sizes.n_units, n_units);
		goto refused;
	}
	r = context == CONTEXT_STREAM ? mamba_stream_create(w, ret)
				      : mamba_window_create(w, (int)history, ret);
	if (r == 0)
		return 0;
	failure_set(f, r, "%s: no memory for its state", set->origin);
refused:
	mamba_weights_destroy(w);
	return r;
}
