/* adamw: Adam with decay apart from the gradient, as PyTorch has it, and what goes with it. [pure]
 *
 *   p -= rate decay p
 *   m = beta1 m + (1 - beta1) g     v = beta2 v + (1 - beta2) g^2
 *   p -= rate m / (1 - beta1^k) / (sqrt(v / (1 - beta2^k)) + eps)          k = 1 at the first step
 * The decay acts on every parameter, as the authors of the published models have it. */
#pragma once

#include <stdint.h>

#include "real.h"

struct adamw_options {
	double rate, decay; /* 3e-4, 1e-4 */
	double beta1, beta2, eps;
	double clip; /* largest norm of all gradients together; 0: any */
};

/* 3e-4, 1e-4, 0.9, 0.999, 1e-8, not clipped. */
struct adamw_options adamw_defaults(void);

/* first and second (n) begin as zeros and are all that a step remembers, with the number of steps. */
struct adamw {
	size_t n;
	int64_t n_steps;
	real *first, *second;
};

/* One step; the options may change from step to step. Returns the norm of the gradient before it is clipped:
 * multiplied by clip / (norm + 1e-6) where that is below 1. Where the norm is not finite nothing is done. */
double adamw_step(struct adamw *a, const struct adamw_options *o, real *value, const real *gradient);

/* Rate of step `at` (from 0) of n_steps: rising in a straight line over the first n_warm, then falling as
 * half a cosine from `rate` to `least`. */
double adamw_schedule(double rate, double least, int64_t at, int64_t n_warm, int64_t n_steps);
