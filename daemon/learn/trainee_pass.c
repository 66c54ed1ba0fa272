#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "pages.h"
#include "trainee.h"

/* The frame's parameters, counted from the first and from the last. */
enum { INPUT_PROJ, INPUT_BIAS, INPUT_GAIN, INPUT_SHIFT };
enum { OUTPUT_BIAS = 1, OUTPUT_PROJ, OUTPUT_SHIFT, OUTPUT_GAIN, FINAL_SHIFT, FINAL_GAIN };

static size_t first_at(const struct trainee *t, int which)
{
	return t->param[which].at;
}

static size_t last_at(const struct trainee *t, int which)
{
	return t->param[t->n_params - which].at;
}

static void lay_out_norm(struct trainee_norm *n, const struct trainee_pass *p, struct real_room *r)
{
	n->shape = real_take(r, (size_t)p->max_rows * (size_t)p->trainee->ld_width);
	n->scale = real_take(r, (size_t)p->max_rows);
}

static void lay_out(struct trainee_pass *p, struct real_room *r)
{
	const struct trainee *t = p->trainee;
	size_t wide = (size_t)p->max_rows * (size_t)t->ld_width;
	p->h = real_take(r, wide);
	lay_out_norm(&p->input_norm, p, r);
	for (int i = 0; i < t->sizes.n_layers; i++)
		t->class->lay_out(p, trainee_room(p, i), r);
	if (t->class->final_norm)
		lay_out_norm(&p->final_norm, p, r);
	lay_out_norm(&p->output_norm, p, r);
	p->c = real_take(r, wide);
	p->output = real_take(r, (size_t)p->max_rows * (size_t)t->sizes.n_outputs);
	p->slope = real_take(r, (size_t)p->max_rows * (size_t)t->sizes.n_outputs);
	p->dc = real_take(r, wide);
	p->dh = real_take(r, wide);
	t->class->lay_out_scratch(p, p->scratch, r);
	if (p->dropout > 0)
		p->keep = real_take(r, (size_t)(t->sizes.n_layers + 1) * wide);
}

int trainee_pass_create(const struct trainee *t, int max_sequences, int max_steps, double dropout,
			struct trainee_pass **ret)
{
	struct real_room room = { 0 };
	struct trainee_pass *p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->trainee = t;
	p->dropout = (real)dropout;
	p->max_sequences = max_sequences;
	p->max_rows = max_sequences * max_steps;
	p->room = calloc((size_t)t->sizes.n_layers, t->class->room_size);
	p->scratch = calloc(1, t->class->scratch_size);
	if (!p->room || !p->scratch)
		goto no_memory;
	lay_out(p, &room);
	p->memory = room.base = pages_alloc(room.used * sizeof(real));
	if (!p->memory)
		goto no_memory;
	room.used = 0;
	lay_out(p, &room);
	*ret = p;
	return 0;
no_memory:
	trainee_pass_destroy(p);
	return -ENOMEM;
}

void trainee_pass_destroy(struct trainee_pass *p)
{
	if (!p)
		return;
	free(p->memory);
	free(p->room);
	free(p->scratch);
	free(p);
}

/* --- dropout --- */

static bool drops(const struct trainee_pass *p)
{
	return p->dropout > 0 && p->training;
}

static real *kept_at(const struct trainee_pass *p, int place)
{
	return p->keep + (size_t)place * (size_t)p->max_rows * (size_t)p->trainee->ld_width;
}

static void draw_kept(const struct trainee_pass *p)
{
	size_t n = (size_t)p->n_rows * (size_t)p->trainee->ld_width;
	for (int i = 0; i <= p->trainee->sizes.n_layers; i++)
		inner_keep(kept_at(p, i), n, p->dropout, seed_part(p->batch.seed, (uint64_t)i));
}

void trainee_drop(const struct trainee_pass *p, int place, real *y, int from, int n)
{
	size_t ld = (size_t)p->trainee->ld_width;
	if (drops(p))
		inner_multiply(y, kept_at(p, place) + (size_t)from * ld, (size_t)n * ld);
}

/* --- there and back --- */

static struct inner_norm norm_of(const struct trainee_pass *p, const struct trainee_norm *n, int n_rows,
				 size_t gain, size_t shift)
{
	const struct trainee *t = p->trainee;
	return (struct inner_norm){ n_rows,           t->sizes.width, t->ld_width, t->value + gain,
				    t->value + shift, n->shape,       n->scale };
}

static struct inner_norm input_norm(const struct trainee_pass *p)
{
	const struct trainee *t = p->trainee;
	return norm_of(p, &p->input_norm, p->n_rows, first_at(t, INPUT_GAIN), first_at(t, INPUT_SHIFT));
}

static struct inner_norm final_norm(const struct trainee_pass *p)
{
	const struct trainee *t = p->trainee;
	return norm_of(p, &p->final_norm, p->n_out, last_at(t, FINAL_GAIN), last_at(t, FINAL_SHIFT));
}

