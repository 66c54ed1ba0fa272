#include "clock_map.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"

#define PACKET (10 * NS_PER_MS)

/* A rig whose clock runs at `speed (1 + ppm / 1e6)` and whose packets are late by least .. least + jitter. */
struct rig {
	char name[32];
	double speed, ppm;
	int64_t acquired_start, monotonic_start;
	int64_t least_ns, jitter_ns;
};

static int64_t true_monotonic(const struct rig *r, int64_t since_acquired)
{
	return r->monotonic_start + llround((double)since_acquired / (r->speed * (1 + r->ppm / 1e6)));
}

/* The error of the map for the edge of each packet that comes next, once the first 20 s are over. */
static void run(const struct rig *r, struct clock_map *m, int seconds, int64_t *ret_early, int64_t *ret_late)
{
	int64_t step = (int64_t)((double)PACKET * r->speed);
	int64_t received = 0, now = 0;
	*ret_early = *ret_late = 0;
	clock_map_init(m, r->speed);
	srand(7);
	for (int64_t end = step; now < seconds * NS_PER_S; end += step) {
		now = true_monotonic(r, end) - r->monotonic_start;
		int64_t delayed = r->monotonic_start + now + r->least_ns +
				  (r->jitter_ns ? rand() % (int)r->jitter_ns : 0);
		received = delayed > received ? delayed : received;
		clock_map_observe(m, r->acquired_start + end, received);
		if (now < 20 * NS_PER_S)
			continue;
		int64_t told = clock_map_to_monotonic(m, r->acquired_start + end + step) - r->least_ns;
		int64_t error = told - true_monotonic(r, end + step);
		*ret_early = -error > *ret_early ? -error : *ret_early;
		*ret_late = error > *ret_late ? error : *ret_late;
	}
}

ParameterizedTestParameters(clock_map, finds_the_least_delay)
{
	static struct rig rigs[] = {
		{ "steady", 1, 0, 0, 5 * NS_PER_S, 2 * NS_PER_MS, 0 },
		{ "jitter", 1, 0, 123456789, NS_PER_S, 200000, 4 * NS_PER_MS },
		{ "huge clock", 1, 0, INT64_C(1790000000123456789), 1234567890123, 200000, 4 * NS_PER_MS },
		{ "negative clock", 1, 0, -INT64_C(1790000000123456789), 1234567890123, 0, NS_PER_MS },
		{ "ten times faster", 10, 0, INT64_C(1790000000123456789), 77 * NS_PER_S, 200000,
		  4 * NS_PER_MS },
		{ "slow motion", 0.1, 0, -5, 77 * NS_PER_S, 200000, 4 * NS_PER_MS },
	};
	return cr_make_param_array(struct rig, rigs, sizeof(rigs) / sizeof(*rigs));
}

/* The least of some hundreds of draws, all from a uniform delay, lies within 5 % of the jitter of the true
 * least. */
ParameterizedTest(struct rig *r, clock_map, finds_the_least_delay)
{
	struct clock_map m;
	int64_t early, late;
	run(r, &m, 60, &early, &late);
	cr_expect(le(i64, early, 1), "%s", r->name);
	cr_expect(le(i64, late, r->jitter_ns / 20 + 1), "%s", r->name);
}

Test(clock_map, follows_a_fast_clock_at_once)
{
	struct rig r = { "fast", 1, 200, 1, NS_PER_S, NS_PER_MS, 0 };
	struct clock_map m;
	int64_t early, late;
	run(&r, &m, 300, &early, &late);
	cr_expect(le(i64, early, 1));
	cr_expect(le(i64, late, 2 * PACKET / 5000 + 2)); /* 200 ppm of one packet */
}

Test(clock_map, is_within_the_window_of_a_slow_clock)
{
	struct rig r = { "slow", 1, -200, 1, NS_PER_S, NS_PER_MS, 0 };
	struct clock_map m;
	int64_t early, late;
	run(&r, &m, 300, &early, &late);
	cr_expect(le(i64, early, CLOCK_MAP_SLICES * NS_PER_S / 5000 + 2 * PACKET / 5000));
	cr_expect(gt(i64, early, (CLOCK_MAP_SLICES - 2) * NS_PER_S / 5000));
	cr_expect(le(i64, late, 1));
}

Test(clock_map, follows_a_grown_delay_after_the_window)
{
	struct clock_map m;
	clock_map_init(&m, 1);
	for (int64_t t = 0; t < 60 * NS_PER_S; t += PACKET) {
		bool grown = t >= 30 * NS_PER_S;
		clock_map_observe(&m, t, NS_PER_S + t + (grown ? 8 : 3) * NS_PER_MS);
		int64_t told = clock_map_to_monotonic(&m, t) - t - NS_PER_S;
		if (t < (30 + CLOCK_MAP_SLICES - 1) * NS_PER_S)
			cr_assert(eq(i64, told, 3 * NS_PER_MS));
		if (t > (30 + CLOCK_MAP_SLICES) * NS_PER_S)
			cr_assert(eq(i64, told, 8 * NS_PER_MS));
	}
}

