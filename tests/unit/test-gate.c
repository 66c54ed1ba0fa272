#include "gate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "clock.h"

#define MS(n) ((n)*NS_PER_MS)
#define BIN MS(50)
#define NOW (1000 * NS_PER_S)

static const struct gate_limits limits = {
	.max_speed_mm_s = 1000,
	.max_acceleration_mm_s2 = 1e6, /* 50 m/s a bin: out of the way unless a test wants it */
	.deadline_ns = MS(20),
	.heartbeat_timeout_ns = MS(300),
	.valid_for_ns = 2 * BIN,
	.bin_ns = BIN,
	.conceal_max_bins = 4,
	.resume_bins = 2,
};

static const struct output plane[2] = {
	{ "vx_mm_per_s", "mm/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1 },
	{ "vy_mm_per_s", "mm/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1 },
};

static struct gate gate;
static struct estimate estimate;
static struct gate_input input; /* armed, on time, good; the next bin each time it is judged */
static struct intent intent;

static void use(const struct gate_limits *l, const struct output *outputs, int n_outputs)
{
	gate_init(&gate, l, outputs, n_outputs);
	estimate = (struct estimate){ .n_outputs = n_outputs, .value = { 30, 40 } };
	input = (struct gate_input){ .estimate = &estimate,
				     .state = STREAM_ARMED,
				     .edge_ns = NOW - MS(1),
				     .now_ns = NOW,
				     .heartbeat_age_ns = -1 };
}

static void begin(void)
{
	use(&limits, plane, 2);
}

TestSuite(gate, .init = begin);

static const struct intent *judge(void)
{
	gate_apply(&gate, &input, &intent);
	input.edge_ns += BIN;
	input.now_ns += BIN;
	return &intent;
}

static const struct intent *judge_value(float x, float y)
{
	estimate.value[0] = x;
	estimate.value[1] = y;
	return judge();
}

static enum gate_reason judge_bin(uint32_t flags, bool missing)
{
	input.flags = flags;
	input.missing = missing;
	return judge()->reason;
}

struct verdict_case {
	char name[32];
	enum stream_state state;
	uint32_t flags;
	int64_t age_ns, heartbeat_age_ns;
	float value[2];
	enum gate_verdict verdict;
	enum gate_reason reason;
};

ParameterizedTestParameters(gate, gives_verdict)
{
#define GOOD STREAM_ARMED, 0, MS(1), -1
#define FROM(state) state, 0, MS(1), -1
#define FLAGS(flags) STREAM_ARMED, flags, MS(1), -1
#define AGE(age) STREAM_ARMED, 0, age, -1
#define BEAT(age) STREAM_ARMED, 0, MS(1), age
	static struct verdict_case cases[] = {
		{ "armed and on time", GOOD, { 30, 40 }, GATE_PASS, REASON_NONE },
		{ "at the limit", GOOD, { 600, 800 }, GATE_PASS, REASON_NONE },
		{ "too fast", GOOD, { 3000, 4000 }, GATE_CLAMP, REASON_SPEED },
		{ "too fast for a float", GOOD, { 3e38f, -3e38f }, GATE_CLAMP, REASON_ACCELERATION },
		{ "not a number", GOOD, { NAN, 0 }, GATE_HOLD, REASON_NOT_FINITE },
		{ "infinite", GOOD, { 0, -INFINITY }, GATE_HOLD, REASON_NOT_FINITE },
		{ "idle", FROM(STREAM_IDLE), { 30, 40 }, GATE_HOLD, REASON_IDLE },
		{ "shadow", FROM(STREAM_SHADOW), { 30, 40 }, GATE_HOLD, REASON_NOT_ARMED },
		{ "fault", FROM(STREAM_FAULT), { 30, 40 }, GATE_HOLD, REASON_FAULT },
		{ "calibrating", FROM(STREAM_CALIBRATING), { 30, 40 }, GATE_HOLD, REASON_CALIBRATING },
		{ "no such state", FROM(77), { 30, 40 }, GATE_HOLD, REASON_NOT_ARMED },
		{ "just in time", AGE(MS(20)), { 30, 40 }, GATE_PASS, REASON_NONE },
		{ "late", AGE(MS(20) + 1), { 30, 40 }, GATE_HOLD, REASON_LATE },
		{ "far ahead", AGE(-MS(20) - 1), { 30, 40 }, GATE_HOLD, REASON_LATE },
		{ "gap", FLAGS(BIN_GAP), { 30, 40 }, GATE_HOLD, REASON_GAP },
		{ "concealed", FLAGS(BIN_GAP | BIN_CONCEALED), { 30, 40 }, GATE_PASS, REASON_NONE },
		{ "first of its epoch", FLAGS(BIN_EPOCH_BEGIN), { 30, 40 }, GATE_PASS, REASON_NONE },
		{ "heartbeat", BEAT(MS(300)), { 30, 40 }, GATE_PASS, REASON_NONE },
		{ "old heartbeat", BEAT(MS(300) + 1), { 30, 40 }, GATE_HOLD, REASON_HEARTBEAT },
		{ "no heartbeat", BEAT(INT64_MAX), { 30, 40 }, GATE_HOLD, REASON_HEARTBEAT },
		{ "a heartbeat to come", BEAT(-2), { 30, 40 }, GATE_HOLD, REASON_HEARTBEAT },
	};
	return cr_make_param_array(struct verdict_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct verdict_case *c, gate, gives_verdict)
{
	input.state = c->state;
	input.flags = c->flags;
	input.edge_ns = NOW - c->age_ns;
	input.heartbeat_age_ns = c->heartbeat_age_ns;
	judge_value(c->value[0], c->value[1]);
	cr_expect(eq(int, intent.verdict, c->verdict), "%s", c->name);
	cr_expect(eq(int, intent.reason, c->reason), "%s: %s", c->name, gate_reason_text(intent.reason));
	cr_expect(eq(i64, intent.sent_ns, NOW));
	cr_expect(eq(i64, intent.valid_for_ns, 2 * BIN));
	cr_expect(eq(i32, intent.n_outputs, 2));
	if (c->verdict == GATE_HOLD)
		cr_expect(intent.value[0] == 0 && intent.value[1] == 0, "%s", c->name);
	if (c->verdict == GATE_PASS)
		cr_expect(intent.value[0] == c->value[0] && intent.value[1] == c->value[1], "%s", c->name);
}

/* Everything is wrong; the faults are mended one by one, the most serious first. */
Test(gate, gives_the_most_serious_reason)
{
	struct gate_limits l = limits;
	l.needs_enable = true;
	use(&l, plane, 2);
	gate.resume_left = 100;
	estimate.value[0] = NAN;
	estimate.n_outputs = 1;
	input.state = STREAM_FAULT;
	input.missing = true;
	input.flags = BIN_GAP;
	input.edge_ns -= MS(100);
	input.heartbeat_age_ns = INT64_MAX;
	cr_expect(eq(int, judge()->reason, REASON_FAULT));
	input.state = STREAM_ARMED;
	cr_expect(eq(int, judge()->reason, REASON_MISSING));
	input.missing = false;
	cr_expect(eq(int, judge()->reason, REASON_GAP));
	input.flags = 0;
	cr_expect(eq(int, judge()->reason, REASON_LATE));
	input.edge_ns += MS(100);
	cr_expect(eq(int, judge()->reason, REASON_RESUMING));
	gate.resume_left = 0;
	cr_expect(eq(int, judge()->reason, REASON_HEARTBEAT));
	input.heartbeat_age_ns = 0;
	cr_expect(eq(int, judge()->reason, REASON_NOT_ENABLED));
	input.enabled_until_ns = INT64_MAX;
	cr_expect(eq(int, judge()->reason, REASON_OUTPUTS));
	estimate.n_outputs = 2;
	cr_expect(eq(int, judge()->reason, REASON_NOT_FINITE));
	estimate.value[0] = 1;
	cr_expect(eq(int, judge()->verdict, GATE_PASS));
}

Test(gate, holds_without_an_estimate)
{
	input.estimate = NULL;
	cr_expect(eq(int, judge()->reason, REASON_LATE));
	input.missing = true;
	cr_expect(eq(int, judge()->reason, REASON_MISSING));
}

Test(gate, gives_empty_holds_without_a_decoder)
{
	use(&limits, NULL, 0);
	cr_expect(eq(int, judge()->verdict, GATE_HOLD));
	cr_expect(eq(int, intent.reason, REASON_OUTPUTS));
	cr_expect(eq(i32, intent.n_outputs, 0));
}

Test(gate, zeroed_lets_nothing_move)
{
	use(&(struct gate_limits){ 0 }, plane, 2);
	for (int i = 0; i < 3; i++) {
		judge();
		cr_expect(intent.value[0] == 0 && intent.value[1] == 0);
	}
	cr_expect(eq(int, intent.verdict, GATE_HOLD));
	input.edge_ns = input.now_ns;
	cr_expect(eq(int, judge()->verdict, GATE_CLAMP));
	cr_expect(intent.value[0] == 0 && intent.value[1] == 0);
}

Test(gate, needs_the_enable_until_it_expires)
{
	struct gate_limits l = limits;
	l.needs_enable = true;
	use(&l, plane, 2);
	cr_expect(eq(int, judge()->reason, REASON_NOT_ENABLED));
	input.enabled_until_ns = input.now_ns + 1;
	cr_expect(eq(int, judge()->verdict, GATE_PASS));
	input.enabled_until_ns = input.now_ns;
	cr_expect(eq(int, judge()->reason, REASON_NOT_ENABLED));
}

/* ---- limits ---- */

Test(gate, cuts_the_speed_and_keeps_the_direction)
{
	judge_value(-3000, 4000);
	cr_expect(eq(int, intent.reason, REASON_SPEED));
	cr_expect(epsilon_eq(flt, intent.value[0], -600, 1e-3f));
	cr_expect(epsilon_eq(flt, intent.value[1], 800, 1e-3f));
}

Test(gate, limits_in_mm_whatever_the_unit)
{
	struct output o[4] = {
		{ "vx", "m/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1000 },
		{ "vy", "pixel/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 0 }, /* counted as mm/s */
		{ "x", "m", OUTPUT_POSITION, HOLD_LAST, 0, 1000 },
		{ "grip", "", OUTPUT_OTHER, HOLD_LAST, 0, 0 },
	};
	use(&limits, o, 4);
	estimate = (struct estimate){ .n_outputs = 4, .value = { 3, 4000, 123, 5e9f } };
	judge();
	cr_expect(eq(int, intent.reason, REASON_SPEED));
	cr_expect(epsilon_eq(flt, intent.value[0], 0.6f, 1e-6f));
	cr_expect(epsilon_eq(flt, intent.value[1], 800, 1e-3f));
	cr_expect(eq(flt, intent.value[2], 123));
	cr_expect(eq(flt, intent.value[3], 5e9f));
}

Test(gate, cuts_the_change_and_keeps_its_direction)
{
	struct gate_limits l = limits;
	l.max_acceleration_mm_s2 = 1000; /* 50 mm/s a bin */
	use(&l, plane, 2);
	judge_value(300, 400);
	cr_expect(eq(int, intent.reason, REASON_ACCELERATION));
	cr_expect(epsilon_eq(flt, intent.value[0], 30, 1e-4f));
	cr_expect(epsilon_eq(flt, intent.value[1], 40, 1e-4f));
	judge_value(30, 400); /* from (30, 40), so straight up */
	cr_expect(epsilon_eq(flt, intent.value[0], 30, 1e-4f));
	cr_expect(epsilon_eq(flt, intent.value[1], 90, 1e-4f));
	judge_value(60, 130); /* 50 away */
	cr_expect(eq(int, intent.verdict, GATE_PASS));
	input.edge_ns += BIN; /* a bin between was never judged: two bins' time */
	input.now_ns += BIN;
	judge_value(60, 500);
	cr_expect(epsilon_eq(flt, intent.value[1], 230, 1e-3f));
}

Test(gate, accelerates_from_rest_after_a_hold_and_after_an_intent_ran_out)
{
	struct gate_limits l = limits;
	l.max_acceleration_mm_s2 = 1000;
	use(&l, plane, 2);
	judge_value(50, 0);
	input.state = STREAM_SHADOW;
	judge();
	input.state = STREAM_ARMED;
	judge_value(100, 0);
	cr_expect(epsilon_eq(flt, intent.value[0], 50, 1e-4f));
	judge_value(100, 0);
	cr_expect(eq(flt, intent.value[0], 100));
	input.now_ns += 10 * NS_PER_S;
	input.edge_ns += 10 * NS_PER_S;
	judge_value(100, 0);
	cr_expect(epsilon_eq(flt, intent.value[0], 50, 1e-4f));
}

Test(gate, does_not_trust_an_edge_that_jumped)
{
	struct gate_limits l = limits;
	l.max_acceleration_mm_s2 = 1000;
	use(&l, plane, 2);
	int64_t edge = input.edge_ns;
	input.edge_ns = INT64_MIN;
	cr_expect(eq(int, judge()->reason, REASON_LATE));
	input.edge_ns = edge + BIN;
	judge_value(500, 0);
	cr_expect(epsilon_eq(flt, intent.value[0], 100, 1e-3f)); /* valid_for_ns of acceleration */
}

/* ---- holds ---- */

Test(gate, holds_each_output_in_its_own_way)
{
	struct output o[4] = {
		{ "vx", "mm/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1 },
		{ "x", "mm", OUTPUT_POSITION, HOLD_LAST, 0, 1 },
		{ "grip", "", OUTPUT_OTHER, HOLD_RAMP, 100, 0 },
		{ "odd", "", OUTPUT_OTHER, HOLD_UNSTATED, 0, 0 },
	};
	const float grips[] = { 8, 4, 0, 0 };
	use(&limits, o, 4);
	input.state = STREAM_SHADOW;
	judge();
	for (int i = 0; i < 4; i++)
		cr_expect(eq(flt, intent.value[i], 0)); /* nothing was sent yet */

	estimate = (struct estimate){ .n_outputs = 4, .value = { 1, 2, 8, 4 } };
	input.state = STREAM_ARMED;
	cr_expect(eq(int, judge()->verdict, GATE_PASS));
	input.state = STREAM_SHADOW;
	for (int i = 0; i < 4; i++) {
		judge();
		cr_expect(eq(flt, intent.value[0], 0));
		cr_expect(eq(flt, intent.value[1], 2));
		cr_expect(eq(flt, intent.value[2], grips[i]), "bin %d: %g", i, intent.value[2]);
		cr_expect(eq(flt, intent.value[3], 0));
	}
}

Test(gate, begins_a_ramp_anew_with_each_hold)
{
	struct output o = { "grip", "", OUTPUT_OTHER, HOLD_RAMP, 100, 0 };
	use(&limits, &o, 1);
	for (int i = 0; i < 2; i++) {
		input.state = STREAM_ARMED;
		judge_value(6, 0);
		input.state = STREAM_SHADOW;
		judge();
		cr_expect(eq(flt, intent.value[0], 6));
		judge();
		cr_expect(eq(flt, intent.value[0], 3));
	}
}

Test(gate, ramps_on_from_where_the_effector_held_by_itself)
{
	struct output o = { "grip", "", OUTPUT_OTHER, HOLD_RAMP, 1000, 0 };
	use(&limits, &o, 1);
	judge_value(8, 0);
	input.now_ns += limits.valid_for_ns - BIN + MS(250); /* ran out 250 ms ago */
	input.state = STREAM_SHADOW;
	judge();
	cr_expect(epsilon_eq(flt, intent.value[0], 6, 1e-5f));
	input.now_ns += MS(200); /* 250 ms more, the newest hold ran out too */
	judge();
	cr_expect(epsilon_eq(flt, intent.value[0], 4, 1e-5f));
}

/* ---- gaps ---- */

Test(gate, resumes_by_itself_after_a_short_gap)
{
	for (int i = 0; i < limits.conceal_max_bins; i++)
		cr_expect(eq(int, judge_bin(BIN_GAP, i % 2), i % 2 ? REASON_MISSING : REASON_GAP));
	cr_expect(eq(int, judge_bin(0, false), REASON_NONE));
}

Test(gate, wants_good_bins_after_a_long_gap)
{
	for (int i = 0; i < limits.conceal_max_bins + 1; i++)
		judge_bin(BIN_GAP, false);
	for (int i = 0; i < limits.resume_bins; i++)
		cr_expect(eq(int, judge_bin(0, false), REASON_RESUMING));
	cr_expect(eq(int, judge_bin(0, false), REASON_NONE));
	cr_expect(eq(int, judge_bin(BIN_GAP, false), REASON_GAP));
	cr_expect(eq(int, judge_bin(0, false), REASON_NONE)); /* a gap counts from its own begin */
}

Test(gate, wants_the_good_bins_in_a_row)
{
	for (int i = 0; i < limits.conceal_max_bins + 1; i++)
		judge_bin(BIN_GAP, false);
	cr_expect(eq(int, judge_bin(0, false), REASON_RESUMING));
	cr_expect(eq(int, judge_bin(BIN_CONCEALED, false), REASON_GAP));
	cr_expect(eq(int, judge_bin(0, false), REASON_RESUMING));
	cr_expect(eq(int, judge_bin(0, false), REASON_RESUMING));
	cr_expect(eq(int, judge_bin(0, false), REASON_NONE));
}

Test(gate, passes_concealed_bins_only_so_long)
{
	for (int i = 0; i < limits.conceal_max_bins; i++)
		cr_expect(eq(int, judge_bin(BIN_GAP | BIN_CONCEALED, false), REASON_NONE));
	cr_expect(eq(int, judge_bin(BIN_GAP | BIN_CONCEALED, false), REASON_GAP));
	cr_expect(eq(int, judge_bin(0, false), REASON_RESUMING));
}

Test(gate, counts_gaps_while_it_is_not_armed)
{
	input.state = STREAM_SHADOW;
	for (int i = 0; i < limits.conceal_max_bins + 1; i++)
		judge_bin(BIN_GAP, false);
	input.state = STREAM_ARMED;
	cr_expect(eq(int, judge_bin(0, false), REASON_RESUMING));
	gate_begin_epoch(&gate);
	cr_expect(eq(int, judge_bin(0, false), REASON_NONE));
}
