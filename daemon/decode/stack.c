#include "stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "pages.h"

#define MAX_STATE_MIB 1024

/* Rows of a ring stand twice, history_bins apart, so that any window of it is one stretch. */
struct stack {
	struct forecaster base;
	struct forecaster_class class;
	struct stack_weights *w;
	struct frame_room room;
	float *saved; /* all that state_save() copies: n_bins, hidden, and a stream's layers or a window's
			 ring */
	size_t saved_size;
	uint64_t *n_bins;
	float *hidden;   /* (ld_width) */
	float *ring_h;   /* (2 history_bins, ld_width) */
	float *ring_row; /* (2 history_bins, ld_row), of the first layer */
	float *layers;   /* (n_layers, state_size); in a window (state_size) */
	float *h, *row;  /* rows of the bins in hand */
	float *work;
	int *index;
	float *value;
};

static struct stack *stack_of(struct forecaster *f)
{
	return (struct stack *)f;
}

void stack_norm(const struct stack_weights *w, float *v, const float *h, int n, const float *gain,
		const float *shift)
{
	for (int t = 0; t < n; t++, v += w->frame.ld_width, h += w->frame.ld_width)
		kernel_layer_norm(v, h, gain, shift, w->frame.width);
}

void stack_add(const struct stack_weights *w, float *h, const float *packed, const float *bias,
	       const float *x, int ld, int n, int cols)
{
	int ld_width = w->frame.ld_width;
	for (int t = 0; bias && t < n; t++)
		for (int i = 0; i < w->frame.width; i++)
			h[t * ld_width + i] += bias[i];
	kernel_matrix(h, ld_width, packed, h, ld_width, x, ld, n, w->frame.width, cols);
}

static struct stack_span span_of(const struct stack *m, int layer, int n)
{
	return (struct stack_span){
		.layer = layer,
		.n = n,
		.h = m->h,
		.row = m->row,
		.state = m->layers,
		.work = m->work,
		.index = m->index,
		.value = m->value,
	};
}

static void stream_step(struct forecaster *f, const float *counts, float *rates)
{
	struct stack *m = stack_of(f);
	const struct stack_weights *w = m->w;
	frame_input(&w->frame, &m->room, counts, m->hidden);
	for (int i = 0; i < w->n_layers; i++) {
		struct stack_span s = span_of(m, i, 1);
		s.bin = *m->n_bins;
		s.h = m->hidden;
		s.state = stack_row(m->layers, i, w->state_size);
		w->class->project(w, &s);
		w->class->advance(w, &s);
	}
	frame_output(&w->frame, &m->room, m->hidden, rates);
	++*m->n_bins;
}

static void repeat(float *ring, int at, int history, int ld)
{
	memcpy(stack_row(ring, at + history, ld), stack_row(ring, at, ld), (size_t)ld * sizeof(*ring));
}

/* A new bin into row `at` of the rings. */
static void take_bin(const struct stack *m, const float *counts, int at)
{
	const struct stack_weights *w = m->w;
	struct stack_span s = span_of(m, 0, 1);
	s.h = stack_row(m->ring_h, at, w->frame.ld_width);
	s.row = stack_row(m->ring_row, at, w->ld_row);
	frame_input(&w->frame, &m->room, counts, s.h);
	repeat(m->ring_h, at, m->base.history_bins, w->frame.ld_width);
	if (w->class->place) /* the row depends on the window, too */
		return;
	w->class->project(w, &s);
	repeat(m->ring_row, at, m->base.history_bins, w->ld_row);
}

/* The layers over the n bins from row `first` of the rings on. */
static void run_window(const struct stack *m, int first, int n)
{
	const struct stack_weights *w = m->w;
	memcpy(m->h, stack_row(m->ring_h, first, w->frame.ld_width),
	       (size_t)n * (size_t)w->frame.ld_width * sizeof(*m->h));
	if (w->class->place)
		w->class->place(w, m->h, n);
	for (int i = 0; i < w->n_layers; i++) {
		struct stack_span s = span_of(m, i, n);
		s.first_output = i == w->n_layers - 1 ? n - 1 : 0;
		if (i == 0 && !w->class->place)
			s.row = stack_row(m->ring_row, first, w->ld_row);
		else
			w->class->project(w, &s);
		memset(s.state, 0, (size_t)w->state_size * sizeof(*s.state));
		w->class->advance(w, &s);
	}
}

static void window_step(struct forecaster *f, const float *counts, float *rates)
{
	struct stack *m = stack_of(f);
	const struct frame *frame = &m->w->frame;
	uint64_t history = (uint64_t)f->history_bins, bin = (*m->n_bins)++;
	int n = (int)(bin < history ? bin + 1 : history);

	take_bin(m, counts, (int)(bin % history));
	run_window(m, (int)((bin + 1 - (uint64_t)n) % history), n);
	memcpy(m->hidden, stack_row(m->h, n - 1, frame->ld_width),
	       (size_t)frame->ld_width * sizeof(*m->hidden));
	frame_output(frame, &m->room, m->hidden, rates);
}

