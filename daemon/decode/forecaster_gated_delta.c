/* Each layer, with a state S for each head:
 *   v0 = LN(h)   q, k, v = projections of v0   keep = sigmoid(g_proj v0)   learn = sigmoid(beta_proj v0)
 *   k = k / |k|
 *   S = keep S + learn (v - S k) k^T
 *   h = h + o_proj [S q of all heads] */
#include "kernels.h"
#include "stack.h"

#define SHORTEST_KEY 1e-5f
#define MAX_HEAD_DIM 1024 /* its square is a head's state */

enum { UNITS, WIDTH, INNER, LD_INNER, HEADS, LD_HEADS, HEAD_DIM };

enum { NORM_GAIN, NORM_SHIFT, QUERY, KEY, VALUE, KEEP_BIAS, KEEP, LEARN_BIAS, LEARN, OUTPUT, N_PARTS };

static const struct stack_part parts[N_PARTS] = {
	[NORM_GAIN] = {STACK_VECTOR, "blocks.%d.norm.weight", WIDTH},
	[NORM_SHIFT] = {STACK_VECTOR, "blocks.%d.norm.bias", WIDTH},
	[QUERY] = {STACK_MATRIX, "blocks.%d.attn.q_proj.weight", INNER, WIDTH},
	[KEY] = {STACK_MATRIX, "blocks.%d.attn.k_proj.weight", INNER, WIDTH},
	[VALUE] = {STACK_MATRIX, "blocks.%d.attn.v_proj.weight", INNER, WIDTH},
	[KEEP_BIAS] = {STACK_VECTOR, "blocks.%d.attn.g_proj.bias", HEADS},
	[KEEP] = {STACK_MATRIX, "blocks.%d.attn.g_proj.weight", HEADS, WIDTH},
	[LEARN_BIAS] = {STACK_VECTOR, "blocks.%d.attn.beta_proj.bias", HEADS},
	[LEARN] = {STACK_MATRIX, "blocks.%d.attn.beta_proj.weight", HEADS, WIDTH},
	[OUTPUT] = {STACK_MATRIX, "blocks.%d.attn.o_proj.weight", WIDTH, INNER},
};

/* A row is q, k, v, keep, learn. */
static void sizes(struct stack_weights *w, struct weights_reader *r)
{
	int inner = weights_dim(r, 2, 0, "blocks.0.attn.q_proj.weight");
	int heads = weights_dim(r, 2, 0, "blocks.0.attn.g_proj.weight");
	if (inner % heads)
		weights_refuse(r, "tensor blocks.0.attn.q_proj.weight: %d rows are not shared by %d heads",
			       inner, heads);
	else if (inner / heads > MAX_HEAD_DIM)
		weights_refuse(r, "tensor blocks.0.attn.q_proj.weight: a head of %d, at most %d are possible",
			       inner / heads, MAX_HEAD_DIM);
	w->dims[INNER] = inner;
	w->dims[LD_INNER] = kernel_padded(inner);
	w->dims[HEADS] = heads;
	w->dims[LD_HEADS] = kernel_padded(heads);
	w->dims[HEAD_DIM] = inner / heads;
	w->input_norm = w->final_norm = w->output_norm = true;
	w->ld_row = 3 * w->dims[LD_INNER] + 2 * w->dims[LD_HEADS];
	w->state_size = heads * w->dims[HEAD_DIM] * kernel_padded(w->dims[HEAD_DIM]);
	w->ld_work = w->dims[LD_INNER] > w->frame.ld_width ? w->dims[LD_INNER] : w->frame.ld_width;
}

static void shorten(float *k, int n)
{
	float length = __builtin_sqrtf(kernel_dot(k, k, n));
	length = length < SHORTEST_KEY ? SHORTEST_KEY : length;
	for (int i = 0; i < n; i++)
		k[i] /= length;
}

static void project(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int inner = w->dims[INNER], ld = w->dims[LD_INNER], heads = w->dims[HEADS], dim = w->dims[HEAD_DIM];
	int width = w->dims[WIDTH], ld_width = w->frame.ld_width, ld_row = w->ld_row, first = s->first_output;
	float *v = s->work, *key = s->row + ld, *keep = s->row + 3 * ld, *learn = keep + w->dims[LD_HEADS];
	stack_norm(w, v, s->h, s->n, p[NORM_GAIN], p[NORM_SHIFT]);
	kernel_matrix(stack_row(s->row, first, ld_row), ld_row, p[QUERY], NULL, 0,
		      stack_row(v, first, ld_width), ld_width, s->n - first, inner, width);
	kernel_matrix(key, ld_row, p[KEY], NULL, 0, v, ld_width, s->n, inner, width);
	kernel_matrix(key + ld, ld_row, p[VALUE], NULL, 0, v, ld_width, s->n, inner, width);
	kernel_matrix(keep, ld_row, p[KEEP], p[KEEP_BIAS], 0, v, ld_width, s->n, heads, width);
	kernel_matrix(learn, ld_row, p[LEARN], p[LEARN_BIAS], 0, v, ld_width, s->n, heads, width);
	for (int t = 0; t < s->n; t++, key += ld_row, keep += ld_row) {
		kernel_sigmoid(keep, keep, 2 * w->dims[LD_HEADS]);
		for (int j = 0; j < heads; j++)
			shorten(key + j * dim, dim);
	}
}

static void advance(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int ld = w->dims[LD_INNER], dim = w->dims[HEAD_DIM], head_size = dim * kernel_padded(dim);
	for (int t = 0; t < s->n; t++) {
		const float *q = stack_row(s->row, t, w->ld_row), *k = q + ld, *v = k + ld, *keep = v + ld;
		const float *learn = keep + w->dims[LD_HEADS];
		float *o = t < s->first_output ? NULL : stack_row(s->work, t, ld);
		for (int j = 0; j < w->dims[HEADS]; j++)
			kernel_delta(s->state + j * head_size, o ? o + j * dim : NULL, q + j * dim,
				     k + j * dim, v + j * dim, keep[j], learn[j], dim);
	}
	stack_add(w, stack_row(s->h, s->first_output, w->frame.ld_width), p[OUTPUT], NULL,
		  stack_row(s->work, s->first_output, ld), ld, s->n - s->first_output, w->dims[INNER]);
}

const struct stack_class stack_gated_delta = {
	"gated_delta", parts, N_PARTS, sizes, NULL, NULL, project, advance,
};
