#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "safetensors.h"

/* A file in memory: the header padded with spaces unless `exact`, then n_data bytes. */
static size_t build(const char *header, size_t n_data, bool exact, uint64_t *ret, size_t size)
{
	size_t length = strlen(header), padded = exact ? length : (length + 7) / 8 * 8;
	char *bytes = (char *)ret;

	cr_assert(le(sz, 8 + padded + n_data, size));
	memset(ret, ' ', size);
	ret[0] = padded;
	memcpy(bytes + 8, header, length);
	for (size_t i = 0; i < n_data; i++)
		bytes[8 + padded + i] = (char)i;
	return 8 + padded + n_data;
}

static int parse(const char *header, size_t n_data, struct failure *f, struct safetensors **ret)
{
	static uint64_t file[1024];
	return safetensors_parse(file, build(header, n_data, false, file, sizeof(file)), "x.safetensors", f,
				 ret);
}

Test(safetensors, finds_tensors_and_notes)
{
	struct failure f;
	struct safetensors *s = NULL;
	const char *header = "{\"__metadata__\":{\"bin_ms\":\"50\"},"
			     "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[16,19]},"
			     "\"a/weight\":{\"dtype\":\"I16\",\"shape\":[2,4],\"data_offsets\":[0,16]}}";

	cr_assert(eq(int, parse(header, 19, &f, &s), 0), "%s", f.text);
	const struct tensor_set *set = safetensors_tensors(s);
	cr_expect(eq(str, (char *)set->origin, "x.safetensors"));
	cr_assert(eq(int, set->n_tensors, 2));
	cr_expect(eq(str, (char *)set->tensors[0].name, "a/weight"), "not in the order of the data");
	cr_expect(eq(int, set->tensors[0].dtype, TENSOR_I16));
	cr_expect(eq(int, set->tensors[0].n_dims, 2));
	cr_expect(eq(i64, set->tensors[0].shape[1], 4));
	cr_expect(eq(dbl, tensor_at(&set->tensors[0], 1), 0x0302));
	cr_expect(eq(dbl, tensor_at(tensor_find(set, "b"), 2), 18));
	cr_assert(eq(int, set->n_notes, 1));
	cr_expect(eq(str, (char *)tensor_note(set, "bin_ms"), "50"));
	safetensors_close(s);
}

struct header_case {
	char name[40];
	char header[280];
	size_t n_data;
	char line[80]; /* part of the refusal; "" = taken */
};

