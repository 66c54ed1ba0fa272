#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <time.h>

#include "clock.h"

static int64_t ask(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

Test(clock, now_is_the_monotonic_clock)
{
	int64_t before = ask(CLOCK_MONOTONIC), now = clock_now_ns(), after = ask(CLOCK_MONOTONIC);
	cr_expect(ge(i64, now, before));
	cr_expect(le(i64, now, after));
}

Test(clock, unix_is_the_time_of_day)
{
	/* the time of day may be set in between, though not by a year */
	int64_t now = ask(CLOCK_REALTIME), year = 365 * 86400 * NS_PER_S;
	cr_expect(gt(i64, clock_unix_ns(), now - year));
	cr_expect(lt(i64, clock_unix_ns(), now + year));
}
