#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "clock.h"
#include "source.h"

#define BIN (50 * NS_PER_MS)

static struct source source;

/* Packet `seq` of a rig that sends a bin of 50 ms every 50 ms, received `wall_ms` after the first. */
static enum source_verdict judge(uint64_t id, uint64_t seq, int64_t begin_ms, int64_t wall_ms)
{
	struct wire_neural m = { .source_id = id, .seq = seq, .begin_ns = begin_ms * NS_PER_MS };
	m.end_ns = m.begin_ns + BIN;
	return source_judge(&source, &m, NS_PER_S + wall_ms * NS_PER_MS, true, BIN, 1);
}

static void start(void)
{
	source = (struct source){ 0 };
	judge(7, 10, 0, 0);
}

TestSuite(source, .init = start);

Test(source, uses_what_comes_in_order)
{
	for (int i = 1; i < 200; i++)
		cr_assert(eq(int, judge(7, 10 + (uint64_t)i, 50 * i, 50 * i), SOURCE_USE));
	cr_expect(eq(u64, source.lost, 0));
}

Test(source, drops_a_duplicate)
{
	judge(7, 11, 50, 50);
	cr_expect(eq(int, judge(7, 11, 50, 51), SOURCE_DUPLICATE));
	cr_expect(eq(int, judge(7, 10, 0, 52), SOURCE_DUPLICATE));
}

Test(source, counts_what_is_lost_and_takes_back_what_came_late)
{
	cr_expect(eq(int, judge(7, 14, 200, 200), SOURCE_USE));
	cr_expect(eq(u64, source.lost, 3));
	cr_expect(eq(int, judge(7, 12, 100, 201), SOURCE_USE));
	cr_expect(eq(u64, source.lost, 2));
	cr_expect(eq(u64, source.reordered, 1));
	cr_expect(eq(int, judge(7, 12, 100, 202), SOURCE_DUPLICATE));
}

Test(source, drops_numbers_far_behind)
{
	judge(7, 1000, 50000, 50000);
	cr_expect(eq(int, judge(7, 900, 45000, 50001), SOURCE_BACKWARD));
}

Test(source, begins_an_epoch_on_a_new_publisher_and_drops_the_old_one)
{
	cr_expect(eq(int, judge(8, 0, 0, 50), SOURCE_RESTARTED));
	cr_expect(eq(int, judge(7, 11, 50, 60), SOURCE_REPLACED));
	cr_expect(eq(int, judge(8, 1, 50, 100), SOURCE_USE));
}

Test(source, sees_the_clock_step_back)
{
	judge(7, 11, 50, 50);
	cr_expect(eq(int, judge(7, 12, -400, 100), SOURCE_STEPPED));
}

Test(source, sees_the_clock_step_forward)
{
	judge(7, 11, 50, 50);
	cr_expect(eq(int, judge(7, 12, 1100, 100), SOURCE_STEPPED));
}

Test(source, takes_a_pause_of_the_rig_for_a_pause)
{
	judge(7, 11, 50, 50);
	cr_expect(eq(int, judge(7, 12, 1100, 1100), SOURCE_USE));
}

Test(source, takes_a_burst_after_a_stall_with_losses_for_losses)
{
	judge(7, 11, 50, 1000);
	cr_expect(eq(int, judge(7, 31, 1050, 1001), SOURCE_USE));
	cr_expect(eq(u64, source.lost, 19));
}

Test(source, survives_extreme_numbers)
{
	cr_expect(eq(int, judge(7, UINT64_MAX, 50, 50), SOURCE_USE));
	cr_expect(eq(int, judge(7, 0, 100, 100), SOURCE_BACKWARD));
}
