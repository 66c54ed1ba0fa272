/* sim_faults: what goes wrong between a rig and its receiver, seeded and counted. [pure]
 *
 * Each kind of fault has its own random stream and takes its draws for every packet, so that adding one kind
 * leaves the packets that another hits unchanged. A packet suffers at most one of: stall, loss, truncation,
 * wrong units, duplication, reordering, lateness, in this order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim_random.h"

/* Zeroed is valid apart from the bins, of which -1 means never: no faults. */
struct sim_fault_plan {
	double loss, loss_burst; /* fraction of the packets; length of a burst, at least 1 */
	double duplicate, reorder, truncate, wrong_units; /* fractions */
	double late, late_ms;                             /* fraction; wall time */
	int64_t restart_bin;                              /* new source_id, seq from 0 */
	int64_t stall_bin, stall_bins; /* the rig is silent: no packets, no seq; acquisition time goes on */
	int64_t step_bin, step_ms;     /* the acquisition clock jumps */
};

enum sim_fault {
	SIM_FAULT_NONE,
	SIM_FAULT_STALL,
	SIM_FAULT_LOSS,
	SIM_FAULT_TRUNCATE,
	SIM_FAULT_WRONG_UNITS,
	SIM_FAULT_DUPLICATE,
	SIM_FAULT_REORDER, /* sent after its successor */
	SIM_FAULT_LATE,
	SIM_N_FAULTS,
};
const char *sim_fault_text(enum sim_fault fault); /* "dropped", …: a counter's name */

struct sim_faults {
	struct sim_fault_plan plan;
	struct sim_random random[SIM_N_FAULTS];
	int burst_left;
	int64_t step_ns; /* what the acquisition clock is off by now */
	uint64_t counted[SIM_N_FAULTS];
	uint64_t restarts, clock_steps;
};

void sim_faults_init(struct sim_faults *x, const struct sim_fault_plan *plan, uint64_t seed);

/* The fate of the next packet, which belongs to bin `bin` of the replay. Updates step_ns. */
enum sim_fault sim_faults_next(struct sim_faults *x, int64_t bin, bool *ret_restart);

/* Where to cut a message of n bytes: so many, 1 .. n - 1, are kept. */
uint64_t sim_faults_cut(struct sim_faults *x, uint64_t n);
