/* Each layer:
 *   v = LN(h)   f = sigmoid(forget_proj v)   i = input_proj v
 *   s = f s + (1 - f) i
 *   h = h + output_proj s */
#include <string.h>

#include "kernels.h"
#include "stack.h"

enum { UNITS, WIDTH, INNER, LD_INNER };

enum { NORM_GAIN, NORM_SHIFT, FORGET_BIAS, FORGET, INPUT_BIAS, INPUT, OUTPUT_BIAS, OUTPUT, N_PARTS };

static const struct stack_part parts[N_PARTS] = {
	[NORM_GAIN] = {STACK_VECTOR, "hgrn2_blocks.%d.norm.weight", WIDTH},
	[NORM_SHIFT] = {STACK_VECTOR, "hgrn2_blocks.%d.norm.bias", WIDTH},
	[FORGET_BIAS] = {STACK_VECTOR, "hgrn2_blocks.%d.hgrn2.forget_proj.bias", INNER},
	[FORGET] = {STACK_MATRIX, "hgrn2_blocks.%d.hgrn2.forget_proj.weight", INNER, WIDTH},
	[INPUT_BIAS] = {STACK_VECTOR, "hgrn2_blocks.%d.hgrn2.input_proj.bias", INNER},
	[INPUT] = {STACK_MATRIX, "hgrn2_blocks.%d.hgrn2.input_proj.weight", INNER, WIDTH},
	[OUTPUT_BIAS] = {STACK_VECTOR, "hgrn2_blocks.%d.hgrn2.output_proj.bias", WIDTH},
	[OUTPUT] = {STACK_MATRIX, "hgrn2_blocks.%d.hgrn2.output_proj.weight", WIDTH, INNER},
};

/* A row is f, i. */
static void sizes(struct stack_weights *w, struct weights_reader *r)
{
	int inner = weights_dim(r, 2, 0, "hgrn2_blocks.0.hgrn2.forget_proj.weight");
	w->dims[INNER] = inner;
	w->dims[LD_INNER] = kernel_padded(inner);
	w->input_norm = w->final_norm = w->output_norm = true;
	w->ld_row = 2 * w->dims[LD_INNER];
	w->state_size = w->dims[LD_INNER];
	w->ld_work = w->dims[LD_INNER] > w->frame.ld_width ? w->dims[LD_INNER] : w->frame.ld_width;
}

static void project(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int inner = w->dims[INNER], ld = w->dims[LD_INNER], width = w->dims[WIDTH];
	float *v = s->work;
	stack_norm(w, v, s->h, s->n, p[NORM_GAIN], p[NORM_SHIFT]);
	kernel_matrix(s->row, w->ld_row, p[FORGET], p[FORGET_BIAS], 0, v, w->frame.ld_width, s->n, inner,
		      width);
	kernel_matrix(s->row + ld, w->ld_row, p[INPUT], p[INPUT_BIAS], 0, v, w->frame.ld_width, s->n, inner,
		      width);
	for (int t = 0; t < s->n; t++)
		kernel_sigmoid(stack_row(s->row, t, w->ld_row), stack_row(s->row, t, w->ld_row), inner);
}

static void advance(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int inner = w->dims[INNER], ld = w->dims[LD_INNER];
	for (int t = 0; t < s->n; t++) {
		const float *f = stack_row(s->row, t, w->ld_row), *i = f + ld;
		kernel_mix(s->state, f, s->state, i, inner);
		memcpy(stack_row(s->work, t, ld), s->state, (size_t)ld * sizeof(*s->work));
	}
	stack_add(w, stack_row(s->h, s->first_output, w->frame.ld_width), p[OUTPUT], p[OUTPUT_BIAS],
		  stack_row(s->work, s->first_output, ld), ld, s->n - s->first_output, inner);
}

const struct stack_class stack_hgrn2 = {
	"hgrn2", parts, N_PARTS, sizes, NULL, NULL, project, advance,
};
