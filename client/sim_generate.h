/* sim_generate: `bcisim generate`: a tuned Poisson population, its kinematics and cues, as a recording. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

struct sim_recipe {
	int units;
	double seconds;
	uint64_t seed;
	int bin_ms;
	bool events; /* also the spikes at 10 ms; bin_ms must be a multiple of it */
	const char *output;
};

/* -EINVAL for a recipe that cannot be; errors of the file. */
int sim_generate(const struct sim_recipe *recipe, struct failure *f);

/* The program: parses argv, prints. The exit code. */
int sim_generate_main(int argc, char **argv);
