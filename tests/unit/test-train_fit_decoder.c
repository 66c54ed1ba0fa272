#include "../support/train_case.h"
#include "bcitrain.h"
#include <criterion/parameterized.h>

#define BINS 400
#define UNITS 3
static uint8_t counts[BINS][UNITS];
static float kinematics[BINS][2];

static int count(int bin, int unit)
{
	double x = sin(bin * 12.9898 + unit * 78.233) * 43758.5453;
	return (int)(10 * (x - floor(x)));
}

/* x_mm(t) = 3 + c0(t - lag) + 2 c1(t - 1 - lag), vx_mm_per_s(t) = c2(t - lag) - c0(t - lag). */
static void make_data(int lag)
{
	for (int t = 0; t < BINS; t++) {
		for (int u = 0; u < UNITS; u++)
			counts[t][u] = (uint8_t)count(t, u);
		kinematics[t][0] = (float)(3 + count(t - lag, 0) + 2 * count(t - lag - 1, 1));
		kinematics[t][1] = (float)(count(t - lag, 2) - count(t - lag, 0));
	}
}

static void write_data(const char *name, int lag)
{
	make_data(lag);
	struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
		{ "kinematics", TENSOR_F32, 2, { BINS, 2 }, kinematics },
	};
	struct tensor_note notes[] = { { "kinematics_names", "x_mm,vx_mm_per_s" }, { "bin_ms", "20" } };
	train_write(name, tensors, 2, notes, 2);
}

static void begin(void)
{
	train_begin();
	write_data("a", 0);
}

TestSuite(train_fit_decoder, .init = begin, .fini = train_end);

/* The first bin, of which the history is the mean's, keeps a fit from being exact: errors stay below 0.2
 * where the spread is 7.
 *
 * The largest error of what `decode` says of the bins from `from` on, against kinematics `lag` bins later. */
static double worst(const char *estimates, int from, int lag)
{
	const float *e = train_read(estimates, "estimate", 2, (int64_t[]){ BINS, 2 });
	double off = 0;
	for (int t = from; t < BINS - lag; t++)
		for (int j = 0; j < 2; j++)
			off = fmax(off, fabs((double)e[2 * t + j] - kinematics[t + lag][j]));
	return off;
}

Test(train_fit_decoder, finds_what_was_planted)
{
	struct failure f = { 0 };
	cr_assert(eq(int,
		     train_run(train_fit_decoder,
			       "--data @a --target kinematics --kind ridge --until 0.85"
			       " --features counts_flat2 --output @d",
			       &f),
		     0),
		  "%s", f.text);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @a --output @e", &f), 0), "%s", f.text);
	cr_expect(lt(dbl, worst("e", 1, 0), 0.2));
}

Test(train_fit_decoder, foretells_with_a_lag)
{
	struct failure f = { 0 };
	write_data("b", 2);
	cr_assert(eq(int,
		     train_run(train_fit_decoder,
			       "--data @b --target kinematics --lag 2 --features"
			       " counts_flat2 --output @d",
			       &f),
		     0),
		  "%s", f.text);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @b --output @e", &f), 0), "%s", f.text);
	cr_expect(lt(dbl, worst("e", 1, 2), 0.2));
}

Test(train_fit_decoder, says_in_the_file_what_it_is)
{
	struct failure f = { 0 };
	struct safetensors *s;
	cr_assert(eq(int,
		     train_run(train_fit_decoder, "--data @a --target kinematics --lag 1 --output @d", &f),
		     0));
	cr_assert(eq(int, safetensors_open(train_path("d"), &f, &s), 0), "%s", f.text);
	const struct tensor_set *set = safetensors_tensors(s);
	cr_expect(eq(str, (char *)tensor_note(set, "kind"), "linear"));
	cr_expect(eq(str, (char *)tensor_note(set, "features"), "counts_flat10"));
	cr_expect(eq(str, (char *)tensor_note(set, "outputs"), "x_mm,vx_mm_per_s"));
	cr_expect(eq(str, (char *)tensor_note(set, "holds"), "last,zero"));
	cr_expect(eq(str, (char *)tensor_note(set, "bin_us"), "20000"));
	cr_expect(eq(str, (char *)tensor_note(set, "lag_bins"), "1"));
	cr_expect(eq(str, (char *)tensor_note(set, "trained_on"), "a[0:400]"));
	safetensors_close(s);
}

Test(train_fit_decoder, keeps_trials_apart)
{
	struct failure f = { 0 };
	struct tensor trials[] = {
		{ "counts", TENSOR_U8, 3, { BINS / 8, 8, UNITS }, counts },
		{ "kinematics", TENSOR_F32, 2, { BINS, 2 }, kinematics },
	};
	double mean = 0; /* of unit 1, which stands in before a trial */
	for (int t = 0; t < BINS; t++)
		mean += (double)count(t, 1) / BINS;
	for (int t = 0; t < BINS; t += 8)
		kinematics[t][0] = (float)(3 + count(t, 0) + 2 * mean);
	train_write("t", trials, 2, NULL, 0);
	cr_assert(eq(int,
		     train_run(train_fit_decoder,
			       "--data @t --target kinematics --features counts_flat2 --output @d", &f),
		     0),
		  "%s", f.text);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @t --output @e", &f), 0), "%s", f.text);
	cr_expect(lt(dbl, worst("e", 0, 0), 0.01));
}