static struct inner_norm output_norm(const struct trainee_pass *p)
{
	const struct trainee *t = p->trainee;
	return norm_of(p, &p->output_norm, p->n_out, last_at(t, OUTPUT_GAIN), last_at(t, OUTPUT_SHIFT));
}

static struct linear input_proj(const struct trainee *t)
{
	return (struct linear){ t->sizes.width, t->sizes.n_inputs, t->value + first_at(t, INPUT_PROJ),
				t->value + first_at(t, INPUT_BIAS) };
}

static struct linear output_proj(const struct trainee *t)
{
	return (struct linear){ t->sizes.n_outputs, t->sizes.width, t->value + last_at(t, OUTPUT_PROJ),
				t->value + last_at(t, OUTPUT_BIAS) };
}

/* The rows of h or dh from which outputs are made. */
static real *out_rows(const struct trainee_pass *p, real *rows)
{
	return rows + (size_t)(p->n_rows - p->n_out) * (size_t)p->trainee->ld_width;
}

static void begin(struct trainee_pass *p, const struct trainee_batch *b, bool train)
{
	p->batch = *b;
	p->training = train;
	p->n_rows = b->n_sequences * b->n_steps;
	p->first_out = b->last_only ? b->n_steps - 1 : 0;
	p->n_out = b->n_sequences * (b->n_steps - p->first_out);
	if (drops(p))
		draw_kept(p);
}

void trainee_forward(struct trainee_pass *p, const struct trainee_batch *b, bool train)
{
	const struct trainee *t = p->trainee;
	begin(p, b, train);
	struct linear in = input_proj(t), out = output_proj(t);
	struct inner_norm first = input_norm(p), last = output_norm(p);
	linear_forward(&in, p->h, t->ld_width, b->input, t->sizes.n_inputs, p->n_rows, false);
	inner_norm(&first, p->h, p->h);
	trainee_drop(p, 0, p->h, 0, p->n_rows);
	for (int i = 0; i < t->sizes.n_layers; i++)
		t->class->forward(p, i);
	const real *c = out_rows(p, p->h);
	if (t->class->final_norm) {
		struct inner_norm final = final_norm(p);
		inner_norm(&final, p->c, c);
		c = p->c;
	}
	inner_norm(&last, p->c, c);
	linear_forward(&out, p->output, t->sizes.n_outputs, p->c, t->ld_width, p->n_out, false);
}

static void output_backward(struct trainee_pass *p)
{
	const struct trainee *t = p->trainee;
	struct linear out = output_proj(t);
	struct inner_norm last = output_norm(p);
	real *g = p->gradient, *dh = out_rows(p, p->dh);
	size_t wide = (size_t)p->n_out * (size_t)t->ld_width * sizeof(real);
	linear_gradient(&out, g + last_at(t, OUTPUT_PROJ), g + last_at(t, OUTPUT_BIAS), p->slope,
			t->sizes.n_outputs, p->c, t->ld_width, p->n_out);
	linear_back(&out, p->dc, t->ld_width, p->slope, t->sizes.n_outputs, p->n_out, false);
	inner_norm_back(&last, dh, g + last_at(t, OUTPUT_GAIN), g + last_at(t, OUTPUT_SHIFT), p->dc);
	if (!t->class->final_norm)
		return;
	struct inner_norm final = final_norm(p);
	memcpy(p->dc, dh, wide);
	memset(dh, 0, wide);
	inner_norm_back(&final, dh, g + last_at(t, FINAL_GAIN), g + last_at(t, FINAL_SHIFT), p->dc);
}

static void input_backward(struct trainee_pass *p)
{
	const struct trainee *t = p->trainee;
	struct linear in = input_proj(t);
	struct inner_norm first = input_norm(p);
	real *g = p->gradient, *du = p->h; /* h is not needed any more */
	trainee_drop(p, 0, p->dh, 0, p->n_rows);
	memset(du, 0, (size_t)p->n_rows * (size_t)t->ld_width * sizeof(*du));
	inner_norm_back(&first, du, g + first_at(t, INPUT_GAIN), g + first_at(t, INPUT_SHIFT), p->dh);
	linear_gradient(&in, g + first_at(t, INPUT_PROJ), g + first_at(t, INPUT_BIAS), du, t->ld_width,
			p->batch.input, t->sizes.n_inputs, p->n_rows);
}

void trainee_backward(struct trainee_pass *p, real *gradient)
{
	const struct trainee *t = p->trainee;
	p->gradient = gradient;
	memset(p->dh, 0, (size_t)p->n_rows * (size_t)t->ld_width * sizeof(*p->dh));
	output_backward(p);
	for (int i = t->sizes.n_layers - 1; i >= 0; i--)
		t->class->backward(p, i);
	input_backward(p);
}
