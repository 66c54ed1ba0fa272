/* kernels: the inner loops, each with a naive double-precision twin in the tests. [pure]
 *
 * A row's bits never depend on its companions: sums run in lanes in a fixed order, whatever the batch. They do depend on the kind of
 * processor: the set of kernels is chosen once, when the program starts. Pointers need no alignment beyond a float's; any size from 0. */
#pragma once

/* Which set was chosen: "avx2" or "plain". */
const char *kernels_name(void);

/* sum_i a[i] b[i]. */
float kernel_dot(const float *restrict a, const float *restrict b, int n);

/* y = W x + b. W (rows, cols) row-major, x (cols), b and y (rows); b may be NULL (zeros). y overlaps nothing. */
void kernel_affine(float *restrict y, const float *restrict W, const float *restrict b, const float *restrict x, int rows,
		   int cols);
