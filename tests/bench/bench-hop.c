/* bench-hop: bin edge → answer received, through bcid and through bare echoes that do the same step.
 *
 * The arms take turns within each bin, a fraction of it apart, so that all see the same machine. Also the CPU
 * time of the daemon. bench-hop BUILD [BINS at 20 Hz [BINS at 1 kHz]] */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "hop_arms.h"
#include "safetensors.h"

#define ARMS 4
#define ROUNDS 5
#define WARM_UP_NS NS_PER_S /* sockets connect, caches fill */
#define HISTORY 10

/* ---- the decoder: vx and vy from 10 bins of counts ---- */

static float random_weight(void)
{
	static uint32_t state = 1;
	state = state * 1664525u + 1013904223u;
	return (float)(state >> 8) / (float)(1 << 24) - 0.5f;
}

static void write_decoder(const char *folder, int bin_us)
{
	enum { N = HOP_UNITS * HISTORY };
	static float weight[2 * N], bias[2], mean[N], scale[N], counts_mean[HOP_UNITS];
	char path[160], bin[16], units[16];
	struct failure f;
	for (int i = 0; i < 2 * N; i++)
		weight[i] = random_weight();
	for (int i = 0; i < N; i++)
		scale[i] = 1;
	const struct tensor tensors[] = {
		{ "readout.weight", TENSOR_F32, 2, { 2, N }, weight },
		{ "readout.bias", TENSOR_F32, 1, { 2 }, bias },
		{ "features.mean", TENSOR_F32, 1, { N }, mean },
		{ "features.scale", TENSOR_F32, 1, { N }, scale },
		{ "counts.mean", TENSOR_F32, 1, { HOP_UNITS }, counts_mean },
	};
	snprintf(bin, sizeof(bin), "%d", bin_us);
	snprintf(units, sizeof(units), "%d", HOP_UNITS);
	const struct tensor_note notes[] = {
		{ "kind", "linear" },     { "features", "counts_flat10" },
		{ "units", units },       { "bin_us", bin },
		{ "outputs", "vx,vy" },   { "output_units", "mm/s,mm/s" },
		{ "holds", "zero,zero" }, { "lag_bins", "0" },
	};
	const struct tensor_set set = { "decoder", tensors, 5, notes, 8 };
	snprintf(path, sizeof(path), "%s/decoder-%d.safetensors", folder, bin_us);
	if (safetensors_write(path, &set, &f) < 0) {
		fprintf(stderr, "%s\n", f.text);
		exit(1);
	}
}

/* ---- numbers ---- */

struct record {
	struct arm *arm;
	int64_t first_ns, bin_ns;  /* acquired_ns of bin 0, and from one to the next */
	int n_bins, n_warm_up;
	_Atomic int64_t *given_ns; /* (n_bins) when the arm was given the bin */
	double *us;                /* (n_bins) until its answer, NAN where there is none (yet) */
	/* once all is over */
	int n, lost;               /* us[0 .. n - 1] are the answered ones after the warm-up, in order */
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The quantile of the records from `first` to `end`. */
static double quantile(const struct record *r, int first, int end, double q)
{
	int n = end - first;
	if (n <= 0)
		return NAN;
	double *sorted = malloc((size_t)n * sizeof(*sorted));
	if (!sorted)
		abort();
	memcpy(sorted, r->us + first, (size_t)n * sizeof(*sorted));
	qsort(sorted, (size_t)n, sizeof(*sorted), by_value);
	int i = (int)ceil(q * n) - 1;
	double value = sorted[i < 0 ? 0 : i];
	free(sorted);
	return value;
}

/* p50 over the base's p50, of the whole and the least and the most of ROUNDS parts. */
static void print_ratio(const struct record *r, const struct record *base)
{
	double least = INFINITY, most = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double part = quantile(r, i * r->n / ROUNDS, (i + 1) * r->n / ROUNDS, 0.5) /
			       quantile(base, i * base->n / ROUNDS, (i + 1) * base->n / ROUNDS, 0.5);
		least = fmin(least, part);
		most = fmax(most, part);
	}
	double ratio = quantile(r, 0, r->n, 0.5) / quantile(base, 0, base->n, 0.5);
	printf("  %5.2f (%.2f .. %.2f)", ratio, least, most);
}

static void print_table(const struct record *records)
{
	printf("%19s %8s %8s %8s %8s   p50 ratio (of %d parts)\n", "bins", "p50 us", "p99", "p99.9", "max",
	       ROUNDS);
	static const double quantiles[] = { 0.5, 0.99, 0.999, 1 };
	for (int i = 0; i < ARMS; i++) {
		const struct record *r = &records[i];
		printf("  %-10s %6d", arm_name(r->arm), r->n);
		for (int k = 0; k < 4; k++)
			printf(" %8.0f", quantile(r, 0, r->n, quantiles[k]));
		print_ratio(r, &records[0]);
		printf(r->lost ? "  %d lost\n" : "\n", r->lost);
	}
}

