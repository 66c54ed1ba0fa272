#include "../support/train_case.h"
#include "bcitrain.h"
#include <criterion/parameterized.h>

/* A point that goes round; eight units see its position or its speed, with noise. */
#define BINS 2000
#define UNITS 8
static uint8_t counts[BINS][UNITS];
static float kinematics[BINS][3];

static double noise(int i)
{
	double x = sin(i * 12.9898) * 43758.5453;
	return 2 * (x - floor(x)) - 1;
}

static void begin(void)
{
	for (int t = 0; t < BINS; t++) {
		double x = sin(t * 0.05) + 0.5 * sin(t * 0.013),
		       v = 0.05 * cos(t * 0.05) + 0.0065 * cos(t * 0.013);
		kinematics[t][0] = (float)(300 + 100 * x);
		kinematics[t][1] = (float)(100 * v);
		kinematics[t][2] = 2 * kinematics[t][0]; /* repeats x */
		for (int u = 0; u < UNITS; u++) {
			double rate =
				10 + (u % 2 ? 3 * x : 60 * v) * (u < 4 ? 1 : -1) + 6 * noise(t * UNITS + u);
			counts[t][u] = (uint8_t)fmax(0, rint(rate));
		}
	}
	const struct tensor tensors[] = { { "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
					  { "kinematics", TENSOR_F32, 2, { BINS, 3 }, kinematics } };
	const struct tensor_note names = { "kinematics_names", "x_mm,vx_mm_per_s,twice_mm" };
	train_begin();
	train_write("a", tensors, 2, &names, 1);
}

TestSuite(train_fit_kalman, .init = begin, .fini = train_end);

static void fit(const char *more)
{
	struct failure f = { 0 };
	char line[300];
	snprintf(line, sizeof(line), "--data @a --target kinematics --kind kalman --until 0.7 --output @d %s",
		 more);
	cr_assert(eq(int, train_run(train_fit_decoder, line, &f), 0), "%s", f.text);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @a --output @e", &f), 0), "%s", f.text);
}

/* R^2 of output `column` of `n` over the last 30 %, against kinematics `of`, `lag` bins later. */
static double r2(int n, int column, int of, int lag)
{
	const float *e = train_read("e", "estimate", 2, (int64_t[]){ BINS, n });
	double mean = 0, error = 0, total = 0;
	int from = BINS * 7 / 10, until = BINS - lag;
	for (int t = from; t < until; t++)
		mean += kinematics[t + lag][of] / (double)(until - from);
	for (int t = from; t < until; t++) {
		error += pow((double)e[t * n + column] - kinematics[t + lag][of], 2);
		total += pow(kinematics[t + lag][of] - mean, 2);
	}
	return 1 - error / total;
}

Test(train_fit_kalman, follows_what_moves_smoothly)
{
	struct failure f = { 0 };
	fit("--features counts_1 --state x_mm,vx_mm_per_s");
	double x = r2(2, 0, 0, 0), v = r2(2, 1, 1, 0);
	cr_expect(gt(dbl, x, 0.8));
	cr_expect(gt(dbl, v, 0.85));
	cr_assert(
		eq(int,
		   train_run(train_fit_decoder,
			     "--data @a --target kinematics --features counts_1 --until 0.7 --output @r", &f),
		   0));
	cr_assert(eq(int, train_run(train_decode, "--model @r --input @a --output @e", &f), 0), "%s", f.text);
	cr_expect(gt(dbl, x, r2(3, 0, 0, 0) + 0.1), "one bin alone knows less");
	cr_expect(gt(dbl, v, r2(3, 1, 1, 0) + 0.1));
}

Test(train_fit_kalman, foretells_with_a_lag_and_a_steady_gain)
{
	fit("--features counts_1 --state vx_mm_per_s,x_mm --lag 3 --gain steady");
	cr_expect(gt(dbl, r2(2, 0, 1, 3), 0.8), "the state is in the order asked for");
	cr_expect(gt(dbl, r2(2, 1, 0, 3), 0.75));
}

Test(train_fit_kalman, says_in_the_file_what_it_is)
{
	struct safetensors *s;
	struct failure f = { 0 };
	fit("--state vx_mm_per_s,x_mm --gain steady");
	cr_assert(eq(int, safetensors_open(train_path("d"), &f, &s), 0), "%s", f.text);
	const struct tensor_set *set = safetensors_tensors(s);
	cr_expect(eq(str, (char *)tensor_note(set, "kind"), "kalman"));
	cr_expect(eq(str, (char *)tensor_note(set, "gain"), "steady"));
	cr_expect(eq(str, (char *)tensor_note(set, "outputs"), "vx_mm_per_s,x_mm"));
	cr_expect(eq(str, (char *)tensor_note(set, "holds"), "zero,last"));
	safetensors_close(s);
}

Test(train_fit_kalman, fits_all_of_the_stretch_in_the_end)
{
	const char *said =
		train_said(train_fit_decoder, "--data @a --target kinematics --kind kalman --state x_mm"
					      " --until 0.7 --lag 1 --output @d --json");
	cr_expect(strstr(said, "\"n_bins\": 1399,") != NULL, "%s", said);
}

struct refusal {
	char more[64];
	char word[24];
};

ParameterizedTestParameters(train_fit_kalman, refuses)
{
	static struct refusal cases[] = {
		{ "--state x_mm,y_mm", "y_mm" },
		{ "--state x_mm,x_mm", "twice" },
		{ "--state , ", "\"\" is not among" },
		{ "--gain fast", "fast" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal *c, train_fit_kalman, refuses)
{
	struct failure f = { 0 };
	char line[200];
	int n = train_files();
	snprintf(line, sizeof(line), "--data @a --target kinematics --kind kalman --output @d %s", c->more);
	cr_expect(lt(int, train_run(train_fit_decoder, line, &f), 0), "%s", c->more);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", c->more, f.text);
	cr_expect(eq(int, train_files(), n));
}
