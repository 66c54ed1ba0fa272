#include "sim_random.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
	uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void sim_random_seed(struct sim_random *r, uint64_t seed, uint64_t stream)
{
	uint64_t x = seed;
	x = splitmix64(&x) ^ stream;
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix64(&x);
}

static uint64_t rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t sim_random_next(struct sim_random *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double sim_random_uniform(struct sim_random *r)
{
	return (double)(sim_random_next(r) >> 11) * 0x1p-53;
}

double sim_random_between(struct sim_random *r, double low, double high)
{
	return low + (high - low) * sim_random_uniform(r);
}

/* Box and Muller; the second value is thrown away, so that each call takes two draws, always. */
double sim_random_normal(struct sim_random *r)
{
	double radius = sqrt(-2.0 * log(1.0 - sim_random_uniform(r)));
	return radius * cos(2.0 * M_PI * sim_random_uniform(r));
}

/* Knuth's product; a sum of smaller ones where exp(-mean) would be too small. */
int sim_random_poisson(struct sim_random *r, double mean)
{
	int n = 0;
	for (; mean > 16.0; mean -= 16.0)
		n += sim_random_poisson(r, 16.0);
	double floor = exp(-mean);
	for (double p = sim_random_uniform(r); p > floor; p *= sim_random_uniform(r))
		n++;
	return n;
}
