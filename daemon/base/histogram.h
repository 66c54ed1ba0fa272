/* histogram: latencies in fixed memory, each value kept to within 1 % (logarithmic buckets, as HDR histograms have).
 *
 * From 0 to 1000 s in nanoseconds; beyond that the last bucket, below 0 the first. One thread. */
#pragma once

#include <stdint.h>

/* Values below 128 are exact; above, 64 buckets an octave: a bucket is at most 1/64 of its value wide and its middle is
 * reported, so the error is below 0.8 %. */
#define HISTOGRAM_SUB_BITS 6
#define HISTOGRAM_OCTAVES 34
#define HISTOGRAM_BUCKETS ((HISTOGRAM_OCTAVES + 1) << HISTOGRAM_SUB_BITS)

/* Zeroed is valid and empty. */
struct histogram {
	uint64_t count;
	int64_t max_ns; /* exact */
	int64_t min_ns; /* exact, where count > 0 */
	uint32_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *h, int64_t ns);
void histogram_reset(struct histogram *h);
void histogram_add(struct histogram *into, const struct histogram *from);

/* The value that at least `q` (0 .. 1) of the records do not exceed; never above max_ns; 0 when empty. */
int64_t histogram_quantile(const struct histogram *h, double q);

/* Middle and upper edge (exclusive) of bucket `i`, for plots. */
int64_t histogram_bucket_ns(int i);
int64_t histogram_bucket_end_ns(int i);

/* The whole run and the last ten seconds side by side: ten slices of one second. Zeroed is valid. */
#define HISTOGRAM_SLICES 10
struct histogram_pair {
	struct histogram run;
	struct histogram slice[HISTOGRAM_SLICES];
	int64_t second; /* of the newest slice; 0 before the first record */
};
void histogram_pair_record(struct histogram_pair *p, int64_t ns, int64_t now_ns);
/* Sum of the slices that are younger than ten seconds at now_ns. */
void histogram_pair_recent(const struct histogram_pair *p, int64_t now_ns, struct histogram *ret);
