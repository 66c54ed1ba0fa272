#include "trainee_cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void cells_declare(struct trainee *t, int layer, const char *kind, int n_gates)
{
	static const char *const names[] = { "weight_ih", "weight_hh", "bias_ih", "bias_hh" };
	int64_t w = t->sizes.width, shape[] = { n_gates * w, w };
	for (int i = 0; i < 4; i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s.%s_l%d", kind, names[i], layer);
		trainee_declare(t, name, i < 2 ? 2 : 1, shape);
	}
}

void cells_init(const struct trainee *t, int layer, struct seed *seed)
{
	for (int i = 0; i < 4; i++)
		trainee_uniform(t, layer, i, 1 / sqrt(t->sizes.width), seed);
}

void cells_lay_out(const struct trainee_pass *p, struct cells_room *m, int n_gates, struct real_room *r)
{
	size_t rows = (size_t)p->max_rows, ld = (size_t)p->trainee->ld_width;
	m->x = real_take(r, rows * ld);
	m->h = real_take(r, (rows + (size_t)p->max_sequences) * ld);
	m->gates = real_take(r, rows * (size_t)real_padded(n_gates * p->trainee->sizes.width));
}

struct cells cells_of(const struct trainee_pass *p, int layer, const struct cells_room *m, int n_gates)
{
	const struct trainee *t = p->trainee;
	int w = t->sizes.width, gates = n_gates * w, ld_gates = real_padded(gates);
	return (struct cells){
		.m = m,
		.input = { gates, w, trainee_value(t, layer, CELLS_INPUT),
			   trainee_value(t, layer, CELLS_BIAS) },
		.recurrent = { gates, w, trainee_value(t, layer, CELLS_RECURRENT),
			       trainee_value(t, layer, CELLS_RECURRENT_BIAS) },
		.cell = { p->batch.n_sequences, w, t->ld_width, ld_gates },
		.bin = (size_t)p->batch.n_sequences * (size_t)t->ld_width,
		.bin_gates = (size_t)p->batch.n_sequences * (size_t)ld_gates,
	};
}

static real *state_of(const struct trainee_pass *p, int layer, int which, int b)
{
	return trainee_state(p, layer, b) + (size_t)which * (size_t)p->trainee->ld_width;
}

void cells_state_in(const struct trainee_pass *p, int layer, int which, real *rows)
{
	size_t ld = (size_t)p->trainee->ld_width;
	for (int b = 0; b < p->batch.n_sequences; b++) {
		real *to = rows + (size_t)b * ld;
		if (p->batch.state)
			memcpy(to, state_of(p, layer, which, b), ld * sizeof(real));
		else
			memset(to, 0, ld * sizeof(real));
	}
}

void cells_state_out(const struct trainee_pass *p, int layer, int which, const real *rows)
{
	size_t ld = (size_t)p->trainee->ld_width;
	for (int b = 0; p->batch.state && b < p->batch.n_sequences; b++)
		memcpy(state_of(p, layer, which, b), rows + (size_t)(p->n_rows + b) * ld, ld * sizeof(real));
}

void cells_project(const struct trainee_pass *p, const struct cells *l)
{
	memcpy(l->m->x, p->h, (size_t)p->n_rows * (size_t)l->cell.ld * sizeof(real));
	linear_forward(&l->input, l->m->gates, l->cell.ld_gates, p->h, l->cell.ld, p->n_rows, false);
}

void cells_output(const struct trainee_pass *p, const struct cells *l, int layer)
{
	memcpy(p->h, l->m->h + l->bin, (size_t)p->n_rows * (size_t)l->cell.ld * sizeof(real));
	trainee_drop(p, layer + 1, p->h, 0, p->n_rows);
}

void cells_gradient(const struct trainee_pass *p, const struct cells *l, int layer, const real *own)
{
	int ld = l->cell.ld, ld_gates = l->cell.ld_gates;
	linear_gradient(&l->input, trainee_slope(p, layer, CELLS_INPUT), trainee_slope(p, layer, CELLS_BIAS),
			l->m->gates, ld_gates, l->m->x, ld, p->n_rows);
	linear_gradient(&l->recurrent, trainee_slope(p, layer, CELLS_RECURRENT),
			trainee_slope(p, layer, CELLS_RECURRENT_BIAS), own, ld_gates, l->m->h, ld, p->n_rows);
	linear_back(&l->input, p->dh, ld, l->m->gates, ld_gates, p->n_rows, false);
}
