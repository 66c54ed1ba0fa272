/* What depends on one bin only is computed when the bin comes and kept for as long as it is in the window:
 * the normed input, the first layer's in_proj, and, for bins that have their whole convolution history in any
 * window where they stand at place 3 or later, the first layer's convolution and what follows from it up to
 * the scan. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mamba.h"
#include "pages.h"

#define FULL (MAMBA_TAPS - 1) /* the place in a window from which on a bin has all its history */

/* Rows for the bins of a window. */
struct rows {
	float *h;  /* (history, ld_width) */
	float *xi; /* (history, ld_channels) what goes into the convolution */
	float *z;  /* (history, ld_channels) */
	float *x;  /* (history, ld_channels) what comes out of it */
	float *bc; /* (history, ld_bc) */
	float *dt; /* (history, ld_channels) */
};

struct mamba_window {
	struct forecaster base;
	struct mamba_weights *w;
	struct mamba_ends ends;
	float *state; /* all that state_save() copies: n_bins, hidden, ring */
	size_t state_size;
	uint64_t *n_bins;
	float *hidden;    /* (ld_width) */
	struct rows ring; /* bin t in row t mod history; x, bc and dt of place FULL on */
	struct rows now;  /* row p: the bin at place p of the window */
	float *v;         /* (history, ld_width) */
	float *y;         /* (history, ld_channels) */
	float *S;         /* (ld_channels / 16, n_state, 16) */
	float *silence;   /* (ld_channels) zeros: before the window */
};

static struct mamba_window *window_of(struct forecaster *f)
{
	return (struct mamba_window *)f;
}

static float *row(float *rows, int at, int ld)
{
	return rows + (size_t)at * (size_t)ld;
}

static void copy_row(float *to, int to_row, const float *from, int from_row, int ld)
{
	memcpy(to + (size_t)to_row * (size_t)ld, from + (size_t)from_row * (size_t)ld,
	       (size_t)ld * sizeof(*to));
}

/* The bin at place p of a window lies in row (first + p) mod history of the ring. */
static int ring_row(const struct mamba_window *m, int first, int p)
{
	return (first + p) % m->base.history_bins;
}

/* What comes out of the convolution at place p, whose inputs are rows of `xi` as in the ring. */
static void convolve(const struct mamba_window *m, int layer, const float *xi, int first, int p, float *out)
{
	const struct mamba_sizes *s = &m->w->sizes;
	const struct mamba_layer *l = &m->w->layers[layer];
	const float *taps[MAMBA_TAPS];
	for (int k = 0; k < MAMBA_TAPS; k++) {
		int q = p - FULL + k;
		taps[k] = q < 0 ? m->silence : xi + (size_t)ring_row(m, first, q) * (size_t)s->ld_channels;
	}
	kernel_conv4(out, taps, l->conv, s->ld_channels, l->conv_bias, s->ld_channels);
}

/* [r B C] and dt of the first n rows from their x. */
static void project(const struct mamba_window *m, int layer, int n)
{
	const struct mamba_sizes *s = &m->w->sizes;
	const struct mamba_layer *l = &m->w->layers[layer];
	kernel_matrix(m->now.bc, s->ld_bc, l->x_proj, NULL, 0, m->now.x, s->ld_channels, n,
		      s->rank + 2 * s->n_state, s->channels);
	kernel_matrix(m->now.dt, s->ld_channels, l->dt_proj, l->dt_bias, 0, m->now.bc, s->ld_bc, n,
		      s->channels, s->rank);
	kernel_softplus(m->now.dt, m->now.dt, n * s->ld_channels);
}

