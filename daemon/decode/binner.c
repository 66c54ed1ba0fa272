#include "binner.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Times are relative to the epoch's origin from here on: differences are taken once, checked, where a packet
 * comes in. */
struct piece {
	int64_t begin, end;
};

struct open_bin {
	uint16_t *counts; /* (n_units) */
	int64_t covered_ns;
	int64_t received_ns;
	bool touched;
	int n_pieces;
	struct piece pieces[BINNER_PIECES]; /* covered; sorted, disjoint, not adjacent */
};

struct binner {
	int n_units;
	int64_t width_ns;
	int64_t origin_ns;
	int64_t first;                     /* number of the oldest open bin */
	bool begin_pending;                /* no bin of this epoch was handed out yet */
	struct open_bin open[BINNER_OPEN]; /* bin b is in b % BINNER_OPEN */
	uint16_t counts[];                 /* (BINNER_OPEN, n_units) */
};

const char *binner_refusal_text(enum binner_refusal r)
{
	static const char *const texts[BINNER_N_REFUSALS] = {
		[BINNER_USED] = "used",       [BINNER_LATE] = "late",
		[BINNER_AHEAD] = "ahead",     [BINNER_STRADDLE] = "straddle",
		[BINNER_OVERLAP] = "overlap", [BINNER_SCATTERED] = "scattered",
	};
	return texts[r];
}

int binner_create(int n_units, int64_t width_ns, struct binner **ret)
{
	if (n_units < 1 || n_units > MAX_UNITS || width_ns < BINNER_MIN_WIDTH_NS ||
	    width_ns > BINNER_MAX_WIDTH_NS)
		return -EINVAL;
	struct binner *b = calloc(1, sizeof(*b) + (size_t)BINNER_OPEN * (size_t)n_units * sizeof(*b->counts));
	if (!b)
		return -ENOMEM;
	b->n_units = n_units;
	b->width_ns = width_ns;
	for (int i = 0; i < BINNER_OPEN; i++)
		b->open[i].counts = b->counts + (size_t)i * (size_t)n_units;
	binner_begin(b, 0);
	*ret = b;
	return 0;
}

void binner_destroy(struct binner *b)
{
	free(b);
}

static struct open_bin *open_bin(struct binner *b, int64_t bin)
{
	return &b->open[bin % BINNER_OPEN];
}

static const struct open_bin *oldest(const struct binner *b)
{
	return &b->open[b->first % BINNER_OPEN];
}

static void clear(struct binner *b, struct open_bin *o)
{
	if (!o->touched)
		return;
	memset(o->counts, 0, (size_t)b->n_units * sizeof(*o->counts));
	o->covered_ns = 0;
	o->received_ns = 0;
	o->touched = false;
	o->n_pieces = 0;
}

void binner_begin(struct binner *b, int64_t origin_ns)
{
	for (int i = 0; i < BINNER_OPEN; i++)
		clear(b, &b->open[i]);
	b->origin_ns = origin_ns;
	b->first = 0;
	b->begin_pending = true;
}

static int64_t bin_begin(const struct binner *b, int64_t bin)
{
	return bin * b->width_ns;
}

/* Time after the origin; what lies too far from it for a difference is the farthest there is. */
static int64_t relative(const struct binner *b, int64_t acquired_ns)
{
	int64_t t;
	if (__builtin_sub_overflow(acquired_ns, b->origin_ns, &t))
		return acquired_ns < b->origin_ns ? INT64_MIN : INT64_MAX;
	return t;
}

/* The packet's time and whether it lies among the open bins. */
static enum binner_refusal place(const struct binner *b, int64_t begin_ns, int64_t end_ns, struct piece *ret)
{
	assert(begin_ns < end_ns);
	*ret = (struct piece){ relative(b, begin_ns), relative(b, end_ns) };
	if (ret->end <= bin_begin(b, b->first))
		return BINNER_LATE;
	if (ret->end > bin_begin(b, b->first + BINNER_OPEN))
		return BINNER_AHEAD;
	return BINNER_USED;
}

static struct piece part_in(const struct binner *b, int64_t bin, struct piece p)
{
	int64_t begin = bin_begin(b, bin), end = begin + b->width_ns;
	return (struct piece){ p.begin > begin ? p.begin : begin, p.end < end ? p.end : end };
}

/* Index of the first piece that ends at or after `begin`: the one to join, or in front of which to stand.
 * From the back, where packets in order belong. */
static int piece_index(const struct open_bin *o, int64_t begin)
{
	int i = o->n_pieces;
	while (i > 0 && o->pieces[i - 1].end >= begin)
		i--;
	return i;
}

static enum binner_refusal check_cover(const struct open_bin *o, struct piece p)
{
	int i = piece_index(o, p.begin);
	bool joins = i < o->n_pieces && (o->pieces[i].end == p.begin || o->pieces[i].begin == p.end);
	int next = i < o->n_pieces && o->pieces[i].end == p.begin ? i + 1 : i;
	if (next < o->n_pieces && o->pieces[next].begin < p.end)
		return BINNER_OVERLAP;
	return joins || o->n_pieces < BINNER_PIECES ? BINNER_USED : BINNER_SCATTERED;
}

