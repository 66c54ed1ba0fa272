/* replay_score: two estimates of the same bins beside each other, and beside what the effector did. */
#pragma once

#include <stdint.h>

#include "gate.h"
#include "session.h"

/* Sums of one series against a truth, in double. */
struct replay_sums {
	int64_t n;
	double truth, truth2, squared, absolute; /* of truth, truth², (series - truth)², |series - truth| */
};

struct replay_score_output {
	char name[OUTPUT_NAME_SIZE], unit[OUTPUT_UNIT_SIZE];
	int recorded, other;       /* places of this output in both estimates */
	int axis;                  /* of the effector's velocity; -1: none */
	double to_mm;
	struct replay_sums apart;  /* the other's against the recorded one */
	struct replay_sums recorded_effector, other_effector; /* against the effector's velocity, mm/s */
};

/* Zeroed is valid: nothing in common. */
struct replay_score {
	char model[SESSION_NAME_MAX];
	int n_outputs;
	struct replay_score_output outputs[MAX_OUTPUTS];
};

/* The outputs that both have, by name. */
void replay_score_begin(struct replay_score *s, const struct output *recorded, int n_recorded,
			const struct output *other, int n_other);

/* One bin: both estimates, and the effector's newest velocity before its edge (NULL: none). */
void replay_score_add(struct replay_score *s, const float *recorded, const float *other,
		      const struct session_effector *effector);

/* 1 - residual / variance of the truth; NAN where the truth is constant or empty. */
double replay_score_r2(const struct replay_sums *s);
double replay_score_difference(const struct replay_sums *s); /* mean absolute; NAN where empty */
