#include "linear.h"

#include <cblas.h>

#include "inner.h"

#ifdef LEARN_DOUBLE
#define gemm cblas_dgemm
#else
#define gemm cblas_sgemm
#endif

void linear_forward(const struct linear *l, real *y, int ld_y, const real *x, int ld_x, int n, bool add)
{
	if (l->b && !add)
		inner_fill(y, l->b, n, l->n_out, ld_y);
	for (int r = 0; l->b && add && r < n; r++)
		for (int i = 0; i < l->n_out; i++)
			y[(ptrdiff_t)r * ld_y + i] += l->b[i];
	gemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, l->n_out, l->n_in, 1, x, ld_x, l->W, l->n_in,
	     l->b || add, y, ld_y);
}

void linear_back(const struct linear *l, real *dx, int ld_x, const real *dy, int ld_y, int n, bool add)
{
	gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, l->n_in, l->n_out, 1, dy, ld_y, l->W, l->n_in, add,
	     dx, ld_x);
}

void linear_gradient(const struct linear *l, real *dW, real *db, const real *dy, int ld_y, const real *x,
		     int ld_x, int n)
{
	gemm(CblasRowMajor, CblasTrans, CblasNoTrans, l->n_out, l->n_in, n, 1, dy, ld_y, x, ld_x, 1, dW,
	     l->n_in);
	if (db)
		inner_sum(db, dy, n, l->n_out, ld_y);
}
