#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "histogram.h"

/* xorshift64*: the same on every machine. */
static double uniform(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (double)((*state * UINT64_C(2685821657736338717)) >> 11) / (double)(UINT64_C(1) << 53);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static bool within_percent(int64_t got, int64_t wanted)
{
	return llabs(got - wanted) <= wanted / 100;
}

struct spread_case {
	char name[24];
	double least_exponent, most_exponent; /* values are 10^e, e uniform */
};

ParameterizedTestParameters(histogram, keeps_quantiles_to_one_percent)
{
	static struct spread_case cases[] = {
		{ "a few nanoseconds", 0, 2.2 },
		{ "around 128 ns", 2, 2.5 },
		{ "a hop", 4, 5 },
		{ "all of the range", 0, 10.8 },
		{ "one decade of seconds", 9, 10.8 },
	};
	return cr_make_param_array(struct spread_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct spread_case *c, histogram, keeps_quantiles_to_one_percent)
{
	enum { N = 20000 };
	static int64_t values[N];
	static struct histogram h;
	static const double quantiles[] = { 0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
	uint64_t state = 42;

	for (int i = 0; i < N; i++) {
		double e = c->least_exponent + (c->most_exponent - c->least_exponent) * uniform(&state);
		values[i] = (int64_t)pow(10, e);
		histogram_record(&h, values[i]);
	}
	qsort(values, N, sizeof(*values), by_value);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		int rank = (int)ceil(quantiles[i] * N);
		int64_t wanted = values[rank > 0 ? rank - 1 : 0];
		int64_t got = histogram_quantile(&h, quantiles[i]);
		cr_expect(within_percent(got, wanted), "%s: q %g is %ld, not %ld", c->name, quantiles[i],
			  (long)got, (long)wanted);
	}
	cr_expect(eq(i64, h.max_ns, values[N - 1]));
	cr_expect(eq(i64, h.min_ns, values[0]));
	cr_expect(eq(u64, h.count, N));
}

Test(histogram, has_buckets_without_a_hole)
{
	int64_t begin = 0;

	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		int64_t middle = histogram_bucket_ns(i), end = histogram_bucket_end_ns(i);
		struct histogram h = { 0 };
		cr_assert(ge(i64, middle, begin), "bucket %d", i);
		cr_assert(lt(i64, middle, end), "bucket %d", i);
		cr_assert(le(i64, 100 * (end - 1 - middle), middle), "bucket %d is too wide", i);
		cr_assert(le(i64, 100 * (middle - begin), begin), "bucket %d is too wide", i);
		histogram_record(&h, begin);
		histogram_record(&h, end - 1);
		cr_assert(eq(u32, h.bucket[i], 2), "bucket %d", i);
		begin = end;
	}
	cr_expect(eq(i64, begin, HISTOGRAM_END_NS));
}

Test(histogram, takes_what_is_out_of_range_at_its_ends)
{
	struct histogram h = { 0 };

	histogram_record(&h, -5);
	histogram_record(&h, INT64_MIN);
	histogram_record(&h, HISTOGRAM_END_NS);
	histogram_record(&h, INT64_MAX);
	cr_expect(eq(u32, h.bucket[0], 2));
	cr_expect(eq(u32, h.bucket[HISTOGRAM_BUCKETS - 1], 2));
	cr_expect(eq(i64, h.max_ns, INT64_MAX));
	cr_expect(eq(i64, h.min_ns, INT64_MIN));
	cr_expect(eq(i64, histogram_quantile(&h, 1), INT64_MAX));
}

Test(histogram, says_zero_when_empty)
{
	struct histogram h = { 0 };
	cr_expect(eq(i64, histogram_quantile(&h, 0.5), 0));
	cr_expect(eq(i64, histogram_quantile(&h, 1), 0));
	histogram_record(&h, 7000);
	histogram_reset(&h);
	cr_expect(eq(i64, histogram_quantile(&h, 1), 0));
}

Test(histogram, never_reports_beyond_its_extremes)
{
	struct histogram h = { 0 };
	histogram_record(&h, 1000003);
	cr_expect(eq(i64, histogram_quantile(&h, 0), 1000003));
	cr_expect(eq(i64, histogram_quantile(&h, 0.5), 1000003));
	cr_expect(eq(i64, histogram_quantile(&h, 1), 1000003));
	cr_expect(eq(i64, histogram_quantile(&h, NAN), 1000003));
}

Test(histogram, adds_another)
{
	struct histogram a = { 0 }, b = { 0 }, empty = { 0 };

	histogram_record(&a, 100);
	histogram_record(&b, 50);
	histogram_record(&b, 5000000);
	histogram_add(&a, &b);
	histogram_add(&a, &empty);
	cr_expect(eq(u64, a.count, 3));
	cr_expect(eq(i64, a.min_ns, 50));
	cr_expect(eq(i64, a.max_ns, 5000000));
	cr_expect(eq(i64, histogram_quantile(&a, 0.5), 100));
	histogram_add(&empty, &b);
	cr_expect(eq(i64, empty.min_ns, 50), "an empty one's zeroes are not its extremes");
}

Test(histogram, stops_at_a_full_bucket_and_stays_consistent)
{
	struct histogram h = { .count = UINT32_MAX, .min_ns = 100, .max_ns = 100, .bucket[100] = UINT32_MAX };

	histogram_record(&h, 100);
	histogram_record(&h, 90);
	cr_expect(eq(u32, h.bucket[100], UINT32_MAX));
	cr_expect(eq(u64, h.count, UINT64_C(1) << 32));
	cr_expect(eq(i64, histogram_quantile(&h, 0), 90));
	cr_expect(eq(i64, histogram_quantile(&h, 0.5), 100));
}

Test(histogram, pair_keeps_the_last_ten_seconds)
{
	static struct histogram_pair p;
	struct histogram recent;
	int64_t start = 1000 * NS_PER_S;

	/* second k: k records of k ms */
	for (int k = 1; k <= 25; k++) {
		int64_t now = start + k * NS_PER_S;
		for (int i = 0; i < k; i++)
			histogram_pair_record(&p, k * NS_PER_MS, now + i);
		int oldest = k < 10 ? 1 : k - 9;
		histogram_pair_recent(&p, now + NS_PER_S - 1, &recent);
		cr_expect(eq(u64, recent.count, (uint64_t)(k * (k + 1) / 2 - oldest * (oldest - 1) / 2)),
			  "second %d", k);
		cr_expect(eq(i64, recent.max_ns, k * NS_PER_MS), "second %d", k);
		cr_expect(eq(i64, recent.min_ns, oldest * NS_PER_MS), "second %d", k);
	}
	cr_expect(eq(u64, p.run.count, 25 * 26 / 2));
	cr_expect(eq(i64, p.run.min_ns, NS_PER_MS));

	histogram_pair_recent(&p, start + 30 * NS_PER_S, &recent);
	cr_expect(eq(i64, recent.min_ns, 21 * NS_PER_MS));
	histogram_pair_recent(&p, start + 35 * NS_PER_S, &recent);
	cr_expect(eq(u64, recent.count, 0));
	cr_expect(eq(i64, recent.max_ns, 0));
}

Test(histogram, pair_forgets_after_a_long_silence)
{
	static struct histogram_pair p;
	struct histogram recent;

	histogram_pair_record(&p, 5000, 3 * NS_PER_S);
	histogram_pair_record(&p, 7, 103 * NS_PER_S); /* the same slice, a hundred seconds on */
	histogram_pair_recent(&p, 103 * NS_PER_S, &recent);
	cr_expect(eq(u64, recent.count, 1));
	cr_expect(eq(i64, recent.max_ns, 7));
}

Test(histogram, pair_keeps_a_full_bucket_consistent)
{
	static struct histogram_pair p;
	struct histogram recent;

	for (int i = 0; i < 70000; i++)
		histogram_pair_record(&p, 100, 0);
	histogram_pair_recent(&p, 0, &recent);
	cr_expect(eq(u64, recent.count, UINT16_MAX));
	cr_expect(eq(i64, histogram_quantile(&recent, 0.999), 100));
	cr_expect(eq(u64, p.run.count, 70000));
}
