/* In double: differences of the output tell the gradient to many digits. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trainee.h"

struct shape {
	char architecture[8];
	struct trainee_sizes sizes;
	int n_sequences, n_steps;
	bool last_only, carried;
	double dropout;
};

static struct shape shapes[] = {
	{ "mamba", { 7, 3, 5, 2, 3 }, 2, 5, false, false, 0 },
	{ "mamba", { 7, 3, 5, 2, 3 }, 3, 5, true, false, 0 },
	{ "mamba", { 1, 1, 1, 1, 1 }, 1, 1, false, false, 0 },
	{ "mamba", { 4, 6, 17, 1, 2 }, 2, 2, true, true, 0 },
	{ "mamba", { 5, 4, 9, 3, 5 }, 2, 35, false, true, 0 },
	{ "mamba", { 5, 4, 18, 2, 4 }, 2, 6, false, false, 0.3 },
	{ "lstm", { 7, 3, 5, 2, 0 }, 3, 4, false, false, 0 },
	{ "lstm", { 7, 3, 5, 2, 0 }, 3, 4, true, true, 0 },
	{ "lstm", { 1, 1, 1, 1, 0 }, 1, 1, false, false, 0 },
	{ "lstm", { 3, 5, 17, 3, 0 }, 2, 9, false, true, 0.3 },
	{ "gru", { 7, 3, 5, 2, 0 }, 3, 4, false, false, 0 },
	{ "gru", { 7, 3, 5, 2, 0 }, 3, 4, true, true, 0 },
	{ "gru", { 1, 1, 1, 1, 0 }, 1, 1, false, false, 0 },
	{ "gru", { 3, 5, 17, 3, 0 }, 2, 9, false, true, 0.3 },
};

#define FOR_EACH_SHAPE(test)                                                                                 \
	ParameterizedTestParameters(trainee, test)                                                           \
	{                                                                                                    \
		return cr_make_param_array(struct shape, shapes, sizeof(shapes) / sizeof(*shapes));          \
	}                                                                                                    \
	ParameterizedTest(struct shape *c, trainee, test)

static void draw(real *x, size_t n, uint64_t seed)
{
	struct seed s = { seed };
	for (size_t i = 0; i < n; i++)
		x[i] = 2 * seed_uniform(&s) - 1;
}

struct run {
	struct trainee *t;
	struct trainee_pass *pass;
	struct trainee_batch batch;
	size_t n_output, n_state;
	real *input, *state, *start, *weight, *gradient;
};

static real *room(size_t n)
{
	real *p = calloc(n + 1, sizeof(*p));
	cr_assert_not_null(p);
	return p;
}

static void run_open(struct run *r, const struct shape *c)
{
	struct failure f = { 0 };
	const struct trainee_sizes *s = &c->sizes;
	size_t rows = (size_t)(c->n_sequences * c->n_steps);
	cr_assert(eq(int, trainee_create(c->architecture, s, &f, &r->t), 0), "%s", f.text);
	cr_assert(eq(int, trainee_pass_create(r->t, c->n_sequences + 1, c->n_steps + 2, c->dropout, &r->pass),
		     0));
	trainee_init(r->t, 3);
	for (size_t i = 0; i < r->t->n_values; i++) /* nothing is left at 0 or 1 */
		r->t->value[i] += 0.1 * sin((double)i * 1.7);
	r->n_output = (c->last_only ? (size_t)c->n_sequences : rows) * (size_t)s->n_outputs;
	r->n_state = (size_t)(c->n_sequences * r->t->state_size);
	r->input = room(rows * (size_t)s->n_inputs);
	r->state = room(r->n_state);
	r->start = room(r->n_state);
	r->weight = room(r->n_output);
	r->gradient = room(r->t->n_values);
	draw(r->input, rows * (size_t)s->n_inputs, 1);
	draw(r->start, r->n_state, 2);
	draw(r->weight, r->n_output, 3);
	r->batch = (struct trainee_batch){
		c->n_sequences, c->n_steps, c->last_only, r->input, c->carried ? r->state : NULL, 77
	};
}

static void run_close(struct run *r)
{
	trainee_pass_destroy(r->pass);
	trainee_destroy(r->t);
	free(r->input);
	free(r->state);
	free(r->start);
	free(r->weight);
	free(r->gradient);
}

/* sum of weight x output: its slope is weight. */
static double value(struct run *r)
{
	double sum = 0;
	memcpy(r->state, r->start, r->n_state * sizeof(real));
	trainee_forward(r->pass, &r->batch, true);
	for (size_t i = 0; i < r->n_output; i++)
		sum += r->weight[i] * r->pass->output[i];
	return sum;
}

static double by_difference(struct run *r, size_t at)
{
	const double step = 1e-5;
	real kept = r->t->value[at];
	r->t->value[at] = kept + step;
	double above = value(r);
	r->t->value[at] = kept - step;
	double below = value(r);
	r->t->value[at] = kept;
	return (above - below) / (2 * step);
}

/* A prime apart, and at least some of every parameter. */
static void expect_slopes(struct run *r, const struct trainee_param *p)
{
	size_t apart = p->n > 40 ? p->n / 23 : 1;
	for (size_t k = 0; k < p->n; k += apart) {
		double slope = r->gradient[p->at + k], difference = by_difference(r, p->at + k);
		cr_expect(fabs(slope - difference) < 1e-7 * (1 + fabs(difference)),
			  "%s[%zu]: %.10g, not %.10g", p->name, k, slope, difference);
	}
}

