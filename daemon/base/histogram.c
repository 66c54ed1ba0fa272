#include "histogram.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "clock.h"

#define SUB (1 << HISTOGRAM_SUB_BITS)

_Static_assert(sizeof(struct histogram_pair) < 50 << 10, "a daemon keeps one for each stage of each stream");

/* Bucket shift * SUB + m holds the values from m << shift, m from SUB to 2 SUB - 1; where shift is 0, m
 * starts at 0. */
static int bucket_of(int64_t ns)
{
	if (ns < 2 * SUB)
		return ns < 0 ? 0 : (int)ns;
	if (ns >= HISTOGRAM_END_NS)
		return HISTOGRAM_BUCKETS - 1;
	int shift = 63 - __builtin_clzll((unsigned long long)ns) - HISTOGRAM_SUB_BITS;
	return shift * SUB + (int)(ns >> shift);
}

static int shift_of(int i)
{
	return i < 2 * SUB ? 0 : i / SUB - 1;
}

int64_t histogram_bucket_end_ns(int i)
{
	int shift = shift_of(i);
	return (int64_t)(i - shift * SUB + 1) << shift;
}

int64_t histogram_bucket_ns(int i)
{
	int shift = shift_of(i);
	int64_t begin = (int64_t)(i - shift * SUB) << shift;
	return begin + (INT64_C(1) << shift) / 2;
}

/* Before the count goes up. */
static void widen(int64_t *min_ns, int64_t *max_ns, uint64_t count, int64_t least, int64_t most)
{
	if (count == 0 || least < *min_ns)
		*min_ns = least;
	if (count == 0 || most > *max_ns)
		*max_ns = most;
}

static void put(struct histogram *h, int i, uint32_t n)
{
	uint32_t room = UINT32_MAX - h->bucket[i];

	if (n > room)
		n = room;
	h->bucket[i] += n;
	h->count += n;
}

void histogram_record(struct histogram *h, int64_t ns)
{
	widen(&h->min_ns, &h->max_ns, h->count, ns, ns);
	put(h, bucket_of(ns), 1);
}

void histogram_reset(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

void histogram_add(struct histogram *into, const struct histogram *from)
{
	if (from->count == 0)
		return;
	widen(&into->min_ns, &into->max_ns, into->count, from->min_ns, from->max_ns);
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
		put(into, i, from->bucket[i]);
}

int64_t histogram_quantile(const struct histogram *h, double q)
{
	double rank = ceil(q * (double)h->count);
	uint64_t seen = 0;

	if (h->count == 0)
		return 0;
	if (rank >= (double)h->count)
		return h->max_ns;
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if ((double)seen < rank)
			continue;
		int64_t ns = histogram_bucket_ns(i);
		return ns > h->max_ns ? h->max_ns : ns < h->min_ns ? h->min_ns : ns;
	}
	return h->max_ns;
}

static struct histogram_slice *slice_for(struct histogram_pair *p, int64_t second)
{
	struct histogram_slice *s = &p->slice[second % HISTOGRAM_SLICES];

	if (s->second != second) {
		memset(s, 0, sizeof(*s));
		s->second = second;
	}
	return s;
}

void histogram_pair_record(struct histogram_pair *p, int64_t ns, int64_t now_ns)
{
	assert(now_ns >= 0);
	struct histogram_slice *s = slice_for(p, now_ns / NS_PER_S);
	uint16_t *bucket = &s->bucket[bucket_of(ns)];

	widen(&s->min_ns, &s->max_ns, s->count, ns, ns);
	if (*bucket < UINT16_MAX) {
		++*bucket;
		s->count++;
	}
	histogram_record(&p->run, ns);
}

void histogram_pair_recent(const struct histogram_pair *p, int64_t now_ns, struct histogram *ret)
{
	int64_t newest = now_ns / NS_PER_S;

	histogram_reset(ret);
	for (const struct histogram_slice *s = p->slice; s < p->slice + HISTOGRAM_SLICES; s++) {
		if (s->count == 0 || s->second > newest || s->second <= newest - HISTOGRAM_SLICES)
			continue;
		widen(&ret->min_ns, &ret->max_ns, ret->count, s->min_ns, s->max_ns);
		for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
			put(ret, i, s->bucket[i]);
	}
}
