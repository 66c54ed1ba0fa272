#include "../support/train_case.h"
#include "train_commands.h"
#include "commander.h"

/* Bins of 100 ms: 60 of rest, then a trial of 20, of class 0 or 1, and so on. In a trial its class has 0.8;
 * at rest it has 0.5 for ten bins once, against 0.4 for "none". */
#define CYCLE 80
#define BINS (20 * CYCLE)
static uint8_t counts[BINS][1];
static int32_t target[BINS];
static float p[BINS][3];
static struct train_data *data;
static struct train_labels labels;

static void begin(void)
{
	struct failure f = { 0 };
	const struct tensor tensors[] = { { "counts", TENSOR_U8, 2, { BINS, 1 }, counts },
					  { "labels/target", TENSOR_I32, 1, { BINS }, target } };
	const struct tensor_note tenth = { "bin_ms", "100" };
	for (int b = 0; b < BINS; b++) {
		int class = b / CYCLE % 2, phase = b % CYCLE;
		target[b] = phase < 60 ? -1 : class;
		float of_class = phase >= 60 ? 0.8f : phase >= 35 && phase < 45 ? 0.5f : 0.1f;
		p[b][class] = of_class;
		p[b][1 - class] = 0.1f;
		p[b][2] = 0.9f - of_class;
	}
	train_begin();
	train_write("a", tensors, 2, &tenth, 1);
	struct argument_list list = { 1, { train_path("a") } };
	cr_assert(eq(int, train_data_open(&list, NULL, NULL, &f, &data), 0), "%s", f.text);
	cr_assert(eq(int, train_labels_create(data, "labels/target", 1, &f, &labels), 0), "%s", f.text);
}

static void end(void)
{
	train_labels_free(&labels, data);
	train_data_close(data);
	train_end();
}

TestSuite(train_commands, .init = begin, .fini = end);

static struct train_commands choose(double max_false_per_min)
{
	struct train_commands c;
	cr_assert(eq(int, train_commands_choose(data, &labels, p[0], 1, max_false_per_min, &c), 0));
	return c;
}

Test(train_commands, are_as_fast_as_may_be_without_false_ones)
{
	struct train_commands c = choose(0);
	cr_expect(eq(i64, c.score.n_trials, 20));
	cr_expect(eq(i64, c.score.n_false, 0));
	cr_expect(eq(dbl, c.score.correct_first, 1));
	cr_expect(lt(dbl, c.score.time_s, 0.5), "%g", c.score.time_s);
	cr_expect(gt(dbl, c.score.outside_s, 70));
}

Test(train_commands, are_faster_where_more_false_ones_are_allowed)
{
	struct train_commands slow = choose(0), fast = choose(100);
	cr_expect(gt(i64, fast.score.n_false, 0));
	cr_expect(gt(dbl, fast.score.bits_per_s, slow.score.bits_per_s));
	cr_expect(lt(dbl, fast.score.false_per_min, 100));
}

/* The live commander, with these settings and the bias in p, does what was scored. */
Test(train_commands, are_those_that_the_commander_gives)
{
	struct train_commands c = choose(0);
	struct commander live = { .n_classes = 3,
				  .none = 2,
				  .leak = (float)c.leak,
				  .threshold = (float)c.threshold,
				  .refractory_bins = (int)(c.refractory_ms / 100) };
	int64_t n = 0;
	for (int b = 0; b < BINS; b++) {
		float biased[3] = { p[b][0], p[b][1], p[b][2] * (float)exp(c.none_bias) };
		n += commander_step(&live, biased) >= 0;
	}
	cr_expect(eq(i64, n, c.score.n_commands));
}

/* No evidence at all: something is commanded now and then, or nothing; never an error. */
Test(train_commands, of_nothing_but_chance_are_few)
{
	for (int b = 0; b < BINS; b++)
		p[b][0] = p[b][1] = p[b][2] = 1 / 3.0f;
	struct train_commands c = choose(3);
	cr_expect(le(dbl, c.score.false_per_min, 3));
}

Test(train_commands, take_no_bias_where_there_is_no_none)
{
	struct failure f = { 0 };
	static float two[BINS][2];
	struct train_commands c;
	for (int b = 0; b < BINS; b++) {
		two[b][0] = p[b][0] + p[b][2] / 2;
		two[b][1] = p[b][1] + p[b][2] / 2;
	}
	train_labels_free(&labels, data);
	cr_assert(eq(int, train_labels_create(data, "labels/target", -1, &f, &labels), 0), "%s", f.text);
	cr_assert(eq(int, train_commands_choose(data, &labels, two[0], 1, 0, &c), 0));
	cr_expect(eq(dbl, c.none_bias, 0));
	cr_expect(eq(dbl, c.score.correct_first, 1));
}
