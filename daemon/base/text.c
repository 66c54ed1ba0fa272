#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool continues(const unsigned char *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* Unicode 15, table 3-7: the second byte rules out overlong forms, surrogates and what is beyond U+10FFFF. */
size_t text_utf8(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	if (n == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n < length || !continues(s, 1, length))
		return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

bool text_is_control(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;

	switch (length) {
	case 1: return s[0] < 0x20 || s[0] == 0x7f;
	case 2: return s[0] == 0xc2 && s[1] < 0xa0;
	case 3: return s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9);
	}
	return false;
}

/* strtol() and strtod() skip space in front, which is not a number to us. */
static bool starts_number(const char *s)
{
	return *s && strchr("+-.0123456789", *s);
}

int text_to_int(const char *s, int64_t *ret)
{
	char *end;

	if (!starts_number(s))
		return -EINVAL;
	errno = 0;
	long long value = strtoll(s, &end, 10);
	if (end == s || *end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*ret = value;
	return 0;
}

int text_to_double(const char *s, double *ret)
{
	char *end;

	if (!starts_number(s) || strpbrk(s, "xX"))
		return -EINVAL;
	errno = 0;
	double value = strtod(s, &end);
	if (end == s || *end)
		return -EINVAL;
	if (isinf(value))
		return errno == ERANGE ? -ERANGE : -EINVAL;
	if (isnan(value))
		return -EINVAL;
	*ret = value;
	return 0;
}

#define LONGEST 63

static int least(int a, int b, int c)
{
	int ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Levenshtein's, one row at a time: row[j] is the way from the first i letters of a to the first j of b. */
int text_distance(const char *a, const char *b)
{
	int na = (int)strnlen(a, LONGEST), nb = (int)strnlen(b, LONGEST);
	int row[LONGEST + 1];

	for (int j = 0; j <= nb; j++)
		row[j] = j;
	for (int i = 1; i <= na; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= nb; j++) {
			int change = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = least(change, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[nb];
}
