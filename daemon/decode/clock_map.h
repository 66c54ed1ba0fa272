/* clock_map: the acquisition clock seen from CLOCK_MONOTONIC. [pure]
 *
 * monotonic = acquisition / speed + offset, where offset is the least of (received - end / speed) over the last
 * CLOCK_MAP_SLICES seconds: the packet that was delayed least tells the true relation best. The constant part of the
 * delay (the rig's own buffers) cannot be seen from here. A rate error of 200 ppm moves the offset 0.2 ms a second, which
 * the window follows: at once where the delay shrinks, within its length where it grows. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_MAP_SLICES 16

/* Zeroed and then clock_map_init() before use. */
struct clock_map {
	double speed;                          /* acquisition seconds a wall second; 1 at a rig */
	int64_t offset_ns;                     /* the least over all slices */
	int64_t slice_least[CLOCK_MAP_SLICES]; /* one a second of wall time; INT64_MAX where empty */
	int64_t slice_second;                  /* of the newest slice */
	bool known;
};

void clock_map_init(struct clock_map *m, double speed);

/* Forget everything: a new epoch. */
void clock_map_reset(struct clock_map *m);

/* A packet that ended at `acquired_ns` was received at `received_ns`. */
void clock_map_observe(struct clock_map *m, int64_t acquired_ns, int64_t received_ns);

/* Only where `known`. */
int64_t clock_map_to_monotonic(const struct clock_map *m, int64_t acquired_ns);
int64_t clock_map_to_acquired(const struct clock_map *m, int64_t monotonic_ns);

/* How much later than the map says this packet came: >= 0 after observe(). A large jump of either sign before observe() is a
 * step of the acquisition clock. */
int64_t clock_map_delay_ns(const struct clock_map *m, int64_t acquired_ns, int64_t received_ns);
