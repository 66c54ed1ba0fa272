#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "replay_score.h"

static const struct output recorded[] = {
	{ "x", "mm", OUTPUT_POSITION, HOLD_LAST, 0, 1 },
	{ "vx", "m/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1000 },
	{ "vy", "m/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1000 },
};
static const struct output other[] = {
	{ "vy", "m/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1000 },
	{ "grip", "", OUTPUT_OTHER, HOLD_LAST, 0, 0 },
	{ "vx", "m/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1000 },
};

Test(replay_score, pairs_outputs_by_name)
{
	struct replay_score s = { "" };
	replay_score_begin(&s, recorded, 3, other, 3);
	cr_assert(eq(int, s.n_outputs, 2));
	cr_expect(eq(str, s.outputs[0].name, "vx"));
	cr_expect(eq(int, s.outputs[0].recorded, 1));
	cr_expect(eq(int, s.outputs[0].other, 2));
	cr_expect(eq(int, s.outputs[0].axis, 0));
	cr_expect(eq(int, s.outputs[1].other, 0));
	cr_expect(eq(int, s.outputs[1].axis, 1));
}

Test(replay_score, is_that_of_the_textbook)
{
	static const float a[][3] = { { 0, 1, 5 }, { 0, 2, 5 }, { 0, 3, 5 }, { 0, 4, 5 } };
	static const float b[][3] = { { 5, 0, 1 }, { 5, 0, 2.5f }, { 5, 0, 3 }, { 5, 0, 3.5f } };
	struct replay_score s = { "" };
	replay_score_begin(&s, recorded, 3, other, 3);
	for (int i = 0; i < 4; i++)
		replay_score_add(&s, a[i], b[i], NULL);
	cr_expect(epsilon_eq(dbl, replay_score_r2(&s.outputs[0].apart), 1 - 0.5 / 5, 1e-12));
	cr_expect(epsilon_eq(dbl, replay_score_difference(&s.outputs[0].apart), 0.25, 1e-12));
	cr_expect(isnan(replay_score_r2(&s.outputs[1].apart)), "the truth is constant");
	cr_expect(isnan(replay_score_r2(&s.outputs[0].other_effector)), "there is no effector");
}

Test(replay_score, measures_both_against_the_effector_in_mm_s)
{
	struct replay_score s = { "" };
	replay_score_begin(&s, recorded, 3, other, 3);
	for (int i = 0; i < 10; i++) {
		struct session_effector e = { .n_velocity = 1, .velocity_mm_s = { (float)i * 100 } };
		float a[] = { 0, (float)i * 0.1f, 0 }, b[] = { 0, 0, (float)i * 0.05f };
		replay_score_add(&s, a, b, &e);
	}
	cr_expect(gt(dbl, replay_score_r2(&s.outputs[0].recorded_effector), 0.99999));
	cr_expect(lt(dbl, replay_score_r2(&s.outputs[0].other_effector), 0.5));
	cr_expect(eq(i64, s.outputs[1].other_effector.n, 0), "it has one axis");
}

Test(replay_score, leaves_out_what_is_not_finite)
{
	float good[] = { 0, 1, 1 }, bad[] = { 0, NAN, 1 };
	struct replay_score s = { "" };
	replay_score_begin(&s, recorded, 3, recorded, 3);
	replay_score_add(&s, good, bad, NULL);
	replay_score_add(&s, good, good, NULL);
	cr_expect(eq(i64, s.outputs[1].apart.n, 1));
}
