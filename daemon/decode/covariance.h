/* covariance: how sure a Kalman filter is of its state, from bin to bin. [pure]
 *
 * Small, in double, row-major (n, n), and symmetric whatever the rounding. */
#pragma once

#include "types.h"

#define COVARIANCE_MAX (MAX_OUTPUTS + 1) /* n: all outputs and a constant */

/* A bin goes by: P = A P A^T + W; of W its symmetric part. */
void covariance_spread(double *P, const float *A, const float *W, int n);

/* A bin was seen: P = (I + P M)^-1 P, where M = C^T Q^-1 C. Left as it is where that cannot be solved. */
void covariance_narrow(double *P, const double *M, int n);
