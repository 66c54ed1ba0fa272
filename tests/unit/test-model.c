#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "safetensors.h"

static char folder[] = "/tmp/bcid-test-XXXXXX";
static char path[PATH_MAX];

/* A ridge decoder of two units, y = 10 * counts of unit 0 + 1. */
static void write_decoder(const char *features, const char *units)
{
	static const float weight[] = { 10, 0 }, bias[] = { 1 }, mean[] = { 0, 0 }, scale[] = { 1, 1 };
	const struct tensor tensors[] = {
		{ "readout.weight", TENSOR_F32, 2, { 1, 2 }, weight },
		{ "readout.bias", TENSOR_F32, 1, { 1 }, bias },
		{ "features.mean", TENSOR_F32, 1, { 2 }, mean },
		{ "features.scale", TENSOR_F32, 1, { 2 }, scale },
		{ "counts.mean", TENSOR_F32, 1, { 2 }, mean },
	};
	const struct tensor_note notes[] = {
		{ "kind", "linear" },  { "features", features },     { "units", units },
		{ "bin_us", "50000" }, { "outputs", "vx_mm_per_s" }, { "output_units", "mm/s" },
		{ "holds", "zero" },
	};
	struct tensor_set set = { "memory", tensors, 5, notes, sizeof(notes) / sizeof(*notes) };
	struct failure f;
	cr_assert(eq(int, safetensors_write(path, &set, &f), 0), "%s", f.text);
}

static void make_folder(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/decoder.safetensors", folder);
	write_decoder("counts_1", "2");
}

static void remove_folder(void)
{
	remove(path);
	rmdir(folder);
}

static int load(const char *forecaster, const char *decoder, int n_units, int bin_us, struct failure *f,
		struct pipeline **ret, struct hash *ret_hash)
{
	return model_load_pipeline(forecaster, decoder, n_units, bin_us, CONTEXT_STREAM, f, ret, ret_hash);
}

static bool is_zero(const struct hash *h)
{
	static const struct hash zero;
	return memcmp(h, &zero, sizeof(zero)) == 0;
}

Test(model, is_nothing_by_the_word_none)
{
	struct failure f;
	struct forecaster *fc = (void *)&f;
	struct decoder *dc = (void *)&f;
	struct hash h = hash_of("x", 1);

	cr_expect(eq(int, model_load_forecaster("none", 2, CONTEXT_STREAM, &f, &fc, &h), 0));
	cr_expect(eq(ptr, fc, NULL));
	cr_expect(is_zero(&h));
	cr_expect(eq(int, model_load_decoder("", 2, 50000, &f, &dc, &h), 0));
	cr_expect(eq(ptr, dc, NULL));
	cr_expect(is_zero(&h));
}

Test(model, is_the_running_mean_by_its_word)
{
	struct failure f;
	struct forecaster *fc = NULL;
	struct hash h, word = hash_of("mean", 4);

	cr_assert(eq(int, model_load_forecaster("mean", 7, CONTEXT_STREAM, &f, &fc, &h), 0), "%s", f.text);
	cr_expect(eq(int, fc->n_units, 7));
	cr_expect(eq(int, memcmp(&h, &word, sizeof(h)), 0));
	forecaster_destroy(fc);
	cr_expect(eq(int, model_load_forecaster("mean", 0, CONTEXT_STREAM, &f, &fc, &h), -EINVAL));
	cr_expect(strstr(f.text, "number of units") != NULL, "%s", f.text);
}

Test(model, runs_from_its_file, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct pipeline *p = NULL;
	struct hash h;
	struct spike_bin *bin = calloc(1, spike_bin_size(2));
	struct result *out = calloc(1, result_size(2));

	cr_assert(eq(int, load("mean", path, 2, 50000, &f, &p, &h), 0), "%s", f.text);
	bin->flags = BIN_EPOCH_BEGIN;
	bin->n_units = 2;
	bin->counts[0] = 3;
	pipeline_step(p, bin, out);
	cr_expect(eq(flt, out->estimate.value[0], 31));
	cr_expect(eq(int, out->n_rates, 2));
	pipeline_destroy(p);
	free(out);
	free(bin);
}

Test(model, takes_its_units_from_the_file, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct pipeline *p = NULL;
	struct hash h;

	cr_assert(eq(int, load("mean", path, 0, 0, &f, &p, &h), 0), "%s", f.text);
	cr_expect(eq(int, pipeline_n_units(p), 2));
	cr_expect(eq(int, pipeline_forecaster(p)->n_units, 2));
	pipeline_destroy(p);
}

Test(model, is_named_by_the_hash_of_the_pair, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct pipeline *p = NULL;
	struct decoder *d = NULL;
	struct hash file, pair, alone, mean = hash_of("mean", 4);

	cr_assert(eq(int, model_load_decoder(path, 2, 50000, &f, &d, &file), 0), "%s", f.text);
	decoder_destroy(d);
	cr_assert(eq(int, load("mean", path, 2, 50000, &f, &p, &pair), 0), "%s", f.text);
	pipeline_destroy(p);
	cr_assert(eq(int, load("none", path, 2, 50000, &f, &p, &alone), 0), "%s", f.text);
	pipeline_destroy(p);
	struct hash expected = hash_pair(&mean, &file);
	cr_expect(eq(int, memcmp(&pair, &expected, sizeof(pair)), 0));
	cr_expect(ne(int, memcmp(&pair, &alone, sizeof(pair)), 0));
}

Test(model, names_the_file_that_it_refuses, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct pipeline *p = NULL;
	struct hash h;

	cr_expect(eq(int, load("mean", path, 3, 50000, &f, &p, &h), -EINVAL));
	cr_expect(strstr(f.text, path) != NULL, "%s", f.text);
	cr_expect(eq(int, load("mean", path, 2, 20000, &f, &p, &h), -EINVAL));
	cr_expect(strstr(f.text, path) != NULL, "%s", f.text);
	cr_expect(eq(int, load(path, "none", 2, 50000, &f, &p, &h), -EINVAL));
	cr_expect(strstr(f.text, path) != NULL, "%s", f.text);
	cr_expect(eq(int, load("mean", "/nowhere.safetensors", 2, 50000, &f, &p, &h), -ENOENT));
	cr_expect(strstr(f.text, "/nowhere.safetensors") != NULL, "%s", f.text);
	write_decoder("rates", "2");
	cr_expect(eq(int, load("none", path, 2, 50000, &f, &p, &h), -EINVAL));
	cr_expect(strstr(f.text, path) != NULL, "%s", f.text);
	cr_expect(eq(ptr, p, NULL));
}
