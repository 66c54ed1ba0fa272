/* clock_map: the acquisition clock seen from CLOCK_MONOTONIC. [pure]
 *
 * monotonic = base_monotonic + (acquired - base_acquired) / speed + offset, where the base is the epoch's
 * first packet and offset the least of (received - that) over the last CLOCK_MAP_SLICES seconds: the packet
 * that was delayed least tells the true relation best. The constant part of the delay (the rig's own buffers)
 * cannot be seen from here.
 *
 * A rate error of 200 ppm moves the offset 0.2 ms a second, which the window follows: at once where the
 * offset shrinks (the rig's clock is fast), CLOCK_MAP_SLICES seconds behind, so at most 3.2 ms early, where
 * it grows.
 *
 * At speed 1 all of this is whole numbers and exact; at another speed it is exact to a nanosecond for 100
 * days from the base. No acquisition time is too large: what does not fit is the largest (or least) time
 * there is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_MAP_SLICES 16

/* Filled by clock_map_init(). */
struct clock_map {
	double speed;                          /* acquisition seconds a wall second; 1 at a rig */
	int64_t base_acquired_ns;              /* of the first packet */
	int64_t base_monotonic_ns;             /* when it was received */
	int64_t offset_ns;                     /* the least over all slices */
	int64_t slice_least[CLOCK_MAP_SLICES]; /* one a second of wall time; INT64_MAX where empty */
	int64_t slice_second;                  /* of the newest slice */
	bool known;                            /* a packet was observed */
};

/* speed > 0 */
void clock_map_init(struct clock_map *m, double speed);

/* Forget everything: a new epoch. */
void clock_map_reset(struct clock_map *m);

/* A packet that ended at `acquired_ns` was received at `received_ns` (CLOCK_MONOTONIC, so never before an
 * earlier one). */
void clock_map_observe(struct clock_map *m, int64_t acquired_ns, int64_t received_ns);

/* Only where `known`. */
int64_t clock_map_to_monotonic(const struct clock_map *m, int64_t acquired_ns);
int64_t clock_map_to_acquired(const struct clock_map *m, int64_t monotonic_ns);

/* How much later than the map says this packet came: >= 0 after observe(). A large jump of either sign before
 * observe() is a step of the acquisition clock. */
int64_t clock_map_delay_ns(const struct clock_map *m, int64_t acquired_ns, int64_t received_ns);
