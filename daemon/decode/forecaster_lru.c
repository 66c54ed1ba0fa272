/* Each layer, with a complex state s:
 *   lambda = e^(-e^nu + i e^theta), once and in double: e^theta reaches hundreds of radians
 *   [a; b] = B_proj h
 *   s = lambda s + a + i b
 *   h = h + LN(C_proj Re s) */
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "stack.h"

enum { UNITS, WIDTH };

enum { INPUT_BIAS, INPUT, FACTOR_RE, FACTOR_IM, OUTPUT_BIAS, OUTPUT, NORM_GAIN, NORM_SHIFT, N_PARTS };

/* The factors come as nu and theta. */
static const struct stack_part parts[N_PARTS] = {
	[INPUT_BIAS] = {STACK_VECTOR, "lru_layers.%d.B_proj.bias", WIDTH, .blocks = 2},
	[INPUT] = {STACK_MATRIX, "lru_layers.%d.B_proj.weight", WIDTH, WIDTH, .blocks = 2},
	[FACTOR_RE] = {STACK_VECTOR, "lru_layers.%d.nu", WIDTH},
	[FACTOR_IM] = {STACK_VECTOR, "lru_layers.%d.theta", WIDTH},
	[OUTPUT_BIAS] = {STACK_VECTOR, "lru_layers.%d.C_proj.bias", WIDTH},
	[OUTPUT] = {STACK_MATRIX, "lru_layers.%d.C_proj.weight", WIDTH, WIDTH},
	[NORM_GAIN] = {STACK_VECTOR, "lru_norms.%d.weight", WIDTH},
	[NORM_SHIFT] = {STACK_VECTOR, "lru_norms.%d.bias", WIDTH},
};

/* A row is a, b; the state re, im; work is Re s, then C_proj of it. */
static void sizes(struct stack_weights *w, struct weights_reader *r)
{
	(void)r;
	w->input_norm = w->output_norm = true;
	w->ld_row = w->state_size = w->ld_work = 2 * w->frame.ld_width;
}

static void finish(struct stack_weights *w, struct weights_reader *r)
{
	for (int layer = 0; layer < w->n_layers && w->memory; layer++) {
		float *re = stack_parts(w, layer)[FACTOR_RE], *im = stack_parts(w, layer)[FACTOR_IM];
		for (int i = 0; i < w->dims[WIDTH]; i++) {
			double size = exp(-exp((double)re[i])), angle = exp((double)im[i]);
			if (!isfinite(angle))
				weights_refuse(r, "tensor lru_layers.%d.theta: element %d is too large",
					       layer, i);
			re[i] = (float)(size * cos(angle));
			im[i] = (float)(size * sin(angle));
		}
	}
}

static void project(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], ld = w->frame.ld_width;
	const float *second = p[INPUT] + kernel_packed_size(width, width);
	kernel_matrix(s->row, w->ld_row, p[INPUT], p[INPUT_BIAS], 0, s->h, ld, s->n, width, width);
	kernel_matrix(s->row + ld, w->ld_row, second, p[INPUT_BIAS] + ld, 0, s->h, ld, s->n, width, width);
}

static void advance(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], ld = w->frame.ld_width, first = s->first_output, n = s->n - first;
	float *re = s->state, *im = re + ld, *h = stack_row(s->h, first, ld);
	float *out = s->work, *y = stack_row(s->work, n, ld);
	for (int t = 0; t < s->n; t++) {
		const float *a = stack_row(s->row, t, w->ld_row);
		kernel_rotate(re, im, p[FACTOR_RE], p[FACTOR_IM], a, a + ld, width);
		if (t >= first)
			memcpy(stack_row(out, t - first, ld), re, (size_t)ld * sizeof(*out));
	}
	kernel_matrix(y, ld, p[OUTPUT], p[OUTPUT_BIAS], 0, out, ld, n, width, width);
	stack_norm(w, y, y, n, p[NORM_GAIN], p[NORM_SHIFT]);
	for (int i = 0; i < n * ld; i++)
		h[i] += y[i];
}

const struct stack_class stack_lru = {
	"lru", parts, N_PARTS, sizes, finish, NULL, project, advance,
};