static void remove_piece(struct open_bin *o, int i)
{
	o->n_pieces--;
	memmove(&o->pieces[i], &o->pieces[i + 1], (size_t)(o->n_pieces - i) * sizeof(*o->pieces));
}

static void insert_piece(struct open_bin *o, int i, struct piece p)
{
	memmove(&o->pieces[i + 1], &o->pieces[i], (size_t)(o->n_pieces - i) * sizeof(*o->pieces));
	o->pieces[i] = p;
	o->n_pieces++;
}

/* After check_cover() said yes. */
static void cover(struct open_bin *o, struct piece p, int64_t received_ns)
{
	o->touched = true;
	o->covered_ns += p.end - p.begin;
	if (received_ns > o->received_ns)
		o->received_ns = received_ns;

	int i = piece_index(o, p.begin);
	if (i < o->n_pieces && o->pieces[i].end == p.begin) {
		p.begin = o->pieces[i].begin;
		remove_piece(o, i);
	}
	if (i < o->n_pieces && o->pieces[i].begin == p.end) {
		p.end = o->pieces[i].end;
		remove_piece(o, i);
	}
	insert_piece(o, i, p);
}

static void count(uint16_t *at, uint32_t n)
{
	uint64_t sum = (uint64_t)*at + n;
	*at = sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
}

/* Spikes mostly come in order, so the division for a spike's bin is needed only where the bin changes. */
static int count_spikes(struct binner *b, int64_t begin, const uint32_t *unit, const uint32_t *offset_ns,
			int n_spikes)
{
	int late = 0;
	struct piece within = { 0, 0 };
	uint16_t *counts = NULL;
	int64_t open_from = bin_begin(b, b->first);
	for (int i = 0; i < n_spikes; i++) {
		int64_t t = begin + offset_ns[i];
		if (t < open_from) {
			late++;
			continue;
		}
		if (t < within.begin || t >= within.end) {
			int64_t bin = t / b->width_ns;
			within = (struct piece){ bin_begin(b, bin), bin_begin(b, bin + 1) };
			counts = open_bin(b, bin)->counts;
		}
		count(&counts[unit[i]], 1);
	}
	return late;
}

enum binner_refusal binner_add_spikes(struct binner *b, int64_t begin_ns, int64_t end_ns, int64_t received_ns,
				      const uint32_t *unit, const uint32_t *offset_ns, int n_spikes,
				      int *ret_late_spikes)
{
	struct piece packet;
	enum binner_refusal refusal = place(b, begin_ns, end_ns, &packet);
	if (refusal)
		return refusal;

	int64_t first = packet.begin < bin_begin(b, b->first) ? b->first : packet.begin / b->width_ns;
	int64_t last = (packet.end - 1) / b->width_ns;
	for (int64_t bin = first; bin <= last && !refusal; bin++)
		refusal = check_cover(open_bin(b, bin), part_in(b, bin, packet));
	if (refusal)
		return refusal;

	for (int64_t bin = first; bin <= last; bin++)
		cover(open_bin(b, bin), part_in(b, bin, packet), received_ns);
	*ret_late_spikes = count_spikes(b, packet.begin, unit, offset_ns, n_spikes);
	return BINNER_USED;
}

enum binner_refusal binner_add_counts(struct binner *b, int64_t begin_ns, int64_t end_ns, int64_t received_ns,
				      const uint32_t *counts)
{
	struct piece packet;
	enum binner_refusal refusal = place(b, begin_ns, end_ns, &packet);
	if (refusal)
		return refusal;

	int64_t bin = (packet.end - 1) / b->width_ns;
	if (packet.begin < bin_begin(b, bin))
		return BINNER_STRADDLE;
	struct open_bin *o = open_bin(b, bin);
	refusal = check_cover(o, packet);
	if (refusal)
		return refusal;

	cover(o, packet, received_ns);
	for (int i = 0; i < b->n_units; i++)
		count(&o->counts[i], counts[i]);
	return BINNER_USED;
}

int64_t binner_bin(const struct binner *b)
{
	return b->first;
}

int64_t binner_edge_ns(const struct binner *b)
{
	int64_t edge;
	if (__builtin_add_overflow(b->origin_ns, bin_begin(b, b->first + 1), &edge))
		return INT64_MAX;
	return edge;
}

bool binner_complete(const struct binner *b)
{
	return oldest(b)->covered_ns == b->width_ns;
}

bool binner_touched(const struct binner *b)
{
	return oldest(b)->touched;
}

const uint16_t *binner_counts(const struct binner *b)
{
	return oldest(b)->counts;
}

void binner_close(struct binner *b, struct spike_bin *out)
{
	struct open_bin *o = open_bin(b, b->first);
	if (out) {
		out->bin = b->first;
		out->flags = (b->begin_pending ? BIN_EPOCH_BEGIN : 0) | (binner_complete(b) ? 0 : BIN_GAP);
		out->acquired_ns = binner_edge_ns(b);
		out->received_ns = o->received_ns;
		out->n_units = b->n_units;
		memcpy(out->counts, o->counts, (size_t)b->n_units * sizeof(*o->counts));
		b->begin_pending = false;
	}
	clear(b, o);
	b->first++;
}
