#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "safetensors.h"

static char folder[] = "/tmp/bcid-test-XXXXXX";
static char path[PATH_MAX];

static void make_folder(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/x.safetensors", folder);
}

static int remove_one(const char *name, const struct stat *st, int kind, struct FTW *where)
{
	(void)st, (void)kind, (void)where;
	return remove(name);
}

static void remove_folder(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(safetensors_write, .init = make_folder, .fini = remove_folder);

static int n_left_behind;

static int count_one(const char *name, const struct stat *st, int kind, struct FTW *where)
{
	(void)name, (void)st, (void)where;
	n_left_behind += kind == FTW_F;
	return 0;
}

static int files_in_folder(void)
{
	n_left_behind = 0;
	nftw(folder, count_one, 8, FTW_PHYS);
	return n_left_behind;
}

static const uint8_t bytes[] = { 1, 2, 3 };
static const float floats[] = { 1.5f, -2, 3, 4, 5, 6 };
static const double number[] = { 42 };
static const struct tensor tensors[] = {
	{ "flags", TENSOR_U8, 1, { 3 }, bytes },    { "b", TENSOR_F32, 2, { 2, 3 }, floats },
	{ "number", TENSOR_F64, 0, { 0 }, number }, { "a", TENSOR_F32, 1, { 6 }, floats },
	{ "none", TENSOR_I16, 2, { 0, 7 }, NULL },
};
static const struct tensor_note notes[] = { { "units", "5" }, { "config", "{\"a\":\n\"\xc2\xb5\"}" } };
static const struct tensor_set example = { "memory", tensors, 5, notes, 2 };

Test(safetensors_write, reads_what_it_wrote)
{
	struct failure f;
	struct safetensors *s;

	cr_assert(eq(int, safetensors_write(path, &example, &f), 0), "%s", f.text);
	cr_assert(eq(int, safetensors_open(path, &f, &s), 0), "%s", f.text);
	const struct tensor_set *set = safetensors_tensors(s);
	cr_assert(eq(int, set->n_tensors, example.n_tensors));
	for (int i = 0; i < example.n_tensors; i++) {
		const struct tensor *t = tensor_find(set, tensors[i].name);
		cr_assert(t != NULL, "%s", tensors[i].name);
		cr_expect(eq(int, t->dtype, tensors[i].dtype));
		cr_expect(eq(int, t->n_dims, tensors[i].n_dims));
		cr_expect(eq(int, memcmp(t->shape, tensors[i].shape, (size_t)t->n_dims * sizeof(*t->shape)),
			     0));
		for (int64_t j = 0; j < tensor_n_elements(t); j++)
			cr_expect(eq(dbl, tensor_at(t, j), tensor_at(&tensors[i], j)));
	}
	cr_expect(eq(str, (char *)tensor_note(set, "config"), (char *)notes[1].value));
	safetensors_close(s);
}

Test(safetensors_write, pads_a_header_of_any_length)
{
	struct failure f;
	struct safetensors *s;

	for (int i = 0; i < 16; i++) {
		struct tensor_note note = { "k", &"0123456789abcdef"[i] };
		struct tensor_set set = { "memory", tensors, 5, &note, 1 };
		cr_assert(eq(int, safetensors_write(path, &set, &f), 0), "%s", f.text);
		cr_assert(eq(int, safetensors_open(path, &f, &s), 0), "%s", f.text);
		safetensors_close(s);
	}
}

Test(safetensors_write, writes_wide_elements_first)
{
	static const char *const order[] = { "number", "b", "a", "none", "flags" };
	struct failure f;
	struct safetensors *s;

	cr_assert(eq(int, safetensors_write(path, &example, &f), 0), "%s", f.text);
	cr_assert(eq(int, safetensors_open(path, &f, &s), 0), "%s", f.text);
	for (int i = 0; i < example.n_tensors; i++)
		cr_expect(eq(str, (char *)safetensors_tensors(s)->tensors[i].name, (char *)order[i]));
	safetensors_close(s);
}

/* The figure that sha256sum prints. */
Test(safetensors_write, gives_a_file_the_name_that_sha256sum_gives)
{
	char command[PATH_MAX + 16], expected[HASH_HEX] = "", hex[HASH_HEX];
	struct failure f;
	struct safetensors *s;

	cr_assert(eq(int, safetensors_write(path, &example, &f), 0), "%s", f.text);
	cr_assert(eq(int, safetensors_open(path, &f, &s), 0), "%s", f.text);
	snprintf(command, sizeof(command), "sha256sum %s", path);
	FILE *sum = popen(command, "r");
	cr_assert(sum != NULL && fgets(expected, sizeof(expected), sum) != NULL);
	pclose(sum);
	hash_to_hex(safetensors_hash(s), hex);
	cr_expect(eq(str, hex, expected));
	safetensors_close(s);
}

static int write_one(struct tensor t, struct tensor_note note, struct failure *f)
{
	struct tensor both[] = { { "x", TENSOR_U8, 1, { 3 }, bytes }, t };
	struct tensor_note two[] = { { "k", "v" }, note };
	struct tensor_set set = { "memory", both, 2, two, 2 };
	return safetensors_write(path, &set, f);
}

Test(safetensors_write, writes_nothing_that_it_would_not_read)
{
	struct failure f = { "" };
	struct tensor good = { "y", TENSOR_U8, 1, { 3 }, bytes }, bad = good;
	struct tensor_note note = { "l", "w" };

	cr_expect(eq(int, write_one(good, note, &f), 0), "%s", f.text);
	remove(path);
	cr_expect(eq(int, write_one(tensors[0], (struct tensor_note){ "k", "w" }, &f), -EINVAL));
	cr_expect(eq(int, write_one(good, (struct tensor_note){ "l", "\xff" }, &f), -EINVAL));
	bad.name = "x";
	cr_expect(eq(int, write_one(bad, note, &f), -EINVAL));
	bad.name = "__metadata__";
	cr_expect(eq(int, write_one(bad, note, &f), -EINVAL));
	bad.name = "a\nb";
	cr_expect(eq(int, write_one(bad, note, &f), -EINVAL));
	bad.name = "\xff";
	cr_expect(eq(int, write_one(bad, note, &f), -EINVAL));
	bad = good, bad.n_dims = TENSOR_MAX_DIMS + 1;
	cr_expect(eq(int, write_one(bad, note, &f), -EINVAL));
	cr_expect(eq(int, files_in_folder(), 0));
}

Test(safetensors_write, leaves_the_old_file_where_the_disk_is_full)
{
	static uint8_t large[1 << 16];
	struct tensor t = { "x", TENSOR_U8, 1, { sizeof(large) }, large };
	struct tensor_set set = { "memory", &t, 1, NULL, 0 };
	struct rlimit limit = { 4096, 4096 };
	struct failure f = { "" };
	struct safetensors *s;

	cr_assert(eq(int, safetensors_write(path, &example, &f), 0), "%s", f.text);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
	cr_expect(eq(int, safetensors_write(path, &set, &f), -EFBIG));
	cr_expect(strstr(f.text, path) != NULL, "%s", f.text);
	cr_expect(eq(int, files_in_folder(), 1));
	cr_assert(eq(int, safetensors_open(path, &f, &s), 0), "%s", f.text);
	cr_expect(eq(int, safetensors_tensors(s)->n_tensors, example.n_tensors));
	safetensors_close(s);
}
