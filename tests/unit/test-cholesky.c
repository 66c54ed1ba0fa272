#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cholesky.h"

/* A deterministic number in -1 .. 1. */
static double noise(int i)
{
	double x = sin(i * 12.9898) * 43758.5453;
	return 2 * (x - floor(x)) - 1;
}

/* M M^T / n + 0.1 I. */
static void make_definite(double *A, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			double sum = i == j ? 0.1 * n : 0;
			for (int k = 0; k < n; k++)
				sum += noise(i * n + k) * noise(j * n + k);
			A[i * n + j] = sum / n;
		}
}

struct size_case {
	int n;
};

ParameterizedTestParameters(cholesky, solves)
{
	static struct size_case cases[] = { { 1 }, { 2 }, { 7 }, { 63 }, { 64 }, { 65 }, { 150 } };
	return cr_make_param_array(struct size_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct size_case *c, cholesky, solves)
{
	int n = c->n;
	double *A = malloc((size_t)(n * n) * sizeof(*A)), *L = malloc((size_t)(n * n) * sizeof(*L));
	double *x = malloc((size_t)n * 2 * sizeof(*x));
	make_definite(A, n);
	for (int i = 0; i < n * n; i++)
		L[i] = i / n >= i % n ? A[i] : NAN; /* what is above the diagonal must not matter */
	for (int i = 0; i < n * 2; i++)
		x[i] = noise(i + 5);
	cr_assert(eq(int, cholesky_factor(L, n), 0));
	cholesky_solve(L, n, x, 2);
	for (int i = 0; i < n; i++)
		for (int k = 0; k < 2; k++) {
			double sum = 0;
			for (int j = 0; j < n; j++)
				sum += A[i * n + j] * x[j * 2 + k];
			cr_expect(ieee_ulp_eq(dbl, 1 + sum, 1 + noise(i * 2 + k + 5), 1 << 14), "n %d row %d",
				  n, i);
		}
	free(A);
	free(L);
	free(x);
}

Test(cholesky, refuses_what_is_not_definite)
{
	double indefinite[] = { 1, 0, 2, 1 }, nan[] = { NAN };
	cr_expect(eq(int, cholesky_factor(indefinite, 2), -EDOM));
	cr_expect(eq(int, cholesky_factor(nan, 1), -EDOM));
}
