#include "sim_reach.h"

#include <math.h>

#include "bcid/v1/cue.pb-c.h"
#include "sim_random.h"

#define SCATTER_M 0.005
#define BOW_M 0.006

/* A stretch of one phase: still, or one movement. */
struct stretch {
	double begin_s, length_s;
	double from[2], to[2];
	double bow_m; /* sideways, at the middle of the way */
	int32_t trial, target, phase;
};

struct reach {
	struct sim_random random;
	struct stretch now;
	int step; /* of the cycle: 0 cue, 1 reaction, 2 out, 3 hold, 4 reward, 5 back, 6 rest */
	int32_t n_trials;
	int32_t target;
};

static void move_to(struct reach *r, double angle, double distance_m)
{
	struct stretch *s = &r->now;
	double goal[2] = {distance_m * cos(angle), distance_m * sin(angle)};
	for (int i = 0; i < 2; i++)
		s->to[i] = goal[i] + SCATTER_M * sim_random_normal(&r->random);
	s->bow_m = BOW_M * sim_random_normal(&r->random);
}

static void begin_trial(struct reach *r)
{
	r->now.trial = r->n_trials++;
	r->now.target = r->target = (int32_t)(sim_random_next(&r->random) % SIM_REACH_TARGETS);
}

static void next_stretch(struct reach *r)
{
	static const struct {
		double low_s, high_s;
		int phase;
	} cycle[] = {
		{0.30, 0.60, BCID__V1__PHASE__PHASE_CUE},    {0.15, 0.30, BCID__V1__PHASE__PHASE_GO},
		{0.45, 0.75, BCID__V1__PHASE__PHASE_GO},     {0.25, 0.40, BCID__V1__PHASE__PHASE_HOLD},
		{0.10, 0.15, BCID__V1__PHASE__PHASE_REWARD}, {0.50, 0.80, BCID__V1__PHASE__PHASE_IDLE},
		{0.10, 0.30, BCID__V1__PHASE__PHASE_IDLE},
	};
	struct stretch *s = &r->now;
	s->begin_s += s->length_s;
	s->length_s = sim_random_between(&r->random, cycle[r->step].low_s, cycle[r->step].high_s);
	s->phase = cycle[r->step].phase;
	s->from[0] = s->to[0];
	s->from[1] = s->to[1];
	s->bow_m = 0.0;
	if (r->step == 0)
		begin_trial(r);
	else if (r->step == 2)
		move_to(r, 2.0 * M_PI * r->target / SIM_REACH_TARGETS, SIM_REACH_DISTANCE_M);
	else if (r->step == 5)
		move_to(r, 0.0, 0.0);
	if (r->step >= 5)
		s->trial = s->target = -1;
	r->step = (r->step + 1) % 7;
}

/* Along: s = 10 u^3 - 15 u^4 + 6 u^5. Sideways: 16 s^2 (1 - s)^2, which also starts and ends at rest. */
static void moment_at(const struct stretch *t, double now_s, struct sim_moment *m)
{
	double u = (now_s - t->begin_s) / t->length_s;
	double s = u * u * u * (10.0 + u * (-15.0 + 6.0 * u));
	double ds = 30.0 * u * u * (1.0 - u) * (1.0 - u) / t->length_s;
	double way[2] = {t->to[0] - t->from[0], t->to[1] - t->from[1]};
	double length = hypot(way[0], way[1]);
	double side[2] = {length > 0.0 ? -way[1] / length : 0.0, length > 0.0 ? way[0] / length : 0.0};
	double bow = 16.0 * t->bow_m * s * s * (1.0 - s) * (1.0 - s);
	double dbow = 32.0 * t->bow_m * s * (1.0 - s) * (1.0 - 2.0 * s) * ds;
	for (int i = 0; i < 2; i++) {
		m->position_m[i] = t->from[i] + way[i] * s + side[i] * bow;
		m->velocity_m_s[i] = way[i] * ds + side[i] * dbow;
	}
	m->trial = t->trial;
	m->target = t->target;
	m->phase = t->phase;
}

void sim_reach_run(uint64_t seed, double step_s, int64_t n, struct sim_moment *ret)
{
	struct reach r = {0};
	sim_random_seed(&r.random, seed, 0);
	next_stretch(&r);
	for (int64_t i = 0; i < n; i++) {
		double now_s = (double)i * step_s;
		while (now_s >= r.now.begin_s + r.now.length_s)
			next_stretch(&r);
		moment_at(&r.now, now_s, &ret[i]);
	}
}
