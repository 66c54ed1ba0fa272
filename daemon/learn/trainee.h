/* trainee: a model while it is trained: parameters under their state_dict names, the way forward through
 * windows or long sequences, and the way back by hand. [pure]
 *
 * All share the frame of the published forecasters (decode/frame.h) around their layers:
 *   u = LN(input_proj x + bias; input_norm)
 *   layers, a file an architecture
 *   output = output_proj LN(LN(h; final_norm); output_norm) + bias
 * For rates softplus is part of the loss (loss.h). Formulas of the layers: shared/golden and decode/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "inner.h"
#include "real.h"
#include "seed.h"
#include "tensor.h"

struct trainee_sizes {
	int n_inputs, n_outputs, width, n_layers;
	int n_state; /* mamba: of a channel; others: 0 */
};

struct trainee_param {
	char name[64];
	int n_dims;
	int64_t shape[3];
	size_t at, n; /* in value and in gradients */
};

struct trainee_class;

struct trainee {
	const struct trainee_class *class;
	struct trainee_sizes sizes;
	int ld_width;
	int state_size; /* reals of the recurrent state of one sequence; zeros at its beginning */
	struct trainee_param *param;
	int n_params;
	int *first; /* (n_layers) the first parameter of each layer */
	real *value;
	size_t n_values;
};

/* Values are zero. -EINVAL with a line (an unknown architecture, sizes that cannot be), -ENOMEM. */
int trainee_create(const char *architecture, const struct trainee_sizes *sizes, struct failure *f,
		   struct trainee **ret);

/* From a checkpoint: the architecture as in forecaster_create(), sizes from the shapes. Anything missing,
 * surplus, misshapen or not finite is refused by name. */
int trainee_create_from(const struct tensor_set *set, struct failure *f, struct trainee **ret);
void trainee_destroy(struct trainee *t);

/* Values to begin with, as the published code draws them. */
void trainee_init(struct trainee *t, uint64_t seed);

/* The parameter of this name, or NULL. */
const struct trainee_param *trainee_find(const struct trainee *t, const char *name);

/* `value` (n_values) as tensors (n_params) for a file; names and data are borrowed. */
void trainee_tensors(const struct trainee *t, const real *value, struct tensor *ret);

struct trainee_batch {
	int n_sequences, n_steps;
	bool last_only;    /* outputs of the last bin alone */
	const real *input; /* (n_steps, n_sequences, n_inputs) */
	real *state; /* (n_sequences, state_size) before and, on return, after; NULL: zero before, not wanted
		      * after. No gradient goes back beyond it. */
	uint64_t seed; /* of the dropout, where the pass has any */
};

/* Room for one batch on its way there and back. One thread; several passes may share a trainee. */
struct trainee_pass {
	const struct trainee *trainee;
	struct trainee_batch batch; /* the newest */
	real dropout;
	bool training;
	/* rows are time-major: t n_sequences + b */
	real *output; /* (rows of bins with output, n_outputs) */
	real *slope;  /* the same: the caller's gradient of output */
	/* --- for trainee*.c --- */
	int max_sequences, max_rows;
	int n_rows, n_out, first_out; /* bins with output begin here */
	real *h, *dh;                 /* (n_rows, ld_width) between the layers */
	real *keep;                   /* (n_layers + 1, max_rows ld_width), where there is dropout */
	real *gradient;
	struct trainee_norm {
		real *shape, *scale;
	} input_norm, final_norm, output_norm;
	real *c;    /* (n_out, ld_width) what output_proj sees */
	real *dc;   /* (n_out, ld_width) */
	char *room; /* (n_layers, class->room_size) */
	void *scratch;
	real *memory;
};

/* dropout 0 .. below 1. -ENOMEM. */
int trainee_pass_create(const struct trainee *t, int max_sequences, int max_steps, double dropout,
			struct trainee_pass **ret);
void trainee_pass_destroy(struct trainee_pass *p);

/* Fills output. Dropout acts only where `train` is set. */
void trainee_forward(struct trainee_pass *p, const struct trainee_batch *batch, bool train);

/* From `slope`, after trainee_forward() with the same values: adds to `gradient` (n_values). */
void trainee_backward(struct trainee_pass *p, real *gradient);

/* --- for the architectures --- */

struct trainee_class {
	const char *architecture;
	const char *layer; /* a tensor of layer %d, by which layers are counted */
	const char *state; /* a tensor of layer 0 whose second dimension is n_state, or NULL */
	bool final_norm;
	size_t room_size, scratch_size; /* of its own structs, for each layer and for all */
	/* trainee_declare() each parameter of a layer, in a fixed order; and its part of state_size. */
	void (*declare)(struct trainee *t, int layer);
	int (*state_size)(const struct trainee_sizes *s);
	void (*init)(const struct trainee *t, int layer, struct seed *seed);
	/* Lay out a layer's room, and once the scratch. */
	void (*lay_out)(const struct trainee_pass *p, void *room, struct real_room *r);
	void (*lay_out_scratch)(const struct trainee_pass *p, void *scratch, struct real_room *r);
	/* h in, h out; dh in, dh out. */
	void (*forward)(struct trainee_pass *p, int layer);
	void (*backward)(struct trainee_pass *p, int layer);
};

extern const struct trainee_class trainee_mamba, trainee_lstm, trainee_gru;

void trainee_declare(struct trainee *t, const char *name, int n_dims, const int64_t *shape);

/* Values of parameter `which` of a layer, counted as declared; and their gradient. */
static inline real *trainee_value(const struct trainee *t, int layer, int which)
{
	return t->value + t->param[t->first[layer] + which].at;
}

static inline real *trainee_slope(const struct trainee_pass *p, int layer, int which)
{
	return p->gradient + p->trainee->param[p->trainee->first[layer] + which].at;
}

static inline void *trainee_room(const struct trainee_pass *p, int layer)
{
	return p->room + (size_t)layer * p->trainee->class->room_size;
}

/* A layer's part of the state of sequence `b`. */
static inline real *trainee_state(const struct trainee_pass *p, int layer, int b)
{
	const struct trainee *t = p->trainee;
	return p->batch.state + (size_t)b * (size_t)t->state_size +
	       (size_t)layer * (size_t)(t->state_size / t->sizes.n_layers);
}

/* Uniform within -limit .. limit. */
void trainee_uniform(const struct trainee *t, int layer, int which, double limit, struct seed *seed);
void trainee_constant(const struct trainee *t, int layer, int which, double value);

/* Multiply rows `from` .. from + n of y (row 0 of y is row `from`) by what dropout keeps at this place (0:
 * behind the input, layer + 1: behind a layer); does nothing where there is none. The same on the way
 * back. */
void trainee_drop(const struct trainee_pass *p, int place, real *y, int from, int n);
