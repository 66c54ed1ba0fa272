/* The metrics against the published evaluation code, run in float64. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "metrics.h"
#include "safetensors.h"

#define TOLERANCE 1e-9

static json_t *golden;
static struct safetensors *inputs;

static void open_golden(void)
{
	char path[1024];
	const char *shared = getenv("BCID_SHARED");
	struct failure f = { 0 };
	json_error_t error;
	snprintf(path, sizeof(path), "%s/golden/metrics/golden.json", shared ? shared : "");
	golden = json_load_file(path, 0, &error);
	if (!golden)
		cr_skip_test("../shared/golden/metrics is not there");
	snprintf(path, sizeof(path), "%s/golden/metrics/inputs.safetensors", shared);
	cr_assert(eq(int, safetensors_open(path, &f, &inputs), 0), "%s", f.text);
}

static void close_golden(void)
{
	json_decref(golden);
	safetensors_close(inputs);
}

TestSuite(golden_metrics, .init = open_golden, .fini = close_golden);

static const float *matrix(const char *name)
{
	static const int64_t shape[] = { 300, 24 };
	const float *ret = NULL;
	struct failure f = { 0 };
	cr_assert(eq(int, tensor_f32(safetensors_tensors(inputs), name, 2, shape, &f, &ret), 0), "%s",
		  f.text);
	return ret;
}

static double mean(int (*of)(const struct metrics_view *, double *), const struct metrics_view *v)
{
	double each[24], sum = 0;
	cr_assert(eq(int, of(v, each), 0));
	for (int u = 0; u < 24; u++)
		sum += each[u];
	return sum / 24;
}

static double one(int (*of)(const struct metrics_view *, double *), const struct metrics_view *v)
{
	double value;
	cr_assert(eq(int, of(v, &value), 0));
	return value;
}

static void expect(const char *rates, const char *block, const char *key, double got)
{
	json_t *value = json_object_get(json_object_get(json_object_get(golden, rates), block), key);
	cr_assert_not_null(value, "golden.json: %s / %s / %s is missing", rates, block, key);
	double wanted = json_real_value(value);
	cr_expect(lt(dbl, fabs(got - wanted), TOLERANCE), "%s %s: %.15g is not %.15g", rates, key, got,
		  wanted);
}

struct rates_case {
	char name[16];
};

ParameterizedTestParameters(golden_metrics, are_those_of_the_original)
{
	static struct rates_case cases[] = { { "pred" }, { "pred_edge" } };
	return cr_make_param_array(struct rates_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct rates_case *c, golden_metrics, are_those_of_the_original)
{
	const struct metrics_view v = { matrix("gt"), matrix(c->name), 300, 24 };
	const char *plain = "metrics (float64)", *models = "comparison_metrics.compare_models";
	expect(c->name, plain, "pearson_r", mean(metrics_pearson_r, &v));
	expect(c->name, plain, "r_squared", mean(metrics_r_squared, &v));
	expect(c->name, plain, "mae", metrics_mae(&v));
	expect(c->name, plain, "mse", metrics_mse(&v));
	expect(c->name, plain, "poisson_nll", metrics_poisson_nll(&v));
	expect(c->name, plain, "population_rate_r", one(metrics_population_rate_r, &v));
	expect(c->name, plain, "spatial_pattern_r", one(metrics_spatial_pattern_r, &v));
	expect(c->name, plain, "population_cosine_sim", metrics_population_cosine(&v));
	expect(c->name, models, "bits_per_spike", metrics_bits_per_spike_published(&v));
	expect(c->name, "population_metrics.co_bps", "co_bps", one(metrics_co_bps, &v));
}

Test(golden_metrics, calibration_is_that_of_the_original)
{
	const struct metrics_view v = { matrix("gt"), matrix("pred"), 300, 24 }; /* no two rates are equal */
	expect("pred", "population_metrics.calibration_curve", "calibration_error",
	       one(metrics_calibration_error, &v));
}
