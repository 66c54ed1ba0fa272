#include "../support/train_case.h"
#include "bcitrain.h"
#include <criterion/parameterized.h>
#include <jansson.h>

/* Bins of a second: trials at 10 to 14 (class 5), 20 to 24 (class 8) and 30 to 34 (class 5). */
#define BINS 40
static const uint8_t counts[BINS][1];
static int32_t target[BINS], trial[BINS], command[BINS];
static float p[BINS][3];

static void write_estimate(int n, const char *outputs)
{
	const struct tensor tensors[] = { { "estimate", TENSOR_F32, 2, { BINS, 3 }, p },
					  { "command", TENSOR_I32, 1, { n }, command } };
	const struct tensor_note note = { "outputs", outputs };
	train_write("e", tensors, n ? 2 : 1, &note, 1);
}

static void begin(void)
{
	const struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, 1 }, counts },
		{ "labels/target", TENSOR_I32, 1, { BINS }, target },
		{ "labels/trial", TENSOR_I32, 1, { BINS }, trial },
	};
	const struct tensor_note second = { "bin_ms", "1000" };
	for (int b = 0; b < BINS; b++) {
		trial[b] = b >= 10 && b < 35 && b % 10 < 5 ? b / 10 : -1;
		target[b] = trial[b] < 0 ? -1 : trial[b] == 2 ? 8 : 5;
		command[b] = -1;
	}
	command[3] = 0;  /* false */
	command[8] = 1;  /* within 3 s of a trial */
	command[12] = 0; /* right */
	command[20] = 0; /* wrong, then right */
	command[22] = 1;
	command[30] = 0; /* right */
	train_begin();
	train_write("a", tensors, 3, &second, 1);
	write_estimate(BINS, "class_5,class_8,class_none");
}

TestSuite(train_score_commands, .init = begin, .fini = train_end);

static json_t *score(const char *line)
{
	json_t *all = json_loads(train_said(train_score, line), 0, NULL);
	cr_assert(all != NULL);
	return all;
}

static void expect(json_t *all, const char *key, double wanted)
{
	double got = json_number_value(json_object_get(all, key));
	cr_expect(lt(dbl, fabs(got - wanted), 1e-12), "%s: %.9g", key, got);
}

Test(train_score_commands, tells_time_and_false_ones)
{
	json_t *all = score("--truth @a --rates @e --commands --json");
	expect(all, "time_to_command_s", 3);
	expect(all, "correct_first", 2 / 3.0);
	expect(all, "n_trials", 3);
	expect(all, "n_commands", 6);
	expect(all, "n_false", 1);
	expect(all, "outside_s", 7 + 2); /* 0 to 6, and 38, 39 */
	expect(all, "false_commands_per_min", 60 / 9.0);
	/* two classes: none is not commanded; 3, 1 and 1 s to the first */
	double p_right = 2 / 3.0, bits = 1 + p_right * log2(p_right) + (1 - p_right) * log2(1 - p_right);
	expect(all, "bits_per_s", bits / (5 / 3.0));
	json_decref(all);
}

Test(train_score_commands, leaves_out_a_trial_that_is_cut)
{
	json_t *all = score("--truth @a --rates @e --commands --json --from 12b --until 33b");
	expect(all, "n_trials", 1);
	expect(all, "correct_first", 0);
	expect(all, "n_commands", 2);
	json_decref(all);
	all = score("--truth @a --rates @e --commands --json --from 10b --until 25b");
	expect(all, "n_trials", 2);
	json_decref(all);
}

Test(train_score_commands, says_null_where_there_is_nothing_to_say)
{
	json_t *all = score("--truth @a --rates @e --commands --json --from 20b --until 25b");
	bool null = json_is_null(json_object_get(all, "false_commands_per_min"));
	cr_expect(null);
	json_decref(all);
}

struct refusal {
	char name[24];
	int n; /* commands in the file */
	int32_t first;
	char outputs[40], line[60], word[32];
};

ParameterizedTestParameters(train_score_commands, refuses)
{
	static struct refusal cases[] = {
		{ "no commands", 0, -1, "class_5,class_8,class_none", "", "no tensor command" },
		{ "too few", BINS - 1, -1, "class_5,class_8,class_none", "", "no tensor command" },
		{ "no such class", BINS, 3, "class_5,class_8,class_none", "", "row 0 is 3" },
		{ "below none", BINS, -2, "class_5,class_8,class_none", "", "row 0 is -2" },
		{ "no classes", BINS, -1, "vx,vy,vz", "", "no classes" },
		{ "no trial", BINS, -1, "class_5,class_8,class_none", "--until 9b", "no whole trial" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal *c, train_score_commands, refuses)
{
	struct failure f = { 0 };
	char line[120];
	command[0] = c->first;
	write_estimate(c->n, c->outputs);
	snprintf(line, sizeof(line), "--truth @a --rates @e --commands %s", c->line);
	cr_expect(lt(int, train_run(train_score, line, &f), 0), "%s", c->name);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", c->name, f.text);
}
