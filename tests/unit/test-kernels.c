#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "kernels_set.h"

struct set_case {
	char name[24];
	int offset; /* floats off alignment */
};

static const struct kernels_set *set_named(const char *name)
{
	const struct kernels_set *set = strcmp(name, "plain") == 0 ? &kernels_plain : kernels_avx2();
	if (!set)
		cr_skip_test("this processor has no %s", name);
	return set;
}

static struct set_case set_cases[] = {
	{"plain", 0}, {"plain", 1}, {"plain", 3}, {"avx2", 0}, {"avx2", 1}, {"avx2", 3},
};
#define SET_CASES cr_make_param_array(struct set_case, set_cases, sizeof(set_cases) / sizeof(*set_cases))

/* n numbers in (-1, 1), `offset` floats off alignment; the end is the end of the allocation, so that a
 * sanitizer sees a read beyond it. */
static float *numbers(int n, int offset, unsigned seed, void **ret_memory)
{
	float *x = malloc(((size_t)n + (size_t)offset) * sizeof(*x) + 1);
	cr_assert(ne(ptr, x, NULL));
	*ret_memory = x;
	x += offset;
	for (int i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		x[i] = (float)(seed >> 8) / (1 << 23) - 1.0f;
	}
	return x;
}

static double dot_twin(const float *a, const float *b, int n, double *ret_magnitude)
{
	double sum = 0, magnitude = 0;
	for (int i = 0; i < n; i++) {
		sum += (double)a[i] * (double)b[i];
		magnitude += fabs((double)a[i] * (double)b[i]);
	}
	*ret_magnitude = magnitude;
	return sum;
}

ParameterizedTestParameters(kernels, dot_equals_its_twin)
{
	return SET_CASES;
}

ParameterizedTest(struct set_case *c, kernels, dot_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 0; n < 3000; n += n < 70 ? 1 : 331) {
		void *ma, *mb;
		double magnitude;
		float *a = numbers(n, c->offset, 1 + (unsigned)n, &ma),
		      *b = numbers(n, 2 * c->offset, 2 + (unsigned)n, &mb);
		double is = set->dot(a, b, n), should = dot_twin(a, b, n, &magnitude);
		cr_expect(fabs(is - should) <= 1e-6 * magnitude, "%s, n = %d: %g, not %g", c->name, n, is,
			  should);
		free(ma);
		free(mb);
	}
}

ParameterizedTestParameters(kernels, affine_equals_its_twin)
{
	return SET_CASES;
}

ParameterizedTest(struct set_case *c, kernels, affine_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int rows = 0; rows < 20; rows++)
		for (int cols = 0; cols < 100; cols += cols < 20 ? 1 : 13) {
			void *mw, *mx, *mb;
			float *W = numbers(rows * cols, c->offset, 1, &mw),
			      *x = numbers(cols, 2 * c->offset, 2, &mx);
			float *b = numbers(rows, c->offset, 3, &mb), y[20], unbiased[20];
			set->affine(y, W, b, x, rows, cols);
			set->affine(unbiased, W, NULL, x, rows, cols);
			for (int r = 0; r < rows; r++) {
				double magnitude, should = dot_twin(W + r * cols, x, cols, &magnitude);
				cr_expect(fabs((double)unbiased[r] - should) <= 1e-6 * magnitude, "%d x %d",
					  rows, cols);
				cr_expect(fabs((double)y[r] - should - (double)b[r]) <=
						  1e-6 * (magnitude + 1),
					  "%d x %d", rows, cols);
			}
			free(mw);
			free(mx);
			free(mb);
		}
}

ParameterizedTestParameters(kernels, rows_do_not_depend_on_companions)
{
	return SET_CASES;
}

ParameterizedTest(struct set_case *c, kernels, rows_do_not_depend_on_companions)
{
	const struct kernels_set *set = set_named(c->name);
	enum { ROWS = 39, COLS = 77 };
	void *mw, *mx;
	float *W = numbers(ROWS * COLS, c->offset, 1, &mw), *x = numbers(COLS, 0, 2, &mx), together[ROWS],
	      alone;
	set->affine(together, W, NULL, x, ROWS, COLS);
	for (int r = 0; r < ROWS; r++) {
		set->affine(&alone, W + r * COLS, NULL, x, 1, COLS);
		cr_expect(eq(flt, alone, together[r]), "row %d", r);
	}
	free(mw);
	free(mx);
}

Test(kernels, are_chosen_by_the_processor)
{
	float a[3] = {1, 2, 3}, y[1];
	cr_expect(eq(str, (char *)kernels_name(), kernels_avx2() ? "avx2" : "plain"));
	cr_expect(eq(flt, kernel_dot(a, a, 3), 14.0f));
	kernel_affine(y, a, a, a, 1, 3);
	cr_expect(eq(flt, y[0], 15.0f));
}