Test(clock_map, forgets_all_of_the_past_after_a_long_silence)
{
	for (int64_t silence = CLOCK_MAP_SLICES; silence < 4 * CLOCK_MAP_SLICES; silence++) {
		struct clock_map m;
		int64_t end = silence * NS_PER_S;
		clock_map_init(&m, 1);
		clock_map_observe(&m, 0, 10 * NS_PER_S);
		clock_map_observe(&m, end, 10 * NS_PER_S + end + 7);
		cr_assert(eq(i64, clock_map_to_monotonic(&m, end), 10 * NS_PER_S + end + 7));
	}
}

Test(clock_map, forgets_everything_on_reset)
{
	struct clock_map m;
	clock_map_init(&m, 1);
	cr_expect(not(m.known));
	clock_map_observe(&m, 5, 10 * NS_PER_S);
	cr_expect(m.known);
	clock_map_reset(&m);
	cr_expect(not(m.known));
	clock_map_observe(&m, 500 * NS_PER_S, 11 * NS_PER_S);
	cr_expect(eq(i64, clock_map_to_monotonic(&m, 501 * NS_PER_S), 12 * NS_PER_S));
}

Test(clock_map, tells_how_late_a_packet_came)
{
	struct clock_map m;
	clock_map_init(&m, 1);
	clock_map_observe(&m, 0, NS_PER_S);
	cr_expect(eq(i64, clock_map_delay_ns(&m, 1000, NS_PER_S + 5000), 4000));
	cr_expect(eq(i64, clock_map_delay_ns(&m, NS_PER_S, NS_PER_S + 5),
		     5 - NS_PER_S)); /* a step of the clock */
	srand(11);
	for (int64_t t = PACKET; t < NS_PER_S; t += PACKET) {
		int64_t received = NS_PER_S + t + rand() % 1000000;
		clock_map_observe(&m, t, received);
		cr_assert(ge(i64, clock_map_delay_ns(&m, t, received), 0));
	}
}

Test(clock_map, goes_there_and_back)
{
	srand(3);
	for (int i = 0; i < 1000; i++) {
		struct clock_map m;
		int64_t base = (int64_t)rand() * rand() * (i & 1 ? 1 : -1);
		int64_t near = base + (int64_t)rand() * 1000, far = base + (int64_t)rand() * rand();
		clock_map_init(&m, 1);
		clock_map_observe(&m, base, rand());
		cr_assert(eq(i64, clock_map_to_acquired(&m, clock_map_to_monotonic(&m, far)), far));

		clock_map_init(&m, 10);
		clock_map_observe(&m, base, rand());
		int64_t off = clock_map_to_acquired(&m, clock_map_to_monotonic(&m, near)) - near;
		cr_assert(le(i64, llabs(off), 5)); /* half a nanosecond of wall time */
	}
}

Test(clock_map, runs_at_the_speed_it_was_given)
{
	struct clock_map m;
	clock_map_init(&m, 10);
	clock_map_observe(&m, INT64_C(1790000000123456789), NS_PER_S);
	cr_expect(eq(i64, clock_map_to_monotonic(&m, INT64_C(1790000000123456789) + 50 * NS_PER_MS),
		     NS_PER_S + 5 * NS_PER_MS));
	cr_expect(eq(i64, clock_map_to_monotonic(&m, INT64_C(1790000000123456789) + 19), NS_PER_S + 2));
	cr_expect(eq(i64, clock_map_to_acquired(&m, NS_PER_S + 5 * NS_PER_MS),
		     INT64_C(1790000000123456789) + 50 * NS_PER_MS));
}

Test(clock_map, saturates_where_a_time_does_not_fit)
{
	for (int i = 0; i < 2; i++) {
		struct clock_map m;
		clock_map_init(&m, i ? 0.5 : 1);
		clock_map_observe(&m, INT64_MIN, 1000);
		cr_expect(eq(i64, clock_map_to_monotonic(&m, INT64_MAX), INT64_MAX));
		cr_expect(lt(i64, clock_map_delay_ns(&m, INT64_MAX, 1000), -NS_PER_S * NS_PER_S));
		clock_map_observe(&m, INT64_MAX, 2000);
		clock_map_observe(&m, 0, INT64_MAX);
		cr_expect(ge(i64, clock_map_delay_ns(&m, 0, INT64_MAX), 0));
		clock_map_reset(&m);
		clock_map_observe(&m, INT64_MAX, 1000);
		cr_expect(le(i64, clock_map_to_monotonic(&m, INT64_MIN), -INT64_MAX + 1000));
		cr_expect(eq(i64, clock_map_to_monotonic(&m, INT64_MAX), 1000));
	}
}
