/* sim_reach: a hand that reaches from the centre to one of eight targets and back, for ever. [pure]
 *
 * Each movement is of minimum jerk (Flash and Hogan, 1985), slightly bowed, with some scatter at its end;
 * between movements the hand is still. A trial is cue, go (reaction and movement), hold, reward; the way back
 * lies outside trials. */
#pragma once

#include <stdint.h>

#define SIM_REACH_TARGETS 8
#define SIM_REACH_DISTANCE_M 0.1

struct sim_moment {
	double position_m[2]; /* from the centre of the workspace */
	double velocity_m_s[2];
	int32_t trial;  /* from 0; -1 outside trials */
	int32_t target; /* 0 .. 7, counter-clockwise from the right; -1 outside trials */
	int32_t phase;  /* Phase of cue.proto */
};

/* Moments 0, step, 2 step, … s into `ret` (n). The hand starts at rest in the centre. A longer run begins
 * with the shorter. */
void sim_reach_run(uint64_t seed, double step_s, int64_t n, struct sim_moment *ret);
