#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kept.h"
#include "safetensors.h"

static char path[] = "/tmp/bcid-kept.XXXXXX";

static void make(void)
{
	int fd = mkstemp(path);
	cr_assert(ge(int, fd, 0));
	close(fd);
}

static void unmake(void)
{
	unlink(path);
}

TestSuite(kept, .init = make, .fini = unmake);

Test(kept, comes_back_as_it_was_written)
{
	struct failure f = { "" };
	struct kept written = { .n_units = 4, .masked = { 0, 1, 0, 1 } }, read = { 0 };
	cr_assert(eq(int, kept_write(path, "m1", &written, &f), 0), "%s", f.text);
	cr_assert(eq(int, kept_read(path, "m1", 4, &f, &read), 0), "%s", f.text);
	cr_expect(eq(int, memcmp(&written, &read, sizeof(read)), 0));
}

Test(kept, is_missing_where_there_is_no_file)
{
	struct failure f = { "" };
	struct kept k;
	unlink(path);
	cr_expect(eq(int, kept_read(path, "m1", 4, &f, &k), -ENOENT));
}

struct refused {
	char name[32];
	char stream[8];
	int n_units;
	char version[8];
	char tensor[8];
	int dtype;
};

ParameterizedTestParameters(kept, is_refused_of)
{
	static struct refused cases[] = {
		{ "another stream", "m2", 2, "1", "masked", TENSOR_U8 },
		{ "other units", "m1", 3, "1", "masked", TENSOR_U8 },
		{ "a newer version", "m1", 2, "2", "masked", TENSOR_U8 },
		{ "no version", "m1", 2, "x", "masked", TENSOR_U8 },
		{ "no masks", "m1", 2, "1", "mask", TENSOR_U8 },
		{ "masks of another type", "m1", 2, "1", "masked", TENSOR_BOOL },
	};
	return cr_make_param_array(struct refused, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refused *c, kept, is_refused_of)
{
	static const uint8_t masked[4];
	struct failure f = { "" };
	struct kept k = { .n_units = -1 };
	const struct tensor tensors[] = {
		{ c->tensor, (enum tensor_dtype)c->dtype, 1, { c->n_units }, masked }
	};
	const struct tensor_note notes[] = { { "stream", c->stream }, { "version", c->version } };
	struct tensor_set set = { path, tensors, 1, notes, 2 };
	cr_assert(eq(int, safetensors_write(path, &set, &f), 0), "%s", f.text);
	f.text[0] = '\0';
	cr_expect(eq(int, kept_read(path, "m1", 2, &f, &k), -EINVAL), "%s", c->name);
	cr_expect(ne(str, f.text, ""), "%s", c->name);
	cr_expect(eq(int, k.n_units, -1), "%s: nothing was changed", c->name);
}
