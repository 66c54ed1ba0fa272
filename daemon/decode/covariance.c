#include "covariance.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void covariance_spread(double *P, const float *A, const float *W, int n)
{
	double AP[COVARIANCE_MAX * COVARIANCE_MAX];
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			AP[i * n + j] = 0;
			for (int m = 0; m < n; m++)
				AP[i * n + j] += A[i * n + m] * P[m * n + j];
		}
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++) {
			double sum = ((double)W[i * n + j] + W[j * n + i]) / 2;
			for (int m = 0; m < n; m++)
				sum += AP[i * n + m] * A[j * n + m];
			P[i * n + j] = P[j * n + i] = sum;
		}
}

/* Gauss and Jordan with row pivots: B (n, n) becomes A^-1 B, A is used up. False where A is singular. */
static bool solve(double *A, double *B, int n)
{
	for (int c = 0; c < n; c++) {
		int most = c;
		for (int i = c + 1; i < n; i++)
			if (fabs(A[i * n + c]) > fabs(A[most * n + c]))
				most = i;
		if (!(fabs(A[most * n + c]) > 0))
			return false;
		for (int j = 0; j < n; j++) {
			double a = A[c * n + j], b = B[c * n + j];
			A[c * n + j] = A[most * n + j];
			B[c * n + j] = B[most * n + j];
			A[most * n + j] = a;
			B[most * n + j] = b;
		}
		for (int i = 0; i < n; i++) {
			double factor = i == c ? 0 : A[i * n + c] / A[c * n + c];
			for (int j = 0; factor != 0 && j < n; j++) {
				A[i * n + j] -= factor * A[c * n + j];
				B[i * n + j] -= factor * B[c * n + j];
			}
		}
	}
	for (int i = 0; i < n * n; i++)
		B[i] /= A[i / n * n + i / n];
	return true;
}

void covariance_narrow(double *P, const double *M, int n)
{
	double left[COVARIANCE_MAX * COVARIANCE_MAX], right[COVARIANCE_MAX * COVARIANCE_MAX];
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			left[i * n + j] = i == j;
			for (int m = 0; m < n; m++)
				left[i * n + j] += P[i * n + m] * M[m * n + j];
		}
	memcpy(right, P, (size_t)(n * n) * sizeof(*P));
	if (!solve(left, right, n))
		return;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			P[i * n + j] = (right[i * n + j] + right[j * n + i]) / 2;
}
