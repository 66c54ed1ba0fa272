/* Each layer, with state h, as PyTorch has it:
 *   [r; u; n] = W_ih x + b_ih     [r'; u'; n'] = W_hh h + b_hh
 *   r = sigmoid(r + r')   u = sigmoid(u + u')   m = tanh(n + r n')
 *   h = (1 - u) m + u h                                                                 h is the next x
 * See trainee_lstm.c. Kept besides: what came from h, since n' is not to be had from m. */
#include <math.h>
#include <string.h>

#include "linear.h"
#include "trainee.h"
#include "trainee_cells.h"

struct room {
	struct cells_room h;
	real *own; /* as h.gates */
};

struct scratch {
	real *dh; /* (sequences, ld_width) */
};

static void declare(struct trainee *t, int layer)
{
	cells_declare(t, layer, "gru", 3);
}

static int state_size(const struct trainee_sizes *s)
{
	return real_padded(s->width);
}

static void init(const struct trainee *t, int layer, struct seed *seed)
{
	cells_init(t, layer, seed);
}

static void lay_out(const struct trainee_pass *p, void *at, struct real_room *r)
{
	struct room *m = at;
	cells_lay_out(p, &m->h, 3, r);
	m->own = real_take(r, (size_t)p->max_rows * (size_t)real_padded(3 * p->trainee->sizes.width));
}

static void lay_out_scratch(const struct trainee_pass *p, void *at, struct real_room *r)
{
	struct scratch *m = at;
	m->dh = real_take(r, (size_t)p->max_sequences * (size_t)p->trainee->ld_width);
}

static void forward(struct trainee_pass *p, int layer)
{
	const struct room *m = trainee_room(p, layer);
	struct cells l = cells_of(p, layer, &m->h, 3);
	cells_state_in(p, layer, 0, m->h.h);
	cells_project(p, &l);
	for (int t = 0; t < p->batch.n_steps; t++) {
		real *h = m->h.h + (size_t)t * l.bin;
		size_t at = (size_t)t * l.bin_gates;
		linear_forward(&l.recurrent, m->own + at, l.cell.ld_gates, h, l.cell.ld, l.cell.n, false);
		inner_gru(&l.cell, m->h.gates + at, m->own + at, h, h + l.bin);
	}
	cells_state_out(p, layer, 0, m->h.h);
	cells_output(p, &l, layer);
}

static void backward(struct trainee_pass *p, int layer)
{
	const struct room *m = trainee_room(p, layer);
	const struct scratch *x = p->scratch;
	struct cells l = cells_of(p, layer, &m->h, 3);
	trainee_drop(p, layer + 1, p->dh, 0, p->n_rows);
	for (int t = p->batch.n_steps - 1; t >= 0; t--) {
		size_t row = (size_t)t * l.bin, at = (size_t)t * l.bin_gates;
		inner_gru_back(&l.cell, m->h.gates + at, m->own + at, m->h.h + row, p->dh + row, x->dh);
		if (t == 0)
			break;
		linear_back(&l.recurrent, x->dh, l.cell.ld, m->own + at, l.cell.ld_gates, l.cell.n, true);
		for (size_t i = 0; i < l.bin; i++)
			p->dh[row - l.bin + i] += x->dh[i];
	}
	cells_gradient(p, &l, layer, m->own);
}

const struct trainee_class trainee_gru = {
	.architecture = "gru",
	.layer = "gru.weight_ih_l%d",
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
