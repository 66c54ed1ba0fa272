/* kalman_fit: the parts of a Kalman filter from sums, so that rows need not be kept. [pure]
 *
 * State x (n_state numbers, about standardised, then a constant 1), observed z (n_observed numbers):
 *   x' = A x + w, w ~ N(0, W)      z = C x + q, q ~ N(0, Q)
 * all by least squares. Row-major, in double. */
#pragma once

#include <stdint.h>

struct kalman_sums {
	int n_state, n_observed;
	int64_t n_steps, n_seen;
	double *steps; /* (2 n_state + 1)^2, lower triangle: products of [x, 1, x'] */
	double *seen;  /* (n_state + 1 + n_observed)^2, lower triangle: products of [x, 1, z] */
};

/* -ENOMEM. All sums are zero. */
int kalman_sums_create(int n_state, int n_observed, struct kalman_sums **ret);
void kalman_sums_destroy(struct kalman_sums *s);

/* Rows [x, 1, x'] and [x, 1, z], as wide as the sums say. A few hundred at a time are fastest. */
void kalman_sums_add_steps(struct kalman_sums *s, const double *rows, int n_rows);
void kalman_sums_add_seen(struct kalman_sums *s, const double *rows, int n_rows);

/* As if all rows of `from` had been added to `into`. */
void kalman_sums_merge(struct kalman_sums *into, const struct kalman_sums *from);

/* n = n_state + 1. One allocation. */
struct kalman_model {
	int n, n_observed;
	double *A, *W;   /* (n, n) */
	double *start;   /* (n) mean of x */
	double *initial; /* (n, n) its covariance */
	double *C;       /* (n_observed, n) */
	double *G;       /* (n, n_observed) = C^T Q^-1 */
};

/* `shrink` 0 .. 1 takes the correlations out of Q. A z that never varies is given the variance 1, so that
 * it tells nothing. -ENOMEM, -EDOM where the sums give no filter (no rows, states that repeat each other,
 * not finite). */
int kalman_fit(const struct kalman_sums *s, double shrink, struct kalman_model **ret);
void kalman_model_destroy(struct kalman_model *m);
