/* server_state: all parts of a running daemon, for those who report on them and steer them. Loop thread. */
#pragma once

#include "ingest.h"
#include "options.h"
#include "stream.h"
#include "worker.h"

struct server_state {
	const struct options *options;
	int64_t started_ns;
	int n_streams, n_workers, n_inlets;
	struct stream *streams[MAX_STREAMS];
	struct worker *workers[MAX_WORKERS];
	struct inlet *inlets[2 * MAX_STREAMS];
	struct telemetry telemetry;
	struct realtime_grant loop_grant;
	struct counters control_counters;
};
