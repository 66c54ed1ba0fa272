/* Each layer, with states h and c:
 *   [i; f; g; o] = W_ih x + b_ih + W_hh h + b_hh
 *   c = sigmoid(f) c + sigmoid(i) tanh(g)
 *   h = sigmoid(o) tanh(c)                           h is the next layer's x */
#include <string.h>

#include "kernels.h"
#include "stack.h"

#define GATES 4

enum { UNITS, WIDTH };

enum { BIAS, BIAS_TOO, INPUT, RECURRENT, N_PARTS };

static const struct stack_part parts[N_PARTS] = {
	[BIAS] = {STACK_VECTOR, "lstm.bias_ih_l%d", WIDTH, .blocks = GATES},
	[BIAS_TOO] = {STACK_ADDED, "lstm.bias_hh_l%d", WIDTH, .blocks = GATES},
	[INPUT] = {STACK_MATRIX, "lstm.weight_ih_l%d", WIDTH, WIDTH, .blocks = GATES},
	[RECURRENT] = {STACK_MATRIX, "lstm.weight_hh_l%d", WIDTH, WIDTH, .blocks = GATES},
};

/* A row is W_ih x with both biases; work is the gates. */
static void sizes(struct stack_weights *w, struct weights_reader *r)
{
	(void)r;
	w->input_norm = w->output_norm = true;
	w->ld_row = w->ld_work = GATES * w->frame.ld_width;
	w->state_size = 2 * w->frame.ld_width;
}

static void project(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], ld = w->frame.ld_width;
	for (int g = 0; g < GATES; g++)
		kernel_matrix(s->row + g * ld, w->ld_row,
			      p[INPUT] + (size_t)g * kernel_packed_size(width, width), p[BIAS] + g * ld, 0,
			      s->h, ld, s->n, width, width);
}

static void advance(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], ld = w->frame.ld_width;
	float *h = s->state, *c = h + ld;
	for (int t = 0; t < s->n; t++) {
		const float *row = stack_row(s->row, t, w->ld_row);
		bool at_rest = s->bin + (uint64_t)t == 0; /* h is zero */
		for (int g = 0; g < GATES && !at_rest; g++)
			kernel_matrix(s->work + g * ld, ld,
				      p[RECURRENT] + (size_t)g * kernel_packed_size(width, width),
				      row + g * ld, 0, h, ld, 1, width, width);
		kernel_lstm(h, c, at_rest ? row : s->work, ld, width);
		if (t >= s->first_output)
			memcpy(stack_row(s->h, t, ld), h, (size_t)ld * sizeof(*h));
	}
}

const struct stack_class stack_lstm = {
	"lstm", parts, N_PARTS, sizes, NULL, NULL, project, advance,
};
