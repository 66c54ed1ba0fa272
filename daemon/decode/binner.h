/* binner: packets with spikes into bins on the acquisition clock. [pure]
 *
 * Bin b of an epoch covers [origin + b width, origin + (b + 1) width), origin being the begin of the epoch's first packet. Several
 * bins are open at once, so that a packet that overtook another is not lost; they close in order. A bin is complete when
 * packets cover all of it; an incomplete one is closed by the caller's grace timer and is then a gap. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

#define BINNER_OPEN 64 /* bins that may be open at once; a packet further ahead is refused */

struct binner;

/* -ENOMEM, or -EINVAL for a width below 1 us or units outside 1 .. MAX_UNITS. */
int binner_create(int n_units, int64_t width_ns, struct binner **ret);
void binner_destroy(struct binner *b);

/* Start an epoch: all open bins are dropped, bin 0 begins at `origin_ns` (acquisition clock). */
void binner_begin(struct binner *b, int64_t origin_ns);

/* Why a packet was not used. 0 = used. */
enum binner_refusal {
	BINNER_USED,
	BINNER_LATE,     /* all of it lies in bins already closed */
	BINNER_AHEAD,    /* beyond the open bins */
	BINNER_STRADDLE, /* counts across a bin edge */
	BINNER_OVERLAP,  /* its time was covered already */
};

/* Spikes of [begin_ns, end_ns): `unit` and `offset_ns` (after begin) have n_spikes entries, each unit < n_units and each offset
 * within the packet (the caller has checked). Spikes in bins already closed are left out; where a part of the packet was
 * used, `ret_late_spikes` says how many were not. Counts stop at 65535. */
enum binner_refusal binner_add_spikes(struct binner *b, int64_t begin_ns, int64_t end_ns, int64_t received_ns,
				      const uint32_t *unit, const uint32_t *offset_ns, int n_spikes, int *ret_late_spikes);

/* Counts (n_units) of [begin_ns, end_ns), which lies within one bin. */
enum binner_refusal binner_add_counts(struct binner *b, int64_t begin_ns, int64_t end_ns, int64_t received_ns,
				      const uint32_t *counts);

/* The oldest open bin: its number, its edge on the acquisition clock, whether packets cover all of it, whether any came. */
int64_t binner_bin(const struct binner *b);
int64_t binner_edge_ns(const struct binner *b);
bool binner_complete(const struct binner *b);
bool binner_touched(const struct binner *b);

/* Close the oldest open bin into `out` (a slot of spike_bin_size(n_units)): fills bin, acquired_ns, received_ns, n_units, counts, and
 * BIN_GAP and BIN_EPOCH_BEGIN in flags. The caller fills epoch, edge_ns and closed_ns. With NULL the bin is dropped. */
void binner_close(struct binner *b, struct spike_bin *out);
