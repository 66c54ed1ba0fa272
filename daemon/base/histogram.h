/* histogram: latencies in fixed memory, each value kept to within 1 % (logarithmic buckets, as HDR
 * histograms have).
 *
 * From 0 to 2^36 ns (68 s); what is beyond counts in the last bucket, what is below 0 in the first.
 * One thread. */
#pragma once

#include <stdint.h>

/* Values below 128 are exact; above, 64 buckets an octave: a bucket is at most 1/64 of its value wide and its
 * middle is reported, so the error is below 0.8 %. */
#define HISTOGRAM_SUB_BITS 6
#define HISTOGRAM_OCTAVES 30
#define HISTOGRAM_BUCKETS ((HISTOGRAM_OCTAVES + 1) << HISTOGRAM_SUB_BITS)
#define HISTOGRAM_END_NS (INT64_C(1) << (HISTOGRAM_OCTAVES + HISTOGRAM_SUB_BITS))

/* Zeroed is valid and empty. */
struct histogram {
	uint64_t count;  /* = the sum of the buckets: a bucket that is full (2^32 - 1) takes no more */
	int64_t max_ns; /* exact */
	int64_t min_ns; /* exact, where count > 0 */
	uint32_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *h, int64_t ns);
void histogram_reset(struct histogram *h);
void histogram_add(struct histogram *into, const struct histogram *from);

/* The value that at least `q` (0 .. 1) of the records do not exceed; never above max_ns or below min_ns;
 * 0 when empty. */
int64_t histogram_quantile(const struct histogram *h, double q);

/* Middle and upper edge (exclusive) of bucket `i`, for plots. */
int64_t histogram_bucket_ns(int i);
int64_t histogram_bucket_end_ns(int i);

/* One second of records. A bucket stops at 65535. */
struct histogram_slice {
	int64_t second; /* of the caller's clock */
	int64_t max_ns, min_ns;
	uint32_t count;
	uint16_t bucket[HISTOGRAM_BUCKETS];
};

/* The whole run and the last ten seconds side by side: ten slices of one second. Zeroed is valid. 48 KiB. */
#define HISTOGRAM_SLICES 10
struct histogram_pair {
	struct histogram run;
	struct histogram_slice slice[HISTOGRAM_SLICES];
};
/* now_ns is not negative and does not run backwards. */
void histogram_pair_record(struct histogram_pair *p, int64_t ns, int64_t now_ns);
/* Sum of the slices that are younger than ten seconds at now_ns: the second that is open and the nine
 * before. */
void histogram_pair_recent(const struct histogram_pair *p, int64_t now_ns, struct histogram *ret);
