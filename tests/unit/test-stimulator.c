#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "stimulator.h"

#define MS(x) ((int64_t)((x)*1000000.0))
#define START MS(5000)

static struct stimulator stimulator;

/* A train of `pulses` at 100 Hz, of 10 uA and 100 us. */
static int fire(int pulses, double at_ms)
{
	struct stimulus s = { 10, 100, pulses, 100 };
	return stimulator_fire(&stimulator, &s, START + MS(at_ms));
}

struct text_case {
	char text[32];
	double amplitude_ua, rate_hz;
	int width_us, pulses;
};

ParameterizedTestParameters(stimulator, reads_a_train)
{
	static struct text_case cases[] = {
		{ "", 20, 100, 200, 1 },
		{ "50", 50, 100, 200, 1 },
		{ "0.5,100", 0.5, 100, 100, 1 },
		{ "5,100,10", 5, 100, 100, 10 },
		{ "5,100,10,250", 5, 250, 100, 10 },
		{ "100,200", 100, 100, 200, 1 },
	};
	return cr_make_param_array(struct text_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct text_case *c, stimulator, reads_a_train)
{
	struct stimulus s;
	struct failure f = { 0 };
	cr_assert(eq(int, stimulator_read(c->text, &f, &s), 0), "%s", f.text);
	cr_expect(eq(dbl, s.amplitude_ua, c->amplitude_ua), "%s", c->text);
	cr_expect(eq(int, s.width_us, c->width_us), "%s", c->text);
	cr_expect(eq(int, s.pulses, c->pulses), "%s", c->text);
	cr_expect(eq(dbl, s.rate_hz, c->rate_hz), "%s", c->text);
}

struct refusal {
	char text[32];
	char word[16];
};

ParameterizedTestParameters(stimulator, refuses)
{
	static struct refusal cases[] = {
		{ "x", "amplitude" },       { "0", "amplitude" },         { "-5", "amplitude" },
		{ "101", "amplitude" },     { "nan", "amplitude" },       { "20,", "amplitude" },
		{ "20,5", "phase" },        { "20,1001", "phase" },       { "20,100.5", "phase" },
		{ "20,100,0", "pulses" },   { "20,100,101", "pulses" },   { "20,100,1,0.5", "rate" },
		{ "20,100,1,301", "rate" }, { "20,100,1,100,7", "last" }, { "100,201", "nC" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal *c, stimulator, refuses)
{
	struct stimulus s;
	struct failure f = { 0 };
	cr_expect(eq(int, stimulator_read(c->text, &f, &s), -EINVAL), "%s", c->text);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", c->text, f.text);
}

Test(stimulator, counts_pulses_and_their_charge)
{
	cr_assert(eq(int, fire(3, 0), 0));
	stimulator_run(&stimulator, START + MS(10));
	cr_expect(stimulator.running);
	cr_expect(eq(u64, stimulator.pulses, 0));
	stimulator_run(&stimulator, START + MS(20.2)); /* the third begins at 20 ms and lasts 0.2 */
	cr_expect(not(stimulator.running));
	cr_expect(eq(u64, stimulator.trains, 1));
	cr_expect(eq(u64, stimulator.pulses, 3));
	cr_expect(lt(dbl, fabs(stimulator.charge_nc - 3), 1e-9));
}

Test(stimulator, refuses_a_train_too_soon)
{
	cr_assert(eq(int, fire(3, 0), 0));
	cr_expect(eq(int, fire(1, 10), -EBUSY), "it runs");
	cr_expect(eq(int, fire(1, 20.2 + 99.9), -EBUSY), "it is just over");
	cr_expect(eq(u64, stimulator.refused, 2));
	cr_expect(eq(int, fire(1, 20.2 + 100), 0));
	cr_expect(eq(u64, stimulator.trains, 2));
}

Test(stimulator, may_fire_at_once_after_its_start)
{
	struct stimulus s = { 10, 100, 1, 100 };
	cr_expect(eq(int, stimulator_fire(&stimulator, &s, 1), 0));
}

Test(stimulator, is_cut_in_the_middle_of_a_train)
{
	cr_assert(eq(int, fire(5, 0), 0));
	cr_expect(stimulator_stop(&stimulator, START + MS(15)));
	cr_expect(eq(u64, stimulator.pulses, 2));
	cr_expect(eq(u64, stimulator.cut, 1));
	cr_expect(not(stimulator_stop(&stimulator, START + MS(16))), "nothing runs");
	cr_expect(eq(int, fire(1, 15 + 99), -EBUSY));
	cr_expect(eq(int, fire(1, 15 + 100), 0));
}

Test(stimulator, is_not_cut_once_its_last_pulse_has_begun)
{
	cr_assert(eq(int, fire(2, 0), 0));
	cr_expect(not(stimulator_stop(&stimulator, START + MS(10.1))));
	cr_expect(eq(u64, stimulator.pulses, 2));
	cr_expect(eq(u64, stimulator.cut, 0));
}