static double cpu_seconds(pid_t pid)
{
	clockid_t clock;
	struct timespec t = { 0 };
	if (clock_getcpuclockid(pid, &clock) == 0)
		clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- one rate ---- */

static void sleep_until(int64_t at_ns)
{
	struct timespec t = { at_ns / NS_PER_S, at_ns % NS_PER_S };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		;
}

static void *receive_answers(void *arg)
{
	struct record *r = arg;
	int64_t acquired_ns, bin = -1;
	while (bin < r->n_bins - 1) {
		bool all_given = atomic_load(&r->given_ns[r->n_bins - 1]) != 0;
		if (!arm_receive(r->arm, &acquired_ns)) {
			if (all_given)
				break;
			continue;
		}
		int64_t now = clock_now_ns();
		bin = (acquired_ns - r->first_ns) / r->bin_ns;
		if (bin >= 0 && bin < r->n_bins && r->given_ns[bin])
			r->us[bin] = (double)(now - atomic_load(&r->given_ns[bin])) / 1000;
	}
	return NULL;
}

/* All bins at their time, through each arm in turn, a fraction of a bin apart. Returns the daemon's share of
 * a core after the warm-up. */
static double send_bins(struct record *records)
{
	struct spike_bin *bin = calloc(1, spike_bin_size(HOP_UNITS));
	int n_bins = records[0].n_bins;
	int64_t bin_ns = records[0].bin_ns;
	pid_t bcid = arm_child(records[ARMS - 1].arm);
	double cpu = 0;
	bin->n_units = HOP_UNITS;
	for (int b = 0; b < n_bins; b++) {
		bin->bin = b;
		bin->flags = b ? 0 : BIN_EPOCH_BEGIN;
		bin->acquired_ns = records[0].first_ns + b * bin_ns;
		for (int u = 0; u < HOP_UNITS; u++)
			bin->counts[u] = (uint16_t)((b * 7 + u) % 5);
		if (b == records[0].n_warm_up)
			cpu = cpu_seconds(bcid);
		for (int i = 0; i < ARMS; i++) {
			sleep_until(bin->acquired_ns + i * bin_ns / ARMS);
			atomic_store(&records[i].given_ns[b], clock_now_ns());
			arm_send(records[i].arm, bin);
		}
	}
	free(bin);
	return (cpu_seconds(bcid) - cpu) / ((n_bins - records[0].n_warm_up) * (double)bin_ns * 1e-9);
}

static void prepare(struct record *r, struct arm *arm, int n_bins, int bin_us)
{
	*r = (struct record){ .arm = arm, .bin_ns = bin_us * NS_PER_US };
	r->n_warm_up = (int)(WARM_UP_NS / r->bin_ns);
	r->n_bins = n_bins += r->n_warm_up;
	r->given_ns = calloc((size_t)n_bins, sizeof(*r->given_ns));
	r->us = calloc((size_t)n_bins, sizeof(*r->us));
	if (!r->given_ns || !r->us)
		abort();
	for (int b = 0; b < n_bins; b++)
		r->us[b] = NAN;
}

/* Leave out the warm-up and what was never answered. */
static void settle(struct record *r)
{
	for (int b = r->n_warm_up; b < r->n_bins; b++)
		if (isnan(r->us[b]))
			r->lost++;
		else
			r->us[r->n++] = r->us[b];
}

static void run(struct arm *const *arms, int n_bins, int bin_us)
{
	struct record records[ARMS];
	pthread_t receivers[ARMS];
	int64_t first_ns = clock_now_ns() + 2 * bin_us * NS_PER_US;
	for (int i = 0; i < ARMS; i++) {
		prepare(&records[i], arms[i], n_bins, bin_us);
		records[i].first_ns = first_ns;
		pthread_create(&receivers[i], NULL, receive_answers, &records[i]);
	}
	double busy = send_bins(records);
	for (int i = 0; i < ARMS; i++) {
		pthread_join(receivers[i], NULL);
		settle(&records[i]);
	}
	printf("bins of %g ms, %d units, linear decoder on %d bins:\n", bin_us / 1000.0, HOP_UNITS, HISTORY);
	print_table(records);
	printf("  bcid used %.2f %% of a core\n\n", 100 * busy);
	for (int i = 0; i < ARMS; i++) {
		free(records[i].given_ns);
		free(records[i].us);
	}
}

static void run_rate(const char *folder, const char *build, int n_bins, int bin_us)
{
	write_decoder(folder, bin_us);
	struct arm *arms[ARMS] = { arm_unix(folder, bin_us), arm_zmq(folder, bin_us),
				   arm_bcid(folder, build, bin_us, true),
				   arm_bcid(folder, build, bin_us, false) };
	if (arms[0] && arms[1] && arms[2] && arms[3])
		run(arms, n_bins, bin_us);
	for (int i = 0; i < ARMS; i++)
		arm_destroy(arms[i]);
}

static void print_machine(void)
{
	char line[256], model[256] = "?\n", load[64] = "?\n";
	FILE *f = fopen("/proc/cpuinfo", "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "model name", 10) == 0)
			snprintf(model, sizeof(model), "%s", strchr(line, ':') + 2);
	if (f)
		fclose(f);
	f = fopen("/proc/loadavg", "re");
	if (f && !fgets(load, sizeof(load), f))
		load[0] = '\0';
	if (f)
		fclose(f);
	printf("%ld x %.*s, load %.4s\n\n", sysconf(_SC_NPROCESSORS_ONLN), (int)strcspn(model, "\n"), model,
	       load);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/bcid-bench.XXXXXX", command[64];
	if (argc < 2) {
		fprintf(stderr, "usage: bench-hop BUILD [BINS at 20 Hz [BINS at 1 kHz]]\n");
		return 2;
	}
	if (!mkdtemp(folder)) {
		perror(folder);
		return 1;
	}
	stay_on_cpu(0);
	print_machine();
	run_rate(folder, argv[1], argc > 2 ? atoi(argv[2]) : 400, 50000);
	run_rate(folder, argv[1], argc > 3 ? atoi(argv[3]) : 10000, 1000);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) == 0 ? 0 : 1;
}
