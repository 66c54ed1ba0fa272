/* kernels_case: what the tests of the kernels share: every set in turn, numbers, twins. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels_set.h"

struct set_case {
	char name[24];
	int offset; /* floats off alignment */
};

static inline const struct kernels_set *set_named(const char *name)
{
	const struct kernels_set *set = strcmp(name, "avx512") == 0 ? kernels_avx512()
					: strcmp(name, "avx2") == 0 ? kernels_avx2()
								    : &kernels_plain;
	if (!set)
		cr_skip_test("this processor has no %s", name);
	return set;
}

static struct set_case set_cases[] = {
	{"plain", 0}, {"plain", 1}, {"avx2", 0}, {"avx2", 1}, {"avx512", 0}, {"avx512", 3},
};

#define FOR_EACH_SET(suite, test)                                                                            \
	ParameterizedTestParameters(suite, test)                                                             \
	{                                                                                                    \
		return cr_make_param_array(struct set_case, set_cases,                                       \
					   sizeof(set_cases) / sizeof(*set_cases));                          \
	}                                                                                                    \
	ParameterizedTest(struct set_case *c, suite, test)

/* n numbers in (-1, 1), `offset` floats off alignment. They end where the allocation ends, so that a
 * sanitizer sees a read beyond them. */
struct numbers {
	float *memory;
	float *x;
};

static inline struct numbers numbers(int n, int offset, unsigned seed)
{
	struct numbers v = {malloc((size_t)(n + offset) * sizeof(float) + !(n + offset)), NULL};
	cr_assert(ne(ptr, v.memory, NULL));
	v.x = v.memory + offset;
	for (int i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		v.x[i] = (float)(seed >> 8) / (1 << 23) - 1.0f;
	}
	return v;
}

static inline double dot_twin(const float *a, const float *b, int n, double *ret_magnitude)
{
	double sum = 0, magnitude = 0;
	for (int i = 0; i < n; i++) {
		sum += (double)a[i] * (double)b[i];
		magnitude += fabs((double)a[i] * (double)b[i]);
	}
	*ret_magnitude = magnitude;
	return sum;
}

static inline double silu_twin(double x)
{
	return x / (1 + exp(-x));
}