/* A new bin into its row of the ring. */
static void take_bin(const struct mamba_window *m, const float *counts, int newest)
{
	const struct mamba_sizes *s = &m->w->sizes;
	const struct mamba_layer *l = &m->w->layers[0];
	float *h = row(m->ring.h, newest, s->ld_width);
	mamba_input(m->w, &m->ends, counts, h);
	kernel_layer_norm(m->v, h, l->norm_gain, l->norm_bias, s->width);
	kernel_matrix(row(m->ring.xi, newest, s->ld_channels), s->ld_channels, l->in_x, NULL, 0, m->v,
		      s->ld_width, 1, s->channels, s->width);
	kernel_matrix(row(m->ring.z, newest, s->ld_channels), s->ld_channels, l->in_z, NULL, 0, m->v,
		      s->ld_width, 1, s->channels, s->width);
}

static void fetch_places(const struct mamba_window *m, int first, int from, int until)
{
	const struct mamba_sizes *s = &m->w->sizes;
	for (int p = from; p < until; p++) {
		int at = ring_row(m, first, p);
		copy_row(m->now.x, p, m->ring.x, at, s->ld_channels);
		copy_row(m->now.bc, p, m->ring.bc, at, s->ld_bc);
		copy_row(m->now.dt, p, m->ring.dt, at, s->ld_channels);
	}
}

/* Up to the scan, for a window of n bins. Only the first places, whose history the window cuts off, and the
 * newest are new. */
static void begin_first_layer(const struct mamba_window *m, int first, int n, int first_output)
{
	const struct mamba_sizes *s = &m->w->sizes;
	int n_new = n < FULL ? n : FULL, newest = ring_row(m, first, n - 1);
	for (int p = 0; p < n_new; p++)
		convolve(m, 0, m->ring.xi, first, p, row(m->now.x, p, s->ld_channels));
	if (n > FULL)
		convolve(m, 0, m->ring.xi, first, n - 1, row(m->now.x, n_new++, s->ld_channels));
	project(m, 0, n_new);
	if (n > FULL) {
		copy_row(m->ring.x, newest, m->now.x, FULL, s->ld_channels);
		copy_row(m->ring.bc, newest, m->now.bc, FULL, s->ld_bc);
		copy_row(m->ring.dt, newest, m->now.dt, FULL, s->ld_channels);
		fetch_places(m, first, FULL, n);
	}
	for (int p = first_output; p < n; p++) {
		copy_row(m->now.h, p, m->ring.h, ring_row(m, first, p), s->ld_width);
		copy_row(m->now.z, p, m->ring.z, ring_row(m, first, p), s->ld_channels);
	}
}

static void begin_layer(const struct mamba_window *m, int i, int n, int first_output)
{
	const struct mamba_sizes *s = &m->w->sizes;
	const struct mamba_layer *l = &m->w->layers[i];
	for (int p = 0; p < n; p++)
		kernel_layer_norm(row(m->v, p, s->ld_width), row(m->now.h, p, s->ld_width), l->norm_gain,
				  l->norm_bias, s->width);
	kernel_matrix(m->now.xi, s->ld_channels, l->in_x, NULL, 0, m->v, s->ld_width, n, s->channels,
		      s->width);
	kernel_matrix(row(m->now.z, first_output, s->ld_channels), s->ld_channels, l->in_z, NULL, 0,
		      row(m->v, first_output, s->ld_width), s->ld_width, n - first_output, s->channels,
		      s->width);
	for (int p = 0; p < n; p++)
		convolve(m, i, m->now.xi, 0, p, row(m->now.x, p, s->ld_channels));
	project(m, i, n);
}

static void end_layer(const struct mamba_window *m, int i, int n, int first_output)
{
	const struct mamba_sizes *s = &m->w->sizes;
	struct kernel_scan scan =
		mamba_scan(m->w, i, n, m->now.dt, m->now.x, m->now.z, m->now.bc, m->S, m->y);
	scan.fresh = true;
	scan.first_output = first_output;
	kernel_scan(&scan);
	float *h = row(m->now.h, first_output, s->ld_width);
	kernel_matrix(h, s->ld_width, m->w->layers[i].out_proj, h, s->ld_width,
		      row(m->y, first_output, s->ld_channels), s->ld_channels, n - first_output, s->width,
		      s->channels);
}

