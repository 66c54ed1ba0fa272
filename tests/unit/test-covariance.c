#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "covariance.h"

static void near(double got, double wanted)
{
	cr_expect(lt(dbl, fabs(got - wanted), 1e-12), "%.15g is not %.15g", got, wanted);
}

/* By hand: A P = [[2.5, 1.5], [0.5, 1]], A P A^T = [[4, 1.5], [1.5, 1]]. */
Test(covariance, spreads_as_a_bin_goes_by)
{
	static const float A[] = { 1, 1, 0, 1 }, W[] = { 0.25f, 0.5f, 0, 0.125f };
	double P[] = { 2, 0.5, 0.5, 1 };
	covariance_spread(P, A, W, 2);
	near(P[0], 4.25);
	near(P[1], 1.75);
	near(P[2], 1.75);
	near(P[3], 1.125);
}

/* P^-1 grows by M: [[2, 0], [0, 4]]^-1 + [[1, 1], [1, 1]] = [[1.5, 1], [1, 1.25]], whose inverse is this. */
Test(covariance, narrows_as_a_bin_is_seen)
{
	static const double M[] = { 1, 1, 1, 1 };
	double P[] = { 2, 0, 0, 4 }, det = 1.5 * 1.25 - 1;
	covariance_narrow(P, M, 2);
	near(P[0], 1.25 / det);
	near(P[1], -1 / det);
	near(P[2], -1 / det);
	near(P[3], 1.5 / det);
}

Test(covariance, is_sure_of_a_constant)
{
	static const double M[] = { 3, 1, 1, 5 };
	double P[] = { 2, 0, 0, 0 };
	covariance_narrow(P, M, 2);
	near(P[0], 1 / (0.5 + 3));
	near(P[1], 0);
	near(P[3], 0);
}

/* -P M has the eigenvalue 1: nothing can be said. */
Test(covariance, stays_where_nothing_can_be_solved)
{
	static const double M[] = { -1 };
	double P[] = { 1 };
	covariance_narrow(P, M, 1);
	near(P[0], 1);
}

/* I + P M = [[0, 1], [2, 1]]: its rows have to change places. */
Test(covariance, pivots)
{
	static const double M[] = { -1, 1, 1, 0 };
	double P[] = { 1, 0, 0, 2 };
	covariance_narrow(P, M, 2);
	near(P[0], -0.5);
	near(P[1], 1);
	near(P[2], 1);
	near(P[3], 0);
}
