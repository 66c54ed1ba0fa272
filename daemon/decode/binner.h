/* binner: packets with spikes into bins on the acquisition clock. [pure]
 *
 * Bin b of an epoch covers [origin + b width, origin + (b + 1) width), origin being the begin of the epoch's
 * first packet. Several bins are open at once, so that a packet that overtook another is not lost; they close
 * in order. A bin is complete when packets cover all of it; an incomplete one is closed by the caller's grace
 * timer and is then a gap.
 *
 * Packets of an epoch are disjoint in time: one that covers again what is covered already is refused whole.
 * Any int64 is fine as a time. Nothing allocates after create; adding is linear in the spikes and the bins
 * covered. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

#define BINNER_OPEN 64   /* bins that may be open at once; a packet further ahead is refused */
#define BINNER_PIECES 64 /* separate covered pieces that a bin remembers */
#define BINNER_MIN_WIDTH_NS INT64_C(1000)
#define BINNER_MAX_WIDTH_NS INT64_C(10000000000)

struct binner;

/* -ENOMEM, or -EINVAL for a width outside 1 us .. 10 s or units outside 1 .. MAX_UNITS. Begun at origin 0. */
int binner_create(int n_units, int64_t width_ns, struct binner **ret);
void binner_destroy(struct binner *b);

/* Start an epoch: all open bins are dropped, bin 0 begins at `origin_ns` (acquisition clock). */
void binner_begin(struct binner *b, int64_t origin_ns);

/* Why a packet was not used. 0 = used. */
enum binner_refusal {
	BINNER_USED,
	BINNER_LATE,      /* all of it lies in bins already closed, or before the epoch */
	BINNER_AHEAD,     /* its end is beyond the open bins */
	BINNER_STRADDLE,  /* counts across a bin edge */
	BINNER_OVERLAP,   /* some of its time was covered already */
	BINNER_SCATTERED, /* would leave a bin with more than BINNER_PIECES separate pieces */
	BINNER_N_REFUSALS,
};
const char *binner_refusal_text(enum binner_refusal r); /* "late", … : a counter's name */

/* Spikes of [begin_ns, end_ns), which may span bins: `unit` and `offset_ns` (after begin) have n_spikes
 * entries, each unit < n_units and each offset within the packet, and end is after begin (the caller has
 * checked). Spikes in bins already closed or before the epoch are left out: where a part of the packet was
 * used, `ret_late_spikes` says how many. Counts stop at 65535. */
enum binner_refusal binner_add_spikes(struct binner *b, int64_t begin_ns, int64_t end_ns, int64_t received_ns,
				      const uint32_t *unit, const uint32_t *offset_ns, int n_spikes,
				      int *ret_late_spikes);

/* Counts (n_units) of [begin_ns, end_ns), which lies within one bin. */
enum binner_refusal binner_add_counts(struct binner *b, int64_t begin_ns, int64_t end_ns, int64_t received_ns,
				      const uint32_t *counts);

/* The oldest open bin: its number, its edge on the acquisition clock, whether packets cover all of it,
 * whether any came. */
int64_t binner_bin(const struct binner *b);
int64_t binner_edge_ns(const struct binner *b);
const uint16_t *binner_counts(const struct binner *b); /* (n_units) */
bool binner_complete(const struct binner *b);
bool binner_touched(const struct binner *b);

/* Close the oldest open bin into `out` (a slot of spike_bin_size(n_units)): fills bin, acquired_ns,
 * received_ns, n_units, counts, and BIN_GAP and BIN_EPOCH_BEGIN in flags. The caller fills epoch, edge_ns and
 * closed_ns. With NULL the bin is dropped; BIN_EPOCH_BEGIN then goes with the first that is not, since a
 * pipeline's state starts from zero on it. */
void binner_close(struct binner *b, struct spike_bin *out);
