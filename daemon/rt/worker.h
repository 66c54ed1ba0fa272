/* worker: one thread that runs the pipelines of one or several streams.
 *
 * A lane is one stream's place on it: a ring of bins in, a ring of results out, a ring of orders, a ring of
 * orders done. On the worker's path: no allocation, lock, formatting, socket or file; no system call but the
 * wait and the wake. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "orders.h"
#include "pipeline.h"
#include "realtime.h"
#include "ring.h"
#include "types.h"

#define WORKER_MAX_LANES 64
#define LANE_SLOTS       16 /* bins and results; more than LANE_MAX_WAITING waiting is a fault */
#define LANE_MAX_WAITING 8 /* more than that, and no progress, is a fault */

struct worker;
struct lane;

/* `wake_loop(arg)` is called on the worker's thread after results were committed; it must not wait,
 * not even for the loop (which uv_async_send() makes the loop do for the worker). */
int worker_create(const char *name, const struct realtime_request *request, void (*wake_loop)(void *arg),
		  void *arg, struct worker **ret);

/* Before worker_start(). Takes the pipeline over. `bin_wall_ns`: from one bin edge to the next, wall time.
 * -ENOSPC beyond WORKER_MAX_LANES. */
int worker_add_lane(struct worker *w, struct pipeline *pipeline, int64_t bin_wall_ns, struct lane **ret);

int worker_start(struct worker *w);
/* Join the thread and free it all, pipelines and orders included. */
void worker_destroy(struct worker *w);

/* What the system granted of the request; valid after worker_start() returned. */
const struct realtime_grant *worker_grant(const struct worker *w);
const char *worker_name(const struct worker *w);
bool worker_spins(const struct worker *w);

/* ---- the loop's side of a lane ---- */

/* The slot for the next bin, or NULL when the ring is full (the bin is then a gap: count it). */
struct spike_bin *lane_claim(struct lane *l);
/* Hand it over and wake the worker. */
void lane_commit(struct lane *l);
/* Bins handed over, ever: the step (struct order) of the next one. */
int64_t lane_handed(const struct lane *l);
/* Bins handed over whose step is not done yet. */
int lane_waiting(const struct lane *l);
/* When the oldest of them was closed, 0 when none waits: for the watchdog. */
int64_t lane_waiting_since_ns(const struct lane *l);
/* Start of the step that the worker is in, 0 when it is in none. */
int64_t lane_busy_since_ns(const struct lane *l);

const struct result *lane_peek(struct lane *l);
void lane_release(struct lane *l);

/* Give an order; taken before the next bin that is committed after it at the latest. -EAGAIN when too many
 * are under way (the payload stays the caller's). */
int lane_order(struct lane *l, enum order_kind kind, void *payload);
/* The oldest order that was carried out, or NULL; and free what it carries. Look after each lane_peek(),
 * before the result is used: all orders that had an effect on it are there by then. */
const struct order *lane_peek_returned(struct lane *l);
void lane_dispose_returned(struct lane *l);

/* Results that found no free slot (the state advanced all the same). */
uint64_t lane_results_dropped(const struct lane *l);
