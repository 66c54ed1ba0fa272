/* sim_replay: `bcisim replay`: a recording as a rig would send it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "histogram.h"
#include "sim_faults.h"
#include "wire.h"

struct sim_replay_plan {
	const char *file, *to, *stream;
	const char *cues, *label; /* cues NULL: none are sent */
	const char *from, *until; /* positions, "" for begin and end */
	enum wire_neural_kind kind;
	double packet_ms; /* 0: 10 for spikes, a bin for counts */
	double speed, drift_ppm;
	int64_t repeats;
	double wait_s, linger_s; /* for a subscriber, 0: for ever; after the last packet. Wall time */
	bool connect, progress;
	uint64_t seed;
	struct sim_fault_plan faults;
};

struct sim_replay_report {
	uint64_t source_id; /* the newest */
	int n_units;
	int64_t bins; /* begun */
	uint64_t packets, sent, cues;
	uint64_t faults[SIM_N_FAULTS];
	uint64_t restarts, clock_steps;
	double seconds; /* wall time from the first packet's begin to the last one sent */
	bool interrupted;
	struct histogram lateness;
};

/* 0 also after a signal to stop (then ret->interrupted). -errno with a line. */
int sim_replay(const struct sim_replay_plan *plan, struct sim_replay_report *ret, struct failure *f);

/* The program: parses argv, prints. The exit code. */
int sim_replay_main(int argc, char **argv);
