#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "waiter.h"

#define ORDER_SLOTS 16

struct lane {
	/* immutable once started */
	struct worker *worker;
	struct ring *bins;     /* loop → worker: struct spike_bin */
	struct ring *results;  /* worker → loop: struct result */
	struct ring *orders;   /* loop → worker: struct order */
	struct ring *returned; /* worker → loop: struct order */
	int64_t bin_wall_ns;
	/* shared */
	_Atomic int64_t busy_since_ns;
	_Atomic uint64_t results_dropped;
	/* loop only */
	int64_t closed_ns[LANE_SLOTS]; /* of the bins handed over last */
	int64_t n_handed; /* bins, ever */
	int orders_out; /* given and not yet disposed of: `returned` always has room */
	/* worker thread only */
	struct pipeline *pipeline;
	struct result *scratch;
	int64_t expected_ns; /* edge of the next bin, if it comes in time */
	int64_t stepped;     /* bins, ever */
};

struct worker {
	/* immutable once started */
	char name[16];
	struct realtime_request request;
	void (*wake_loop)(void *arg);
	void *wake_arg;
	int n_lanes;
	struct lane *lanes[WORKER_MAX_LANES];
	struct realtime_grant grant;
	pthread_t thread;
	bool started;
	/* shared */
	struct waiter waiter;
	sem_t ready;
	atomic_bool stopping;
};

static void take_orders(struct lane *l)
{
	struct order *given;
	while ((given = ring_peek_mutable(l->orders))) {
		order_execute(given, &l->pipeline);
		given->step = l->stepped;
		struct order *back = ring_claim(l->returned);
		*back = *given;
		ring_commit(l->returned);
		ring_release(l->orders);
	}
}

static void step(struct lane *l, const struct spike_bin *bin)
{
	struct result *slot = ring_claim(l->results);
	struct result *out = slot ? slot : l->scratch; /* full: the pipeline's state must still advance */

	out->start_ns = clock_now_ns();
	atomic_store_explicit(&l->busy_since_ns, out->start_ns, memory_order_relaxed);
	pipeline_step(l->pipeline, bin, out);
	out->done_ns = clock_now_ns();
	atomic_store_explicit(&l->busy_since_ns, 0, memory_order_relaxed);
	if (slot)
		ring_commit(l->results);
	else
		atomic_fetch_add_explicit(&l->results_dropped, 1, memory_order_relaxed);
	l->expected_ns = bin->edge_ns + l->bin_wall_ns;
	l->stepped++;
	ring_release(l->bins);
}

/* The bin is looked up before the orders: an order given before this bin is then certain to be seen. */
static bool serve(struct lane *l)
{
	const struct spike_bin *bin = ring_peek(l->bins);
	take_orders(l);
	if (bin)
		step(l, bin);
	return bin != NULL;
}

static void serve_all(struct worker *w)
{
	bool any;
	do {
		any = false;
		for (int i = 0; i < w->n_lanes; i++) {
			if (!serve(w->lanes[i]))
				continue;
			any = true;
			w->wake_loop(w->wake_arg);
		}
	} while (any);
}

/* The earliest edge that is still to come; bins that did not come in time are not waited for. */
static int64_t next_expected_ns(const struct worker *w, int64_t now_ns)
{
	int64_t next = INT64_MAX;
	for (int i = 0; i < w->n_lanes; i++) {
		int64_t expected = w->lanes[i]->expected_ns;
		if (expected > now_ns && expected < next)
			next = expected;
	}
	return next;
}

static void touch_all(void *arg)
{
	const struct worker *w = arg;
	for (int i = 0; i < w->n_lanes; i++)
		pipeline_touch(w->lanes[i]->pipeline);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	realtime_apply(w->name, &w->request, &w->grant);
	waiter_refuse_spin(&w->waiter, &w->grant);
	sem_post(&w->ready);
	for (;;) {
		waiter_wait(&w->waiter, next_expected_ns(w, clock_now_ns()), touch_all, w);
		if (atomic_load_explicit(&w->stopping, memory_order_acquire))
			return NULL;
		serve_all(w);
	}
}

int worker_create(const char *name, const struct realtime_request *request, void (*wake_loop)(void *arg),
		  void *arg, struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->request = *request;
	w->wake_loop = wake_loop;
	w->wake_arg = arg;
	waiter_init(&w->waiter, request->wait == WAIT_SPIN, request->prewarm_us * NS_PER_US);
	sem_init(&w->ready, 0, 0);
	*ret = w;
	return 0;
}

