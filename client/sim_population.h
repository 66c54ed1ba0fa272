/* sim_population: units that fire by how the hand moves. [pure]
 *
 * rate = baseline exp(velocity . preferred direction + speed + position . its own direction), a log-linear
 * cosine tuning (Truccolo et al., J Neurophysiol 93, 2005; Moran and Schwartz, 1999), a little ahead of the
 * hand, at most 200 Hz. Poisson. */
#pragma once

#include <stdint.h>

#include "sim_random.h"
#include "sim_reach.h"

#define SIM_LEAD_MAX_S 0.15

struct sim_unit {
	double baseline_hz; /* 1 .. 20, log-normal */
	double velocity[2]; /* change of log rate a m/s */
	double speed;       /* the same */
	double position[2]; /* change of log rate a m */
	double lead_s;      /* how far ahead of the hand */
	struct sim_random random;
};

/* Unit `index` of seed: the same whatever other units there are. */
void sim_unit_init(struct sim_unit *u, uint64_t seed, int index);

/* Hz, at a moment of the hand. */
double sim_unit_rate(const struct sim_unit *u, const struct sim_moment *m);
