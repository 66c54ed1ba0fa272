/* trainee_cells: what LSTM and GRU share. For trainee_lstm.c and trainee_gru.c. [pure]
 *
 * Parameters as PyTorch names them: KIND.weight_ih_lI (G width, width), weight_hh_lI, bias_ih_lI, bias_hh_lI,
 * G gates. */
#pragma once

#include "linear.h"
#include "trainee.h"

enum { CELLS_INPUT, CELLS_RECURRENT, CELLS_BIAS, CELLS_RECURRENT_BIAS };

struct cells_room {
	real *x;     /* (rows, ld_width) the layer's input */
	real *h;     /* (rows + sequences, ld_width): the bin before comes first */
	real *gates; /* (rows, padded G width) */
};

/* What a layer computes with. */
struct cells {
	const struct cells_room *m;
	struct linear input, recurrent;
	struct inner_cell cell;
	size_t bin, bin_gates; /* reals from bin to bin */
};

void cells_declare(struct trainee *t, int layer, const char *kind, int n_gates);
void cells_init(const struct trainee *t, int layer, struct seed *seed);
void cells_lay_out(const struct trainee_pass *p, struct cells_room *m, int n_gates, struct real_room *r);
struct cells cells_of(const struct trainee_pass *p, int layer, const struct cells_room *m, int n_gates);

/* State number `which` into the first rows of h or c, and out of the last. */
void cells_state_in(const struct trainee_pass *p, int layer, int which, real *rows);
void cells_state_out(const struct trainee_pass *p, int layer, int which, const real *rows);

/* Gates of all bins from the layer's input, which is kept. */
void cells_project(const struct trainee_pass *p, const struct cells *l);

/* The states h become the pass's h. */
void cells_output(const struct trainee_pass *p, const struct cells *l, int layer);

/* Of all parameters, from the gradients of the gates in m->gates and, where they came from h, in `own`; and
 * dh of the layer's input. */
void cells_gradient(const struct trainee_pass *p, const struct cells *l, int layer, const real *own);
