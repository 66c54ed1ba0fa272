/* cholesky: solving with a symmetric positive definite matrix, in double, blocked on BLAS. [pure] */
#pragma once

/* A (n, n) row-major, its lower triangle in; L with A = L L^T in the lower triangle out. What is above the
 * diagonal is neither read nor written. -EDOM where A is not positive definite; A is then half done. */
int cholesky_factor(double *A, int n);

/* B (n, n_right) row-major: the right-hand sides in, the solutions of L L^T X = B out. */
void cholesky_solve(const double *L, int n, double *B, int n_right);
