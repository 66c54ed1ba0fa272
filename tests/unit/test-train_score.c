#include "../support/train_case.h"
#include "bcitrain.h"
#include <criterion/parameterized.h>
#include <jansson.h>

static float truth[30][2], ahead[30][2];

/* `rates` say at t what comes at t + 1, and their file says so. */
static void begin(void)
{
	for (int t = 0; t < 30; t++)
		for (int u = 0; u < 2; u++)
			truth[t][u] = (float)((t * (u + 3) + t / 7) % 5);
	for (int t = 0; t < 30; t++)
		memcpy(ahead[t], truth[t < 29 ? t + 1 : 0], sizeof(ahead[t]));
	const struct tensor gt[] = { { "counts", TENSOR_F32, 2, { 30, 2 }, truth },
				     { "kinematics", TENSOR_F32, 2, { 30, 2 }, truth },
				     { "short", TENSOR_F32, 2, { 29, 2 }, truth } };
	const struct tensor rates[] = { { "rates", TENSOR_F32, 2, { 30, 2 }, ahead },
					{ "pred", TENSOR_F32, 2, { 30, 2 }, truth } };
	const struct tensor estimate = { "estimate", TENSOR_F32, 2, { 30, 2 }, ahead };
	const struct tensor_note horizon = { "horizon_bins", "1" },
				 outputs[] = { { "lag_bins", "1" }, { "outputs", "x_mm,y_mm" } };
	train_begin();
	train_write("t", gt, 3, NULL, 0);
	train_write("r", rates, 2, &horizon, 1);
	train_write("e", &estimate, 1, outputs, 2);
}

TestSuite(train_score, .init = begin, .fini = train_end);

static json_t *score(const char *line)
{
	struct failure f = { 0 };
	json_error_t error;
	cr_assert(freopen(train_path("json"), "w", stdout) != NULL);
	cr_assert(eq(int, train_run(train_score, line, &f), 0), "%s: %s", line, f.text);
	fflush(stdout);
	json_t *all = json_load_file(train_path("json"), 0, &error);
	cr_assert(all != NULL, "%s", error.text);
	return all;
}

static double value(const json_t *all, const char *key)
{
	cr_assert(json_object_get(all, key) != NULL, "%s is missing", key);
	return json_number_value(json_object_get(all, key));
}

Test(train_score, compares_rows_with_what_they_foretold)
{
	json_t *all = score("--truth @t --rates @r --json");
	cr_expect(eq(dbl, value(all, "n_bins"), 29));
	cr_expect(eq(dbl, value(all, "mse"), 0));
	cr_expect(gt(dbl, value(all, "r_squared"), 0.999999));
	cr_expect(gt(dbl, value(all, "bits_per_spike"), 0));
	json_decref(all);
}

Test(train_score, compares_foreign_tensors_row_by_row)
{
	json_t *all = score("--truth @t:counts --rates @r:pred --json");
	cr_expect(eq(dbl, value(all, "n_bins"), 30));
	cr_expect(eq(dbl, value(all, "mae"), 0));
	json_decref(all);
}

Test(train_score, has_every_key_of_the_metrics)
{
	static const char *const keys[] = { "pearson_r",
					    "r_squared",
					    "poisson_nll",
					    "mae",
					    "mse",
					    "population_rate_r",
					    "spatial_pattern_r",
					    "population_cosine_sim",
					    "co_bps",
					    "calibration_error",
					    "bits_per_spike_published",
					    "bits_per_spike" };
	json_t *all = score("--truth @t --rates @r --json");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		cr_expect(json_object_get(all, keys[i]) != NULL, "%s", keys[i]);
	json_decref(all);
}

Test(train_score, names_the_outputs_of_an_estimate)
{
	json_t *all = score("--truth @t --rates @e --from 0.5 --json");
	cr_expect(eq(dbl, value(all, "n_bins"), 15));
	cr_expect(json_object_get(all, "bits_per_spike") == NULL);
	const json_t *second = json_array_get(json_object_get(all, "outputs"), 1);
	cr_expect(eq(str, (char *)json_string_value(json_object_get(second, "name")), "y_mm"));
	cr_expect(gt(dbl, value(second, "r_squared"), 0.999999));
	json_decref(all);
}

struct refusal {
	char line[80];
	char word[24];
};

ParameterizedTestParameters(train_score, refuses)
{
	static struct refusal cases[] = {
		{ "--truth @t:short --rates @r", "29 x 2" },
		{ "--truth @none --rates @r", "none" },
		{ "--truth @t:wrong --rates @r", "wrong" },
		{ "--truth @t --rates @r --from 0.5 --until 0.5", "no rows" },
		{ "--truth @t --rates @r --from 1.5", "1.5" },
		{ "--truth @t --rates @r --from 31b", "31b" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal *c, train_score, refuses)
{
	struct failure f = { 0 };
	cr_expect(lt(int, train_run(train_score, c->line, &f), 0), "%s", c->line);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", c->line, f.text);
}
