#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "sim_source.h"

#define UNITS 3
#define BINS 8

static const uint8_t counts[BINS][UNITS] = {{1, 0, 4}, {0, 0, 0}, {2, 2, 2}, {0, 9, 0},
					    {1, 1, 1}, {0, 0, 3}, {5, 0, 1}, {2, 0, 0}};

/* As recording_open() would give it: bins of 50 ms; with events, those of every bin lie in its third fine
 * bin. */
struct made {
	struct tensor tensors[3];
	struct tensor_set set;
	struct recording recording;
	int32_t start[5 * BINS + 1];
	uint8_t unit[64];
};

static void make(struct made *m, bool events)
{
	*m = (struct made){0};
	int n = 0;
	for (int fine = 0; fine < 5 * BINS; fine++) {
		m->start[fine] = n;
		for (int u = 0; fine % 5 == 2 && u < UNITS; u++)
			for (int i = 0; i < counts[fine / 5][u]; i++)
				m->unit[n++] = (uint8_t)u;
	}
	m->start[5 * BINS] = n;
	m->tensors[0] = (struct tensor){"counts", TENSOR_U8, 2, {BINS, UNITS}, counts};
	m->tensors[1] = (struct tensor){"events/start", TENSOR_I32, 1, {5 * BINS + 1}, m->start};
	m->tensors[2] = (struct tensor){"events/unit", TENSOR_U8, 1, {n}, m->unit};
	m->set = (struct tensor_set){"made", m->tensors, events ? 3 : 1, NULL, 0};
	m->recording = (struct recording){.tensors = &m->set,
					  .n_bins = BINS,
					  .n_units = UNITS,
					  .bin_us = 50000,
					  .counts = &m->tensors[0]};
}

struct packets_case {
	char name[40];
	bool events;
	enum wire_neural_kind kind;
	int packet_ms;
	int from, until, repeats;
};

ParameterizedTestParameters(sim_source, gives_every_spike_of_every_bin_once)
{
	static struct packets_case cases[] = {
		{"counts, whole bins", false, WIRE_COUNTS, 50, 0, BINS, 1},
		{"counts in parts", false, WIRE_COUNTS, 10, 0, BINS, 1},
		{"counts in parts, from events", true, WIRE_COUNTS, 25, 0, BINS, 1},
		{"spikes, from counts", false, WIRE_SPIKES, 10, 0, BINS, 1},
		{"spikes, from events", true, WIRE_SPIKES, 10, 0, BINS, 1},
		{"spikes, whole bins", true, WIRE_SPIKES, 50, 0, BINS, 1},
		{"a stretch", false, WIRE_COUNTS, 50, 2, 5, 1},
		{"a stretch three times", true, WIRE_SPIKES, 5, 6, 8, 3},
	};
	return cr_make_param_array(struct packets_case, cases, sizeof(cases) / sizeof(*cases));
}

/* Adds the packet's spikes to `sums` and checks that they lie in it, in order. */
static void add(const struct wire_neural *m, uint32_t sums[UNITS])
{
	if (m->kind == WIRE_COUNTS) {
		for (int u = 0; u < UNITS; u++)
			sums[u] += m->counts[u];
		cr_assert(eq(u32, m->counts[UNITS], 0), "room for one unit too many");
		return;
	}
	for (int i = 0; i < m->n_spikes; i++) {
		cr_assert(lt(u32, m->unit[i], UNITS));
		cr_assert(lt(i64, m->offset_ns[i], m->end_ns - m->begin_ns));
		cr_assert(i == 0 || m->offset_ns[i] >= m->offset_ns[i - 1], "in order of time");
		sums[m->unit[i]]++;
	}
}

