/* linear: y = W x + b for many rows at once, and its way back, on BLAS. [pure]
 *
 * W (n_out, n_in) row-major without padding; rows of x and y lie ld_x and ld_y apart. */
#pragma once

#include <stdbool.h>

#include "real.h"

struct linear {
	int n_out, n_in;
	const real *W, *b; /* b (n_out), or NULL */
};

/* y = W x + b for n rows; with `add`, y += W x + b. Where `add` is not set, y may hold anything. */
void linear_forward(const struct linear *l, real *y, int ld_y, const real *x, int ld_x, int n, bool add);

/* dx = W^T dy for n rows; with `add`, dx += W^T dy. */
void linear_back(const struct linear *l, real *dx, int ld_x, const real *dy, int ld_y, int n, bool add);

/* dW += dy^T x, db += sum of dy over n rows; db may be NULL. */
void linear_gradient(const struct linear *l, real *dW, real *db, const real *dy, int ld_y, const real *x,
		     int ld_x, int n);
