#include "../support/train_case.h"
#include "bcitrain.h"
#include <criterion/parameterized.h>

/* Each trial of ten bins is of class 2, 5 or 7, which makes one of three units fire; between trials the
 * label is -1. */
#define BINS 600
#define UNITS 3
static uint8_t counts[BINS][UNITS];
static int32_t target[BINS], of_trial[BINS / 10], trial[BINS];
static const int32_t classes[] = { 2, 5, 7 };

static int class_of(int bin)
{
	return bin / 10 * 7 % 3;
}

static void begin(void)
{
	for (int t = 0; t < BINS; t++) {
		for (int u = 0; u < UNITS; u++)
			counts[t][u] = (uint8_t)((t * 5 + u * 3) % 4 + (u == class_of(t) ? 6 : 0));
		of_trial[t / 10] = classes[class_of(t)];
		target[t] = t % 10 < 2 ? -1 : of_trial[t / 10];
		trial[t] = t % 10 < 2 ? -1 : t / 10;
	}
	const struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
		{ "labels/target", TENSOR_I32, 1, { BINS }, target },
		{ "labels/trial", TENSOR_I32, 1, { BINS }, trial },
	};
	const struct tensor trials[] = { { "counts", TENSOR_U8, 3, { BINS / 10, 10, UNITS }, counts },
					 { "labels/target", TENSOR_I32, 1, { BINS / 10 }, of_trial } };
	train_begin();
	train_write("a", tensors, 3, NULL, 0);
	train_write("t", trials, 2, NULL, 0);
}

TestSuite(train_fit_softmax, .init = begin, .fini = train_end);

static void fit_and_decode(const char *data, int lag)
{
	struct failure f = { 0 };
	char line[200];
	snprintf(line, sizeof(line),
		 "--data @%s --target labels/target --kind softmax --features counts_1 --output @d --lag %d",
		 data, lag);
	cr_assert(eq(int, train_run(train_fit_decoder, line, &f), 0), "%s", f.text);
	snprintf(line, sizeof(line), "--model @d --input @%s --output @e", data);
	cr_assert(eq(int, train_run(train_decode, line, &f), 0), "%s", f.text);
}

/* Probabilities of each bin: sure of the class that fires. */
static void expect_classes(void)
{
	const float *p = train_read("e", "estimate", 2, (int64_t[]){ BINS, 3 });
	for (int t = 0; t < BINS; t++) {
		cr_expect(gt(dbl, p[t * 3 + class_of(t)], 0.9), "bin %d", t);
		cr_expect(lt(dbl, fabs((double)p[t * 3] + p[t * 3 + 1] + p[t * 3 + 2] - 1), 1e-5));
	}
}

Test(train_fit_softmax, names_the_class_of_each_bin)
{
	fit_and_decode("a", 0);
	expect_classes();
}

Test(train_fit_softmax, takes_a_label_for_each_trial)
{
	fit_and_decode("t", 0);
	expect_classes();
}

Test(train_fit_softmax, names_its_outputs_by_their_labels)
{
	struct safetensors *s;
	struct failure f = { 0 };
	fit_and_decode("a", 0);
	cr_assert(eq(int, safetensors_open(train_path("d"), &f, &s), 0), "%s", f.text);
	const struct tensor_set *set = safetensors_tensors(s);
	cr_expect(eq(str, (char *)tensor_note(set, "kind"), "softmax"));
	cr_expect(eq(str, (char *)tensor_note(set, "target"), "labels/target"));
	cr_expect(eq(str, (char *)tensor_note(set, "outputs"), "class_2,class_5,class_7"));
	cr_expect(eq(str, (char *)tensor_note(set, "classes"), "2,5,7"));
	cr_expect(eq(str, (char *)tensor_note(set, "holds"), "zero,zero,zero"));
	safetensors_close(s);
}

static void expect_score(const char *line, const char *const *words)
{
	const char *said = train_said(train_score, line);
	for (; *words; words++)
		cr_expect(strstr(said, *words) != NULL, "%s: %s is not in %s", line, *words, said);
}

Test(train_fit_softmax, is_scored_on_labelled_bins_and_by_trial)
{
	fit_and_decode("a", 0);
	expect_score("--truth @a --rates @e --from 0.5 --json",
		     (const char *const[]){ "\"accuracy\": 1.0,", "\"trial_vote\": 1.0,", "\"n_bins\": 240,",
					    "\"n_trials\": 30}", NULL });
	fit_and_decode("t", 0);
	expect_score("--truth @t:labels/target --rates @e --json",
		     (const char *const[]){ "\"n_bins\": 600,", "\"n_trials\": 60}", NULL });
}

/* What fires at t is the class two bins earlier than the label says: a row is scored by the bin that it is
 * about. */
