/* units: how often each unit fires, and which are dead or noisy. [pure] Loop thread. */
#pragma once

#include <stdint.h>

#include "types.h"

#define UNITS_RATE_TAU_S 10.0

struct units {
	int n_units;
	double bin_s;
	int64_t n_bins;    /* seen so far, gaps left out */
	float *rate_hz;    /* (n_units) */
	int64_t *last_bin; /* (n_units) n_bins at its last spike; -1: none yet */
	uint8_t *masked;   /* (n_units) */
};

enum unit_condition { UNIT_GOOD, UNIT_DEAD, UNIT_NOISY };

int units_create(int n_units, int64_t bin_us, struct units **ret);
void units_destroy(struct units *u);

/* One good bin: counts (n_units). */
void units_observe(struct units *u, const uint16_t *counts);

enum unit_condition units_condition(const struct units *u, int unit, double dead_after_s, double noisy_hz);