#define T(name, dtype, shape, offsets)                                                                       \
	"\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static struct header_case header_cases[] = {
	{ "no tensors", "{}", 0, "" },
	{ "a single number", "{" T("x", "F64", "[]", "[0,8]") "}", 8, "" },
	{ "no elements", "{" T("x", "F32", "[0,3]", "[0,0]") "}", 0, "" },
	{ "no elements between others",
	  "{" T("x", "U8", "[4]", "[0,4]") "," T("y", "U8", "[4]", "[4,8]") "," T("z", "F32", "[0]",
										  "[4,4]") "}",
	  8, "" },
	{ "eight dimensions", "{" T("x", "U8", "[1,1,1,1,1,1,1,2]", "[0,2]") "}", 2, "" },
	{ "nine dimensions", "{" T("x", "U8", "[1,1,1,1,1,1,1,1,2]", "[0,2]") "}", 2,
	  "more than 8 dimensions" },
	{ "every word in another order", "{\"x\":{\"data_offsets\":[0,1],\"shape\":[1],\"dtype\":\"BOOL\"}}",
	  1, "" },
	{ "a list", "[]", 0, "not a JSON object" },
	{ "no JSON", "{\"x\":", 0, "not valid JSON" },
	{ "junk behind", "{}{}", 0, "not valid JSON" },
	{ "bytes that are not UTF-8", "{\"\xff\":1}", 0, "not valid JSON" },
	{ "one name twice", "{" T("x", "U8", "[1]", "[0,1]") "," T("x", "U8", "[1]", "[1,2]") "}", 2,
	  "duplicate object key near '\"x\"'" },
	{ "one field twice",
	  "{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1, "duplicate" },
	{ "an unknown dtype", "{" T("x", "F8_E4M3", "[1]", "[0,1]") "}", 1,
	  "tensor x: its dtype is not known" },
	{ "a dtype that is a number", "{\"x\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
	  "dtype" },
	{ "a missing shape", "{\"x\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "tensor x: its entry" },
	{ "a surplus field",
	  "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"strides\":[1]}}", 1, "its entry" },
	{ "a misspelt field", "{\"x\":{\"dtype\":\"U8\",\"shapes\":[1],\"data_offsets\":[0,1]}}", 1,
	  "shape" },
	{ "an entry that is a number", "{\"x\":1}", 1, "tensor x: its entry" },
	{ "a negative size", "{" T("x", "U8", "[-1]", "[0,1]") "}", 1, "tensor x: shape" },
	{ "a size with a fraction", "{" T("x", "U8", "[1.0]", "[0,1]") "}", 1, "tensor x: shape" },
	{ "a shape that is a number", "{" T("x", "U8", "1", "[0,1]") "}", 1, "tensor x: shape" },
	{ "a size beyond 64 bits", "{" T("x", "U8", "[99999999999999999999]", "[0,1]") "}", 1,
	  "not valid JSON" },
	{ "a size that overflows", "{" T("x", "F64", "[4294967296,4294967296]", "[0,0]") "}", 0,
	  "overflows" },
	{ "a size that overflows to 8", "{" T("x", "F64", "[2305843009213693953]", "[0,8]") "}", 8,
	  "overflows" },
	{ "a shape that is too small", "{" T("x", "F32", "[1]", "[0,8]") "}", 8,
	  "shape and data_offsets disagree" },
	{ "a shape that is too large", "{" T("x", "F32", "[3]", "[0,8]") "}", 8,
	  "shape and data_offsets disagree" },
	{ "offsets out of order", "{" T("x", "U8", "[1]", "[1,0]") "}", 1, "out of order" },
	{ "a negative offset", "{" T("x", "U8", "[1]", "[-1,0]") "}", 1, "data_offsets" },
	{ "three offsets", "{" T("x", "U8", "[1]", "[0,1,1]") "}", 1, "data_offsets" },
	{ "offsets beyond the data", "{" T("x", "U8", "[2]", "[0,2]") "}", 1, "beyond the end of the file" },
	{ "huge offsets", "{" T("x", "U8", "[0]", "[9223372036854775807,9223372036854775807]") "}", 1,
	  "beyond" },
	{ "data beyond the tensors", "{" T("x", "U8", "[1]", "[0,1]") "}", 2,
	  "1 bytes of data belong to no tensor" },
	{ "data without tensors", "{}", 1, "belong to no tensor" },
	{ "a gap", "{" T("x", "U8", "[1]", "[0,1]") "," T("y", "U8", "[1]", "[2,3]") "}", 3,
	  "tensor y: there is a gap" },
	{ "an overlap", "{" T("x", "U8", "[2]", "[0,2]") "," T("y", "U8", "[2]", "[1,3]") "}", 3,
	  "tensor y: its data overlap" },
	{ "the same data twice", "{" T("x", "U8", "[2]", "[0,2]") "," T("y", "U8", "[2]", "[0,2]") "}", 2,
	  "overlap" },
	{ "an unaligned tensor", "{" T("x", "U8", "[1]", "[0,1]") "," T("y", "I16", "[1]", "[1,3]") "}", 3,
	  "tensor y: its data are not aligned" },
	{ "an empty name", "{" T("", "U8", "[1]", "[0,1]") "}", 1, "name is empty" },
	{ "a name that clears the screen", "{" T("\\u001b[2J", "U8", "[1]", "[0,1]") "}", 1,
	  "control characters" },
	{ "a name with a C1 control", "{" T("\\u009b2J", "U8", "[1]", "[0,1]") "}", 1, "control characters" },
	{ "a name with NUL", "{" T("x\\u0000", "U8", "[1]", "[0,1]") "}", 1, "not valid JSON" },
	{ "a note that is a number", "{\"__metadata__\":{\"bin_ms\":50}}", 0, "not text" },
	{ "notes that are text", "{\"__metadata__\":\"\"}", 0, "__metadata__ is not a JSON object" },
	{ "notes twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "duplicate" },
};

ParameterizedTestParameters(safetensors, judges_a_header)
{
	return cr_make_param_array(struct header_case, header_cases,
				   sizeof(header_cases) / sizeof(*header_cases));
}

ParameterizedTest(struct header_case *c, safetensors, judges_a_header)
{
	struct failure f = { "" };
	struct safetensors *s = NULL;
	int r = parse(c->header, c->n_data, &f, &s);

	cr_expect(eq(int, r, c->line[0] ? -EINVAL : 0), "%s: %s", c->name, f.text);
	cr_expect(strstr(f.text, c->line) != NULL, "%s: \"%s\" lacks \"%s\"", c->name, f.text, c->line);
	cr_expect(c->line[0] == 0 || strncmp(f.text, "x.safetensors: ", 15) == 0, "%s: no file in \"%s\"",
		  c->name, f.text);
	cr_expect(strpbrk(f.text, "\n\x1b\xff") == NULL, "%s: more than a line", c->name);
	safetensors_close(s);
}

Test(safetensors, is_named_by_the_hash_of_all_bytes)
{
	static uint64_t file[2];
	struct failure f;
	struct safetensors *s;
	size_t n = build("{}", 0, false, file, sizeof(file));
	struct hash h = hash_of(file, n);

	cr_assert(eq(int, safetensors_parse(file, n, "x", &f, &s), 0), "%s", f.text);
	cr_expect(eq(int, memcmp(&h, safetensors_hash(s), sizeof(h)), 0));
	safetensors_close(s);
}

Test(safetensors, refuses_a_header_that_is_not_padded)
{
	static uint64_t file[16];
	struct failure f;
	struct safetensors *s = NULL;
	size_t n = build("{} ", 0, true, file, sizeof(file));

	cr_expect(eq(int, safetensors_parse(file, n, "x", &f, &s), -EINVAL));
	cr_expect(strstr(f.text, "multiple of 8") != NULL, "%s", f.text);
}

Test(safetensors, refuses_a_header_beyond_its_limit)
{
	static uint64_t file[SAFETENSORS_MAX_HEADER / 8 + 3];
	struct failure f;
	struct safetensors *s = NULL;
	memset(file, ' ', sizeof(file));
	memcpy(file + 1, "{}", 2);

	file[0] = SAFETENSORS_MAX_HEADER + 8;
	cr_expect(eq(int, safetensors_parse(file, 16 + SAFETENSORS_MAX_HEADER, "x", &f, &s), -EINVAL));
	file[0] = SAFETENSORS_MAX_HEADER;
	cr_expect(eq(int, safetensors_parse(file, 8 + SAFETENSORS_MAX_HEADER, "x", &f, &s), 0), "%s", f.text);
	safetensors_close(s);
}

Test(safetensors, refuses_deep_nesting)
{
	static uint64_t file[1 << 15];
	struct failure f;
	struct safetensors *s = NULL;
	memset(file, '[', sizeof(file));
	file[0] = sizeof(file) - 8;
	cr_expect(eq(int, safetensors_parse(file, sizeof(file), "x", &f, &s), -EINVAL));
	cr_expect(strstr(f.text, "depth") != NULL, "%s", f.text);
}

Test(safetensors, takes_no_part_of_a_file_for_the_whole)
{
	static uint64_t file[64];
	struct failure f;
	struct safetensors *s = NULL;
	size_t n = build("{" T("x", "I64", "[4]", "[0,32]") "}", 32, false, file, sizeof(file));

	for (size_t i = 0; i < n; i++)
		cr_expect(eq(int, safetensors_parse(file, i, "x", &f, &s), -EINVAL), "%zu of %zu bytes", i,
			  n);
	cr_expect(eq(ptr, s, NULL), "a refusal changed the result");
	cr_expect(eq(int, safetensors_parse(file, n, "x", &f, &s), 0), "%s", f.text);
	safetensors_close(s);
}

Test(safetensors, names_a_file_that_is_not_there)
{
	struct failure f;
	struct safetensors *s = NULL;

	cr_expect(eq(int, safetensors_open("/nowhere.safetensors", &f, &s), -ENOENT));
	cr_expect(strstr(f.text, "/nowhere.safetensors") != NULL, "%s", f.text);
	cr_expect(eq(int, safetensors_open("/tmp", &f, &s), -EISDIR));
	cr_expect(eq(int, safetensors_open("/dev/zero", &f, &s), -EINVAL));
	cr_expect(eq(ptr, s, NULL));
}

static int n_opened;

static int open_one(const char *name, const struct stat *st, int kind, struct FTW *where)
{
	(void)st, (void)where;
	struct failure f;
	struct safetensors *s = NULL;
	const char *dot = strrchr(name, '.');

	if (kind != FTW_F || !dot || strcmp(dot, ".safetensors") != 0)
		return 0;
	n_opened++;
	cr_expect(eq(int, safetensors_open(name, &f, &s), 0), "%s", f.text);
	safetensors_close(s);
	return 0;
}

/* Files that other programs wrote. */
Test(safetensors, opens_every_shared_file)
{
	const char *shared = getenv("BCID_SHARED");
	if (!shared || access(shared, R_OK) != 0)
		cr_skip_test("no shared files: BCID_SHARED is not set or not there");
	cr_assert(eq(int, nftw(shared, open_one, 16, 0), 0));
	cr_expect(gt(int, n_opened, 30));
}
