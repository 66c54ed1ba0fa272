#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "clock.h"
#include "latency.h"

#define LAST (LATENCY_SECONDS - 1)

static struct latency l;
static uint32_t worst[LATENCY_SECONDS];

static void send(int64_t edge_ns, int64_t took_ns)
{
	struct stamps t = { .edge_ns = edge_ns,
			    .sent_ns = edge_ns + took_ns,
			    .queued_ns = edge_ns + took_ns };
	latency_record(&l, &t);
}

Test(latency, keeps_the_longest_of_each_second)
{
	send(100 * NS_PER_S, 300 * NS_PER_US);
	send(100 * NS_PER_S + 1, 700 * NS_PER_US);
	send(100 * NS_PER_S + 2, 500 * NS_PER_US);
	send(102 * NS_PER_S, 1);
	latency_worst_us(&l, 103 * NS_PER_S, worst);

	cr_expect(eq(u32, worst[LAST - 3], 700));
	cr_expect(eq(u32, worst[LAST - 2], 0), "a second without an intent");
	cr_expect(eq(u32, worst[LAST - 1], 1), "less than a microsecond is not nothing");
	cr_expect(eq(u32, worst[LAST], 0));
}

Test(latency, forgets_what_is_a_minute_old)
{
	send(100 * NS_PER_S, NS_PER_MS);
	latency_worst_us(&l, 159 * NS_PER_S, worst);
	cr_expect(eq(u32, worst[0], 1000));
	latency_worst_us(&l, 160 * NS_PER_S, worst);
	for (int i = 0; i < LATENCY_SECONDS; i++)
		cr_expect(eq(u32, worst[i], 0), "%d", i);
	send(160 * NS_PER_S, NS_PER_US);
	latency_worst_us(&l, 160 * NS_PER_S, worst);
	cr_expect(eq(u32, worst[LAST], 1), "the old second's place is taken, its value is not");
}

Test(latency, has_no_past_before_the_clock_began)
{
	send(1, 5 * NS_PER_US);
	latency_worst_us(&l, 5 * NS_PER_US, worst);
	for (int i = 0; i < LAST; i++)
		cr_expect(eq(u32, worst[i], 0), "%d", i);
}

Test(latency, measures_only_between_stamps_that_are_there)
{
	send(NS_PER_S, NS_PER_MS);
	cr_expect(eq(u64, l.stage[STAGE_EDGE_TO_SENT].run.count, 1));
	cr_expect(eq(u64, l.stage[STAGE_SEND].run.count, 1));
	cr_expect(eq(u64, l.stage[STAGE_STEP].run.count, 0));
	cr_expect(eq(u64, l.stage[STAGE_GATE].run.count, 0));
}
