/* What is trained is what runs: a trainee's tensors make a forecaster whose rates are the trainee's. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forecaster.h"
#include "trainee.h"

enum { UNITS = 21, WIDTH = 24, LAYERS = 2, STEPS = 40, BATCH = 2 };

struct kind {
	char architecture[8];
};

static struct kind kinds[] = { { "mamba" }, { "lstm" } };

#define FOR_EACH_KIND(test)                                                                                  \
	ParameterizedTestParameters(trainee_pass, test)                                                      \
	{                                                                                                    \
		return cr_make_param_array(struct kind, kinds, sizeof(kinds) / sizeof(*kinds));              \
	}                                                                                                    \
	ParameterizedTest(struct kind *c, trainee_pass, test)

static float input[STEPS][BATCH][UNITS];

static struct trainee *make(const char *architecture, struct tensor *tensors)
{
	const struct trainee_sizes sizes = { UNITS, UNITS, WIDTH, LAYERS, 16 };
	struct failure f = { 0 };
	struct trainee *t = NULL;
	struct seed seed = { 9 };
	cr_assert(eq(int, trainee_create(architecture, &sizes, &f, &t), 0), "%s", f.text);
	trainee_init(t, 4);
	trainee_tensors(t, t->value, tensors);
	for (int i = 0; i < STEPS * BATCH * UNITS; i++)
		(&input[0][0][0])[i] = (float)seed_below(&seed, 4);
	return t;
}

static struct forecaster *forecaster_of(const struct trainee *t, const struct tensor *tensors,
					enum forecaster_context context)
{
	struct failure f = { 0 };
	struct forecaster *ret = NULL;
	const struct tensor_set set = { "memory", tensors, t->n_params, NULL, 0 };
	cr_assert(eq(int, forecaster_create(&set, UNITS, context, &f, &ret), 0), "%s", f.text);
	return ret;
}

static void expect_rates(const float *output, const float *rates)
{
	for (int u = 0; u < UNITS; u++) {
		float expected;
		inner_softplus(&expected, output + u, 1);
		cr_expect(fabsf(expected - rates[u]) < 2e-6f, "unit %d: %.8g, not %.8g", u, (double)rates[u],
			  (double)expected);
	}
}

FOR_EACH_KIND(equals_the_forecaster_in_a_stream)
{
	struct tensor tensors[40];
	struct trainee *t = make(c->architecture, tensors);
	struct forecaster *f = forecaster_of(t, tensors, CONTEXT_STREAM);
	struct trainee_pass *p;
	const struct trainee_batch batch = { BATCH, STEPS, false, &input[0][0][0], NULL, 0 };
	float rates[UNITS];
	cr_assert(eq(int, trainee_pass_create(t, BATCH, STEPS, 0, &p), 0));
	trainee_forward(p, &batch, false);
	for (int b = 0; b < BATCH; b++) {
		forecaster_reset(f);
		for (int step = 0; step < STEPS; step++) {
			forecaster_step(f, input[step][b], rates);
			expect_rates(p->output + (step * BATCH + b) * UNITS, rates);
		}
	}
	forecaster_destroy(f);
	trainee_pass_destroy(p);
	trainee_destroy(t);
}

FOR_EACH_KIND(equals_the_forecaster_in_a_window)
{
	struct tensor tensors[40];
	struct trainee *t = make(c->architecture, tensors);
	struct forecaster *f = forecaster_of(t, tensors, CONTEXT_WINDOW);
	struct trainee_pass *p;
	const struct trainee_batch batch = { BATCH, 10, true, &input[0][0][0], NULL, 0 };
	float rates[UNITS];
	cr_assert(eq(int, trainee_pass_create(t, BATCH, 10, 0, &p), 0));
	trainee_forward(p, &batch, false);
	for (int b = 0; b < BATCH; b++) {
		forecaster_reset(f);
		for (int step = 0; step < 10; step++)
			forecaster_step(f, input[step][b], rates);
		expect_rates(p->output + b * UNITS, rates);
	}
	forecaster_destroy(f);
	trainee_pass_destroy(p);
	trainee_destroy(t);
}

FOR_EACH_KIND(comes_back_from_its_own_tensors)
{
	struct tensor tensors[40];
	struct failure f = { 0 };
	struct trainee *t = make(c->architecture, tensors), *again = NULL;
	const struct tensor_set set = { "memory", tensors, t->n_params, NULL, 0 };
	cr_assert(eq(int, trainee_create_from(&set, &f, &again), 0), "%s", f.text);
	cr_expect(eq(int, again->sizes.n_layers, LAYERS));
	cr_assert(eq(sz, t->n_values, again->n_values));
	cr_expect(eq(int, memcmp(t->value, again->value, t->n_values * sizeof(float)), 0));
	trainee_destroy(t);
	trainee_destroy(again);
}

Test(trainee_pass, is_refused_a_checkpoint_that_does_not_fit)
{
	struct tensor tensors[40];
	struct failure f = { 0 };
	struct trainee *t = make("mamba", tensors), *again = NULL;
	struct tensor_set set = { "memory", tensors, t->n_params - 1, NULL, 0 };
	cr_expect(lt(int, trainee_create_from(&set, &f, &again), 0));
	set.n_tensors++;
	tensors[7].shape[0]++;
	cr_expect(lt(int, trainee_create_from(&set, &f, &again), 0));
	cr_expect_not_null(strstr(f.text, tensors[7].name), "%s", f.text);
	trainee_destroy(t);
}
