#include "sim_source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

struct spike {
	uint32_t offset_ns; /* after the bin's begin */
	uint32_t unit;
};

struct sim_source {
	const struct recording *recording;
	struct sim_stretch stretch;
	int n_units, n_parts;
	int64_t bin_ns;
	const struct tensor *start, *event_unit; /* NULL: spread from counts */
	int64_t fine_ns;
	int fines; /* a bin */
	/* where we are */
	int64_t bin, recorded_bin;
	int part;
	uint16_t *bin_counts; /* (n_units) of the bin */
	struct spike *spikes; /* of the bin, in order of time */
	int n_spikes, spikes_room, next_spike;
	/* the packet */
	uint32_t *counts;           /* (n_units + 1) */
	uint32_t *unit, *offset_ns; /* (spikes_room) */
};

/* `events/start` of fine bins that fit the recording; anything else is left alone. */
static void find_events(struct sim_source *s)
{
	const struct recording *r = s->recording;
	const struct tensor *start = tensor_find(r->tensors, "events/start");
	const struct tensor *unit = tensor_find(r->tensors, "events/unit");
	long fine_ms = 0;
	if (!start || !unit || start->n_dims != 1 || unit->n_dims != 1 ||
	    tensor_note_int(r->tensors, "events_bin_ms", 1, 1000, 10, NULL, &fine_ms) < 0)
		return;
	int64_t fine_ns = fine_ms * NS_PER_MS;
	if (s->bin_ns % fine_ns != 0 || start->shape[0] != r->n_bins * (s->bin_ns / fine_ns) + 1)
		return;
	s->start = start;
	s->event_unit = unit;
	s->fine_ns = fine_ns;
	s->fines = (int)(s->bin_ns / fine_ns);
}

static int check(const struct recording *r, const struct sim_stretch *t, int64_t bin_ns, struct failure *f)
{
	if (t->from < 0 || t->until > r->n_bins || t->from >= t->until || t->repeats < 1)
		return failure_set(f, -EINVAL, "no bins from %lld until %lld of %lld", (long long)t->from,
				   (long long)t->until, (long long)r->n_bins);
	if (t->packet_ns < 1 || bin_ns % t->packet_ns != 0)
		return failure_set(f, -EINVAL, "packets of %g ms do not divide bins of %g ms",
				   (double)t->packet_ns / 1e6, (double)bin_ns / 1e6);
	return 0;
}

int sim_source_create(const struct recording *recording, const struct sim_stretch *stretch, struct failure *f,
		      struct sim_source **ret)
{
	int64_t bin_ns = recording->bin_us * NS_PER_US;
	int r = check(recording, stretch, bin_ns, f);
	if (r < 0)
		return r;
	struct sim_source *s = calloc(1, sizeof(*s));
	if (!s)
		return failure_set(f, -ENOMEM, "out of memory");
	s->recording = recording;
	s->stretch = *stretch;
	s->n_units = recording->n_units;
	s->bin_ns = bin_ns;
	s->n_parts = (int)(bin_ns / stretch->packet_ns);
	s->recorded_bin = stretch->from;
	s->bin_counts = calloc((size_t)s->n_units, sizeof(*s->bin_counts));
	s->counts = calloc((size_t)s->n_units + 1, sizeof(*s->counts));
	if (!s->bin_counts || !s->counts) {
		sim_source_destroy(s);
		return failure_set(f, -ENOMEM, "out of memory");
	}
	find_events(s);
	*ret = s;
	return 0;
}

void sim_source_destroy(struct sim_source *s)
{
	if (!s)
		return;
	free(s->bin_counts);
	free(s->spikes);
	free(s->counts);
	free(s->unit);
	free(s->offset_ns);
	free(s);
}

