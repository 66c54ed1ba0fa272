#include "cholesky.h"

#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>

#define BLOCK 64

static int factor_block(double *A, int n, int stride)
{
	for (int j = 0; j < n; j++) {
		double *row = A + (size_t)j * stride;
		double left = row[j] - cblas_ddot(j, row, 1, row, 1);
		if (!(left > 0) || !isfinite(left))
			return -EDOM;
		row[j] = sqrt(left);
		for (int i = j + 1; i < n; i++) {
			double *below = A + (size_t)i * stride;
			below[j] = (below[j] - cblas_ddot(j, below, 1, row, 1)) / row[j];
		}
	}
	return 0;
}

int cholesky_factor(double *A, int n)
{
	for (int k = 0; k < n; k += BLOCK) {
		int size = n - k < BLOCK ? n - k : BLOCK, rest = n - k - size;
		double *corner = A + (size_t)k * n + k;
		double *panel = corner + (size_t)size * n;
		int r = factor_block(corner, size, n);
		if (r < 0)
			return r;
		if (rest == 0)
			break;
		cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, rest, size, 1,
			    corner, n, panel, n);
		cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, rest, size, -1, panel, n, 1,
			    panel + size, n);
	}
	return 0;
}

void cholesky_solve(const double *L, int n, double *B, int n_right)
{
	cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, n_right, 1, L, n, B,
		    n_right);
	cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, n_right, 1, L, n, B,
		    n_right);
}
