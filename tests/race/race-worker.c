/* The loop's side and the worker's under ThreadSanitizer: two lanes, bins as fast as they go, orders in
 * between, a loop that stops draining now and then, and an end with orders still under way. */
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker.h"

#define UNITS 7
#define BINS 100000
#define LANES 2
#define BIN_WALL_NS 1000000

static int failures;
static int pipelines_made;
static atomic_int pipelines_gone;

#define EXPECT(what)                                                                                     \
	do {                                                                                             \
		if (!(what) && failures++ < 20)                                                          \
			fprintf(stderr, "race-worker.c:%d: not so: %s\n", __LINE__, #what);              \
	} while (0)

/* A decoder that tells which pipeline it is part of, its steps since the last reset, and its mask. */
struct witness {
	struct decoder base;
	float generation;
	float steps;
	float masked;
};

static void witness_step(struct decoder *d, const float *counts, const float *rates, bool lost,
			 struct estimate *out)
{
	struct witness *w = (struct witness *)d;
	(void)rates;
	(void)lost;
	w->steps++;
	out->n_outputs = 4;
	out->value[0] = w->generation;
	out->value[1] = w->steps;
	out->value[2] = w->masked;
	out->value[3] = counts[0];
}

static void witness_reset(struct decoder *d)
{
	((struct witness *)d)->steps = 0;
}

static void witness_set_mask(struct decoder *d, const uint8_t *masked)
{
	float n = 0;
	for (int u = 0; u < UNITS; u++)
		n += masked[u];
	((struct witness *)d)->masked = n;
}

static void witness_destroy(struct decoder *d)
{
	free(d);
	atomic_fetch_add(&pipelines_gone, 1);
}

static const struct decoder_class witness_class = {
	.kind = "witness",
	.step = witness_step,
	.reset = witness_reset,
	.set_mask = witness_set_mask,
	.destroy = witness_destroy,
};

static struct pipeline *pipeline_of(int generation)
{
	struct forecaster *mean;
	struct pipeline *p;
	struct witness *w = calloc(1, sizeof(*w));
	if (!w || forecaster_create_mean(UNITS, &mean) < 0)
		abort();
	w->base = (struct decoder){ .class = &witness_class, .n_units = UNITS, .n_outputs = 4 };
	w->generation = (float)generation;
	if (pipeline_create(UNITS, mean, &w->base, NULL, &p) < 0)
		abort();
	pipelines_made++;
	return p;
}

/* What the loop knows of a lane. */
struct side {
	struct lane *lane;
	int64_t sent;            /* bins handed over */
	int64_t refused;         /* bins for which there was no room: numbers left out */
	int64_t expected;        /* least number that the next result may have */
	int64_t drained;
	int generation;          /* of the newest swap */
	int generation_at[BINS]; /* when that bin was handed over */
	int orders_refused;
};

static sem_t wake;

static void wake_loop(void *arg)
{
	(void)arg;
	sem_post(&wake);
}

static void send_bin(struct side *s)
{
	int64_t number = s->sent + s->refused;
	struct spike_bin *bin = lane_claim(s->lane);
	if (!bin) {
		s->refused++;
		return;
	}
	*bin = (struct spike_bin){ .bin = number, .n_units = UNITS, .flags = number ? 0 : BIN_EPOCH_BEGIN };
	bin->closed_ns = s->sent + 1;
	for (int u = 0; u < UNITS; u++)
		bin->counts[u] = (uint16_t)(number % 1000);
	s->generation_at[number] = s->generation;
	lane_commit(s->lane);
	s->sent++;
}

static void drain(struct side *s)
{
	const struct result *r;
	while ((r = lane_peek(s->lane))) {
		EXPECT(r->bin >= s->expected);
		EXPECT(r->estimate.n_outputs == 4 && r->n_rates == UNITS);
		EXPECT(r->estimate.value[3] == (float)(r->bin % 1000));
		EXPECT(r->done_ns >= r->start_ns && r->start_ns > 0);
		/* an order given before a bin is carried out before it, and none that was not given yet */
		EXPECT(r->estimate.value[0] >= (float)s->generation_at[r->bin]);
		EXPECT(r->estimate.value[0] <= (float)s->generation);
		s->expected = r->bin + 1;
		s->drained++;
		lane_release(s->lane);
	}
	while (lane_peek_returned(s->lane))
		lane_dispose_returned(s->lane);
}

static void give_order(struct side *s, unsigned which)
{
	uint8_t *mask = NULL;
	struct pipeline *p = NULL;
	int r;

	switch (which % 3) {
	case 0:
		r = lane_order(s->lane, ORDER_RESET, NULL);
		break;
	case 1:
		mask = calloc(UNITS, 1);
		mask[which % UNITS] = 1;
		r = lane_order(s->lane, ORDER_MASK, mask);
		break;
	default:
		p = pipeline_of(s->generation + 1);
		r = lane_order(s->lane, ORDER_SWAP, p);
		s->generation += r == 0;
		break;
	}
	if (r == 0)
		return;
	/* refused: what it carried is still ours */
	EXPECT(r == -EAGAIN);
	s->orders_refused++;
	free(mask);
	pipeline_destroy(p);
}

static void look(struct side *s)
{
	EXPECT(lane_waiting(s->lane) >= 0 && lane_waiting(s->lane) <= LANE_SLOTS);
	EXPECT(lane_busy_since_ns(s->lane) >= 0);
	int64_t since = lane_waiting_since_ns(s->lane);
	EXPECT(since == 0 || (since > s->sent - LANE_SLOTS && since <= s->sent));
}

static struct worker *start(const struct realtime_request *request, struct side *sides)
{
	struct worker *w;
	if (worker_create("race", request, wake_loop, NULL, &w) < 0)
		abort();
	for (int i = 0; i < LANES; i++)
		if (worker_add_lane(w, pipeline_of(0), BIN_WALL_NS, &sides[i].lane) < 0)
			abort();
	if (worker_start(w) < 0)
		abort();
	return w;
}

/* Every bin that was handed over came back, or was counted as dropped. */
static void settle(struct side *s)
{
	while (lane_waiting(s->lane) > 0) {
		sem_wait(&wake);
		drain(s);
	}
	drain(s);
	EXPECT(lane_waiting_since_ns(s->lane) == 0);
	EXPECT(s->drained + (int64_t)lane_results_dropped(s->lane) == s->sent);
	printf("%lld bins, %lld refused; %lld results, %llu dropped; %d swaps, %d orders refused\n",
	       (long long)s->sent, (long long)s->refused, (long long)s->drained,
	       (unsigned long long)lane_results_dropped(s->lane), s->generation, s->orders_refused);
	EXPECT(s->drained > 0 && s->generation > 0);
}

static void feed(struct side *sides)
{
	unsigned random = 1;
	for (int step = 0; step < BINS; step++) {
		struct side *s = &sides[step % LANES];
		random = random * 1664525u + 1013904223u;
		if ((random >> 16) % 5 == 0)
			give_order(s, random >> 20);
		bool sleepy = step / 500 % 8 == 7; /* a loop that does not come round to draining */
		while (!sleepy && lane_waiting(s->lane) > (int)((random >> 8) % LANE_SLOTS))
			sem_wait(&wake);
		if (!sleepy)
			drain(s);
		send_bin(s);
		look(s);
	}
	for (int i = 0; i < LANES; i++)
		settle(&sides[i]);
}

/* An end with bins and orders still under way. */
static void end_busy(struct worker *w, struct side *sides)
{
	for (int i = 0; i < LANES; i++)
		for (unsigned which = 0; which < 6; which++) {
			send_bin(&sides[i]);
			give_order(&sides[i], which);
		}
	worker_destroy(w);
	EXPECT(atomic_load(&pipelines_gone) == pipelines_made);
}

int main(void)
{
	static const struct realtime_request requests[] = {
		{ .wait = WAIT_BLOCK, .cpu = -1 },
		{ .wait = WAIT_BLOCK, .cpu = -1, .prewarm_us = 100 },
		{ .wait = WAIT_SPIN, .cpu = -1 },
	};
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		static struct side sides[LANES];
		memset(sides, 0, sizeof(sides));
		sem_init(&wake, 0, 0);
		struct worker *w = start(&requests[i], sides);
		feed(sides);
		end_busy(w, sides);
		sem_destroy(&wake);
	}
	printf("%d pipelines made, %d failures\n", pipelines_made, failures);
	return failures ? 1 : 0;
}
