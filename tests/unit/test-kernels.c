#include "kernels_case.h"

FOR_EACH_SET(kernels, dot_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 0; n < 3000; n += n < 70 ? 1 : 331) {
		struct numbers a = numbers(n, c->offset, 1 + (unsigned)n),
			       b = numbers(n, 2 * c->offset, 2 + (unsigned)n);
		double magnitude, is = (double)set->dot(a.x, b.x, n),
				  should = dot_twin(a.x, b.x, n, &magnitude);
		cr_expect(fabs(is - should) <= 1e-6 * magnitude, "%s, n = %d: %g, not %g", c->name, n, is,
			  should);
		free(a.memory);
		free(b.memory);
	}
}

Test(kernels, affine_equals_its_twin)
{
	for (int rows = 0; rows < 20; rows++)
		for (int cols = 0; cols < 100; cols += cols < 20 ? 1 : 13) {
			struct numbers W = numbers(rows * cols, 1, 1), x = numbers(cols, 0, 2),
				       b = numbers(rows, 0, 3);
			float y[20], unbiased[20];
			kernel_affine(y, W.x, b.x, x.x, rows, cols);
			kernel_affine(unbiased, W.x, NULL, x.x, rows, cols);
			for (int r = 0; r < rows; r++) {
				double m, should = dot_twin(W.x + r * cols, x.x, cols, &m);
				cr_expect(fabs((double)unbiased[r] - should) <= 1e-6 * m);
				cr_expect(fabs((double)y[r] - should - (double)b.x[r]) <= 1e-6 * (m + 1));
			}
			free(W.memory);
			free(x.memory);
			free(b.memory);
		}
}

static double softplus_twin(double x)
{
	return log1p(exp(-fabs(x))) + fmax(x, 0);
}

static double sigmoid_twin(double x)
{
	return 1 / (1 + exp(-x));
}

static double relu_twin(double x)
{
	return fmax(x, 0);
}

static void expect_elementwise(const struct set_case *c, const char *what,
			       void (*kernel)(float *, const float *, int), double (*twin)(double),
			       double limit)
{
	for (int n = 0; n < 40; n++) {
		struct numbers x = numbers(n, c->offset, (unsigned)n), y = numbers(n, 0, 9);
		for (int i = 0; i < n; i++)
			x.x[i] *= (float)(i % 4 == 0 ? limit : i % 4 == 1 ? 10 : i % 4 == 2 ? 1 : 1e-3);
		kernel(y.x, x.x, n);
		for (int i = 0; i < n; i++) {
			double should = twin((double)x.x[i]);
			cr_expect(fabs((double)y.x[i] - should) <= 1e-6 * fabs(should),
				  "%s %s(%g) = %g, not %g", c->name, what, (double)x.x[i], (double)y.x[i],
				  should);
		}
		kernel(x.x, x.x, n);
		cr_expect(memcmp(x.x, y.x, (size_t)n * sizeof(float)) == 0, "%s in place", what);
		free(x.memory);
		free(y.memory);
	}
}

FOR_EACH_SET(kernels, elementwise_ones_equal_their_twins)
{
	const struct kernels_set *set = set_named(c->name);
	expect_elementwise(c, "exp", set->exp, exp, 86);
	expect_elementwise(c, "sigmoid", set->sigmoid, sigmoid_twin, 86);
	expect_elementwise(c, "tanh", set->tanh, tanh, 86);
	expect_elementwise(c, "relu", set->relu, relu_twin, 86);
	expect_elementwise(c, "silu", set->silu, silu_twin, 86);
	expect_elementwise(c, "softplus", set->softplus, softplus_twin, 86);
}

