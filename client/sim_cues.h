/* sim_cues: a recording's labels as the cues of a task. [pure]
 *
 * labels/trial (or the trials themselves), labels/NAME as the target's class, and labels/phase where the
 * recording has it; without phases a trial is `go` from its first bin to its last, and `idle` outside. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "recording.h"
#include "wire.h"

struct sim_cues {
	const struct recording *recording;
	const struct tensor *target, *phase; /* phase may be NULL */
	bool a_trial;                        /* one target a trial, not a bin */
	uint32_t n_seen;                     /* trials so far, where nothing numbers them */
	bool begun;
	struct wire_cue last;
};

/* `label` is "target" for labels/target. -EINVAL where there is none of that name, or not one a bin or a
 * trial, or not whole. */
int sim_cues_init(struct sim_cues *c, const struct recording *recording, const char *label,
		  struct failure *f);

/* The cue of a bin of the recording, without source_id, seq and time. True where it differs from the bin
 * before. */
bool sim_cues_next(struct sim_cues *c, int64_t recorded_bin, struct wire_cue *ret);
