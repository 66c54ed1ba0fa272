#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>

#include "kalman_fit.h"

#define D 2
#define U 3
#define ROWS 4000

static double steps[ROWS][2 * D + 1], seen[ROWS][D + 1 + U];

/* About normal, from six uniform ones. */
static double noise(int i)
{
	double sum = 0;
	for (int k = 0; k < 6; k++) {
		double v = sin((i * 6 + k) * 12.9898 + 0.3) * 43758.5453;
		sum += v - floor(v) - 0.5;
	}
	return sum * M_SQRT2;
}

/* x' = A x + (0.1, 0) + w; z = C x + 0.5 + q, where q_1 goes along with q_0, and z_2 is silent. */
static const double A[D][D] = { { 0.9, 0.1 }, { -0.2, 0.7 } }, C[2][D] = { { 1, 0.5 }, { 0, -2 } };

static struct kalman_sums *make_sums(double noisy)
{
	struct kalman_sums *s;
	double x[D] = { 1, 0 };
	for (int t = 0; t < ROWS; t++) {
		double q = noisy * noise(50000 + t);
		for (int i = 0; i < D; i++)
			steps[t][i] = seen[t][i] = x[i];
		steps[t][D] = seen[t][D] = 1;
		seen[t][D + 1] = C[0][0] * x[0] + C[0][1] * x[1] + 0.5 + q;
		seen[t][D + 2] = C[1][0] * x[0] + C[1][1] * x[1] + 0.5 + 0.5 * q + noisy * noise(90000 + t);
		seen[t][D + 3] = 0;
		double a = A[0][0] * x[0] + A[0][1] * x[1] + 0.1 + (0.1 + 0.2 * noisy) * noise(t);
		double b = A[1][0] * x[0] + A[1][1] * x[1] + (0.1 + 0.2 * noisy) * noise(20000 + t);
		steps[t][D + 1] = x[0] = a;
		steps[t][D + 2] = x[1] = b;
	}
	cr_assert(eq(int, kalman_sums_create(D, U, &s), 0));
	kalman_sums_add_steps(s, steps[0], ROWS);
	kalman_sums_add_seen(s, seen[0], ROWS);
	return s;
}

static void near(double got, double wanted, double tolerance, const char *what, int i, int j)
{
	cr_expect(le(dbl, fabs(got - wanted), tolerance), "%s[%d][%d]: %g is not %g", what, i, j, got,
		  wanted);
}

Test(kalman_fit, finds_what_made_the_rows)
{
	struct kalman_model *m;
	struct kalman_sums *s = make_sums(0.5);
	cr_assert(eq(int, kalman_fit(s, 0, &m), 0));
	for (int i = 0; i < D; i++)
		for (int j = 0; j < D; j++) {
			near(m->A[i * m->n + j], A[i][j], 0.03, "A", i, j);
			near(m->C[i * m->n + j], C[i][j], 0.08, "C", i, j);
			near(m->W[i * m->n + j], i == j ? 0.04 : 0, 0.004, "W", i, j);
		}
	near(m->A[2], 0.1, 0.02, "A", 0, 2);
	near(m->C[2], 0.5, 0.03, "C", 0, 2);
	for (int j = 0; j < m->n; j++) {
		near(m->A[2 * m->n + j], j == 2, 0, "A", 2, j);
		near(m->W[2 * m->n + j], 0, 0, "W", 2, j);
	}
	kalman_model_destroy(m);
	kalman_sums_destroy(s);
}

/* G Q = C^T with the Q that was put in: variances 0.25 and 0.3125, covariance 0.125. */
Test(kalman_fit, weighs_evidence_by_its_noise)
{
	struct kalman_model *m;
	struct kalman_sums *s = make_sums(0.5);
	for (double shrink = 0; shrink <= 1; shrink++) {
		const double Q[2][2] = { { 0.25, 0.125 * (1 - shrink) }, { 0.125 * (1 - shrink), 0.3125 } };
		cr_assert(eq(int, kalman_fit(s, shrink, &m), 0));
		for (int i = 0; i < D; i++)
			for (int u = 0; u < 2; u++)
				near(m->G[i * U] * Q[0][u] + m->G[i * U + 1] * Q[1][u], C[u][i], 0.12, "G Q",
				     i, u);
		near(m->G[2], 0, 1e-9, "G of the silent", 0, 2);
		kalman_model_destroy(m);
	}
	kalman_sums_destroy(s);
}

Test(kalman_fit, starts_at_the_mean)
{
	struct kalman_model *m;
	struct kalman_sums *s = make_sums(0.5);
	double mean = 0, square = 0;
	for (int t = 0; t < ROWS; t++) {
		mean += steps[t][0] / ROWS;
		square += steps[t][0] * steps[t][0] / ROWS;
	}
	cr_assert(eq(int, kalman_fit(s, 0, &m), 0));
	near(m->start[0], mean, 1e-9, "start", 0, 0);
	near(m->start[2], 1, 0, "start", 2, 0);
	near(m->initial[0], square - mean * mean, 1e-9, "initial", 0, 0);
	near(m->initial[1], m->initial[3], 0, "initial", 0, 1);
	near(m->initial[8], 0, 0, "initial", 2, 2);
	kalman_model_destroy(m);
	kalman_sums_destroy(s);
}

Test(kalman_fit, merged_sums_are_those_of_all_rows)
{
	struct kalman_model *m, *parts;
	struct kalman_sums *all = make_sums(0.5), *a, *b;
	cr_assert(eq(int, kalman_sums_create(D, U, &a), 0));
	cr_assert(eq(int, kalman_sums_create(D, U, &b), 0));
	kalman_sums_add_steps(a, steps[0], 1000);
	kalman_sums_add_seen(b, seen[0], 900);
	kalman_sums_add_steps(b, steps[1000], ROWS - 1000);
	kalman_sums_add_seen(a, seen[900], ROWS - 900);
	kalman_sums_merge(a, b);
	cr_assert(eq(int, kalman_fit(all, 0, &m), 0));
	cr_assert(eq(int, kalman_fit(a, 0, &parts), 0));
	for (int i = 0; i < m->n * m->n; i++) {
		near(parts->A[i], m->A[i], 1e-9, "A", i, 0);
		near(parts->G[i], m->G[i], 1e-7, "G", i, 0);
	}
	kalman_model_destroy(m);
	kalman_model_destroy(parts);
	kalman_sums_destroy(a);
	kalman_sums_destroy(b);
	kalman_sums_destroy(all);
}

Test(kalman_fit, refuses_no_rows_and_what_is_not_finite)
{
	struct kalman_model *m;
	struct kalman_sums *s;
	cr_assert(eq(int, kalman_sums_create(D, U, &s), 0));
	cr_expect(eq(int, kalman_fit(s, 0, &m), -EDOM));
	kalman_sums_destroy(s);
	s = make_sums(0.5);
	s->steps[0] = NAN;
	cr_expect(eq(int, kalman_fit(s, 0, &m), -EDOM));
	kalman_sums_destroy(s);
}
