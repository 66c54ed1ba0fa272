#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels.h"
#include "pages.h"
#include "stack.h"

#define MAX_LAYERS 256
#define DEFAULT_HISTORY_BINS 10
#define MAX_HISTORY_BINS 1000

static const char *part_name(const struct stack_part *p, int layer, char *ret, size_t size)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(ret, size, p->name, layer);
#pragma GCC diagnostic pop
	return ret;
}

static bool has_layer(const struct stack_class *class, const struct tensor_set *set, int layer)
{
	char name[80];
	for (int i = 0; i < class->n_parts; i++)
		if (tensor_find(set, part_name(&class->parts[i], layer, name, sizeof(name))))
			return true;
	return false;
}

static void read_added(struct weights_reader *r, float *to, int blocks, int n, const char *name)
{
	const float *from = weights_take(r, 1, (int64_t[]){(int64_t)blocks * n}, "%s", name);
	for (int b = 0; from && to && b < blocks; b++)
		for (int i = 0; i < n; i++)
			to[b * kernel_padded(n) + i] += from[b * n + i];
}

static size_t part_size(const struct stack_weights *w, const struct stack_part *p, int blocks)
{
	switch (p->kind) {
	case STACK_VECTOR:
		return (size_t)blocks * (size_t)kernel_padded(w->dims[p->rows]);
	case STACK_MATRIX:
		return (size_t)blocks * kernel_packed_size(w->dims[p->rows], w->dims[p->cols]);
	case STACK_NUMBER:
		return 1;
	case STACK_ADDED:
		break;
	}
	return 0;
}

static float *read_part(const struct stack_weights *w, struct weights_reader *r, struct arena *a, int layer,
			const struct stack_part *p, float *before)
{
	char name[80];
	int rows = w->dims[p->rows], cols = w->dims[p->cols], blocks = p->blocks ? p->blocks : 1;
	float *to = p->kind == STACK_ADDED ? before : arena_take(a, part_size(w, p, blocks));
	part_name(p, layer, name, sizeof(name));
	if (p->kind == STACK_VECTOR)
		weights_vector(r, to, blocks, rows, name);
	else if (p->kind == STACK_MATRIX)
		weights_matrix(r, to, blocks, rows, cols, name);
	else if (p->kind == STACK_NUMBER)
		weights_number(r, to, name);
	else
		read_added(r, to, blocks, rows, name);
	return to;
}

/* In the order of a step, so that a pass over the weights is one straight line. */
static void read_layer(struct stack_weights *w, struct weights_reader *r, struct arena *a, int layer)
{
	const struct stack_class *class = w->class;
	float **part = w->part + (size_t)layer * (size_t) class->n_parts;
	for (int i = 0; i < class->n_parts; i++) {
		const struct stack_part *p = &class->parts[i];
		if (w->dims[p->when] && layer >= p->from)
			part[i] = read_part(w, r, a, layer, p, i ? part[i - 1] : NULL);
	}
}

static int read_all(struct stack_weights *w, struct weights_reader *r, struct arena *a)
{
	a->used = 0;
	frame_read_input(&w->frame, r, a, w->input_norm);
	w->extra = arena_take(a, (size_t)w->extra_size);
	for (int i = 0; i < w->n_layers; i++)
		read_layer(w, r, a, i);
	frame_read_output(&w->frame, r, a, w->final_norm, w->output_norm);
	if (w->class->finish && !r->error)
		w->class->finish(w, r);
	return weights_refuse_surplus(r);
}

static int read_sizes(struct stack_weights *w, struct weights_reader *r)
{
	long history = 0;
	r->error = tensor_note_int(r->set, "history_bins", 1, MAX_HISTORY_BINS, DEFAULT_HISTORY_BINS,
				   r->failure, &history);
	w->history_bins = (int)history;
	frame_sizes(&w->frame, r);
	w->dims[STACK_UNITS] = w->frame.n_units;
	w->dims[STACK_WIDTH] = w->frame.width;
	while (w->n_layers < MAX_LAYERS && has_layer(w->class, r->set, w->n_layers))
		w->n_layers++;
	if (w->n_layers == 0)
		weights_refuse(r, "there is no layer of a %s in it", w->class->architecture);
	w->class->sizes(w, r);
	return r->error;
}

/* Everything is checked before the first byte of it is allocated. */
static int read_weights(struct stack_weights *w, struct weights_reader *r)
{
	struct arena a = {0};
	if (read_sizes(w, r) < 0)
		return r->error;
	w->part = calloc((size_t)w->n_layers * (size_t)w->class->n_parts, sizeof(*w->part));
	if (!w->part)
		return -ENOMEM;
	if (read_all(w, r, &a) < 0)
		return r->error;
	w->size = a.used * sizeof(float);
	w->memory = a.base = pages_alloc(w->size);
	return w->memory ? read_all(w, r, &a) : -ENOMEM;
}

int stack_weights_create(const struct stack_class *class, const struct tensor_set *set, struct failure *f,
			 struct stack_weights **ret)
{
	struct weights_reader r;
	int error = weights_reader_init(&r, set, f);
	if (error < 0)
		return error;
	struct stack_weights *w = calloc(1, sizeof(*w));
	if (w)
		w->class = class;
	error = w ? read_weights(w, &r) : -ENOMEM;
	if (error == -ENOMEM)
		failure_set(f, error, "%s: no memory for its weights", set->origin);
	weights_reader_finish(&r);
	if (error < 0)
		stack_weights_destroy(w);
	else
		*ret = w;
	return error;
}

void stack_weights_destroy(struct stack_weights *w)
{
	if (!w)
		return;
	free(w->memory);
	free(w->part);
	free(w);
}
