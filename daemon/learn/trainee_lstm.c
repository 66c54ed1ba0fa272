/* Each layer, with states h and c:
 *   [i; f; g; o] = W_ih x + b_ih + W_hh h + b_hh
 *   c = sigmoid(f) c + sigmoid(i) tanh(g)     h = sigmoid(o) tanh(c)                    h is the next x
 * What depends on x alone is one matrix product over all bins, the recurrence one a bin over all sequences.
 * Kept for the way back: x, the gates after their functions, h and c. */
#include <math.h>
#include <string.h>

#include "linear.h"
#include "trainee.h"
#include "trainee_cells.h"

struct room {
	struct cells_room h;
	real *c; /* as h.h */
};

struct scratch {
	real *dc; /* (sequences, ld_width) */
};

static void declare(struct trainee *t, int layer)
{
	cells_declare(t, layer, "lstm", 4);
}

static int state_size(const struct trainee_sizes *s)
{
	return 2 * real_padded(s->width);
}

static void init(const struct trainee *t, int layer, struct seed *seed)
{
	cells_init(t, layer, seed);
}

static void lay_out(const struct trainee_pass *p, void *at, struct real_room *r)
{
	struct room *m = at;
	cells_lay_out(p, &m->h, 4, r);
	m->c = real_take(r, (size_t)(p->max_rows + p->max_sequences) * (size_t)p->trainee->ld_width);
}

static void lay_out_scratch(const struct trainee_pass *p, void *at, struct real_room *r)
{
	struct scratch *m = at;
	m->dc = real_take(r, (size_t)p->max_sequences * (size_t)p->trainee->ld_width);
}

static void forward(struct trainee_pass *p, int layer)
{
	const struct room *m = trainee_room(p, layer);
	struct cells l = cells_of(p, layer, &m->h, 4);
	cells_state_in(p, layer, 0, m->h.h);
	cells_state_in(p, layer, 1, m->c);
	cells_project(p, &l);
	for (int t = 0; t < p->batch.n_steps; t++) {
		size_t row = (size_t)t * l.bin;
		real *gates = m->h.gates + (size_t)t * l.bin_gates;
		linear_forward(&l.recurrent, gates, l.cell.ld_gates, m->h.h + row, l.cell.ld, l.cell.n, true);
		inner_lstm(&l.cell, gates, m->c + row, m->c + row + l.bin, m->h.h + row + l.bin);
	}
	cells_state_out(p, layer, 0, m->h.h);
	cells_state_out(p, layer, 1, m->c);
	cells_output(p, &l, layer);
}

static void backward(struct trainee_pass *p, int layer)
{
	const struct room *m = trainee_room(p, layer);
	const struct scratch *x = p->scratch;
	struct cells l = cells_of(p, layer, &m->h, 4);
	trainee_drop(p, layer + 1, p->dh, 0, p->n_rows);
	memset(x->dc, 0, l.bin * sizeof(real));
	for (int t = p->batch.n_steps - 1; t >= 0; t--) {
		size_t row = (size_t)t * l.bin;
		real *gates = m->h.gates + (size_t)t * l.bin_gates;
		inner_lstm_back(&l.cell, gates, m->c + row, m->c + row + l.bin, p->dh + row, x->dc);
		if (t > 0)
			linear_back(&l.recurrent, p->dh + row - l.bin, l.cell.ld, gates, l.cell.ld_gates,
				    l.cell.n, true);
	}
	cells_gradient(p, &l, layer, m->h.gates);
}

const struct trainee_class trainee_lstm = {
	.architecture = "lstm",
	.layer = "lstm.weight_ih_l%d",
	.room_size = sizeof(struct room),
	.scratch_size = sizeof(struct scratch),
	.declare = declare,
	.state_size = state_size,
	.init = init,
	.lay_out = lay_out,
	.lay_out_scratch = lay_out_scratch,
	.forward = forward,
	.backward = backward,
};
