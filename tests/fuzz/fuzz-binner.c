/* Any bytes as packets and closes: the binner does what a naive one does that keeps a flag for every
 * nanosecond. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "binner.h"

#define WIDTH ((int)BINNER_MIN_WIDTH_NS)
#define WINDOW (BINNER_OPEN * WIDTH)
#define UNITS 3
#define MAX_SPIKES 16

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct input {
	const uint8_t *bytes;
	size_t n;
};

/* The open bins, oldest first. */
struct naive {
	int64_t origin, first;
	bool begin_pending;
	bool covered[WINDOW];
	int64_t received[BINNER_OPEN];
	uint32_t counts[BINNER_OPEN][UNITS];
};

struct packet {
	int64_t begin, end, received;
	int n_spikes;
	uint32_t unit[MAX_SPIKES], offset[MAX_SPIKES];
};

static uint64_t take(struct input *in, size_t n)
{
	uint64_t value = 0;
	for (; n > 0 && in->n > 0; n--, in->n--)
		value = value << 8 | *in->bytes++;
	return value;
}

static void check(bool good)
{
	if (!good)
		abort();
}

/* ---- the naive binner ---- */

static void naive_begin(struct naive *m, int64_t origin)
{
	memset(m, 0, sizeof(*m));
	m->origin = origin;
	m->begin_pending = true;
}

static int pieces(const bool *covered)
{
	int n = 0;
	for (int i = 0; i < WIDTH; i++)
		n += covered[i] && (i == 0 || !covered[i - 1]);
	return n;
}

static enum binner_refusal naive_bin(const struct naive *m, int bin, int from, int until)
{
	bool covered[WIDTH];
	memcpy(covered, m->covered + bin * WIDTH, sizeof(covered));
	for (int t = 0; t < WIDTH; t++) {
		bool within = bin * WIDTH + t >= from && bin * WIDTH + t < until;
		if (within && covered[t])
			return BINNER_OVERLAP;
		covered[t] |= within;
	}
	return pieces(covered) > BINNER_PIECES ? BINNER_SCATTERED : BINNER_USED;
}

/* Where the packet lies in the window; its begin may be before it. */
static enum binner_refusal naive_place(const struct naive *m, const struct packet *p, bool is_counts,
				       int *ret_from, int *ret_until)
{
	__int128 window = (__int128)m->origin + (__int128)m->first * WIDTH;
	__int128 begin = p->begin - window, end = p->end - window;
	if (end <= 0)
		return BINNER_LATE;
	if (end > WINDOW)
		return BINNER_AHEAD;
	if (is_counts && begin < (end - 1) / WIDTH * WIDTH)
		return BINNER_STRADDLE;
	*ret_from = begin < 0 ? 0 : (int)begin;
	*ret_until = (int)end;
	for (int bin = *ret_from / WIDTH; bin <= (*ret_until - 1) / WIDTH; bin++) {
		enum binner_refusal r = naive_bin(m, bin, *ret_from, *ret_until);
		if (r)
			return r;
	}
	return BINNER_USED;
}

static void naive_cover(struct naive *m, int from, int until, int64_t received)
{
	memset(m->covered + from, true, (size_t)(until - from));
	for (int bin = from / WIDTH; bin <= (until - 1) / WIDTH; bin++)
		if (received > m->received[bin])
			m->received[bin] = received;
}

static int naive_count(struct naive *m, const struct packet *p)
{
	int late = 0;
	for (int i = 0; i < p->n_spikes; i++) {
		__int128 t = (__int128)p->begin + p->offset[i] - m->origin - (__int128)m->first * WIDTH;
		if (t < 0)
			late++;
		else
			m->counts[t / WIDTH][p->unit[i]]++;
	}
	return late;
}

static void naive_close(struct naive *m)
{
	m->first++;
	memmove(m->covered, m->covered + WIDTH, WINDOW - WIDTH);
	memset(m->covered + WINDOW - WIDTH, false, WIDTH);
	memmove(m->received, m->received + 1, sizeof(m->received) - sizeof(m->received[0]));
	m->received[BINNER_OPEN - 1] = 0;
	memmove(m->counts, m->counts + 1, sizeof(m->counts) - sizeof(m->counts[0]));
	memset(m->counts[BINNER_OPEN - 1], 0, sizeof(m->counts[0]));
}

/* ---- both of them ---- */

static void check_oldest(const struct naive *m, const struct binner *b)
{
	int covered = 0;
	for (int i = 0; i < WIDTH; i++)
		covered += m->covered[i];
	__int128 edge = (__int128)m->origin + (__int128)(m->first + 1) * WIDTH;
	check(binner_bin(b) == m->first);
	check(binner_edge_ns(b) == (edge > INT64_MAX ? INT64_MAX : (int64_t)edge));
	check(binner_complete(b) == (covered == WIDTH));
	check(binner_touched(b) == (covered > 0));
}

