#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>

#include "lbfgs.h"

/* Rosenbrock's valley in pairs of coordinates: least, 0, where all are 1. */
static double valley(void *arg, const double *x, double *gradient)
{
	int n = *(const int *)arg;
	double sum = 0;
	for (int i = 0; i < n; i += 2) {
		double a = 1 - x[i], b = x[i + 1] - x[i] * x[i];
		sum += a * a + 100 * b * b;
		gradient[i] = -2 * a - 400 * x[i] * b;
		gradient[i + 1] = 200 * b;
	}
	return sum;
}

Test(lbfgs, walks_down_a_bent_valley)
{
	int n = 20;
	double x[20];
	struct lbfgs_report report = { 0 };
	for (int i = 0; i < n; i++)
		x[i] = i % 2 ? 1 : -1.2;
	cr_assert(
		eq(int, lbfgs_minimise(&(struct lbfgs_problem){ n, valley, &n, 1e-8, 300 }, x, &report), 0));
	for (int i = 0; i < n; i++)
		cr_expect(lt(dbl, fabs(x[i] - 1), 1e-6), "x[%d] = %g", i, x[i]);
	cr_expect(lt(dbl, report.gradient, 1e-8));
	cr_expect(lt(int, report.iterations, 100));
	cr_expect(lt(int, report.evaluations, 150));
}

/* sum (i + 1) (x_i - i)^2: exact within few steps more than there are curvatures. */
static double bowl(void *arg, const double *x, double *gradient)
{
	double sum = 0;
	for (int i = 0; i < *(const int *)arg; i++) {
		sum += (i + 1) * (x[i] - i) * (x[i] - i);
		gradient[i] = 2 * (i + 1) * (x[i] - i);
	}
	return sum;
}

Test(lbfgs, stops_at_the_last_iteration)
{
	int n = 5;
	double x[5] = { 9, 9, 9, 9, 9 };
	struct lbfgs_report report = { 0 };
	cr_expect(eq(int, lbfgs_minimise(&(struct lbfgs_problem){ n, bowl, &n, 1e-12, 2 }, x, &report),
		     -EAGAIN));
	cr_expect(eq(int, report.iterations, 2));
	double gradient[5];
	cr_expect(eq(dbl, bowl(&n, x, gradient), report.value), "x is where the value was found");
	cr_expect(lt(dbl, report.value, 81 + 2 * 64 + 3 * 49 + 4 * 36 + 5 * 25));
}

Test(lbfgs, stays_where_nothing_can_be_gained)
{
	int n = 5;
	double x[5] = { 0, 1, 2, 3, 4 };
	struct lbfgs_report report = { 0 };
	cr_expect(eq(int, lbfgs_minimise(&(struct lbfgs_problem){ n, bowl, &n, 1e-12, 9 }, x, &report), 0));
	cr_expect(eq(int, report.evaluations, 1));
	cr_expect(eq(dbl, x[3], 3));
}

/* -ln x + x, which is not a number below 0: least, 1, at 1. */
static double cliff(void *arg, const double *x, double *gradient)
{
	(void)arg;
	gradient[0] = 1 - 1 / x[0];
	return x[0] > 0 ? x[0] - log(x[0]) : NAN;
}

Test(lbfgs, keeps_off_a_cliff)
{
	double x = 0.01;
	struct lbfgs_report report = { 0 };
	cr_expect(eq(int, lbfgs_minimise(&(struct lbfgs_problem){ 1, cliff, NULL, 1e-9, 100 }, &x, &report),
		     0));
	cr_expect(lt(dbl, fabs(x - 1), 1e-6));
	x = -1;
	cr_expect(eq(int, lbfgs_minimise(&(struct lbfgs_problem){ 1, cliff, NULL, 1e-9, 100 }, &x, &report),
		     -EDOM));
}
