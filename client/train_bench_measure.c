#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "progress.h"
#include "train_bench.h"
#include "train_bench_pass.h"

#define N_BINS 64
#define SLEEP_NS (50 * NS_PER_MS)
#define HOT_SHARE 0.2
#define ROUND_NS (5 * NS_PER_MS)
#define MAX_SAMPLES 400000

struct samples {
	double *us; /* (MAX_SAMPLES) */
	int n;
};

struct bench {
	struct forecaster *forecaster;
	float *counts; /* (N_BINS, n_units) */
	float *rates;  /* (n_units) */
	int bin;
	uint64_t kept;
	struct samples hot, cold, prewarmed, hot_pass[PASS_KINDS], cold_pass[PASS_KINDS];
	double *memory;
};

static void keep(struct samples *s, int64_t ns)
{
	if (s->n < MAX_SAMPLES)
		s->us[s->n++] = (double)ns / NS_PER_US;
}

static int64_t step(struct bench *b)
{
	const float *counts = b->counts + (size_t)b->bin++ % N_BINS * (size_t)b->forecaster->n_units;
	int64_t start = clock_now_ns();
	forecaster_step(b->forecaster, counts, b->rates);
	return clock_now_ns() - start;
}

static int64_t pass(struct bench *b, enum bench_pass kind)
{
	int64_t start = clock_now_ns();
	b->kept += bench_pass(kind, b->forecaster->weights, b->forecaster->weights_bytes);
	return clock_now_ns() - start;
}

/* Steps and passes by turns, so that what else the machine does falls on both. */
static void hot_round(struct bench *b)
{
	step(b);
	step(b);
	for (int64_t end = clock_now_ns() + ROUND_NS; clock_now_ns() < end;)
		keep(&b->hot, step(b));
	for (int kind = 0; kind < PASS_KINDS; kind++) {
		pass(b, (enum bench_pass)kind);
		for (int64_t end = clock_now_ns() + ROUND_NS / 4; clock_now_ns() < end;)
			keep(&b->hot_pass[kind], pass(b, (enum bench_pass)kind));
	}
}

static void sleep_a_bin(void)
{
	struct timespec t = { .tv_nsec = SLEEP_NS };
	nanosleep(&t, NULL);
}

static void cold_round(struct bench *b, enum bench_pass kind)
{
	sleep_a_bin();
	keep(&b->cold, step(b));
	sleep_a_bin();
	pass(b, PASS_FOUR);
	keep(&b->prewarmed, step(b));
	sleep_a_bin();
	keep(&b->cold_pass[kind], pass(b, kind));
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double quantile(const struct samples *s, double q)
{
	int at = (int)ceil(q * s->n) - 1;
	return s->n ? s->us[at < 0 ? 0 : at] : NAN;
}

static struct bench_times times_of(struct samples *s)
{
	qsort(s->us, (size_t)s->n, sizeof(*s->us), by_size);
	return (struct bench_times){ s->n, quantile(s, 0.5), quantile(s, 0.99), quantile(s, 0.999) };
}

/* The faster way of reading is the bound. */
static struct bench_side side_of(struct samples *steps, struct samples *passes, double share)
{
	struct bench_side side = { .step = times_of(steps) };
	double one = times_of(&passes[PASS_ONE]).p50_us, four = times_of(&passes[PASS_FOUR]).p50_us;
	side.bound_us = fmin(one, four) * share;
	side.over_bound = side.step.p50_us / side.bound_us;
	return side;
}

static void run(struct bench *b, double seconds, struct bench_result *ret)
{
	int64_t start = clock_now_ns(), all = (int64_t)(seconds * NS_PER_S);
	int64_t hot_end = start + (int64_t)(HOT_SHARE * (double)all);
	do {
		hot_round(b);
		progress_show("measuring", (clock_now_ns() - start) / NS_PER_MS, all / NS_PER_MS + 1);
	} while (clock_now_ns() < hot_end);
	int kind = 0;
	do {
		cold_round(b, (enum bench_pass)(kind++ % PASS_KINDS));
		progress_show("measuring", (clock_now_ns() - start) / NS_PER_MS, all / NS_PER_MS + 1);
	} while (clock_now_ns() < start + all || kind < PASS_KINDS);
	progress_show("measuring", 1, 1);

	const struct forecaster *f = b->forecaster;
	bool stream = f->context == CONTEXT_STREAM;
	ret->bytes = f->weights_bytes + (stream ? f->class->state_size(f) : 0);
	double share = (double)ret->bytes / (double)f->weights_bytes;
	ret->hot = side_of(&b->hot, b->hot_pass, share);
	ret->cold = side_of(&b->cold, b->cold_pass, share);
	ret->prewarmed = times_of(&b->prewarmed);
}

int bench_measure(struct forecaster *forecaster, double seconds, struct bench_result *ret)
{
	size_t n_units = (size_t)forecaster->n_units;
	struct bench b = { .forecaster = forecaster };
	struct samples *all[] = { &b.hot,         &b.cold,         &b.prewarmed,   &b.hot_pass[0],
				  &b.hot_pass[1], &b.cold_pass[0], &b.cold_pass[1] };
	const size_t n_all = sizeof(all) / sizeof(*all);
	b.counts = malloc((N_BINS + 1) * n_units * sizeof(*b.counts));
	b.memory = malloc(n_all * MAX_SAMPLES * sizeof(*b.memory));
	if (b.counts && b.memory) {
		b.rates = b.counts + N_BINS * n_units;
		for (size_t i = 0; i < N_BINS * n_units; i++)
			b.counts[i] = (float)(1 + i * 2654435761u / 65536 % 4);
		for (size_t i = 0; i < n_all; i++)
			all[i]->us = b.memory + i * MAX_SAMPLES;
		run(&b, seconds, ret);
	}
	int r = b.counts && b.memory ? 0 : -ENOMEM;
	free(b.counts);
	free(b.memory);
	return r;
}
