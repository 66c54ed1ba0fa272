#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "sim_random.h"

Test(sim_random, gives_the_numbers_of_the_published_generator)
{
	/* xoshiro256++ from the state 1, 2, 3, 4: the vector that other implementations test against */
	static const uint64_t expected[] = {
		UINT64_C(41943041),
		UINT64_C(58720359),
		UINT64_C(3588806011781223),
		UINT64_C(3591011842654386),
		UINT64_C(9228616714210784205),
		UINT64_C(9973669472204895162),
		UINT64_C(14011001112246962877),
		UINT64_C(12406186145184390807),
	};
	struct sim_random r = {{1, 2, 3, 4}};
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		cr_expect(eq(u64, sim_random_next(&r), expected[i]), "number %zu", i);
}

Test(sim_random, separates_seeds_and_streams)
{
	struct sim_random a, b, c, again;
	sim_random_seed(&a, 1, 0);
	sim_random_seed(&b, 1, 1);
	sim_random_seed(&c, 2, 0);
	sim_random_seed(&again, 1, 0);
	uint64_t first = sim_random_next(&a);
	cr_expect(ne(u64, sim_random_next(&b), first));
	cr_expect(ne(u64, sim_random_next(&c), first));
	cr_expect(eq(u64, sim_random_next(&again), first));
}

/* Mean and variance of n draws. */
struct moments {
	double mean, variance;
};

static struct moments of_normal(int n)
{
	struct sim_random r;
	sim_random_seed(&r, 7, 0);
	double sum = 0, square = 0;
	for (int i = 0; i < n; i++) {
		double x = sim_random_normal(&r);
		sum += x;
		square += x * x;
	}
	return (struct moments){sum / n, square / n - sum / n * (sum / n)};
}

static struct moments of_poisson(double mean, int n)
{
	struct sim_random r;
	sim_random_seed(&r, 7, 1);
	double sum = 0, square = 0;
	for (int i = 0; i < n; i++) {
		double x = sim_random_poisson(&r, mean);
		sum += x;
		square += x * x;
	}
	return (struct moments){sum / n, square / n - sum / n * (sum / n)};
}

Test(sim_random, draws_normal_numbers)
{
	struct moments m = of_normal(100000);
	cr_expect(lt(dbl, fabs(m.mean), 0.015)); /* five standard errors */
	cr_expect(lt(dbl, fabs(m.variance - 1.0), 0.025));
}

Test(sim_random, draws_poisson_numbers_small_and_large)
{
	static const double means[] = {0.05, 1.0, 15.9, 40.0};
	for (int i = 0; i < 4; i++) {
		struct moments m = of_poisson(means[i], 100000);
		double error = 5 * sqrt(means[i] / 100000);
		cr_expect(lt(dbl, fabs(m.mean - means[i]), error), "mean %g of %g", m.mean, means[i]);
		cr_expect(lt(dbl, fabs(m.variance / means[i] - 1), 0.15), "variance %g of %g", m.variance,
			  means[i]);
	}
	struct sim_random r;
	sim_random_seed(&r, 7, 2);
	cr_expect(eq(int, sim_random_poisson(&r, 0.0), 0));
}
