#include "seed.h"

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
uint64_t seed_next(struct seed *s)
{
	uint64_t z = s->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint64_t seed_part(uint64_t seed, uint64_t at)
{
	struct seed s = { seed };
	s.state = seed_next(&s) ^ at * 0xd1342543de82ef95u;
	return seed_next(&s);
}

double seed_uniform(struct seed *s)
{
	return (double)(seed_next(s) >> 11) * 0x1p-53;
}

int64_t seed_below(struct seed *s, int64_t n)
{
	return (int64_t)(seed_uniform(s) * (double)n);
}
