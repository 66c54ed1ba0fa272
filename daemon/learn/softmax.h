/* softmax: multinomial regression by L-BFGS. [pure]
 *
 * Least in  mean over n rows of -ln p(label | x) + penalty / (2 n) |W|^2,  p = softmax(W x + b), b free of
 * the penalty; rows that are left out do not count. */
#pragma once

#include <stdint.h>

struct softmax_rows {
	const float *x;       /* (n_rows, n_features), z-scored */
	const int32_t *label; /* (n_rows) 0 .. n_classes - 1; below 0: the row is left out */
	int64_t n_rows;
	int n_features, n_classes;
};

/* W (n_classes, n_features), then b (n_classes): n_classes (n_features + 1) numbers, the start in and the
 * solution out. Settled where no element of the gradient is above `tolerance`.
 * -EAGAIN where it did not settle in max_iterations (usable all the same), -ENOMEM, -EDOM (no
 * rows, not finite). */
int softmax_fit(const struct softmax_rows *rows, double penalty, double tolerance, int max_iterations,
		double *weights);

/* Mean of -ln p(label), and the part of rows whose label is the most probable. -ENOMEM, -EDOM (no rows). */
int softmax_judge(const struct softmax_rows *rows, const double *weights, double *ret_loss,
		  double *ret_accuracy);

/* p (n_rows, n_classes) of all rows, those that are left out too. -ENOMEM. */
int softmax_probabilities(const struct softmax_rows *rows, const double *weights, float *ret);
