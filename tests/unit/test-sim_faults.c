#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>

#include "sim_faults.h"

#define N 100000

static const struct sim_fault_plan none = {
	.loss_burst = 1, .restart_bin = -1, .stall_bin = -1, .step_bin = -1};

static void run(const struct sim_fault_plan *plan, uint64_t seed, uint8_t *ret, struct sim_faults *x)
{
	bool restart;
	sim_faults_init(x, plan, seed);
	for (int i = 0; i < N; i++)
		ret[i] = (uint8_t)sim_faults_next(x, i, &restart);
}

struct loss_case {
	double loss, burst;
};

ParameterizedTestParameters(sim_faults, loses_the_fraction_asked_for_in_bursts)
{
	static struct loss_case cases[] = {{0.01, 1}, {0.2, 1}, {0.1, 4}, {0.5, 10}, {1, 3}, {0, 5}};
	return cr_make_param_array(struct loss_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct loss_case *c, sim_faults, loses_the_fraction_asked_for_in_bursts)
{
	static uint8_t fate[N];
	struct sim_faults x;
	struct sim_fault_plan plan = none;
	plan.loss = c->loss;
	plan.loss_burst = c->burst;
	run(&plan, 5, fate, &x);

	double lost = (double)x.counted[SIM_FAULT_LOSS] / N;
	double error = 5 * sqrt(c->loss * (1 - c->loss) * 2 * c->burst / N);
	cr_expect(le(dbl, fabs(lost - c->loss), error), "%g lost for %g, %g", lost, c->loss, c->burst);

	int length = 0;
	for (int i = 0; i < N; i++) {
		if (fate[i] == SIM_FAULT_LOSS) {
			length++;
		} else {
			cr_assert(eq(int, length % (int)c->burst, 0), "a burst of %d before packet %d",
				  length, i);
			length = 0;
		}
	}
}

Test(sim_faults, does_nothing_unless_asked)
{
	static uint8_t fate[N];
	struct sim_faults x;
	run(&none, 1, fate, &x);
	cr_expect(eq(u64, x.counted[SIM_FAULT_NONE], N));
	cr_expect(eq(u64, x.restarts + x.clock_steps, 0));
}

Test(sim_faults, repeats_for_a_seed_and_differs_for_another)
{
	static uint8_t a[N], b[N], c[N];
	struct sim_faults x;
	struct sim_fault_plan plan = none;
	plan.duplicate = 0.1;
	run(&plan, 1, a, &x);
	run(&plan, 1, b, &x);
	run(&plan, 2, c, &x);
	cr_expect(eq(int, memcmp(a, b, N), 0));
	cr_expect(ne(int, memcmp(a, c, N), 0));
}

Test(sim_faults, leaves_one_kind_where_it_was_when_another_joins)
{
	static uint8_t alone[N], both[N];
	struct sim_faults x;
	struct sim_fault_plan plan = none;
	plan.late = 0.1;
	run(&plan, 1, alone, &x);
	plan.truncate = 0.1;
	run(&plan, 1, both, &x);
	for (int i = 0; i < N; i++)
		if (both[i] != SIM_FAULT_TRUNCATE)
			cr_assert(eq(int, both[i], alone[i]), "packet %d", i);
	cr_expect(gt(u64, x.counted[SIM_FAULT_TRUNCATE], N / 12));
}

Test(sim_faults, restarts_and_steps_once_and_stalls_as_long_as_told)
{
	struct sim_faults x;
	struct sim_fault_plan plan = none;
	plan.restart_bin = 10;
	plan.step_bin = 20;
	plan.step_ms = -30;
	plan.stall_bin = 40;
	plan.stall_bins = 5;
	sim_faults_init(&x, &plan, 1);
	for (int packet = 0; packet < 200; packet++) { /* two packets a bin */
		bool restart;
		enum sim_fault fault = sim_faults_next(&x, packet / 2, &restart);
		cr_expect(eq(int, restart, packet == 20), "packet %d", packet);
		cr_expect(eq(i64, x.step_ns, packet >= 40 ? -30000000 : 0), "packet %d", packet);
		cr_expect(eq(int, fault, packet >= 80 && packet < 90 ? SIM_FAULT_STALL : SIM_FAULT_NONE));
	}
	cr_expect(eq(u64, x.restarts, 1));
	cr_expect(eq(u64, x.clock_steps, 1));
	cr_expect(eq(u64, x.counted[SIM_FAULT_STALL], 10));
}

Test(sim_faults, cuts_within_the_message)
{
	struct sim_faults x;
	sim_faults_init(&x, &none, 1);
	uint64_t least = UINT64_MAX, most = 0;
	for (int i = 0; i < 1000; i++) {
		uint64_t kept = sim_faults_cut(&x, 20);
		least = kept < least ? kept : least;
		most = kept > most ? kept : most;
	}
	cr_expect(eq(u64, least, 1));
	cr_expect(eq(u64, most, 19));
}
