/* sim_source: a recording as packets of a rig. [pure]
 *
 * Packets lie end to end, trials too; a packet is a whole bin or an equal part of one. Spikes come from the
 * recording's `events/start` and `events/unit` where it has them; inside a fine bin, or inside a bin where
 * there are only counts, they are spread by a hash of bin, unit and number: the same at every run. */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "recording.h"
#include "wire.h"

struct sim_stretch {
	int64_t from, until; /* bins of the recording */
	int64_t repeats;     /* how often; acquisition time goes on */
	int64_t packet_ns;   /* the width of a bin, or a divisor of it */
	enum wire_neural_kind kind;
};

struct sim_packet {
	struct wire_neural neural; /* source_id and seq are the sender's */
	int64_t bin;               /* from the start of the replay */
	int64_t recorded_bin;      /* in the recording */
	int part;                  /* of the bin, from 0 */
};

struct sim_source;

/* `recording` outlives the source. -EINVAL for a stretch without bins, or packets that do not divide a bin.
 */
int sim_source_create(const struct recording *recording, const struct sim_stretch *stretch, struct failure *f,
		      struct sim_source **ret);
void sim_source_destroy(struct sim_source *s);

/* The next packet; its arrays are valid until the next call. counts has one more entry than units, 0. 0 at
 * the end, 1 with a packet, -ENOMEM, -EMSGSIZE for more spikes in a bin than a message holds. */
int sim_source_next(struct sim_source *s, struct sim_packet *ret);

/* Acquisition time at which the first packet begins: recording time, 0 at the recording's first bin. */
int64_t sim_source_begin_ns(const struct sim_source *s);
int64_t sim_source_n_bins(const struct sim_source *s);
