#include "sim_faults.h"

#include "clock.h"

#define CUT_STREAM 100

const char *sim_fault_text(enum sim_fault fault)
{
	static const char *const text[SIM_N_FAULTS] = {"intact",      "stalled",    "dropped",   "truncated",
						       "wrong_units", "duplicated", "reordered", "late"};
	return text[fault];
}

void sim_faults_init(struct sim_faults *x, const struct sim_fault_plan *plan, uint64_t seed)
{
	*x = (struct sim_faults){.plan = *plan};
	for (int i = 0; i < SIM_N_FAULTS; i++)
		sim_random_seed(&x->random[i], seed, CUT_STREAM + (uint64_t)i);
}

/* Bursts of fixed length B that begin with probability q after each good packet: the mean good run is (1 - q)
 * / q, so that the lost fraction is P for q = P / (P + B (1 - P)). */
static bool lose(struct sim_faults *x)
{
	double p = x->plan.loss, burst = x->plan.loss_burst;
	bool begins = sim_random_uniform(&x->random[SIM_FAULT_LOSS]) < p / (p + burst * (1.0 - p));
	if (x->burst_left == 0 && begins)
		x->burst_left = (int)burst;
	if (x->burst_left == 0)
		return false;
	x->burst_left--;
	return true;
}

static bool hits(struct sim_faults *x, enum sim_fault fault, double p)
{
	return sim_random_uniform(&x->random[fault]) < p;
}

static bool stalled(const struct sim_fault_plan *p, int64_t bin)
{
	return p->stall_bin >= 0 && bin >= p->stall_bin && bin < p->stall_bin + p->stall_bins;
}

static void once(struct sim_faults *x, int64_t bin, bool *ret_restart)
{
	const struct sim_fault_plan *p = &x->plan;
	*ret_restart = p->restart_bin >= 0 && bin >= p->restart_bin && x->restarts == 0;
	if (*ret_restart)
		x->restarts++;
	if (p->step_bin >= 0 && bin >= p->step_bin && x->clock_steps == 0) {
		x->clock_steps++;
		x->step_ns = p->step_ms * NS_PER_MS;
	}
}

enum sim_fault sim_faults_next(struct sim_faults *x, int64_t bin, bool *ret_restart)
{
	const struct sim_fault_plan *p = &x->plan;
	once(x, bin, ret_restart);
	const bool hit[SIM_N_FAULTS] = {
		[SIM_FAULT_STALL] = stalled(p, bin),
		[SIM_FAULT_LOSS] = p->loss > 0.0 && lose(x),
		[SIM_FAULT_TRUNCATE] = hits(x, SIM_FAULT_TRUNCATE, p->truncate),
		[SIM_FAULT_WRONG_UNITS] = hits(x, SIM_FAULT_WRONG_UNITS, p->wrong_units),
		[SIM_FAULT_DUPLICATE] = hits(x, SIM_FAULT_DUPLICATE, p->duplicate),
		[SIM_FAULT_REORDER] = hits(x, SIM_FAULT_REORDER, p->reorder),
		[SIM_FAULT_LATE] = hits(x, SIM_FAULT_LATE, p->late),
	};
	int fault = SIM_FAULT_STALL;
	while (fault < SIM_N_FAULTS && !hit[fault])
		fault++;
	fault = fault == SIM_N_FAULTS ? SIM_FAULT_NONE : fault;
	x->counted[fault]++;
	return (enum sim_fault)fault;
}

uint64_t sim_faults_cut(struct sim_faults *x, uint64_t n)
{
	return n > 1 ? 1 + sim_random_next(&x->random[SIM_FAULT_NONE]) % (n - 1) : n;
}
