/* demo_report: what is said about a run of client/demo: a summary for a person or a script, and tables for
 * gnuplot. */
#pragma once

#include <stdbool.h>

#include "bcid/v1/control.pb-c.h"
#include "demo_run.h"

/* A summary on stdout: a few lines, or one JSON object. `status` is bcid's own, of the same stream (NULL:
 * bcid did not answer). `speed`: acquisition time a wall time. */
int demo_report_print(const struct demo_run *r, const Bcid__V1__StreamStatus *status, double speed, bool json,
		      struct failure *f);

/* Into `folder`: kinematics.tsv (a line a bin: seconds, then true and decoded value of each scored output,
 * over 20 s), latency.tsv (a block a stage: milliseconds, share of the bins in %), names.tsv (a line a scored
 * output: name, unit, R^2). -errno. */
int demo_report_tables(const struct demo_run *r, const char *folder, struct failure *f);

/* Every estimate: `estimate` [rows, outputs], `bin` [rows] = row of the recording, and `seen` [rows]: 1 where
 * there was an intent, 3 where the bin was a gap, 0 where none came. */
int demo_report_estimates(const struct demo_run *r, const char *path, struct failure *f);
