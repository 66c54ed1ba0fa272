#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>

#include "ridge.h"

#define ROWS 60
#define P 3
#define T 2

static double X[ROWS][P], Y[ROWS][T];

static double noise(int i)
{
	double x = sin(i * 78.233) * 43758.5453;
	return 2 * (x - floor(x)) - 1;
}

/* y0 = 2 x0 - x2 + 5 + noise, y1 = 3 x1 - 1 + noise; features away from zero, so that the bias matters. */
static void make_data(double noisy)
{
	for (int i = 0; i < ROWS; i++) {
		for (int j = 0; j < P; j++)
			X[i][j] = noise(i * P + j) + j;
		Y[i][0] = 2 * X[i][0] - X[i][2] + 5 + noisy * noise(i + 1000);
		Y[i][1] = 3 * X[i][1] - 1 + noisy * noise(i + 2000);
	}
}

static struct ridge_sums *sums_of(int from, int until)
{
	struct ridge_sums *s;
	cr_assert(eq(int, ridge_sums_create(P, T, &s), 0));
	ridge_sums_add(s, X[from], Y[from], until - from);
	return s;
}

static double loss(const double *w, double b, int target, double penalty)
{
	double sum = 0;
	for (int j = 0; j < P; j++)
		sum += penalty * w[j] * w[j];
	for (int i = 0; i < ROWS; i++) {
		double off = Y[i][target] - b;
		for (int j = 0; j < P; j++)
			off -= w[j] * X[i][j];
		sum += off * off;
	}
	return sum;
}

Test(ridge, finds_exact_weights_without_noise)
{
	double W[T][P], b[T];
	make_data(0);
	struct ridge_sums *s = sums_of(0, ROWS);
	cr_assert(eq(int, ridge_solve(s, 1e-9, W[0], b), 0));
	cr_expect(lt(dbl, fabs(W[0][0] - 2) + fabs(W[0][1]) + fabs(W[0][2] + 1) + fabs(b[0] - 5), 1e-7));
	cr_expect(lt(dbl, fabs(W[1][0]) + fabs(W[1][1] - 3) + fabs(W[1][2]) + fabs(b[1] + 1), 1e-7));
	ridge_sums_destroy(s);
}

/* The solution is where no step in any direction lowers the penalised loss, the bias being free of the
 * penalty. */
Test(ridge, minimises_the_penalised_loss)
{
	double W[T][P], b[T];
	make_data(1);
	struct ridge_sums *s = sums_of(0, ROWS);
	cr_assert(eq(int, ridge_solve(s, 25, W[0], b), 0));
	for (int t = 0; t < T; t++) {
		double least = loss(W[t], b[t], t, 25);
		for (int j = 0; j <= P; j++)
			for (double step = -0.01; step < 0.02; step += 0.02) {
				double w[P] = { W[t][0], W[t][1], W[t][2] }, bias = b[t];
				*(j < P ? &w[j] : &bias) += step;
				cr_expect(gt(dbl, loss(w, bias, t, 25), least), "target %d direction %d", t,
					  j);
			}
	}
	ridge_sums_destroy(s);
}

Test(ridge, r2_is_that_of_the_rows)
{
	double W[T][P], b[T], r2[T];
	make_data(1);
	struct ridge_sums *fit = sums_of(0, 40), *check = sums_of(40, ROWS);
	cr_assert(eq(int, ridge_solve(fit, 3, W[0], b), 0));
	cr_assert(eq(int, ridge_r2(check, W[0], b, r2), 0));
	for (int t = 0; t < T; t++) {
		double mean = 0, residual = 0, total = 0;
		for (int i = 40; i < ROWS; i++)
			mean += Y[i][t] / (ROWS - 40);
		for (int i = 40; i < ROWS; i++) {
			double off =
				Y[i][t] - b[t] - W[t][0] * X[i][0] - W[t][1] * X[i][1] - W[t][2] * X[i][2];
			residual += off * off;
			total += (Y[i][t] - mean) * (Y[i][t] - mean);
		}
		cr_expect(lt(dbl, fabs(r2[t] - (1 - residual / total)), 1e-10));
	}
	ridge_sums_destroy(fit);
	ridge_sums_destroy(check);
}

Test(ridge, merged_sums_are_those_of_all_rows)
{
	double W[T][P], b[T], W_all[T][P], b_all[T];
	make_data(1);
	struct ridge_sums *a = sums_of(0, 17), *rest = sums_of(17, ROWS), *all = sums_of(0, ROWS);
	ridge_sums_merge(a, rest);
	cr_assert(eq(int, ridge_solve(a, 2, W[0], b), 0));
	cr_assert(eq(int, ridge_solve(all, 2, W_all[0], b_all), 0));
	for (int t = 0; t < T; t++)
		for (int j = 0; j < P; j++)
			cr_expect(lt(dbl, fabs(W[t][j] - W_all[t][j]), 1e-10));
	cr_expect(lt(dbl, fabs(b[0] - b_all[0]), 1e-10));
	ridge_sums_destroy(a);
	ridge_sums_destroy(rest);
	ridge_sums_destroy(all);
}

Test(ridge, chooses_a_penalty_for_each_target)
{
	static const double penalties[] = { 1e-3, 1, 1e5 };
	double chosen[T], r2[T];
	make_data(0.1);
	for (int i = 0; i < ROWS; i++)
		Y[i][1] = i < 40 ? X[i][1]
				 : -X[i][1]; /* what was learned is wrong later: the heaviest penalty wins */
	struct ridge_sums *fit = sums_of(0, 40), *check = sums_of(40, ROWS);
	cr_assert(eq(int, ridge_choose(fit, check, penalties, 3, chosen, r2), 0));
	cr_expect(lt(dbl, chosen[0], 2));
	cr_expect(gt(dbl, r2[0], 0.95));
	cr_expect(eq(dbl, chosen[1], 1e5));
	ridge_sums_destroy(check);

	for (int i = 40; i < ROWS; i++)
		Y[i][1] = fit->y[1] / 40; /* at rest there is no R^2, but an error all the same */
	check = sums_of(40, ROWS);
	cr_assert(eq(int, ridge_choose(fit, check, penalties, 3, chosen, r2), 0));
	cr_expect(eq(dbl, chosen[1], 1e5));
	cr_expect(eq(dbl, r2[1], 0));
	ridge_sums_destroy(fit);
	ridge_sums_destroy(check);
}

Test(ridge, refuses_no_rows_and_what_is_not_finite)
{
	double W[T][P], b[T], r2[T];
	make_data(0);
	struct ridge_sums *s = sums_of(0, 0);
	cr_expect(eq(int, ridge_solve(s, 1, W[0], b), -EDOM));
	cr_expect(eq(int, ridge_r2(s, W[0], b, r2), -EDOM));
	X[0][0] = NAN;
	ridge_sums_add(s, X[0], Y[0], 2);
	cr_expect(eq(int, ridge_solve(s, 1, W[0], b), -EDOM));
	ridge_sums_destroy(s);
}
