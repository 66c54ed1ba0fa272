#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feature_set.h"
#include "file.h"
#include "recording.h"
#include "ridge.h"
#include "sim_generate.h"

static char folder[] = "/tmp/bcid-test-XXXXXX";

static void enter_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert(eq(int, chdir(folder), 0));
}

static void leave_folder(void)
{
	unlink("a");
	unlink("b");
	rmdir(folder);
}

TestSuite(sim_generate, .init = enter_folder, .fini = leave_folder);

static void generate(int units, double seconds, uint64_t seed, bool events, const char *output)
{
	struct sim_recipe recipe = {units, seconds, seed, 50, events, output};
	struct failure f = {0};
	cr_assert(eq(int, sim_generate(&recipe, &f), 0), "%s", f.text);
}

static struct recording opened(const char *path)
{
	struct recording r;
	struct failure f = {0};
	cr_assert(eq(int, recording_open(path, &f, &r), 0), "%s", f.text);
	return r;
}

Test(sim_generate, gives_the_same_file_for_a_seed)
{
	void *a, *b;
	size_t n_a, n_b;
	generate(12, 20, 4, true, "a");
	generate(12, 20, 4, true, "b");
	cr_assert(eq(int, file_read("a", 1 << 22, NULL, &a, &n_a), 0));
	cr_assert(eq(int, file_read("b", 1 << 22, NULL, &b, &n_b), 0));
	cr_assert(eq(sz, n_a, n_b));
	cr_expect(eq(int, memcmp(a, b, n_a), 0));
	free(a);
	free(b);
}

Test(sim_generate, leaves_what_is_there_when_units_and_seconds_join)
{
	generate(12, 20, 4, false, "a");
	generate(20, 30, 4, true, "b");
	struct recording a = opened("a"), b = opened("b");
	uint16_t few[12], many[20];
	int spikes = 0;
	cr_assert(eq(i64, a.n_bins, 400));
	cr_assert(eq(i64, b.n_bins, 600));
	for (int64_t i = 0; i < a.n_bins; i++) {
		recording_counts(&a, i, few);
		recording_counts(&b, i, many);
		cr_assert(eq(int, memcmp(few, many, sizeof(few)), 0), "bin %d", (int)i);
		for (int u = 0; u < 12; u++)
			spikes += few[u];
	}
	cr_expect(gt(int, spikes, 12 * 20));
	recording_close(&a);
	recording_close(&b);
}

Test(sim_generate, sums_its_events_to_the_counts)
{
	generate(12, 20, 4, true, "a");
	struct recording a = opened("a");
	const struct tensor *start = tensor_find(a.tensors, "events/start"), *unit;
	unit = tensor_find(a.tensors, "events/unit");
	cr_assert(eq(i64, start->shape[0], 5 * a.n_bins + 1));
	for (int64_t b = 0; b < a.n_bins; b++) {
		uint16_t counts[12], sums[12] = {0};
		int64_t from = (int64_t)tensor_at(start, 5 * b), until = (int64_t)tensor_at(start, 5 * b + 5);
		for (int64_t i = from; i < until; i++)
			sums[(int)tensor_at(unit, i)]++;
		recording_counts(&a, b, counts);
		cr_assert(eq(int, memcmp(counts, sums, sizeof(sums)), 0), "bin %d", (int)b);
	}
	recording_close(&a);
}

/* R^2 of a regression on ten bins of counts, fitted on all but the last fifth, over that fifth. */
static void decode(const struct recording *r, struct ridge_sums *sums[2], double ret[4])
{
	struct feature_set *x;
	double row[4000], y[4], W[4 * 4000], bias[4];
	float counts[400];
	cr_assert(eq(int, feature_set_create("counts_flat10", r->n_units, NULL, &x), 0));
	int n = feature_set_size(x);
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int, ridge_sums_create(n, 4, &sums[i]), 0));
	for (int64_t b = 0; b < r->n_bins; b++) {
		recording_counts_f32(r, b, counts);
		feature_set_step(x, counts, NULL);
		for (int i = 0; i < n; i++)
			row[i] = feature_set_vector(x)[i];
		for (int i = 0; i < 4; i++)
			y[i] = tensor_at(r->kinematics, 4 * b + i);
		ridge_sums_add(sums[b >= r->n_bins * 4 / 5], row, y, 1);
	}
	cr_assert(eq(int, ridge_solve(sums[0], 300, W, bias), 0));
	cr_assert(eq(int, ridge_r2(sums[1], W, bias, ret), 0));
	feature_set_destroy(x);
}

Test(sim_generate, makes_a_population_that_a_decoder_can_read)
{
	double r2[4];
	struct ridge_sums *sums[2];
	generate(100, 600, 1, false, "a");
	struct recording a = opened("a");
	decode(&a, sums, r2);
	for (int i = 2; i < 4; i++)
		cr_expect(all(gt(dbl, r2[i], 0.7), lt(dbl, r2[i], 0.9)), "%g for velocity %d", r2[i], i);
	for (int i = 0; i < 2; i++)
		ridge_sums_destroy(sums[i]);
	recording_close(&a);
}

Test(sim_generate, refuses_what_cannot_be)
{
	static const struct sim_recipe recipes[] = {
		{4, 0.01, 1, 50, false, "a"},     /* less than a bin */
		{4, 10, 1, 25, true, "a"},        /* no whole number of events' bins */
		{8192, 86400, 1, 50, false, "a"}, /* 14 GB */
		{4, 86400, 1, 1, false, "a"},     /* 86 million steps */
	};
	for (size_t i = 0; i < sizeof(recipes) / sizeof(*recipes); i++) {
		struct failure f = {0};
		cr_expect(eq(int, sim_generate(&recipes[i], &f), -EINVAL), "recipe %zu", i);
		cr_expect(ne(int, f.text[0], 0));
	}
	struct sim_recipe elsewhere = {4, 10, 1, 50, false, "no/such/folder"};
	cr_expect(eq(int, sim_generate(&elsewhere, NULL), -ENOENT));
}
