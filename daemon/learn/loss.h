/* loss: how far outputs are from what came, and the slope. [pure]
 *
 * Rows (n, width), without padding. `mask` (n, width) weighs each entry, NULL: all count 1. Each returns the
 * weighted sum, to be divided by the sum of weights; `slope` is that of the sum times `factor`. Weights of 0
 * hide what stands there, also what is not a number. */
#pragma once

#include <stdint.h>

#include "real.h"

struct loss_rows {
	int n, width;
	const real *mask;
	real factor;
};

/* Sum of weights: n width where there is no mask. */
double loss_weight(const struct loss_rows *rows);

/* Poisson: rate - count ln(rate + 1e-8). slope may be rate. */
double loss_poisson(const struct loss_rows *rows, const real *rate, const real *count, real *slope);

/* The same of rate = softplus(x), slope that of x; rate is written. slope may be x. */
double loss_poisson_softplus(const struct loss_rows *rows, const real *x, const real *count, real *rate,
			     real *slope);

/* (y - truth)^2. slope may be y. */
double loss_square(const struct loss_rows *rows, const real *y, const real *truth, real *slope);

/* -ln p(label), p = softmax(x) over the row; label (n) 0 .. width - 1, below 0: the row does not count.
 * mask (n), one weight a row. slope may be x. */
double loss_entropy(const struct loss_rows *rows, const real *x, const int32_t *label, real *slope);