Test(train_fit_decoder, fits_several_recordings_as_one)
{
	struct failure f = { 0 };
	write_data("b", 0);
	cr_assert(eq(int,
		     train_run(train_fit_decoder,
			       "--data @a @b --target kinematics --features counts_flat2"
			       " --output @d",
			       &f),
		     0),
		  "%s", f.text);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @a --output @e", &f), 0), "%s", f.text);
	cr_expect(lt(dbl, worst("e", 1, 0), 0.2));
}

Test(train_fit_decoder, fits_rates_of_a_forecaster)
{
	struct failure f = { 0 };
	cr_assert(eq(int,
		     train_run(train_fit_decoder,
			       "--data @a --target kinematics --features counts_flat2+rates"
			       " --model mean --output @d",
			       &f),
		     0),
		  "%s", f.text);
	cr_assert(eq(int, train_run(train_decode, "--model @d --forecaster mean --input @a --output @e", &f),
		     0));
	cr_expect(lt(dbl, worst("e", 1, 0), 1));
	cr_expect(lt(int, train_run(train_decode, "--model @d --input @a --output @f", &f), 0),
		  "no forecaster");
}

/* Unit 0 rises by 20 half-way, as a unit drifts; what was planted does not change. */
static void write_drift(void)
{
	struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
		{ "kinematics", TENSOR_F32, 2, { BINS, 2 }, kinematics },
	};
	struct tensor_note notes[] = { { "kinematics_names", "x_mm,vx_mm_per_s" }, { "bin_ms", "20" } };
	make_data(0);
	for (int t = BINS / 2; t < BINS; t++)
		counts[t][0] = (uint8_t)(counts[t][0] + 20);
	train_write("drift", tensors, 2, notes, 2);
}

static double drifted(const char *options)
{
	struct failure f = { 0 };
	char line[200];
	snprintf(line, sizeof(line), "--data @a --target kinematics --features counts_flat2 --output @d %s",
		 options);
	cr_assert(eq(int, train_run(train_fit_decoder, line, &f), 0), "%s", f.text);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @drift --output @e", &f), 0), "%s",
		  f.text);
	return worst("e", 300, 0);
}

Test(train_fit_decoder, normalises_drift_away_where_asked)
{
	write_drift();
	cr_expect(gt(dbl, drifted(""), 15));
	cr_expect(lt(dbl, drifted("--normalise-tau-s 0.6"), 8));
	cr_expect(lt(dbl, drifted("--normalise-tau-s 0.6 --kind kalman"), 10));
}

Test(train_fit_decoder, tells_a_script_what_it_did)
{
	const char *said =
		train_said(train_fit_decoder, "--data @a --target kinematics --lag 3 --output @d --json");
	cr_expect(strstr(said, "\"n_bins\": 397,") != NULL, "%s", said);
	cr_expect(strstr(said, "\"outputs\": [\"x_mm\", \"vx_mm_per_s\"]") != NULL, "%s", said);
	cr_expect(strstr(said, "\"validation_r2\": [") != NULL, "%s", said);
}

struct refusal {
	char line[120];
	char word[32]; /* that the message must hold */
};

ParameterizedTestParameters(train_fit_decoder, refuses)
{
	static struct refusal cases[] = {
		{ "--data @none --target kinematics --output @d", "none" },
		{ "--data @a @other --target kinematics --output @d", "units" },
		{ "--data @a @slow --target kinematics --output @d", "bins of" },
		{ "--data @still --target kinematics --output @d", "no kinematics" },
		{ "--data @nan --target kinematics --output @d", "bin 7" },
		{ "--data @a --target labels/target --kind ridge --output @d", "labels/target" },
		{ "--data @a --target kinematics --kind magic --output @d", "magic" },
		{ "--data @a --target kinematics --features counts_wrong --output @d", "counts_wrong" },
		{ "--data @a --target kinematics --features rates --output @d", "--model" },
		{ "--data @a --target kinematics --from 0.9 --until 0.8 --output @d", "too few" },
		{ "--data @a --target kinematics --until 401b --output @d", "401b" },
		{ "--data @a --target kinematics --output @no/d", "no/d" },
		{ "--data @a --target kinematics", "--output" },
		{ "--data @a --target kinematics --output @d --normalise-tau-s -1", "normalise-tau-s" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

static void write_bad(void)
{
	struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
		{ "kinematics", TENSOR_F32, 2, { BINS, 2 }, kinematics },
	};
	struct tensor_note slow = { "bin_ms", "100" };
	train_write("still", tensors, 1, NULL, 0);
	train_write("slow", tensors, 2, &slow, 1);
	kinematics[7][1] = NAN;
	train_write("nan", tensors, 2, NULL, 0);
	tensors[0] = (struct tensor){ "counts", TENSOR_U8, 2, { BINS, UNITS - 1 }, counts };
	train_write("other", tensors, 1, NULL, 0);
}

ParameterizedTest(struct refusal *c, train_fit_decoder, refuses)
{
	struct failure f = { 0 };
	write_bad();
	int n = train_files();
	cr_expect(lt(int, train_run(train_fit_decoder, c->line, &f), 0), "%s", c->line);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", c->line, f.text);
	cr_expect(eq(int, train_files(), n), "something was left behind");
}
