#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mamba.h"
#include "pages.h"

struct layer_state {
	float *conv; /* (MAMBA_TAPS, ld_channels): inputs of the newest bins, that of bin t at row t mod
			MAMBA_TAPS */
	float *S;    /* (ld_channels / 16, n_state, 16) */
};

struct mamba_stream {
	struct forecaster base;
	struct mamba_weights *w;
	struct mamba_ends ends;
	float *state; /* all that state_save() copies: n_bins, h, each layer's */
	size_t state_size;
	uint64_t *n_bins;
	float *h;              /* (ld_width) */
	float *v;              /* (ld_width) */
	float *z, *x, *dt, *y; /* (ld_channels) */
	float *bc;             /* (ld_bc) */
	struct layer_state layers[];
};

static struct mamba_stream *stream_of(struct forecaster *f)
{
	return (struct mamba_stream *)f;
}

static void convolve(const struct mamba_stream *m, int i)
{
	const struct mamba_sizes *s = &m->w->sizes;
	const struct mamba_layer *l = &m->w->layers[i];
	const float *rows[MAMBA_TAPS];
	for (uint64_t k = 0; k < MAMBA_TAPS; k++)
		rows[k] = m->layers[i].conv + (*m->n_bins + 1 + k) % MAMBA_TAPS * (uint64_t)s->ld_channels;
	float *newest = m->layers[i].conv + *m->n_bins % MAMBA_TAPS * (uint64_t)s->ld_channels;

	kernel_matrix(newest, s->ld_channels, l->in_x, NULL, 0, m->v, s->ld_width, 1, s->channels, s->width);
	kernel_matrix(m->z, s->ld_channels, l->in_z, NULL, 0, m->v, s->ld_width, 1, s->channels, s->width);
	kernel_conv4(m->x, rows, l->conv, s->ld_channels, l->conv_bias, s->ld_channels);
}

static void step_layer(const struct mamba_stream *m, int i)
{
	const struct mamba_sizes *s = &m->w->sizes;
	const struct mamba_layer *l = &m->w->layers[i];
	kernel_layer_norm(m->v, m->h, l->norm_gain, l->norm_bias, s->width);
	convolve(m, i);
	kernel_matrix(m->bc, s->ld_bc, l->x_proj, NULL, 0, m->x, s->ld_channels, 1, s->rank + 2 * s->n_state,
		      s->channels);
	kernel_matrix(m->dt, s->ld_channels, l->dt_proj, l->dt_bias, 0, m->bc, s->ld_bc, 1, s->channels,
		      s->rank);
	kernel_softplus(m->dt, m->dt, s->ld_channels);
	const struct kernel_scan scan =
		mamba_scan(m->w, i, 1, m->dt, m->x, m->z, m->bc, m->layers[i].S, m->y);
	kernel_scan(&scan);
	kernel_matrix(m->h, s->ld_width, l->out_proj, m->h, s->ld_width, m->y, s->ld_channels, 1, s->width,
		      s->channels);
}

static void stream_step(struct forecaster *f, const float *counts, float *rates)
{
	struct mamba_stream *m = stream_of(f);
	mamba_input(m->w, &m->ends, counts, m->h);
	for (int i = 0; i < m->w->sizes.n_layers; i++)
		step_layer(m, i);
	mamba_output(m->w, &m->ends, m->h, rates);
	++*m->n_bins;
}

static void stream_reset(struct forecaster *f)
{
	memset(stream_of(f)->state, 0, stream_of(f)->state_size);
}

static size_t stream_state_size(const struct forecaster *f)
{
	return ((const struct mamba_stream *)f)->state_size;
}

static void stream_state_save(const struct forecaster *f, void *to)
{
	const struct mamba_stream *m = (const struct mamba_stream *)f;
	memcpy(to, m->state, m->state_size);
}

static void stream_state_load(struct forecaster *f, const void *from)
{
	memcpy(stream_of(f)->state, from, stream_of(f)->state_size);
}

static const float *stream_hidden(const struct forecaster *f, int *ret_width)
{
	const struct mamba_stream *m = (const struct mamba_stream *)f;
	*ret_width = m->w->sizes.width;
	return m->h;
}

static void stream_destroy(struct forecaster *f)
{
	struct mamba_stream *m = stream_of(f);
	mamba_weights_destroy(m->w);
	free(m->state);
	free(m);
}

static const struct forecaster_class class = {
	"mamba",           stream_step,       stream_reset,  stream_state_size,
	stream_state_save, stream_state_load, stream_hidden, stream_destroy,
};

static void lay_out(struct mamba_stream *m, struct arena *a)
{
	const struct mamba_sizes *s = &m->w->sizes;
	size_t channels = (size_t)s->ld_channels;
	m->n_bins = (uint64_t *)arena_take(a, sizeof(uint64_t) / sizeof(float));
	m->h = arena_take(a, (size_t)s->ld_width);
	for (int i = 0; i < s->n_layers; i++) {
		m->layers[i].conv = arena_take(a, MAMBA_TAPS * channels);
		m->layers[i].S = arena_take(a, channels * (size_t)s->n_state);
	}
	m->state_size = a->used * sizeof(float);
	m->v = arena_take(a, (size_t)s->ld_width);
	m->z = arena_take(a, channels);
	m->x = arena_take(a, channels);
	m->bc = arena_take(a, (size_t)s->ld_bc);
	m->dt = arena_take(a, channels);
	m->y = arena_take(a, channels);
	mamba_ends_take(&m->ends, s, a);
}

int mamba_stream_create(struct mamba_weights *w, struct forecaster **ret)
{
	struct mamba_stream *m = calloc(1, sizeof(*m) + (size_t)w->sizes.n_layers * sizeof(m->layers[0]));
	struct arena a = {0};
	if (!m)
		return -ENOMEM;
	m->base = (struct forecaster){&class, w->sizes.n_units, 0, CONTEXT_STREAM, w->memory, w->size};
	m->w = w;
	lay_out(m, &a);
	m->state = a.base = pages_alloc(a.used * sizeof(float));
	if (!a.base) {
		free(m);
		return -ENOMEM;
	}
	a.used = 0;
	lay_out(m, &a);
	*ret = &m->base;
	return 0;
}
