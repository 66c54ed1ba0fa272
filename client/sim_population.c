#include "sim_population.h"

#include <math.h>

#define MAX_RATE_HZ 200.0

/* Streams 1 .. of a seed; 0 is the hand's. */
static uint64_t tuning_stream(int index)
{
	return 1 + 2 * (uint64_t)index;
}

static double draw_baseline(struct sim_random *r)
{
	double hz;
	do
		hz = 5.0 * exp(0.8 * sim_random_normal(r));
	while (hz < 1.0 || hz > 20.0);
	return hz;
}

static void draw_direction(struct sim_random *r, double length, double ret[2])
{
	double angle = sim_random_between(r, 0.0, 2.0 * M_PI);
	ret[0] = length * cos(angle);
	ret[1] = length * sin(angle);
}

void sim_unit_init(struct sim_unit *u, uint64_t seed, int index)
{
	struct sim_random r;
	sim_random_seed(&r, seed, tuning_stream(index));
	u->baseline_hz = draw_baseline(&r);
	draw_direction(&r, 1.9 * exp(0.5 * sim_random_normal(&r)), u->velocity);
	u->speed = 0.4 * sim_random_normal(&r);
	draw_direction(&r, 2.0 * exp(0.5 * sim_random_normal(&r)), u->position);
	u->lead_s = sim_random_between(&r, 0.03, SIM_LEAD_MAX_S);
	sim_random_seed(&u->random, seed, tuning_stream(index) + 1);
}

double sim_unit_rate(const struct sim_unit *u, const struct sim_moment *m)
{
	double drive = u->velocity[0] * m->velocity_m_s[0] + u->velocity[1] * m->velocity_m_s[1] +
		       u->speed * hypot(m->velocity_m_s[0], m->velocity_m_s[1]) +
		       u->position[0] * m->position_m[0] + u->position[1] * m->position_m[1];
	return fmin(u->baseline_hz * exp(drive), MAX_RATE_HZ);
}
