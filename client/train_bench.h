/* train_bench: how long a step of a forecaster takes, hot and cold, beside one pass over what it reads. */
#pragma once

#include <stddef.h>

#include "forecaster.h"

struct bench_times {
	int n;
	double p50_us, p99_us, p999_us; /* of fewer than 100 or 1000 the largest */
};

struct bench_side {
	struct bench_times step;
	double bound_us;   /* the bytes at the bandwidth that a pass over the weights reaches */
	double over_bound; /* p50 over it */
};

struct bench_result {
	size_t bytes;                 /* read in a step: all weights, and a stream's state */
	struct bench_side hot;        /* back to back */
	struct bench_side cold;       /* the first step after 50 ms of sleep, which is what a live bin sees */
	struct bench_times prewarmed; /* the same, the weights touched just before */
};

/* Runs for `seconds`; no count of any bin is zero, so that all weights are read. -ENOMEM. */
int bench_measure(struct forecaster *forecaster, double seconds, struct bench_result *ret);
