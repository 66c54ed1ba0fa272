#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tensor.h"

static float weights[6] = { 1, 2, 3, 4, 5, 6 };
static double doubles[2] = { 1, 2 };

static const struct tensor tensors[] = {
	{ "weight", TENSOR_F32, 2, { 2, 3 }, weights },
	{ "double", TENSOR_F64, 1, { 2 }, doubles },
	{ "scalar", TENSOR_F32, 0, { 0 }, weights },
	{ "none", TENSOR_F32, 2, { 0, 3 }, weights },
};

static const struct tensor_note notes[] = {
	{ "kind", "linear" },
	{ "units", "171" },
	{ "low", "-4" },
	{ "rubbish", "12x" },
	{ "space", " 12" },
	{ "empty", "" },
	{ "huge", "99999999999999999999" },
	{ "ratio", "0.25" },
	{ "nan", "nan" },
};

static const struct tensor_set set = {
	"model", tensors, sizeof(tensors) / sizeof(*tensors), notes, sizeof(notes) / sizeof(*notes),
};

Test(tensor, is_found_by_its_whole_name)
{
	cr_expect(eq(ptr, (void *)tensor_find(&set, "weight"), (void *)&tensors[0]));
	cr_expect(eq(ptr, (void *)tensor_find(&set, "weigh"), NULL));
	cr_expect(eq(ptr, (void *)tensor_find(&set, "weight2"), NULL));
	cr_expect(eq(str, (char *)tensor_note(&set, "kind"), "linear"));
	cr_expect(eq(ptr, (void *)tensor_note(&set, "kin"), NULL));
}

struct note_case {
	char key[24];
	long min, max;
	int code;
	long value;
	char line[96];
};