static void window_step(struct forecaster *f, const float *counts, float *rates)
{
	struct mamba_window *m = window_of(f);
	const struct mamba_sizes *s = &m->w->sizes;
	uint64_t history = (uint64_t)f->history_bins, bin = (*m->n_bins)++;
	int n = (int)(bin < history ? bin + 1 : history);
	int first = (int)((bin + 1 - (uint64_t)n) % history);

	take_bin(m, counts, (int)(bin % history));
	for (int i = 0; i < s->n_layers; i++) {
		int first_output = i == s->n_layers - 1 ? n - 1 : 0;
		if (i == 0)
			begin_first_layer(m, first, n, first_output);
		else
			begin_layer(m, i, n, first_output);
		end_layer(m, i, n, first_output);
	}
	memcpy(m->hidden, row(m->now.h, n - 1, s->ld_width), (size_t)s->ld_width * sizeof(*m->hidden));
	mamba_output(m->w, &m->ends, m->hidden, rates);
}

static void window_reset(struct forecaster *f)
{
	memset(window_of(f)->state, 0, window_of(f)->state_size);
}

static size_t window_state_size(const struct forecaster *f)
{
	return ((const struct mamba_window *)f)->state_size;
}

static void window_state_save(const struct forecaster *f, void *to)
{
	const struct mamba_window *m = (const struct mamba_window *)f;
	memcpy(to, m->state, m->state_size);
}

static void window_state_load(struct forecaster *f, const void *from)
{
	memcpy(window_of(f)->state, from, window_of(f)->state_size);
}

static const float *window_hidden(const struct forecaster *f, int *ret_width)
{
	const struct mamba_window *m = (const struct mamba_window *)f;
	*ret_width = m->w->sizes.width;
	return m->hidden;
}

static void window_destroy(struct forecaster *f)
{
	struct mamba_window *m = window_of(f);
	mamba_weights_destroy(m->w);
	free(m->state);
	free(m);
}

static const struct forecaster_class class = {
	"mamba",           window_step,       window_reset,  window_state_size,
	window_state_save, window_state_load, window_hidden, window_destroy,
};

static void lay_out_rows(struct rows *r, const struct mamba_sizes *s, size_t n, struct arena *a)
{
	r->h = arena_take(a, n * (size_t)s->ld_width);
	r->xi = arena_take(a, n * (size_t)s->ld_channels);
	r->z = arena_take(a, n * (size_t)s->ld_channels);
	r->x = arena_take(a, n * (size_t)s->ld_channels);
	r->bc = arena_take(a, n * (size_t)s->ld_bc);
	r->dt = arena_take(a, n * (size_t)s->ld_channels);
}

static void lay_out(struct mamba_window *m, struct arena *a)
{
	const struct mamba_sizes *s = &m->w->sizes;
	size_t n = (size_t)m->base.history_bins, channels = (size_t)s->ld_channels;
	m->n_bins = (uint64_t *)arena_take(a, sizeof(uint64_t) / sizeof(float));
	m->hidden = arena_take(a, (size_t)s->ld_width);
	lay_out_rows(&m->ring, s, n, a);
	m->state_size = a->used * sizeof(float);
	lay_out_rows(&m->now, s, n, a);
	m->v = arena_take(a, n * (size_t)s->ld_width);
	m->y = arena_take(a, n * channels);
	m->S = arena_take(a, channels * (size_t)s->n_state);
	m->silence = arena_take(a, channels);
	mamba_ends_take(&m->ends, s, a);
}

int mamba_window_create(struct mamba_weights *w, int history_bins, struct forecaster **ret)
{
	struct mamba_window *m = calloc(1, sizeof(*m));
	struct arena a = {0};
	if (!m)
		return -ENOMEM;
	m->base = (struct forecaster){&class,         w->sizes.n_units, history_bins,
				      CONTEXT_WINDOW, w->memory,        w->size};
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