static void do_spikes(struct naive *m, struct binner *b, const struct packet *p)
{
	int from, until, late = -1;
	enum binner_refusal expected = naive_place(m, p, false, &from, &until);
	check(binner_add_spikes(b, p->begin, p->end, p->received, p->unit, p->offset, p->n_spikes, &late) ==
	      expected);
	if (expected) {
		check(late == -1);
		return;
	}
	naive_cover(m, from, until, p->received);
	check(late == naive_count(m, p));
}

static void do_counts(struct naive *m, struct binner *b, const struct packet *p)
{
	int from, until;
	uint32_t counts[UNITS];
	for (int i = 0; i < UNITS; i++)
		counts[i] = (uint32_t)(p->received * 300 * (i + 1)) & 0xffff;
	enum binner_refusal expected = naive_place(m, p, true, &from, &until);
	check(binner_add_counts(b, p->begin, p->end, p->received, counts) == expected);
	if (expected)
		return;
	naive_cover(m, from, until, p->received);
	for (int i = 0; i < UNITS; i++)
		m->counts[from / WIDTH][i] += counts[i];
}

static void do_close(struct naive *m, struct binner *b, struct spike_bin *out)
{
	bool gap = !binner_complete(b);
	binner_close(b, out);
	if (out) {
		check(out->bin == m->first && out->n_units == UNITS && out->received_ns == m->received[0]);
		check(out->flags == ((m->begin_pending ? BIN_EPOCH_BEGIN : 0u) | (gap ? BIN_GAP : 0u)));
		for (int i = 0; i < UNITS; i++)
			check(out->counts[i] ==
			      (m->counts[0][i] > UINT16_MAX ? UINT16_MAX : m->counts[0][i]));
		m->begin_pending = false;
	}
	naive_close(m);
}

/* A packet in or near the open bins. */
static struct packet take_near(struct input *in, const struct naive *m)
{
	struct packet p = { 0 };
	int64_t begin = (int64_t)(take(in, 2) % (WINDOW + 3 * WIDTH)) - WIDTH;
	int64_t length = 1 + (int64_t)take(in, 2);
	__int128 at = (__int128)m->origin + m->first * WIDTH + begin;
	if (at < INT64_MIN || at + length > INT64_MAX)
		at = INT64_MAX - length;
	p.begin = (int64_t)at;
	p.end = p.begin + length;
	p.received = (int64_t)take(in, 1);
	p.n_spikes = (int)(take(in, 1) % (MAX_SPIKES + 1));
	for (int i = 0; i < p.n_spikes; i++) {
		p.unit[i] = (uint32_t)(take(in, 1) % UNITS);
		p.offset[i] = (uint32_t)(take(in, 2) % (uint64_t)length);
	}
	return p;
}

/* Any times at all, with a spike near the end where an offset reaches it. */
static struct packet take_far(struct input *in)
{
	struct packet p = { .n_spikes = 1, .received = 1 };
	int64_t a = (int64_t)take(in, 8), b = (int64_t)take(in, 8);
	p.begin = a < b ? a : b;
	p.end = a < b ? b : a == b && a < INT64_MAX ? a + 1 : a;
	if (p.begin == p.end)
		p.begin--;
	uint64_t length = (uint64_t)p.end - (uint64_t)p.begin;
	p.offset[0] = length - 1 < UINT32_MAX ? (uint32_t)(length - 1) : UINT32_MAX;
	return p;
}

static void step(struct input *in, struct naive *m, struct binner *b, struct spike_bin *out)
{
	struct packet p;
	uint64_t what = take(in, 1);
	switch (what % 8) {
	case 0:
		naive_begin(m, (int64_t)take(in, 8));
		binner_begin(b, m->origin);
		return;
	case 1:
		p = take_far(in);
		do_spikes(m, b, &p);
		return;
	case 2:
	case 3:
		p = take_near(in, m);
		do_counts(m, b, &p);
		return;
	case 4:
		for (uint64_t i = 0; i <= what / 8; i++)
			do_close(m, b, i % 2 ? out : NULL);
		return;
	case 5:
		do_close(m, b, out);
		return;
	default:
		p = take_near(in, m);
		do_spikes(m, b, &p);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct naive naive;
	struct input in = { bytes, n };
	struct binner *b;
	struct spike_bin *out = malloc(spike_bin_size(UNITS));
	check(out && binner_create(UNITS, WIDTH, &b) == 0);
	naive_begin(&naive, 0);
	while (in.n > 0) {
		step(&in, &naive, b, out);
		check_oldest(&naive, b);
	}
	binner_destroy(b);
	free(out);
	return 0;
}
