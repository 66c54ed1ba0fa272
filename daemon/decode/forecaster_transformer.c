/* Before the layers: h = h + pe[t], t counted from the first bin of the window. Each layer:
 *   [q; k; v] = in_proj LN(h; norm1)
 *   h = h + out_proj [softmax(q k^T / sqrt(head_dim)) v over the bins so far, of all heads]
 *   h = h + linear2 relu(linear1 LN(h; norm2)) */
#include <string.h>

#include "kernels.h"
#include "stack.h"
#include "text.h"

enum { UNITS, WIDTH, HEADS, HEAD_DIM, INNER, LD_INNER };

enum {
	NORM1_GAIN,
	NORM1_SHIFT,
	IN_BIAS,
	IN,
	OUT_BIAS,
	OUT,
	NORM2_GAIN,
	NORM2_SHIFT,
	LINEAR1_BIAS,
	LINEAR1,
	LINEAR2_BIAS,
	LINEAR2,
	N_PARTS,
};

#define LAYER "transformer_encoder.layers.%d."
static const struct stack_part parts[N_PARTS] = {
	[NORM1_GAIN] = {STACK_VECTOR, LAYER "norm1.weight", WIDTH},
	[NORM1_SHIFT] = {STACK_VECTOR, LAYER "norm1.bias", WIDTH},
	[IN_BIAS] = {STACK_VECTOR, LAYER "self_attn.in_proj_bias", WIDTH, .blocks = 3},
	[IN] = {STACK_MATRIX, LAYER "self_attn.in_proj_weight", WIDTH, WIDTH, .blocks = 3},
	[OUT_BIAS] = {STACK_VECTOR, LAYER "self_attn.out_proj.bias", WIDTH},
	[OUT] = {STACK_MATRIX, LAYER "self_attn.out_proj.weight", WIDTH, WIDTH},
	[NORM2_GAIN] = {STACK_VECTOR, LAYER "norm2.weight", WIDTH},
	[NORM2_SHIFT] = {STACK_VECTOR, LAYER "norm2.bias", WIDTH},
	[LINEAR1_BIAS] = {STACK_VECTOR, LAYER "linear1.bias", INNER},
	[LINEAR1] = {STACK_MATRIX, LAYER "linear1.weight", INNER, WIDTH},
	[LINEAR2_BIAS] = {STACK_VECTOR, LAYER "linear2.bias", WIDTH},
	[LINEAR2] = {STACK_MATRIX, LAYER "linear2.weight", WIDTH, INNER},
};

/* No shape tells it, and another number would give other rates without a word. */
static int read_heads(struct weights_reader *r, int width)
{
	char text[32];
	int64_t heads = 0;
	if (!weights_note(r->set, "n_heads", text, sizeof(text)))
		weights_refuse(r, "note n_heads (of attention) is missing, and no shape tells it");
	else if (text_to_int(text, &heads) < 0 || heads < 1 || heads > width || width % heads)
		weights_refuse(r, "note n_heads is \"%.20s\", which does not divide a width of %d", text,
			       width);
	else
		return (int)heads;
	return 1;
}

static void refuse_both_ways(struct weights_reader *r)
{
	char text[32];
	if (weights_note(r->set, "bidirectional", text, sizeof(text)) && strcmp(text, "true") == 0)
		weights_refuse(r, "note bidirectional: attention to later bins is not known");
}

/* A row is q, k, v; work is v or what attention gives or linear1, and the scores of one head. */
static void sizes(struct stack_weights *w, struct weights_reader *r)
{
	int inner = weights_dim(r, 2, 0, "transformer_encoder.layers.0.linear1.weight");
	int positions = weights_dim(r, 3, 1, "pos_encoder.pe");
	if (positions < w->history_bins)
		weights_refuse(r, "tensor pos_encoder.pe: %d positions, a window has %d bins", positions,
			       w->history_bins);
	refuse_both_ways(r);
	w->no_stream = "a transformer";
	w->input_norm = w->output_norm = true;
	w->dims[HEADS] = read_heads(r, w->dims[WIDTH]);
	w->dims[HEAD_DIM] = w->dims[WIDTH] / w->dims[HEADS];
	w->dims[INNER] = inner;
	w->dims[LD_INNER] = kernel_padded(inner);
	w->ld_row = 3 * w->frame.ld_width;
	w->ld_work = w->dims[LD_INNER] + w->frame.ld_width + KERNEL_PAD;
	w->extra_size = w->history_bins * w->frame.ld_width;
}

/* Only the positions that a window has. */
static void finish(struct stack_weights *w, struct weights_reader *r)
{
	int width = w->dims[WIDTH];
	const float *pe = weights_take(r, 3, (int64_t[]){1, -1, width}, "pos_encoder.pe");
	for (int t = 0; pe && w->memory && t < w->history_bins; t++)
		memcpy(stack_row(w->extra, t, w->frame.ld_width), pe + (size_t)t * (size_t)width,
		       (size_t)width * sizeof(*pe));
}

static void place(const struct stack_weights *w, float *h, int n)
{
	for (int i = 0; i < n * w->frame.ld_width; i++)
		h[i] += w->extra[i];
}

static void project(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], ld = w->frame.ld_width;
	float *v = s->work;
	stack_norm(w, v, s->h, s->n, p[NORM1_GAIN], p[NORM1_SHIFT]);
	for (int b = 0; b < 3; b++) {
		int first = b == 0 ? s->first_output : 0; /* q of those alone */
		kernel_matrix(stack_row(s->row, first, w->ld_row) + b * ld, w->ld_row,
			      p[IN] + (size_t)b * kernel_packed_size(width, width), p[IN_BIAS] + b * ld, 0,
			      stack_row(v, first, ld), ld, s->n - first, width, width);
	}
}

static void attend(const struct stack_weights *w, const struct stack_span *s, float *y, float *scores)
{
	int ld = w->frame.ld_width, dim = w->dims[HEAD_DIM];
	for (int t = s->first_output; t < s->n; t++, y += ld)
		for (int j = 0; j < w->dims[HEADS]; j++)
			kernel_attend(y + j * dim, stack_row(s->row, t, w->ld_row) + j * dim,
				      s->row + ld + j * dim, s->row + 2 * ld + j * dim, w->ld_row, t + 1, dim,
				      scores);
}

static void advance(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], inner = w->dims[INNER], ld = w->frame.ld_width,
	    ld_inner = w->dims[LD_INNER];
	int n = s->n - s->first_output;
	float *h = stack_row(s->h, s->first_output, ld), *y = s->work, *u = stack_row(y, n, ld);
	attend(w, s, y, stack_row(s->work, s->n, w->ld_work - KERNEL_PAD));
	stack_add(w, h, p[OUT], p[OUT_BIAS], y, ld, n, width);
	stack_norm(w, y, h, n, p[NORM2_GAIN], p[NORM2_SHIFT]);
	kernel_matrix(u, ld_inner, p[LINEAR1], p[LINEAR1_BIAS], 0, y, ld, n, inner, width);
	kernel_relu(u, u, n * ld_inner);
	stack_add(w, h, p[LINEAR2], p[LINEAR2_BIAS], u, ld_inner, n, inner);
}

const struct stack_class stack_transformer = {
	"transformer", parts, N_PARTS, sizes, finish, place, project, advance,
};
