/* kernels: the inner loops, each with a naive double-precision twin in the tests. [pure]
 *
 * A row's bits never depend on its companions: sums run in eight lanes in a fixed order, whatever the batch. */
#pragma once

/* sum_i a[i] b[i]. */
float kernel_dot(const float *restrict a, const float *restrict b, int n);

/* y = W x + b. W (rows, cols) row-major, x (cols), b and y (rows); b may be NULL (zeros). y overlaps nothing. */
void kernel_affine(float *restrict y, const float *restrict W, const float *restrict b, const float *restrict x, int rows,
		   int cols);
