/* In double. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "loss.h"
#include "seed.h"

enum { N = 4, WIDTH = 3, ALL = N * WIDTH };

static real x[ALL], truth[ALL], mask[ALL], rate[ALL], slope[ALL], ignored[ALL];
static const int32_t label[N] = { 2, -1, 0, 1 };

static void draw(void)
{
	struct seed s = { 5 };
	for (int i = 0; i < ALL; i++) {
		x[i] = 4 * seed_uniform(&s) - 2;
		truth[i] = (real)seed_below(&s, 3);
		mask[i] = i % 5 ? seed_uniform(&s) : 0;
	}
}

TestSuite(loss, .init = draw);

static double poisson(const struct loss_rows *rows, real *to)
{
	return loss_poisson_softplus(rows, x, truth, rate, to);
}

static double square(const struct loss_rows *rows, real *to)
{
	return loss_square(rows, x, truth, to);
}

static double entropy(const struct loss_rows *rows, real *to)
{
	return loss_entropy(rows, x, label, to);
}

static void expect_slopes(double (*of)(const struct loss_rows *, real *), const struct loss_rows *rows)
{
	of(rows, slope);
	for (int i = 0; i < ALL; i++) {
		real kept = x[i];
		x[i] = kept + 1e-6;
		double above = of(rows, ignored);
		x[i] = kept - 1e-6;
		double below = of(rows, ignored), wanted = rows->factor * (above - below) / 2e-6;
		x[i] = kept;
		cr_expect(fabs(slope[i] - wanted) < 1e-8, "%d: %.10g, not %.10g", i, slope[i], wanted);
	}
}

Test(loss, knows_its_slopes)
{
	const struct loss_rows plain = { N, WIDTH, NULL, 0.7 }, masked = { N, WIDTH, mask, 0.7 };
	expect_slopes(poisson, &plain);
	expect_slopes(poisson, &masked);
	expect_slopes(square, &plain);
	expect_slopes(square, &masked);
	expect_slopes(entropy, &plain);
	expect_slopes(entropy, &masked);
}

Test(loss, adds_up_by_hand)
{
	const struct loss_rows one = { 1, 2, NULL, 1 };
	const real y[] = { 1, 3 }, counts[] = { 0, 2 }, equal[] = { 5, 5 };
	real d[2];
	const int32_t second = 1;
	cr_expect(fabs(loss_poisson(&one, y, counts, d) - (1 + 3 - 2 * log(3 + 1e-8))) < 1e-12);
	cr_expect(fabs(loss_square(&one, y, counts, d) - 2) < 1e-12);
	cr_expect(fabs(loss_entropy(&one, equal, &second, d) - M_LN2) < 1e-12);
	cr_expect(fabs(loss_weight(&one) - 2) < 1e-12);
}

Test(loss, does_not_look_behind_the_mask)
{
	real y[] = { NAN, 3 }, counts[] = { 1, NAN }, seen[] = { 0, 0 }, d[2] = { 7, 7 };
	const struct loss_rows hidden = { 1, 2, seen, 1 };
	cr_expect(loss_poisson(&hidden, y, counts, d) == 0);
	cr_expect(d[0] == 0 && d[1] == 0);
	cr_expect(loss_square(&hidden, y, counts, d) == 0);
	cr_expect(d[0] == 0 && d[1] == 0);
	cr_expect(loss_poisson_softplus(&hidden, y, counts, rate, d) == 0);
	cr_expect(d[0] == 0 && d[1] == 0);
}
