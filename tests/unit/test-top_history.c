#include "../support/top_case.h"
#include "top_history.h"

static struct top_history h;
static struct stream_case m1, m2;
static Bcid__V1__StreamStatus *streams[] = { &m1.s, &m2.s };
static Bcid__V1__Status status;

static void begin(void)
{
	stream_of(&m1, "m1");
	stream_of(&m2, "m10");
	status_of(&status, streams, 2);
	status.uptime_ns = 0;
}

TestSuite(top_history, .init = begin);

/* bcid answers `ms` later; `bins` were closed in m1 meanwhile. */
static void later(int ms, uint64_t bins)
{
	status.uptime_ns += MS(ms);
	m1.s.bins_in += bins;
	m1.counter[3].value += bins / 2;
	top_history_take(&h, &status);
}

Test(top_history, knows_nothing_from_a_single_look)
{
	later(0, 0);
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_BINS), 0));
	cr_expect(eq(dbl, top_history_rate(&h, "nowhere", TOP_BINS), 0));
}

Test(top_history, tells_what_is_done_in_a_second)
{
	later(0, 0);
	later(500, 10);
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_BINS), 20));
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_REASON), 10));
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_REASON + 1), 0));
	cr_expect(eq(dbl, top_history_rate(&h, "m10", TOP_BINS), 0), "each stream for itself");
}

Test(top_history, forgets_what_is_more_than_seconds_ago)
{
	later(0, 0);
	later(500, 5000);
	for (int i = 0; i < 10; i++)
		later(500, 10);
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_BINS), 20));
}

Test(top_history, looks_back_far_enough_however_often_it_is_asked)
{
	later(0, 0);
	for (int i = 0; i < 40; i++)
		later(100, i % 2); /* a bin every 200 ms */
	cr_expect(ge(dbl, top_history_rate(&h, "m1", TOP_BINS), 4.5));
	cr_expect(le(dbl, top_history_rate(&h, "m1", TOP_BINS), 5.5));
	const struct top_past *p = &h.past[0];
	cr_expect(ge(i64, p->sample[p->n - 1].at_ns - p->sample[0].at_ns, MS(3000)));
}

Test(top_history, is_content_with_rare_looks)
{
	later(0, 0);
	later(60000, 1200);
	later(60000, 600);
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_BINS), 10), "the newest minute");
}

Test(top_history, begins_anew_with_another_bcid)
{
	later(0, 0);
	later(500, 10);
	status.pid++;
	m1.s.bins_in = 3;
	later(500, 0);
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_BINS), 0));
	later(500, 5);
	cr_expect(eq(dbl, top_history_rate(&h, "m1", TOP_BINS), 10));
	status.uptime_ns = 0; /* the same pid again, on another boot */
	later(100, 0);
	cr_expect(eq(int, h.past[0].n, 1));
}

Test(top_history, takes_more_streams_than_it_can_follow)
{
	static struct stream_case many[TOP_STREAMS + 3];
	static Bcid__V1__StreamStatus *list[TOP_STREAMS + 3];
	char name[32];
	for (int i = 0; i < TOP_STREAMS + 3; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		stream_of(&many[i], name);
		list[i] = &many[i].s;
	}
	status_of(&status, list, TOP_STREAMS + 3);
	top_history_take(&h, &status);
	status.uptime_ns += MS(1000);
	many[TOP_STREAMS - 1].s.bins_in += 7;
	many[TOP_STREAMS].s.bins_in += 7;
	top_history_take(&h, &status);
	cr_expect(eq(int, h.n, TOP_STREAMS));
	cr_expect(eq(dbl, top_history_rate(&h, many[TOP_STREAMS - 1].name, TOP_BINS), 7));
	cr_expect(eq(dbl, top_history_rate(&h, many[TOP_STREAMS].name, TOP_BINS), 0));
}