ParameterizedTestParameters(tensor, set_reads_a_whole_number_from_a_note)
{
	static struct note_case cases[] = {
		{ "units", 1, 8192, 0, 171, "" },
		{ "low", -4, 4, 0, -4, "" },
		{ "absent", 1, 2, 0, 50, "" },
		{ "units", 1, 170, -EINVAL, 99,
		  "model: note units is \"171\", not a whole number from 1 to 170" },
		{ "low", -3, 4, -EINVAL, 99, "model: note low is \"-4\", not a whole number from -3 to 4" },
		{ "rubbish", 1, 99, -EINVAL, 99,
		  "model: note rubbish is \"12x\", not a whole number from 1 to 99" },
		{ "space", 1, 99, -EINVAL, 99,
		  "model: note space is \" 12\", not a whole number from 1 to 99" },
		{ "empty", 0, 99, -EINVAL, 99, "model: note empty is \"\", not a whole number from 0 to 99" },
		{ "huge", 0, 9, -EINVAL, 99,
		  "model: note huge is \"99999999999999999999\", not a whole number from 0 to 9" },
	};
	return cr_make_param_array(struct note_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct note_case *c, tensor, set_reads_a_whole_number_from_a_note)
{
	struct failure f = { 0 };
	long value = 99;
	cr_expect(eq(int, tensor_note_int(&set, c->key, c->min, c->max, 50, &f, &value), c->code), "%s",
		  c->key);
	cr_expect(eq(long, value, c->value), "%s", c->key);
	cr_expect(eq(str, f.text, c->line), "%s", c->key);
}

struct number_case {
	char key[24];
	double min, max;
	int code;
	double value;
	char line[96];
};

ParameterizedTestParameters(tensor, set_reads_a_number_from_a_note)
{
	static struct number_case cases[] = {
		{ "ratio", 0, 1, 0, 0.25, "" },
		{ "units", 0, 1e6, 0, 171, "" },
		{ "absent", 1, 2, 0, 50, "" },
		{ "ratio", 0.5, 1, -EINVAL, 99, "model: note ratio is \"0.25\", not a number from 0.5 to 1" },
		{ "rubbish", 1, 99, -EINVAL, 99,
		  "model: note rubbish is \"12x\", not a number from 1 to 99" },
		{ "empty", 0, 99, -EINVAL, 99, "model: note empty is \"\", not a number from 0 to 99" },
		{ "nan", 0, 99, -EINVAL, 99, "model: note nan is \"nan\", not a number from 0 to 99" },
	};
	return cr_make_param_array(struct number_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct number_case *c, tensor, set_reads_a_number_from_a_note)
{
	struct failure f = { 0 };
	double value = 99;
	cr_expect(eq(int, tensor_note_number(&set, c->key, c->min, c->max, 50, &f, &value), c->code), "%s",
		  c->key);
	cr_expect(eq(dbl, value, c->value), "%s", c->key);
	cr_expect(eq(str, f.text, c->line), "%s", c->key);
}

struct shape_case {
	char name[16];
	int n_dims;
	int64_t shape[3];
	int code;
	char line[80];
};

ParameterizedTestParameters(tensor, is_given_only_in_the_shape_asked_for)
{
	static struct shape_case cases[] = {
		{ "weight", 2, { 2, 3 }, 0, "" },
		{ "weight", 2, { -1, 3 }, 0, "" },
		{ "weight", 2, { -1, -1 }, 0, "" },
		{ "scalar", 0, { 0 }, 0, "" },
		{ "weight", 2, { 3, 2 }, -EINVAL, "model: tensor weight is [2, 3], not [3, 2]" },
		{ "weight", 1, { 6 }, -EINVAL, "model: tensor weight is [2, 3], not [6]" },
		{ "weight", 3, { 2, 3, 1 }, -EINVAL, "model: tensor weight is [2, 3], not [2, 3, 1]" },
		{ "none", 2, { -1, 3 }, -EINVAL, "model: tensor none is [0, 3], not [any, 3]" },
		{ "double", 1, { 2 }, -EINVAL, "model: tensor double is F64, not F32" },
		{ "bias", 1, { 2 }, -ENOENT, "model: tensor bias is missing" },
	};
	return cr_make_param_array(struct shape_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct shape_case *c, tensor, is_given_only_in_the_shape_asked_for)
{
	struct failure f = { 0 };
	const float *data = NULL;
	cr_expect(eq(int, tensor_f32(&set, c->name, c->n_dims, c->shape, &f, &data), c->code), "%s", c->line);
	cr_expect(eq(ptr, (void *)data, (void *)(c->code ? NULL : weights)), "%s", c->line);
	cr_expect(eq(str, f.text, c->line));
}

Test(tensor, is_refused_where_an_element_is_not_finite)
{
	struct failure f = { 0 };
	const float *data;
	int64_t shape[] = { 2, 3 };

	for (int i = 0; i < 6; i++) {
		char line[80];
		weights[i] = i % 2 ? NAN : -INFINITY;
		snprintf(line, sizeof(line), "model: tensor weight: element %d is not a finite number", i);
		cr_expect(eq(int, tensor_f32(&set, "weight", 2, shape, &f, &data), -EINVAL));
		cr_expect(eq(str, f.text, line));
		weights[i] = (float)i;
	}
	cr_expect(eq(int, tensor_f32(&set, "weight", 2, shape, &f, &data), 0));
}

Test(tensor, knows_its_size)
{
	cr_expect(eq(i64, tensor_n_elements(&tensors[0]), 6));
	cr_expect(eq(i64, tensor_n_elements(&tensors[2]), 1));
	cr_expect(eq(i64, tensor_n_elements(&tensors[3]), 0));
}

struct element_case {
	char name[8];
	enum tensor_dtype dtype;
	size_t size;
	uint8_t bytes[16]; /* two elements, little endian */
	double first, second;
};

ParameterizedTestParameters(tensor, gives_any_element_as_a_double)
{
	static struct element_case cases[] = {
		{ "BOOL", TENSOR_BOOL, 1, { 0, 1 }, 0, 1 },
		{ "U8", TENSOR_U8, 1, { 7, 255 }, 7, 255 },
		{ "I8", TENSOR_I8, 1, { 0x80, 0x7f }, -128, 127 },
		{ "I16", TENSOR_I16, 2, { 0, 0x80, 1, 1 }, -32768, 257 },
		{ "U16", TENSOR_U16, 2, { 0, 0x80, 1, 1 }, 32768, 257 },
		{ "F16", TENSOR_F16, 2, { 0x00, 0x3e, 0xff, 0xfb }, 1.5, -65504 },
		{ "F16", TENSOR_F16, 2, { 0x01, 0x00, 0x00, 0x84 }, 0x1p-24, -0x1p-14 },
		{ "F16", TENSOR_F16, 2, { 0x00, 0x7c, 0x00, 0xfc }, INFINITY, -INFINITY },
		{ "BF16", TENSOR_BF16, 2, { 0xc0, 0x3f, 0x49, 0xc0 }, 1.5, -3.140625 },
		{ "I32", TENSOR_I32, 4, { 0, 0, 0, 0x80, 1, 0, 1, 0 }, -2147483648.0, 65537 },
		{ "U32", TENSOR_U32, 4, { 0, 0, 0, 0x80, 1, 0, 1, 0 }, 2147483648.0, 65537 },
		{ "F32", TENSOR_F32, 4, { 0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0 }, 1.5, -2 },
		{ "I64",
		  TENSOR_I64,
		  8,
		  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1 },
		  -1,
		  4294967296.0 },
		{ "U64", TENSOR_U64, 8, { 0, 0, 0, 0, 0, 0, 0, 0x80, 9 }, 9223372036854775808.0, 9 },
		{ "F64",
		  TENSOR_F64,
		  8,
		  { 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0 },
		  1.5,
		  -2 },
	};
	return cr_make_param_array(struct element_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct element_case *c, tensor, gives_any_element_as_a_double)
{
	uint64_t aligned[2];
	memcpy(aligned, c->bytes, sizeof(aligned));
	struct tensor t = { c->name, c->dtype, 1, { 2 }, aligned };

	cr_expect(eq(dbl, tensor_at(&t, 0), c->first), "%s", c->name);
	cr_expect(eq(dbl, tensor_at(&t, 1), c->second), "%s", c->name);
	cr_expect(eq(sz, tensor_dtype_size(c->dtype), c->size), "%s", c->name);
	cr_expect(eq(str, (char *)tensor_dtype_name(c->dtype), c->name));
}

Test(tensor, gives_half_precision_that_is_not_a_number_as_such)
{
	uint16_t half = 0x7e00;
	struct tensor t = { "half", TENSOR_F16, 1, { 1 }, &half };
	cr_expect(isnan(tensor_at(&t, 0)));
}

Test(tensor, shape_fits_any_buffer)
{
	int64_t shape[] = { 1234567, -1, 89 };
	char text[33], wanted[] = "[1234567, any, 89]";

	for (size_t size = 1; size < sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		tensor_shape_text(3, shape, text, size);
		cr_assert(lt(sz, strlen(text), size));
		cr_assert(eq(int, strncmp(text, wanted, strlen(text)), 0), "%s", text);
		cr_assert(eq(int, text[size], '#'), "beyond the buffer");
	}
	cr_expect(eq(str, text, wanted));
}