static void step(struct forecaster *f, const float *counts, float *rates)
{
	if (f->context == CONTEXT_STREAM)
		stream_step(f, counts, rates);
	else
		window_step(f, counts, rates);
}

static void reset(struct forecaster *f)
{
	memset(stack_of(f)->saved, 0, stack_of(f)->saved_size);
}

static size_t state_size(const struct forecaster *f)
{
	return ((const struct stack *)f)->saved_size;
}

static void state_save(const struct forecaster *f, void *to)
{
	const struct stack *m = (const struct stack *)f;
	memcpy(to, m->saved, m->saved_size);
}

static void state_load(struct forecaster *f, const void *from)
{
	memcpy(stack_of(f)->saved, from, stack_of(f)->saved_size);
}

static const float *hidden(const struct forecaster *f, int *ret_width)
{
	const struct stack *m = (const struct stack *)f;
	*ret_width = m->w->frame.width;
	return m->hidden;
}

static void destroy(struct forecaster *f)
{
	struct stack *m = stack_of(f);
	stack_weights_destroy(m->w);
	free(m->saved);
	free(m);
}

static void lay_out(struct stack *m, struct arena *a)
{
	const struct stack_weights *w = m->w;
	bool window = m->base.context == CONTEXT_WINDOW;
	size_t bins = window ? (size_t)m->base.history_bins : 1, rings = window ? 2 * bins : 0;
	size_t width = (size_t)w->frame.ld_width;
	size_t nonzero = w->frame.ld_units > w->frame.ld_width ? (size_t)w->frame.ld_units : width;
	m->n_bins = (uint64_t *)arena_take(a, sizeof(uint64_t) / sizeof(float));
	m->hidden = arena_take(a, width);
	m->ring_h = arena_take(a, rings * width);
	m->ring_row = arena_take(a, rings * (size_t)w->ld_row);
	if (window)
		m->saved_size = a->used * sizeof(float);
	m->layers = arena_take(a, (size_t)w->state_size * (window ? 1 : (size_t)w->n_layers));
	if (!window)
		m->saved_size = a->used * sizeof(float);
	m->h = arena_take(a, bins * width);
	m->row = arena_take(a, bins * (size_t)w->ld_row);
	m->work = arena_take(a, bins * (size_t)w->ld_work);
	m->index = (int *)arena_take(a, nonzero);
	m->value = arena_take(a, nonzero);
	frame_room_take(&m->room, &w->frame, a);
}

static const struct forecaster_class methods = {
	NULL, step, reset, state_size, state_save, state_load, hidden, destroy,
};

static int create(struct stack_weights *w, enum forecaster_context context, const char *origin,
		  struct failure *f, struct forecaster **ret)
{
	struct stack *m = calloc(1, sizeof(*m));
	struct arena a = {0};
	if (!m)
		return failure_set(f, -ENOMEM, "%s: no memory for its state", origin);
	m->class = methods;
	m->class.architecture = w->class->architecture;
	m->base = (struct forecaster){
		.class = &m->class,
		.n_units = w->frame.n_units,
		.history_bins = context == CONTEXT_WINDOW ? w->history_bins : 0,
		.context = context,
		.weights = w->memory,
		.weights_bytes = w->size,
	};
	m->w = w;
	lay_out(m, &a);
	size_t mib = a.used * sizeof(float) >> 20;
	m->saved = a.base = mib < MAX_STATE_MIB ? pages_alloc(a.used * sizeof(float)) : NULL;
	if (!a.base) {
		free(m);
		return failure_set(f, mib < MAX_STATE_MIB ? -ENOMEM : -EINVAL,
				   "%s: no memory for a state of %zu MiB (at most %d)", origin, mib,
				   MAX_STATE_MIB);
	}
	a.used = 0;
	lay_out(m, &a);
	*ret = &m->base;
	return 0;
}

int stack_create(const struct stack_class *class, const struct tensor_set *set, int n_units,
		 enum forecaster_context context, struct failure *f, struct forecaster **ret)
{
	struct stack_weights *w;
	int r = stack_weights_create(class, set, f, &w);
	if (r < 0)
		return r;
	if (n_units && n_units != w->frame.n_units)
		r = failure_set(f, -EINVAL, "%s: made for %d units, the stream has %d", set->origin,
				w->frame.n_units, n_units);
	else if (context == CONTEXT_STREAM && w->no_stream)
		r = failure_set(f, -ENOTSUP, "%s: %s has no stream context, only window", set->origin,
				w->no_stream);
	else
		r = create(w, context, set->origin, f, ret);
	if (r < 0)
		stack_weights_destroy(w);
	return r;
}
