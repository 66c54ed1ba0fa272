#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "forecaster.h"
#include "train_random.h"

struct random_case {
	char architecture[16];
	int n_units, width, n_layers;
	bool has_stream;
	int64_t n_parameters; /* of the published model of that size; 0: there is none */
};

ParameterizedTestParameters(train_random, loads_and_forecasts)
{
	static struct random_case cases[] = {
		{ "mamba", 24, 32, 2, true, 0 },
		{ "mamba", 13, 20, 3, true, 0 },
		{ "hgrn2", 24, 32, 2, true, 14520 },
		{ "gated_delta", 24, 32, 2, true, 10632 },
		{ "gated_delta", 5, 9, 1, true, 0 },
		{ "lru", 24, 32, 2, true, 8312 },
		{ "transformer", 24, 32, 2, false, 35192 },
		{ "transformer", 13, 36, 2, false, 0 },
		{ "transformer", 1, 1, 1, false, 0 },
		{ "lstm", 24, 32, 2, true, 18616 },
		{ "snn", 24, 32, 2, true, 4770 },
		{ "snn", 3, 1, 3, true, 0 },
	};
	return cr_make_param_array(struct random_case, cases, sizeof(cases) / sizeof(*cases));
}

static void expect_rates(const struct tensor_set *set, enum forecaster_context context, int n_units)
{
	struct failure f = { 0 };
	struct forecaster *m = NULL;
	float counts[24] = { 2, 0, 1 }, rates[24];
	cr_assert(eq(int, forecaster_create(set, n_units, context, &f, &m), 0), "%s", f.text);
	for (int t = 0; t < 40; t++)
		forecaster_step(m, counts, rates);
	for (int u = 0; u < n_units; u++)
		cr_expect(rates[u] > 0.001f && rates[u] < 5, "%s %d: %g", m->class->architecture, u,
			  (double)rates[u]);
	forecaster_destroy(m);
}

ParameterizedTest(struct random_case *c, train_random, loads_and_forecasts)
{
	struct train_random_spec spec = { c->architecture, c->n_units, c->width, c->n_layers, 7 };
	struct failure f = { 0 };
	struct train_random *m = NULL;
	cr_assert(eq(int, train_random_create(&spec, &f, &m), 0), "%s", f.text);
	expect_rates(train_random_set(m), CONTEXT_WINDOW, c->n_units);
	if (c->has_stream)
		expect_rates(train_random_set(m), CONTEXT_STREAM, c->n_units);
	if (c->n_parameters)
		cr_expect(eq(i64, train_random_n_parameters(m), c->n_parameters));
	train_random_destroy(m);
}

static bool same(uint64_t seed_a, uint64_t seed_b)
{
	struct train_random_spec a = { "mamba", 5, 8, 1, seed_a }, b = { "mamba", 5, 8, 1, seed_b };
	struct train_random *ma = NULL, *mb = NULL;
	cr_assert(eq(int, train_random_create(&a, NULL, &ma), 0));
	cr_assert(eq(int, train_random_create(&b, NULL, &mb), 0));
	const struct tensor *ta = tensor_find(train_random_set(ma), "input_proj.weight"),
			    *tb = tensor_find(train_random_set(mb), "input_proj.weight");
	bool equal = memcmp(ta->data, tb->data, 40 * sizeof(float)) == 0;
	train_random_destroy(ma);
	train_random_destroy(mb);
	return equal;
}

Test(train_random, is_the_same_for_a_seed)
{
	cr_expect(same(3, 3));
	cr_expect(not(same(3, 4)));
}

Test(train_random, names_what_there_is)
{
	struct train_random_spec spec = { "gru", 5, 8, 1, 1 };
	struct failure f = { 0 };
	struct train_random *m = NULL;
	cr_expect(eq(int, train_random_create(&spec, &f, &m), -EINVAL));
	cr_expect(strstr(f.text, "unknown architecture \"gru\" (mamba, hgrn2, gated_delta, lru, transformer, "
				 "lstm, snn)") != NULL,
		  "%s", f.text);
}
