/* waiter: how a worker waits for its next bin: asleep; with `prewarm` woken shortly before the bin is due, to
 * touch its weights; with `spins` also awake from then on, until the bin comes or is overdue. Never
 * endlessly: a thread that spins under SCHED_FIFO is throttled for a whole bin in every second.
 *
 * At 20 Hz the first step after a sleep costs four times a hot one, mostly for cold caches. */
#pragma once

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "realtime.h"

#define WAITER_SPIN_PAST_NS INT64_C(2000000) /* awake this long after the expected edge */

struct waiter {
	sem_t posts;
	bool spins;
	int64_t prewarm_ns;
};

void waiter_init(struct waiter *w, bool spins, int64_t prewarm_ns);
void waiter_finish(struct waiter *w);

/* Give spinning up, with a line in `grant`, where the thread may run on fewer than two processors: it would
 * keep the loop from the bin that it waits for. On the worker's thread, once its affinity is set. */
void waiter_refuse_spin(struct waiter *w, struct realtime_grant *grant);

/* Any thread. */
void waiter_post(struct waiter *w);

/* Until a post, which it takes. `expected_ns` (CLOCK_MONOTONIC): edge of the next bin, INT64_MAX where none
 * is known. */
void waiter_wait(struct waiter *w, int64_t expected_ns, void (*touch)(void *arg), void *arg);