ParameterizedTest(struct packets_case *c, sim_source, gives_every_spike_of_every_bin_once)
{
	struct made m;
	struct sim_source *s;
	struct sim_packet p;
	make(&m, c->events);
	struct sim_stretch t = {c->from, c->until, c->repeats, c->packet_ms * NS_PER_MS, c->kind};
	cr_assert(eq(int, sim_source_create(&m.recording, &t, NULL, &s), 0));
	int64_t now = c->from * 50 * NS_PER_MS, bins = (c->until - c->from) * c->repeats;
	cr_expect(eq(i64, sim_source_begin_ns(s), now));
	cr_expect(eq(i64, sim_source_n_bins(s), bins));
	for (int64_t b = 0; b < bins; b++) {
		uint32_t sums[UNITS] = {0};
		int recorded = c->from + (int)b % (c->until - c->from);
		for (int part = 0; part < 50 / c->packet_ms; part++) {
			cr_assert(eq(int, sim_source_next(s, &p), 1));
			cr_assert(eq(i64, p.bin, b));
			cr_assert(eq(i64, p.recorded_bin, recorded));
			cr_assert(eq(int, p.part, part));
			cr_assert(eq(i64, p.neural.begin_ns, now));
			now += c->packet_ms * NS_PER_MS;
			cr_assert(eq(i64, p.neural.end_ns, now));
			add(&p.neural, sums);
		}
		for (int u = 0; u < UNITS; u++)
			cr_assert(eq(u32, sums[u], counts[recorded][u]), "%s: bin %d, unit %d", c->name,
				  (int)b, u);
	}
	cr_expect(eq(int, sim_source_next(s, &p), 0));
	sim_source_destroy(s);
}

Test(sim_source, puts_spikes_where_the_events_are)
{
	struct made m;
	struct sim_source *s;
	struct sim_packet p;
	make(&m, true);
	struct sim_stretch t = {0, BINS, 1, 10 * NS_PER_MS, WIRE_SPIKES};
	cr_assert(eq(int, sim_source_create(&m.recording, &t, NULL, &s), 0));
	for (int i = 0; sim_source_next(s, &p) == 1; i++) {
		const uint8_t *c = counts[i / 5];
		cr_expect(eq(int, p.neural.n_spikes, i % 5 == 2 ? c[0] + c[1] + c[2] : 0), "packet %d", i);
	}
	sim_source_destroy(s);
}

Test(sim_source, leaves_out_events_that_cannot_be)
{
	struct made m;
	struct sim_source *s;
	struct sim_packet p;
	make(&m, true);
	m.unit[0] = 200;
	m.start[12] = 1000;
	struct sim_stretch t = {0, BINS, 1, 50 * NS_PER_MS, WIRE_SPIKES};
	cr_assert(eq(int, sim_source_create(&m.recording, &t, NULL, &s), 0));
	cr_assert(eq(int, sim_source_next(s, &p), 1));
	cr_expect(eq(int, p.neural.n_spikes, 4), "one of five is of unit 200");
	while (sim_source_next(s, &p) == 1)
		for (int i = 0; i < p.neural.n_spikes; i++)
			cr_assert(lt(u32, p.neural.unit[i], UNITS));
	sim_source_destroy(s);
}

Test(sim_source, refuses_stretches_and_packets_that_cannot_be)
{
	static const struct sim_stretch wrong[] = {
		{4, 4, 1, 50000000, WIRE_COUNTS}, {5, 4, 1, 50000000, WIRE_COUNTS},
		{0, 9, 1, 50000000, WIRE_COUNTS}, {-1, 4, 1, 50000000, WIRE_COUNTS},
		{0, 4, 0, 50000000, WIRE_COUNTS}, {0, 4, 1, 0, WIRE_COUNTS},
		{0, 4, 1, 7000000, WIRE_COUNTS},  {0, 4, 1, 100000000, WIRE_COUNTS},
	};
	struct made m;
	make(&m, false);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct failure f = {0};
		struct sim_source *s = NULL;
		cr_expect(eq(int, sim_source_create(&m.recording, &wrong[i], &f, &s), -EINVAL), "stretch %zu",
			  i);
		cr_expect(ne(int, f.text[0], 0));
		cr_expect(eq(ptr, s, NULL));
	}
}
