/* stack: a forecaster of like layers within the frame (frame.h), in stream and window context. [pure]
 *
 * An architecture is a table of its layers' tensors and two functions over rows, a row a bin:
 *   project   what depends on one bin only: from its h, the layer's projections
 *   advance   the recurrence through the bins in their order, and the layer's output into h
 * In a stream there is one row. In a window there are up to history_bins, from zero state: the first layer's
 * projections are kept in a ring, each pass over the weights serves all rows, and of the last layer only the
 * last row is computed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "forecaster.h"
#include "frame.h"

/* Sizes of a model: those two, then the class's own. */
#define STACK_MAX_DIMS 10
enum { STACK_UNITS, STACK_WIDTH, STACK_OWN };

enum stack_kind {
	STACK_VECTOR, /* blocks x rows */
	STACK_MATRIX, /* (blocks x rows, cols) */
	STACK_NUMBER, /* of shape [] */
	STACK_ADDED,  /* a vector that is added to the part before it */
};

/* A tensor of each layer; its place in memory, too. Sizes are indices into dims. */
struct stack_part {
	enum stack_kind kind;
	const char *name; /* %d: the layer */
	int rows, cols;
	int blocks; /* blocks below each other, each padded or packed by itself; 0 is 1 */
	int when;   /* only where that dim is not 0 (STACK_UNITS: always) */
	int from;   /* the first layer that has it */
};

struct stack_class;

/* Immutable once read; one thread or many may read it. */
struct stack_weights {
	const struct stack_class *class;
	int dims[STACK_MAX_DIMS];
	int n_layers;
	int history_bins;
	/* set by sizes(): */
	bool input_norm, final_norm, output_norm;
	const char *no_stream; /* who has no stream context; NULL: it has one */
	/* set by sizes() too; floats, all padded: */
	int ld_row;     /* a bin's projections in one layer */
	int ld_work;    /* what a layer needs a bin while it computes */
	int state_size; /* a layer's recurrent state */
	int extra_size; /* what the model has besides: */
	float *extra;
	struct frame frame;
	float *memory; /* all weights, in the order of a step */
	size_t size;   /* its bytes */
	float **part;  /* (n_layers, class->n_parts); NULL where a part is not there */
};

/* Bins in their order. */
struct stack_span {
	int layer;
	int n;            /* rows */
	int first_output; /* from this row on h is wanted */
	uint64_t bin;     /* bins since zero state before the first row */
	float *h;         /* (n, ld_width) */
	float *row;       /* (n, ld_row) */
	float *state;     /* (state_size) */
	float *work;      /* (n, ld_work) */
	int *index;       /* (n_units or width, the larger), for frame_nonzero() */
	float *value;
};

struct stack_class {
	const char *architecture;
	const struct stack_part *parts;
	int n_parts;
	/* Fill dims and what is said above; refuse through r. */
	void (*sizes)(struct stack_weights *w, struct weights_reader *r);
	/* What the table cannot say: takes further tensors and changes parts in place. May be NULL. */
	void (*finish)(struct stack_weights *w, struct weights_reader *r);
	/* What a bin gets for its place in the window, rows of h (n, ld_width); NULL: nothing. */
	void (*place)(const struct stack_weights *w, float *h, int n);
	void (*project)(const struct stack_weights *w, const struct stack_span *s);
	void (*advance)(const struct stack_weights *w, const struct stack_span *s);
};

extern const struct stack_class stack_hgrn2, stack_gated_delta, stack_lru, stack_lstm, stack_transformer,
	stack_snn;

/* See forecaster_create(). */
int stack_create(const struct stack_class *class, const struct tensor_set *set, int n_units,
		 enum forecaster_context context, struct failure *f, struct forecaster **ret);

/* -ENOENT or -EINVAL by name; -ENOMEM. */
int stack_weights_create(const struct stack_class *class, const struct tensor_set *set, struct failure *f,
			 struct stack_weights **ret);
void stack_weights_destroy(struct stack_weights *w);

/* --- for the architectures --- */

static inline float *const *stack_parts(const struct stack_weights *w, int layer)
{
	return w->part + (size_t)layer * (size_t)w->class->n_parts;
}

/* Row `at` of rows that are ld apart. */
static inline float *stack_row(float *rows, int at, int ld)
{
	return rows + (size_t)at * (size_t)ld;
}

/* LN of n rows of h into v (n, ld_width). */
void stack_norm(const struct stack_weights *w, float *v, const float *h, int n, const float *gain,
		const float *shift);

/* h += W x + bias for n rows, W (width, cols), x (n, ld); bias may be NULL. */
void stack_add(const struct stack_weights *w, float *h, const float *packed, const float *bias,
	       const float *x, int ld, int n, int cols);