FOR_EACH_SHAPE(knows_its_slopes)
{
	struct run r;
	run_open(&r, c);
	value(&r);
	memcpy(r.pass->slope, r.weight, r.n_output * sizeof(real));
	trainee_backward(r.pass, r.gradient);
	for (int i = 0; i < r.t->n_params; i++)
		expect_slopes(&r, &r.t->param[i]);
	run_close(&r);
}

FOR_EACH_SHAPE(adds_to_the_gradient)
{
	struct run r;
	run_open(&r, c);
	real *once = room(r.t->n_values);
	for (int i = 0; i < 2; i++) {
		value(&r);
		memcpy(r.pass->slope, r.weight, r.n_output * sizeof(real));
		trainee_backward(r.pass, r.gradient);
		if (i == 0)
			memcpy(once, r.gradient, r.t->n_values * sizeof(real));
	}
	for (size_t i = 0; i < r.t->n_values; i++)
		cr_assert(fabs(r.gradient[i] - 2 * once[i]) <= 1e-12 * (1 + fabs(once[i])));
	free(once);
	run_close(&r);
}

/* Outputs of all bins, in pieces of `piece`, each from the state that the one before left. */
static void in_pieces(struct run *r, const struct shape *c, int piece, real *output)
{
	size_t wide = (size_t)(c->n_sequences * c->sizes.n_outputs);
	struct trainee_batch b = r->batch;
	memcpy(r->state, r->start, r->n_state * sizeof(real));
	b.state = r->state;
	b.last_only = false;
	for (int t = 0; t < c->n_steps; t += piece) {
		b.n_steps = c->n_steps - t < piece ? c->n_steps - t : piece;
		b.input = r->input + t * c->n_sequences * c->sizes.n_inputs;
		trainee_forward(r->pass, &b, false);
		memcpy(output + (size_t)t * wide, r->pass->output, (size_t)b.n_steps * wide * sizeof(real));
	}
}

FOR_EACH_SHAPE(carries_its_state)
{
	struct run r;
	run_open(&r, c);
	size_t n = (size_t)(c->n_steps * c->n_sequences * c->sizes.n_outputs);
	real *whole = room(n), *pieces = room(n);
	in_pieces(&r, c, c->n_steps, whole);
	for (int piece = 1; piece < 20; piece += 3) {
		in_pieces(&r, c, piece, pieces);
		for (size_t i = 0; i < n; i++)
			cr_assert(fabs(whole[i] - pieces[i]) < 1e-12, "pieces of %d", piece);
	}
	free(whole);
	free(pieces);
	run_close(&r);
}

FOR_EACH_SHAPE(keeps_its_sequences_apart)
{
	struct run r;
	run_open(&r, c);
	size_t n = (size_t)c->sizes.n_outputs;
	real *before = room(n);
	memcpy(r.state, r.start, r.n_state * sizeof(real));
	trainee_forward(r.pass, &r.batch, false);
	memcpy(before, r.pass->output, n * sizeof(real)); /* of sequence 0 in the first bin with output */
	for (int t = 0; t < c->n_steps; t++)
		for (int i = c->sizes.n_inputs; i < c->n_sequences * c->sizes.n_inputs; i++)
			r.input[t * c->n_sequences * c->sizes.n_inputs + i] += 1;
	memcpy(r.state, r.start, r.n_state * sizeof(real));
	trainee_forward(r.pass, &r.batch, false);
	for (size_t i = 0; i < n; i++)
		cr_assert(fabs(before[i] - r.pass->output[i]) < 1e-12);
	free(before);
	run_close(&r);
}

Test(trainee, drops_the_part_it_is_told)
{
	static real keep[100000];
	double sum = 0;
	int dropped = 0;
	inner_keep(keep, 100000, 0.3, 5);
	for (int i = 0; i < 100000; i++) {
		dropped += keep[i] == 0;
		sum += keep[i];
	}
	cr_expect(fabs(dropped / 1e5 - 0.3) < 0.006);
	cr_expect(fabs(sum / 1e5 - 1) < 0.01);
}

struct refused {
	char what[24];
	char architecture[8];
	struct trainee_sizes sizes;
};

ParameterizedTestParameters(trainee, refuses_what_cannot_be)
{
	static struct refused cases[] = {
		{ "architecture", "rnn", { 3, 3, 4, 1, 2 } }, { "units", "mamba", { 0, 3, 4, 1, 2 } },
		{ "outputs", "mamba", { 3, 0, 4, 1, 2 } },    { "width", "lstm", { 3, 3, 5000, 1, 2 } },
		{ "layers", "gru", { 3, 3, 4, 0, 2 } },       { "states", "mamba", { 3, 3, 4, 1, 0 } },
	};
	return cr_make_param_array(struct refused, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refused *c, trainee, refuses_what_cannot_be)
{
	struct failure f = { 0 };
	struct trainee *t = NULL;
	cr_expect(lt(int, trainee_create(c->architecture, &c->sizes, &f, &t), 0));
	cr_expect_not_null(strstr(f.text, c->what), "%s", f.text);
	cr_expect_null(t);
}
