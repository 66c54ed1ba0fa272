#include <stddef.h>

#include "kernels_set.h"

#define LANES 8

/* Eight floats at any address. */
typedef float v8 __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

static float sum_lanes(const float *v)
{
	return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

static float dot(const float *restrict a, const float *restrict b, int n)
{
	union {
		v8 vector;
		float lane[LANES];
	} sum[4] = {0};
	int i = 0;

	for (; i + 4 * LANES <= n; i += 4 * LANES)
		for (int j = 0; j < 4; j++)
			sum[j].vector += *(const v8 *)(a + i + j * LANES) * *(const v8 *)(b + i + j * LANES);
	for (; i + LANES <= n; i += LANES)
		sum[0].vector += *(const v8 *)(a + i) * *(const v8 *)(b + i);
	for (int l = 0; i < n; i++, l++)
		sum[0].lane[l] += a[i] * b[i];
	sum[0].vector = (sum[0].vector + sum[1].vector) + (sum[2].vector + sum[3].vector);
	return sum_lanes(sum[0].lane);
}

static void affine(float *restrict y, const float *restrict W, const float *restrict b,
		   const float *restrict x, int rows, int cols)
{
	for (int r = 0; r < rows; r++)
		y[r] = dot(W + (size_t)r * (size_t)cols, x, cols) + (b ? b[r] : 0.0f);
}

const struct kernels_set kernels_plain = {"plain", dot, affine};
