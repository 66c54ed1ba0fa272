/* sim_random: xoshiro256++ (Blackman and Vigna, 2019), seeded by splitmix64. The same numbers on every
 * machine for a seed; normal and poisson also rest on libm, whose last bits may differ between kinds of
 * processor. */
#pragma once

#include <stdint.h>

struct sim_random {
	uint64_t s[4];
};

/* Streams of one seed are independent of one another: one for each purpose, so that a draw more here moves
 * nothing there. */
void sim_random_seed(struct sim_random *r, uint64_t seed, uint64_t stream);

uint64_t sim_random_next(struct sim_random *r);

/* [0, 1) */
double sim_random_uniform(struct sim_random *r);
double sim_random_between(struct sim_random *r, double low, double high);
double sim_random_normal(struct sim_random *r);
int sim_random_poisson(struct sim_random *r, double mean);