static void lane_destroy(struct lane *l)
{
	struct order *o;
	while (l->orders && (o = ring_peek_mutable(l->orders))) {
		order_dispose(o);
		ring_release(l->orders);
	}
	while (l->returned && lane_peek_returned(l))
		lane_dispose_returned(l);
	ring_destroy(l->bins);
	ring_destroy(l->results);
	ring_destroy(l->orders);
	ring_destroy(l->returned);
	pipeline_destroy(l->pipeline);
	free(l->scratch);
	free(l);
}

int worker_add_lane(struct worker *w, struct pipeline *pipeline, int64_t bin_wall_ns, struct lane **ret)
{
	if (w->n_lanes == WORKER_MAX_LANES)
		return -ENOSPC;
	struct lane *l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	int n_units = pipeline_n_units(pipeline);
	int r = ring_create(LANE_SLOTS, spike_bin_size(n_units), &l->bins);
	if (r == 0)
		r = ring_create(LANE_SLOTS, result_size(n_units), &l->results);
	if (r == 0)
		r = ring_create(ORDER_SLOTS, sizeof(struct order), &l->orders);
	if (r == 0)
		r = ring_create(ORDER_SLOTS, sizeof(struct order), &l->returned);
	l->scratch = calloc(1, result_size(n_units));
	if (r < 0 || !l->scratch) {
		lane_destroy(l);
		return r < 0 ? r : -ENOMEM;
	}
	l->worker = w;
	l->bin_wall_ns = bin_wall_ns;
	l->pipeline = pipeline;
	w->lanes[w->n_lanes++] = l;
	*ret = l;
	return 0;
}

int worker_start(struct worker *w)
{
	int r = pthread_create(&w->thread, NULL, worker_main, w);
	if (r != 0)
		return -r;
	w->started = true;
	while (sem_wait(&w->ready) < 0 && errno == EINTR)
		;
	return 0;
}

void worker_destroy(struct worker *w)
{
	if (!w)
		return;
	if (w->started) {
		atomic_store_explicit(&w->stopping, true, memory_order_release);
		waiter_post(&w->waiter);
		pthread_join(w->thread, NULL);
	}
	for (int i = 0; i < w->n_lanes; i++)
		lane_destroy(w->lanes[i]);
	waiter_finish(&w->waiter);
	sem_destroy(&w->ready);
	free(w);
}

const struct realtime_grant *worker_grant(const struct worker *w)
{
	return &w->grant;
}

const char *worker_name(const struct worker *w)
{
	return w->name;
}

bool worker_spins(const struct worker *w)
{
	return w->waiter.spins;
}

struct spike_bin *lane_claim(struct lane *l)
{
	return ring_claim(l->bins);
}

void lane_commit(struct lane *l)
{
	const struct spike_bin *bin = ring_claim(l->bins); /* the one that was claimed */
	l->closed_ns[l->n_handed++ % LANE_SLOTS] = bin->closed_ns;
	ring_commit(l->bins);
	waiter_post(&l->worker->waiter);
}

int lane_waiting(const struct lane *l)
{
	return (int)ring_used(l->bins);
}

int64_t lane_waiting_since_ns(const struct lane *l)
{
	int n = lane_waiting(l);
	return n ? l->closed_ns[(l->n_handed - n) % LANE_SLOTS] : 0;
}

int64_t lane_handed(const struct lane *l)
{
	return l->n_handed;
}

int64_t lane_busy_since_ns(const struct lane *l)
{
	return atomic_load_explicit(&l->busy_since_ns, memory_order_relaxed);
}

const struct result *lane_peek(struct lane *l)
{
	return ring_peek(l->results);
}

void lane_release(struct lane *l)
{
	ring_release(l->results);
}

int lane_order(struct lane *l, enum order_kind kind, void *payload)
{
	struct order *o = l->orders_out < ORDER_SLOTS ? ring_claim(l->orders) : NULL;
	if (!o)
		return -EAGAIN;
	*o = (struct order){ .kind = kind, .payload = payload };
	ring_commit(l->orders);
	l->orders_out++;
	waiter_post(&l->worker->waiter);
	return 0;
}

const struct order *lane_peek_returned(struct lane *l)
{
	return ring_peek(l->returned);
}

void lane_dispose_returned(struct lane *l)
{
	order_dispose(ring_peek_mutable(l->returned));
	ring_release(l->returned);
	l->orders_out--;
}

uint64_t lane_results_dropped(const struct lane *l)
{
	return atomic_load_explicit(&l->results_dropped, memory_order_relaxed);
}
