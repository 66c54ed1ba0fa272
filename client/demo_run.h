/* demo_run: what a run of client/demo showed: each bin's one intent, by its place in the recording. [pure]
 *
 * The rig's clock is the recording's own time, so that the edge of a bin names its row: row b ends at
 * (b + 1) bins. The first `warmup` rows fill the decoder's history and are not scored. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "decoder.h"
#include "failure.h"
#include "gate.h"
#include "histogram.h"
#include "recording.h"
#include "wire.h"

/* As bcid names them in its status; `send` is only known there. */
enum demo_stage {
	DEMO_WIRE,
	DEMO_BIN,
	DEMO_QUEUE,
	DEMO_STEP,
	DEMO_GATE,
	DEMO_EDGE_TO_SENT,
	DEMO_N_STAGES,
};
const char *demo_stage_text(enum demo_stage stage);

#define DEMO_SEEN 1
#define DEMO_GAP 2

struct demo_stretch {
	int64_t from, until; /* rows of the recording */
	int64_t warmup;      /* rows */
};

struct demo_run {
	/* immutable */
	const struct recording *recording;
	struct demo_stretch stretch;
	int lag_bins;
	int n_outputs;
	struct output outputs[MAX_OUTPUTS];
	int n_scored;            /* the velocities; all outputs where none is one */
	int scored[MAX_OUTPUTS]; /* number of the output */
	int column[MAX_OUTPUTS]; /* of the kinematics, for each of them */
	/* rows from stretch.from on */
	uint8_t *seen;   /* DEMO_SEEN, DEMO_GAP */
	float *estimate; /* (rows, n_outputs); NAN where there is none */
	/* counted over the stretch */
	int64_t intents, holds, overruns, gaps;
	int64_t by_reason[N_REASONS];
	int64_t elsewhere; /* intents of bins that are not in the stretch, or a second one for a bin */
	struct histogram latency[DEMO_N_STAGES];
	bool ended; /* the stretch's last bin, or one after it, was seen */
	struct wire_intent_read newest;
};

/* `recording` outlives the run. -EINVAL where the decoder's outputs are not among the kinematics. */
int demo_run_create(const struct recording *recording, const struct decoder *decoder,
		    const struct demo_stretch *stretch, struct failure *f, struct demo_run **ret);
void demo_run_destroy(struct demo_run *r);

void demo_run_take(struct demo_run *r, const struct wire_intent_read *intent);

/* R^2 of each scored output (n_scored) over the rows after the warm-up that have an estimate, and how many
 * those are. -ENOMEM, -EDOM where there are none. */
int demo_run_r2(const struct demo_run *r, double *ret, int64_t *ret_rows);

/* Of scored output `i`: what the recording says for a row's estimate; NAN beyond its end. */
double demo_run_truth(const struct demo_run *r, int64_t row, int i);
double demo_run_estimate(const struct demo_run *r, int64_t row, int i);
