/* ridge: least squares with a penalty on the weights, from sums alone, so that rows need not be kept. [pure]
 *
 * For each target the weights w and the bias b least in  sum over rows (y - w x - b)^2 + penalty |w|^2;
 * the bias is free. Features should be z-scored: the penalty treats them alike. All in double. */
#pragma once

#include <stdint.h>

struct ridge_sums {
	int n_features, n_targets;
	int64_t n_rows;
	double *xx; /* (n_features, n_features) lower triangle: sum of x x^T */
	double *xy; /* (n_features, n_targets) */
	double *x;  /* (n_features) */
	double *y;  /* (n_targets) */
	double *yy; /* (n_targets) */
};

/* -ENOMEM. All sums are zero. */
int ridge_sums_create(int n_features, int n_targets, struct ridge_sums **ret);
void ridge_sums_destroy(struct ridge_sums *s);

/* X (n_rows, n_features), Y (n_rows, n_targets), row-major. A few hundred rows at a time are fastest. */
void ridge_sums_add(struct ridge_sums *s, const double *X, const double *Y, int n_rows);

/* As if all rows of `from` had been added to `into`. */
void ridge_sums_merge(struct ridge_sums *into, const struct ridge_sums *from);

/* penalty > 0. W (n_targets, n_features), b (n_targets). -ENOMEM, -EDOM (no rows, or sums that are not
 * finite). */
int ridge_solve(const struct ridge_sums *s, double penalty, double *W, double *b);

/* R^2 of each target on the rows behind `s`; (n_targets). 0 where the target is constant there. -ENOMEM,
 * -EDOM (no rows). */
int ridge_r2(const struct ridge_sums *s, const double *W, const double *b, double *ret);

/* The best of `penalties` for each target: fitted on `fit`, judged by the squared error on `check`, whose R^2
 * is told. (n_targets) each. */
int ridge_choose(const struct ridge_sums *fit, const struct ridge_sums *check, const double *penalties,
		 int n_penalties, double *ret_penalty, double *ret_r2);
