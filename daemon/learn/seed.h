/* seed: numbers by chance, the same ones again for the same seed. [pure] */
#pragma once

#include <stdint.h>

/* Any value is a valid start. */
struct seed {
	uint64_t state;
};

/* A seed for part `at` of what `seed` begins; parts do not overlap in practice. */
uint64_t seed_part(uint64_t seed, uint64_t at);

uint64_t seed_next(struct seed *s);

/* Uniform in [0, 1). */
double seed_uniform(struct seed *s);

/* 0 .. n - 1, n at least 1. */
int64_t seed_below(struct seed *s, int64_t n);