static uint64_t hash3(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t z = a * UINT64_C(0x9e3779b97f4a7c15) ^ b * UINT64_C(0xc2b2ae3d27d4eb4f) ^
		     c * UINT64_C(0x165667b19e3779f9);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int make_room(struct sim_source *s, int64_t n)
{
	if (n <= s->spikes_room)
		return 0;
	if (n > WIRE_MAX_MESSAGE)
		return -EMSGSIZE; /* a spike takes more than a byte */
	size_t room = (size_t)(2 * n);
	struct spike *spikes = realloc(s->spikes, room * sizeof(*spikes));
	s->spikes = spikes ? spikes : s->spikes;
	uint32_t *unit = realloc(s->unit, room * sizeof(*unit));
	s->unit = unit ? unit : s->unit;
	uint32_t *offset_ns = realloc(s->offset_ns, room * sizeof(*offset_ns));
	s->offset_ns = offset_ns ? offset_ns : s->offset_ns;
	if (!spikes || !unit || !offset_ns)
		return -ENOMEM;
	s->spikes_room = (int)room;
	return 0;
}

static void add_spike(struct sim_source *s, uint32_t unit, int64_t from_ns, int64_t width_ns, uint64_t salt)
{
	uint64_t h = hash3((uint64_t)s->recorded_bin, unit, salt);
	int64_t within = (int64_t)((unsigned __int128)h * (uint64_t)width_ns >> 64);
	s->spikes[s->n_spikes++] = (struct spike){(uint32_t)(from_ns + within), unit};
}

static int spikes_from_counts(struct sim_source *s)
{
	int64_t n = 0;
	for (int u = 0; u < s->n_units; u++)
		n += s->bin_counts[u];
	int r = make_room(s, n);
	for (int u = 0; r == 0 && u < s->n_units; u++)
		for (int i = 0; i < s->bin_counts[u]; i++)
			add_spike(s, (uint32_t)u, 0, s->bin_ns, (uint64_t)i);
	return r;
}

/* The file was not checked this far: a unit or an index that cannot be leaves the spike out. */
static int spikes_from_events(struct sim_source *s)
{
	int64_t fine = s->recorded_bin * s->fines, n_events = s->event_unit->shape[0];
	for (int k = 0; k < s->fines; k++) {
		int64_t i = (int64_t)tensor_at(s->start, fine + k),
			end = (int64_t)tensor_at(s->start, fine + k + 1);
		if (i < 0 || end < i || end > n_events)
			continue;
		int r = make_room(s, s->n_spikes + end - i);
		if (r < 0)
			return r;
		for (; i < end; i++) {
			double unit = tensor_at(s->event_unit, i);
			if (unit >= 0 && unit < s->n_units)
				add_spike(s, (uint32_t)unit, k * s->fine_ns, s->fine_ns, (uint64_t)i);
		}
	}
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct spike *x = a, *y = b;
	if (x->offset_ns != y->offset_ns)
		return x->offset_ns < y->offset_ns ? -1 : 1;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static bool needs_spikes(const struct sim_source *s)
{
	return s->stretch.kind == WIRE_SPIKES || s->n_parts > 1;
}

static int load_bin(struct sim_source *s)
{
	recording_counts(s->recording, s->recorded_bin, s->bin_counts);
	s->n_spikes = s->next_spike = 0;
	if (!needs_spikes(s))
		return 0;
	int r = s->start ? spikes_from_events(s) : spikes_from_counts(s);
	if (r == 0 && s->n_spikes > 0)
		qsort(s->spikes, (size_t)s->n_spikes, sizeof(*s->spikes), by_time);
	return r;
}

/* The spikes of one part of the bin, as both kinds of message want them. */
static int take_part(struct sim_source *s)
{
	int64_t begin = s->part * s->stretch.packet_ns, end = begin + s->stretch.packet_ns;
	int n = 0;
	memset(s->counts, 0, ((size_t)s->n_units + 1) * sizeof(*s->counts));
	for (; s->next_spike < s->n_spikes && s->spikes[s->next_spike].offset_ns < end;
	     s->next_spike++, n++) {
		const struct spike *spike = &s->spikes[s->next_spike];
		s->unit[n] = spike->unit;
		s->offset_ns[n] = (uint32_t)(spike->offset_ns - begin);
		s->counts[spike->unit]++;
	}
	return n;
}

static void whole_bin(struct sim_source *s)
{
	for (int u = 0; u < s->n_units; u++)
		s->counts[u] = s->bin_counts[u];
}

static void advance(struct sim_source *s)
{
	if (++s->part < s->n_parts)
		return;
	s->part = 0;
	s->bin++;
	if (++s->recorded_bin == s->stretch.until)
		s->recorded_bin = s->stretch.from;
}

int sim_source_next(struct sim_source *s, struct sim_packet *ret)
{
	if (s->bin >= sim_source_n_bins(s))
		return 0;
	int r = s->part == 0 ? load_bin(s) : 0;
	if (r < 0)
		return r;
	int n_spikes = 0;
	if (needs_spikes(s))
		n_spikes = take_part(s);
	else
		whole_bin(s);
	int64_t begin_ns = sim_source_begin_ns(s) + s->bin * s->bin_ns + s->part * s->stretch.packet_ns;
	*ret = (struct sim_packet){
		.neural = {.kind = s->stretch.kind,
			   .begin_ns = begin_ns,
			   .end_ns = begin_ns + s->stretch.packet_ns,
			   .n_spikes = n_spikes,
			   .unit = s->unit,
			   .offset_ns = s->offset_ns,
			   .counts = s->counts},
		.bin = s->bin,
		.recorded_bin = s->recorded_bin,
		.part = s->part,
	};
	advance(s);
	return 1;
}

int64_t sim_source_begin_ns(const struct sim_source *s)
{
	return s->stretch.from * s->bin_ns;
}

int64_t sim_source_n_bins(const struct sim_source *s)
{
	return (s->stretch.until - s->stretch.from) * s->stretch.repeats;
}
