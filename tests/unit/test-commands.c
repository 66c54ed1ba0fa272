#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "commands.h"

/* A character a bin: its label, '.' for none; and what is commanded in it. */
#define BINS 64
static int32_t command[BINS], label[BINS], trial[BINS];

static struct commands_view view(const char *labels, const char *commands)
{
	int n = (int)strlen(labels);
	cr_assert(eq(int, (int)strlen(commands), n));
	for (int i = 0; i < n; i++) {
		label[i] = labels[i] == '.' ? -1 : labels[i] - '0';
		command[i] = commands[i] == '.' ? -1 : commands[i] - '0';
	}
	return (struct commands_view){ command, label, NULL, n, 2, 0.5, 4 };
}

static struct commands_score score(const char *labels, const char *commands)
{
	struct commands_view v = view(labels, commands);
	struct commands_score s = { 0 };
	cr_assert(eq(int, commands_score(&v, &s), 0));
	return s;
}

Test(commands, count_from_the_begin_of_the_trial_to_the_end_of_the_bin)
{
	struct commands_score s = score("......1111......2222......3333......", /* a trial of each */
					"........1.......2............33.....");
	cr_expect(eq(i64, s.n_trials, 3));
	cr_expect(eq(dbl, s.time_s, 1.5), "the middle one of 1.5, 0.5 and 2");
	cr_expect(eq(dbl, s.correct_first, 1));
	cr_expect(eq(i64, s.n_commands, 4));
}

Test(commands, are_right_by_the_first_one_of_a_trial)
{
	struct commands_score s = score("1111.1111.1111.1111.", "2.1...1......2......");
	cr_expect(eq(i64, s.n_trials, 4));
	cr_expect(eq(dbl, s.correct_first, 0.25));
	cr_expect(isnan(s.time_s), "half of the trials never get there: %g", s.time_s);
}

Test(commands, that_never_come_leave_no_median)
{
	struct commands_score s = score("1111.1111.1111", "....1.........");
	cr_expect(isnan(s.time_s));
	s = score("1111.1111.1111", "1....1........");
	cr_expect(eq(dbl, s.time_s, 0.5));
}

Test(commands, are_false_beyond_the_guard_of_any_trial)
{
	struct commands_score s = score(".....11.....22......", "11111..1111111122112");
	cr_expect(eq(dbl, s.outside_s, 4), "three bins, one bin, four bins: %g", s.outside_s);
	cr_expect(eq(i64, s.n_false, 8));
	cr_expect(eq(dbl, s.false_per_min, 8 / (4.0 / 60)));
}

Test(commands, has_no_false_ones_without_a_bin_outside)
{
	struct commands_score s = score("..11..22", "1.......");
	cr_expect(eq(dbl, s.outside_s, 0));
	cr_expect(eq(i64, s.n_false, 0));
	cr_expect(isnan(s.false_per_min));
}

struct bits_case {
	char name[24];
	char commands[20];
	double bits_per_s;
};

ParameterizedTestParameters(commands, carry_bits)
{
	static struct bits_case cases[] = {
		{ "all right, at once", "1...2...", 2 / 0.5 },
		{ "all right, later", ".1....2.", 2 / 1.25 },
		{ "below chance", "2...1...", 0 }, /* though to know what it is not is something */
		{ "half right", "1...1...", 0.20751874963942196 / 0.5 },
		{ "one without", "1.......", 0.20751874963942196 / 1.25 },
	};
	return cr_make_param_array(struct bits_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct bits_case *c, commands, carry_bits)
{
	struct commands_score s = score("11112222", c->commands);
	cr_expect(lt(dbl, fabs(s.bits_per_s - c->bits_per_s), 1e-9), "%s: %.9g", c->name, s.bits_per_s);
}

Test(commands, of_two_classes_by_chance_carry_nothing)
{
	struct commands_view v = view("11110000", "1...1...");
	struct commands_score s;
	v.n_classes = 2;
	cr_assert(eq(int, commands_score(&v, &s), 0));
	cr_expect(eq(dbl, s.bits_per_s, 0));
}

/* Two trials of one label, end to end; and bins of a trial that have no label are not outside. */
Test(commands, take_trials_by_their_numbers)
{
	struct commands_view v = view("111111......", "1..1........");
	struct commands_score s;
	for (int i = 0; i < 12; i++)
		trial[i] = i < 3 ? 0 : i < 8 ? 1 : -1;
	v.trial = trial;
	v.guard_bins = 1;
	cr_assert(eq(int, commands_score(&v, &s), 0));
	cr_expect(eq(i64, s.n_trials, 2));
	cr_expect(eq(dbl, s.correct_first, 1));
	cr_expect(eq(dbl, s.time_s, 0.5));
	cr_expect(eq(dbl, s.outside_s, 1.5));
}

Test(commands, are_not_scored_without_a_trial)
{
	struct commands_view v = view("....", "1.1.");
	struct commands_score s;
	cr_expect(eq(int, commands_score(&v, &s), -EDOM));
}