FOR_EACH_SET(kernels, elementwise_ones_bear_anything)
{
	const struct kernels_set *set = set_named(c->name);
	const float x[6] = {NAN, -NAN, INFINITY, -INFINITY, 1e30f, -1e30f};
	float y[6];
	set->softplus(y, x, 6);
	cr_expect(isnan(y[0]) && isnan(y[1]), "%g %g", (double)y[0], (double)y[1]);
	cr_expect(isinf(y[2]) && y[3] >= 0 && y[3] < 1e-37f);
	cr_expect(eq(flt, y[4], 1e30f));
	set->silu(y, x, 6);
	cr_expect(isnan(y[0]) && isnan(y[1]), "%g %g", (double)y[0], (double)y[1]);
	cr_expect(eq(flt, y[4], 1e30f));
	set->sigmoid(y, x, 6);
	cr_expect(isnan(y[0]) && isnan(y[1]), "%g %g", (double)y[0], (double)y[1]);
	cr_expect(eq(flt, y[2], 1.0f));
	cr_expect(y[3] >= 0 && y[3] < 1e-37f && y[5] >= 0 && y[5] < 1e-37f);
	set->tanh(y, x, 6);
	cr_expect(isnan(y[0]) && isnan(y[1]), "%g %g", (double)y[0], (double)y[1]);
	cr_expect(y[2] == 1 && y[3] == -1 && y[4] == 1 && y[5] == -1);
	set->relu(y, x, 6);
	cr_expect(isnan(y[0]) && isnan(y[1]), "%g %g", (double)y[0], (double)y[1]);
	cr_expect(isinf(y[2]) && y[3] == 0 && y[5] == 0);
	set->exp(y, x, 6);
	cr_expect(isnan(y[0]) && isnan(y[1]), "%g %g", (double)y[0], (double)y[1]);
	cr_expect(y[2] > 1e37f && y[3] < 1e-37f);
}

FOR_EACH_SET(kernels, layer_norm_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 0; n < 600; n += n < 40 ? 1 : 111) {
		struct numbers x = numbers(n, c->offset, 1), gain = numbers(n, 0, 2), bias = numbers(n, 0, 3),
			       y = numbers(n, 0, 4);
		double mean = 0, variance = 0;
		for (int i = 0; i < n; i++) {
			x.x[i] += 3;
			mean += (double)x.x[i] / n;
		}
		for (int i = 0; i < n; i++)
			variance += ((double)x.x[i] - mean) * ((double)x.x[i] - mean) / n;
		set->layer_norm(y.x, x.x, gain.x, bias.x, n);
		for (int i = 0; i < n; i++) {
			double z = ((double)x.x[i] - mean) / sqrt(variance + 1e-5);
			cr_expect(fabs((double)y.x[i] - z * (double)gain.x[i] - (double)bias.x[i]) < 5e-6,
				  "n = %d", n);
		}
		set->layer_norm(x.x, x.x, gain.x, bias.x, n);
		cr_expect(memcmp(x.x, y.x, (size_t)n * sizeof(float)) == 0, "in place");
		free(x.memory);
		free(gain.memory);
		free(bias.memory);
		free(y.memory);
	}
}

Test(kernels, of_avx2_and_avx512_give_the_same_bits)
{
	const struct kernels_set *a = set_named("avx2"), *b = set_named("avx512");
	struct numbers x = numbers(199, 0, 1), gain = numbers(199, 0, 2), bias = numbers(199, 0, 3);
	float ya[199], yb[199];
	void (*const of[2][6])(float *, const float *, int) = {
		{a->exp, a->sigmoid, a->tanh, a->relu, a->silu, a->softplus},
		{b->exp, b->sigmoid, b->tanh, b->relu, b->silu, b->softplus},
	};
	for (int i = 0; i < 6; i++) {
		of[0][i](ya, x.x, 199);
		of[1][i](yb, x.x, 199);
		cr_expect(memcmp(ya, yb, sizeof(ya)) == 0, "%d", i);
	}
	a->layer_norm(ya, x.x, gain.x, bias.x, 199);
	b->layer_norm(yb, x.x, gain.x, bias.x, 199);
	cr_expect(memcmp(ya, yb, sizeof(ya)) == 0);
	cr_expect(eq(flt, a->dot(x.x, gain.x, 199), b->dot(x.x, gain.x, 199)));
	free(x.memory);
	free(gain.memory);
	free(bias.memory);
}

Test(kernels, are_chosen_by_the_processor)
{
	const struct kernels_set *best = kernels_avx512() ? kernels_avx512()
					 : kernels_avx2() ? kernels_avx2()
							  : &kernels_plain;
	float a[3] = {1, 2, 3};
	cr_expect(eq(str, (char *)kernels_name(), (char *)best->name));
	cr_expect(eq(flt, kernel_dot(a, a, 3), 14.0f));
}