Test(train_fit_softmax, is_scored_by_the_bin_that_a_row_is_about)
{
	memmove(counts[0], counts[2], sizeof(counts) - sizeof(counts[0]) * 2);
	const struct tensor tensors[] = { { "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
					  { "labels/target", TENSOR_I32, 1, { BINS }, target } };
	train_write("b", tensors, 2, NULL, 0);
	fit_and_decode("b", 2);
	expect_score("--truth @b --rates @e --json",
		     (const char *const[]){ "\"accuracy\": 1.0,", "\"trial_vote\": null,", NULL });
}

/* Cycles of 40 bins of rest, in which no unit fires, and a trial of 20. */
static void write_rest(void)
{
	for (int t = 0; t < BINS; t++) {
		bool rest = t % 60 < 40;
		for (int u = 0; u < UNITS; u++)
			counts[t][u] = (uint8_t)((t * 5 + u * 3) % 4 + (!rest && u == t / 60 % 3 ? 6 : 0));
		target[t] = rest ? -1 : classes[t / 60 % 3];
	}
	const struct tensor tensors[] = { { "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
					  { "labels/target", TENSOR_I32, 1, { BINS }, target } };
	train_write("r", tensors, 2, NULL, 0);
}

Test(train_fit_softmax, has_a_class_for_bins_outside_trials_where_asked)
{
	struct failure f = { 0 };
	struct safetensors *s;
	write_rest();
	cr_assert(eq(int,
		     train_run(train_fit_decoder,
			       "--data @r --target labels/target --kind softmax --features counts_1 --none"
			       " --none-guard-s 0.5 --output @d",
			       &f),
		     0),
		  "%s", f.text);
	cr_assert(eq(int, safetensors_open(train_path("d"), &f, &s), 0), "%s", f.text);
	const struct tensor_set *set = safetensors_tensors(s);
	cr_expect(eq(str, (char *)tensor_note(set, "outputs"), "class_2,class_5,class_7,class_none"));
	cr_expect(eq(str, (char *)tensor_note(set, "classes"), "2,5,7,none"));
	cr_expect(ne(ptr, (void *)tensor_note(set, "command_leak"), NULL));
	cr_expect(ne(ptr, (void *)tensor_note(set, "command_threshold"), NULL));
	cr_expect(ne(ptr, (void *)tensor_note(set, "refractory_ms"), NULL));
	safetensors_close(s);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @r --output @e", &f), 0), "%s", f.text);
	expect_score("--truth @r --rates @e --commands --guard-s 0.5 --json",
		     (const char *const[]){ "\"correct_first\": 1.0,", "\"false_commands_per_min\": 0.0,",
					    "\"n_trials\": 10,", NULL });
	expect_score("--truth @r --rates @e --json", (const char *const[]){ "\"trial_vote\": null,", NULL });
}

Test(train_fit_softmax, has_no_none_where_there_is_no_rest_and_for_no_other_kind)
{
	struct failure f = { 0 };
	cr_expect(lt(int,
		     train_run(train_fit_decoder,
			       "--data @a --target labels/target --kind softmax --none --output @d", &f),
		     0));
	cr_expect(strstr(f.text, "--none") != NULL, "%s", f.text);
	cr_expect(lt(int,
		     train_run(train_fit_decoder, "--data @a --target kinematics --none --output @d", &f),
		     0));
	cr_expect(strstr(f.text, "softmax") != NULL, "%s", f.text);
}

struct refusal {
	char name[24];
	int32_t even, odd; /* labels of bins */
	char target[24];
	char word[24];
};

ParameterizedTestParameters(train_fit_softmax, refuses)
{
	static struct refusal cases[] = {
		{ "one class", 3, 3, "labels/x", "two classes" },
		{ "one class and none", -1, 3, "labels/x", "two classes" },
		{ "no class", -1, -1, "labels/x", "two classes" },
		{ "no such label", 1, 2, "labels/y", "labels/y" },
		{ "no number of a class", 1, 2000000, "labels/x", "not the number" },
		{ "not a label", 1, 2, "kinematics", "labels/" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal *c, train_fit_softmax, refuses)
{
	char line[120];
	struct failure f = { 0 };
	for (int t = 0; t < BINS; t++)
		target[t] = t % 2 ? c->odd : c->even;
	const struct tensor tensors[] = { { "counts", TENSOR_U8, 2, { BINS, UNITS }, counts },
					  { "labels/x", TENSOR_I32, 1, { BINS }, target } };
	train_write("x", tensors, 2, NULL, 0);
	snprintf(line, sizeof(line), "--data @x --kind softmax --output @d --target %s", c->target);
	cr_expect(lt(int, train_run(train_fit_decoder, line, &f), 0), "%s", c->name);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", c->name, f.text);
}

Test(train_fit_softmax, refuses_to_score_what_does_not_belong_together)
{
	struct failure f = { 0 };
	const struct tensor half = { "counts", TENSOR_U8, 2, { BINS / 2, UNITS }, counts };
	train_write("h", &half, 1, NULL, 0);
	fit_and_decode("a", 0);
	cr_expect(lt(int, train_run(train_score, "--truth @h --rates @e", &f), 0));
	cr_expect(strstr(f.text, "labels/target") != NULL, "%s", f.text);
	cr_expect(lt(int, train_run(train_score, "--truth @a:labels/none --rates @e", &f), 0));
	cr_expect(strstr(f.text, "labels/none") != NULL, "%s", f.text);
}
