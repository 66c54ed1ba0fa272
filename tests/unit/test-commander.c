#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "commander.h"

static struct commander commander;

/* Three classes, the last one none; bins of 50 ms, a refractory time of 4 bins. */
static void start(void)
{
	static const struct tensor_note notes[] = {
		{ "classes", "left,right,none" },
		{ "command_leak", "0.9" },
		{ "command_threshold", "5" },
		{ "refractory_ms", "200" },
	};
	struct tensor_set set = { .origin = "test", .notes = notes, .n_notes = 4 };
	struct failure f = { "" };
	cr_assert(eq(int, commander_from_notes(&set, 3, 50000, &f, &commander), 0), "%s", f.text);
}

TestSuite(commander, .init = start);

static int step(float left, float right, float none)
{
	return commander_step(&commander, (float[3]){ left, right, none });
}

/* Bins until the first command, -1 for none within 100; the class goes into *ret. */
static int bins_until_command(float left, float right, float none, int *ret)
{
	for (int i = 1; i <= 100; i++) {
		*ret = step(left, right, none);
		if (*ret >= 0)
			return i;
	}
	return -1;
}

Test(commander, gathers_evidence_until_the_threshold)
{
	int class;
	/* ln(.6 / .2) = 1.0986 a bin: 1.099, 2.087, 2.977, 3.778, 4.499, 5.147 */
	cr_expect(eq(int, bins_until_command(.6f, .2f, .2f, &class), 6));
	cr_expect(eq(int, class, 0));
}

Test(commander, says_nothing_on_weak_evidence_for_ever)
{
	int class;
	/* The sum of a geometric series: ln(.4 / .3) / (1 - .9) = 2.9 < 5 */
	cr_expect(eq(int, bins_until_command(.4f, .3f, .3f, &class), -1));
}

Test(commander, never_commands_none)
{
	int class;
	cr_expect(eq(int, bins_until_command(.01f, .01f, .98f, &class), -1));
}

Test(commander, is_silent_for_the_refractory_time_and_then_starts_from_nothing)
{
	int class;
	bins_until_command(.9f, .05f, .05f, &class);
	for (int i = 0; i < 4; i++)
		cr_expect(eq(int, step(.9f, .05f, .05f), -1), "bin %d", i);
	cr_expect(eq(int, bins_until_command(.05f, .9f, .05f, &class), 2));
	cr_expect(eq(int, class, 1));
}

Test(commander, learns_nothing_from_a_lost_bin)
{
	int class;
	for (int i = 0; i < 5; i++)
		step(.6f, .2f, .2f);
	for (int i = 0; i < 20; i++)
		cr_expect(eq(int, commander_step(&commander, NULL), -1));
	cr_expect(gt(int, bins_until_command(.6f, .2f, .2f, &class), 4), "what was gathered has leaked");
}

Test(commander, does_not_trust_one_bin_without_bound)
{
	step(1, 0, 0);
	commander_reset(&commander);
	cr_expect(eq(int, step(1, 0, 0), 0), "ln 1e6 is beyond the threshold");
	commander_reset(&commander);
	commander.threshold = 20;
	cr_expect(eq(int, step(1, 0, 0), -1));
}

struct bad {
	char key[24];
	char value[16];
};

ParameterizedTestParameters(commander, refuses_a_note)
{
	static struct bad cases[] = {
		{ "command_leak", "1" },        { "command_leak", "x" },   { "command_threshold", "0" },
		{ "command_threshold", "nan" }, { "refractory_ms", "-1" }, { "refractory_ms", "10 " },
	};
	return cr_make_param_array(struct bad, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct bad *c, commander, refuses_a_note)
{
	struct tensor_note note = { c->key, c->value };
	struct tensor_set set = { .origin = "test", .notes = &note, .n_notes = 1 };
	struct failure f = { "" };
	struct commander ignored;
	cr_expect(eq(int, commander_from_notes(&set, 3, 50000, &f, &ignored), -22), "%s = %s", c->key,
		  c->value);
}

Test(commander, steps_on_evidence_as_on_probabilities)
{
	static const float p[3] = { 0.6f, 1e-9f, 0.4f };
	float evidence[3];
	struct commander other = commander;
	commander_evidence(p, 3, evidence);
	cr_expect(eq(flt, evidence[1], logf(COMMANDER_LEAST_P)));
	for (int i = 0; i < 40; i++)
		cr_expect(eq(int, commander_step_on(&other, evidence), commander_step(&commander, p)));
	cr_expect(eq(int, memcmp(other.evidence, commander.evidence, sizeof(float[3])), 0));
}
