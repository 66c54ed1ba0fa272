/* Two threads push items through a ring in place while a third looks at how full it is. ThreadSanitizer sees
 * the slots, we see order and content. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ring.h"

enum when_full { WAIT, DROP };

struct run {
	/* immutable once started */
	const char *name;
	size_t n_slots, slot_words;
	uint64_t n_items;
	enum when_full when_full;
	struct ring *ring;
	/* shared */
	atomic_bool done; /* nothing more is pushed */
	/* producer, read after the join */
	uint64_t refused, dropped;
	/* consumer, read after the join */
	uint64_t received;
	const char *wrong;
};

/* Every word of an item differs from the same word of its neighbours. */
static uint64_t word_of(uint64_t item, size_t i)
{
	return (item + 1) * UINT64_C(0x9e3779b97f4a7c15) + i;
}

static uint64_t *claim(struct run *r)
{
	uint64_t *slot;

	while (!(slot = ring_claim(r->ring))) {
		r->refused++;
		if (r->when_full == DROP)
			return NULL;
		sched_yield();
	}
	return slot;
}

static void *produce(void *arg)
{
	struct run *r = arg;

	for (uint64_t item = 0; item < r->n_items; item++) {
		uint64_t *slot = claim(r);
		if (!slot) {
			r->dropped++;
			continue;
		}
		slot[0] = item;
		for (size_t i = 1; i < r->slot_words; i++)
			slot[i] = word_of(item, i);
		ring_commit(r->ring);
	}
	atomic_store(&r->done, true);
	return NULL;
}

static const char *check(const struct run *r, const uint64_t *slot, uint64_t next)
{
	if (slot[0] < next || (r->when_full == WAIT && slot[0] != next))
		return "out of order";
	for (size_t i = 1; i < r->slot_words; i++)
		if (slot[i] != word_of(slot[0], i))
			return "torn";
	return NULL;
}

static void *consume(void *arg)
{
	struct run *r = arg;
	uint64_t next = 0;

	for (;;) {
		bool last = atomic_load(&r->done); /* before the peek: nothing is committed after it */
		uint64_t *slot = ring_peek_mutable(r->ring);
		if (!slot && last)
			return NULL;
		if (!slot) {
			sched_yield();
			continue;
		}
		const char *wrong = check(r, slot, next);
		if (wrong)
			r->wrong = wrong;
		next = slot[0] + 1;
		slot[0] = UINT64_MAX; /* a consumer may write too: so nobody sees an old item for a new one */
		r->received++;
		ring_release(r->ring);
	}
}

static bool watch(struct run *r)
{
	bool within = true;

	while (!atomic_load(&r->done)) {
		within &= ring_used(r->ring) <= ring_capacity(r->ring);
		sched_yield();
	}
	return within;
}

static bool run(struct run *r)
{
	pthread_t producer, consumer;

	if (ring_create(r->n_slots, r->slot_words * sizeof(uint64_t), &r->ring) < 0)
		return false;
	if (pthread_create(&producer, NULL, produce, r) != 0 ||
	    pthread_create(&consumer, NULL, consume, r) != 0)
		return false;
	bool within = watch(r);
	pthread_join(producer, NULL);
	pthread_join(consumer, NULL);
	bool all = r->received + r->dropped == r->n_items && ring_used(r->ring) == 0 && within;
	ring_destroy(r->ring);
	printf("race-ring: %s: %llu received, %llu dropped, %llu times full%s%s\n", r->name,
	       (unsigned long long)r->received, (unsigned long long)r->dropped,
	       (unsigned long long)r->refused, r->wrong || !all ? ": " : "",
	       r->wrong ? r->wrong
	       : all    ? ""
			: "some are missing");
	return all && !r->wrong && r->received > 0;
}

int main(void)
{
	struct run runs[] = {
		{ .name = "one slot", .n_slots = 1, .slot_words = 1, .n_items = 300000 },
		{ .name = "small slots", .n_slots = 16, .slot_words = 1, .n_items = 2000000 },
		{ .name = "large slots", .n_slots = 16, .slot_words = 100, .n_items = 100000 },
		{ .name = "large slots, dropping",
		  .n_slots = 4,
		  .slot_words = 100,
		  .n_items = 100000,
		  .when_full = DROP },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++)
		good &= run(&runs[i]);
	return good ? 0 : 1;
}
