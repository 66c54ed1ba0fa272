#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "text.h"

/* Encoded the plain way; also what must not be. */
static size_t encode(uint32_t c, char *to)
{
	if (c < 0x80)
		return to[0] = (char)c, 1;
	if (c < 0x800)
		return to[0] = (char)(0xc0 | c >> 6), to[1] = (char)(0x80 | (c & 63)), 2;
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

Test(text, takes_every_character_and_no_surrogate)
{
	char bytes[4];

	for (uint32_t c = 0; c < 0x130000; c++) {
		size_t n = encode(c, bytes);
		bool valid = c < 0xd800 || (c > 0xdfff && c < 0x110000);
		cr_assert(eq(sz, text_utf8(bytes, n), valid ? n : 0), "U+%04X", c);
		for (size_t cut = 0; cut < n; cut++)
			cr_assert(eq(sz, text_utf8(bytes, cut), 0), "U+%04X cut at %zu", c, cut);
	}
}

struct bytes_case {
	char name[24];
	char bytes[8];
};

ParameterizedTestParameters(text, refuses_what_is_not_utf8)
{
	static struct bytes_case cases[] = {
		{ "continuation alone", "\x80" },      { "overlong newline", "\xc0\x8a" },
		{ "overlong, 2 bytes", "\xc1\xbf" },   { "overlong, 3 bytes", "\xe0\x9f\xbf" },
		{ "overlong, 4 bytes", "\xf0\x8f\xbf\xbf" }, { "second byte plain", "\xc3(" },
		{ "third byte plain", "\xe2\x82(" },   { "fourth byte plain", "\xf0\x9f\xa7(" },
		{ "five bytes", "\xf8\x88\x80\x80\x80" }, { "ff", "\xff" },
	};
	return cr_make_param_array(struct bytes_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct bytes_case *c, text, refuses_what_is_not_utf8)
{
	cr_expect(eq(sz, text_utf8(c->bytes, sizeof(c->bytes)), 0), "%s", c->name);
}

Test(text, knows_control_characters)
{
	char bytes[4];

	for (uint32_t c = 0; c < 0x3000; c++) {
		bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
		cr_assert(eq(int, text_is_control(bytes, encode(c, bytes)), control), "U+%04X", c);
	}
}

struct int_case {
	char text[32];
	int code;
	int64_t value;
};

ParameterizedTestParameters(text, reads_whole_numbers)
{
	static struct int_case cases[] = {
		{ "0", 0, 0 },
		{ "-17", 0, -17 },
		{ "+5", 0, 5 },
		{ "007", 0, 7 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "9223372036854775808", -ERANGE, 99 },
		{ "", -EINVAL, 99 },
		{ " 1", -EINVAL, 99 },
		{ "1 ", -EINVAL, 99 },
		{ "1x", -EINVAL, 99 },
		{ "0x10", -EINVAL, 99 },
		{ "1.5", -EINVAL, 99 },
		{ "1e3", -EINVAL, 99 },
		{ "-", -EINVAL, 99 },
		{ "- 1", -EINVAL, 99 },
		{ "--1", -EINVAL, 99 },
		{ "9223372036854775808x", -EINVAL, 99 },
	};
	return cr_make_param_array(struct int_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct int_case *c, text, reads_whole_numbers)
{
	int64_t value = 99;
	cr_expect(eq(int, text_to_int(c->text, &value), c->code), "`%s`", c->text);
	cr_expect(eq(i64, value, c->value), "`%s`", c->text);
}

struct double_case {
	char text[32];
	int code;
	double value;
};

ParameterizedTestParameters(text, reads_numbers)
{
	static struct double_case cases[] = {
		{ "0", 0, 0 },
		{ "-1.5", 0, -1.5 },
		{ "1e6", 0, 1e6 },
		{ ".5", 0, 0.5 },
		{ "0.1", 0, 0.1 },
		{ "1e400", -ERANGE, 99 },
		{ "inf", -EINVAL, 99 },
		{ "-inf", -EINVAL, 99 },
		{ "nan", -EINVAL, 99 },
		{ "-nan", -EINVAL, 99 },
		{ "0x1p3", -EINVAL, 99 },
		{ "", -EINVAL, 99 },
		{ " 1", -EINVAL, 99 },
		{ "1 ", -EINVAL, 99 },
		{ "1,5", -EINVAL, 99 },
		{ "1.5mm", -EINVAL, 99 },
		{ ".", -EINVAL, 99 },
	};
	return cr_make_param_array(struct double_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct double_case *c, text, reads_numbers)
{
	double value = 99;
	cr_expect(eq(int, text_to_double(c->text, &value), c->code), "`%s`", c->text);
	cr_expect(eq(dbl, value, c->value), "`%s`", c->text);
}

Test(text, counts_the_letters_between_two_words)
{
	char longer[200];

	cr_expect(eq(int, text_distance("n_units", "n_units"), 0));
	cr_expect(eq(int, text_distance("n_unit", "n_units"), 1));
	cr_expect(eq(int, text_distance("units", "n_units"), 2));
	cr_expect(eq(int, text_distance("kitten", "sitting"), 3));
	cr_expect(eq(int, text_distance("", "abc"), 3));
	cr_expect(eq(int, text_distance("abc", ""), 3));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cr_expect(eq(int, text_distance(longer, ""), 63));
	cr_expect(eq(int, text_distance(longer, longer), 0));
}
