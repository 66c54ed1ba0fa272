#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bcid/v1/cue.pb-c.h"
#include "sim_reach.h"

#define STEP_S 0.005
#define N 60000

static struct sim_moment run[N];

static void reach(void)
{
	sim_reach_run(3, STEP_S, N, run);
}

TestSuite(sim_reach, .init = reach);

Test(sim_reach, has_the_velocity_of_its_positions)
{
	for (int i = 1; i < N - 1; i++)
		for (int k = 0; k < 2; k++) {
			double slope = (run[i + 1].position_m[k] - run[i - 1].position_m[k]) / (2 * STEP_S);
			cr_assert(lt(dbl, fabs(slope - run[i].velocity_m_s[k]), 2e-3), "moment %d", i);
		}
}

Test(sim_reach, is_smooth)
{
	for (int i = 1; i < N; i++)
		for (int k = 0; k < 2; k++)
			cr_assert(lt(dbl, fabs(run[i].velocity_m_s[k] - run[i - 1].velocity_m_s[k]), 0.03),
				  "moment %d", i);
}

Test(sim_reach, is_at_its_target_when_it_holds)
{
	int seen = 0;
	for (int i = 0; i < N; i++) {
		if (run[i].phase != BCID__V1__PHASE__PHASE_HOLD)
			continue;
		double angle = 2 * M_PI * run[i].target / SIM_REACH_TARGETS;
		double off = hypot(run[i].position_m[0] - SIM_REACH_DISTANCE_M * cos(angle),
				   run[i].position_m[1] - SIM_REACH_DISTANCE_M * sin(angle));
		cr_assert(lt(dbl, off, 0.03), "moment %d, target %d", i, run[i].target);
		cr_assert(eq(dbl, hypot(run[i].velocity_m_s[0], run[i].velocity_m_s[1]), 0.0));
		seen |= 1 << run[i].target;
	}
	cr_expect(eq(int, seen, 0xff), "all eight targets within five minutes");
}

Test(sim_reach, numbers_its_trials_and_marks_what_lies_between)
{
	int32_t newest = -1;
	for (int i = 0; i < N; i++) {
		bool outside = run[i].phase == BCID__V1__PHASE__PHASE_IDLE;
		cr_assert(eq(int, run[i].trial < 0, outside));
		cr_assert(eq(int, run[i].target < 0, outside));
		if (run[i].trial > newest)
			cr_assert(eq(int, run[i].trial, ++newest));
	}
	cr_expect(gt(int, newest, 90));
}

Test(sim_reach, begins_a_longer_run_with_the_shorter)
{
	struct sim_moment *shorter = calloc(1000, sizeof(*shorter));
	sim_reach_run(3, STEP_S, 1000, shorter);
	for (int i = 0; i < 1000; i++)
		cr_assert(eq(int, memcmp(&shorter[i], &run[i], offsetof(struct sim_moment, phase)), 0));
	free(shorter);
}
