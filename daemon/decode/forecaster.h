/* forecaster: bins up to t → expected counts of bin t + 1. One file an architecture, one interface. [pure]
 *
 * A step allocates nothing and is bounded. One thread at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "tensor.h"
#include "types.h"

enum forecaster_context {
	CONTEXT_STREAM, /* one state carried for as long as the epoch lasts */
	CONTEXT_WINDOW, /* a fresh window of history_bins from zero state for each bin: what the papers ran */
};

struct forecaster;

/* What an architecture provides; the first member of its own struct is `struct forecaster`. */
struct forecaster_class {
	const char *architecture;
	/* Advance by one bin: counts (n_units) as floats in, rates (n_units) of the next bin out. */
	void (*step)(struct forecaster *f, const float *counts, float *rates);
	/* Back to zero state. */
	void (*reset)(struct forecaster *f);
	/* Size of the recurrent state in bytes, and copies of it out and in; bit for bit. */
	size_t (*state_size)(const struct forecaster *f);
	void (*state_save)(const struct forecaster *f, void *to);
	void (*state_load)(struct forecaster *f, const void *from);
	/* The last layer's hidden state after the newest step (width floats), or NULL where the architecture
	 * has none. */
	const float *(*hidden)(const struct forecaster *f, int *ret_width);
	void (*destroy)(struct forecaster *f);
};

struct forecaster {
	const struct forecaster_class *class;
	int n_units;
	int history_bins; /* of a window; 0 where the architecture has no windows */
	enum forecaster_context context;
	const void *weights; /* all of them in one block, in the order of execution; NULL: there are none */
	size_t weights_bytes;
};

/* `set` names the weights; the architecture comes from its note `architecture`, or else from the names of its
 * tensors. The weights are copied: `set` may go afterwards. Anything missing, surplus, misshapen or not
 * finite is refused by name. n_units 0 takes the file's own. -EINVAL, -ENOENT, -ENOTSUP, -ENOMEM.
 * A window is of the note `history_bins`, or 10 bins; while fewer have come, of those. */
int forecaster_create(const struct tensor_set *set, int n_units, enum forecaster_context context,
		      struct failure *f, struct forecaster **ret);

/* The running mean of each unit since the last reset: the honest baseline. Zero before the first bin. */
int forecaster_create_mean(int n_units, struct forecaster **ret);

void forecaster_destroy(struct forecaster *f);

static inline void forecaster_step(struct forecaster *f, const float *counts, float *rates)
{
	f->class->step(f, counts, rates);
}

static inline void forecaster_reset(struct forecaster *f)
{
	f->class->reset(f);
}
