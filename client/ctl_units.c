#include "ctl_units.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

/* Digits only, so neither a sign nor a space; the place behind them, or NULL. */
static const char *read_unit(const char *s, uint32_t *ret)
{
	uint32_t n = 0;
	const char *start = s;
	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (uint32_t)(*s - '0');
		if (n >= MAX_UNITS)
			return NULL;
	}
	*ret = n;
	return s > start ? s : NULL;
}

/* One "17" or "3-7" into the set; the place behind it, or NULL. */
static const char *read_part(const char *s, bool *in)
{
	uint32_t first, last;
	s = read_unit(s, &first);
	last = first;
	if (s && *s == '-')
		s = read_unit(s + 1, &last);
	if (!s || last < first)
		return NULL;
	memset(in + first, true, last - first + 1);
	return s;
}

static int read_list(const char *text, struct failure *f, bool *in)
{
	const char *s = text;
	while ((s = read_part(s, in)) && *s == ',')
		s++;
	if (s && !*s)
		return 0;
	return failure_set(
		f, -EINVAL,
		"\"%.60s\" is not a list of units such as 17,42 or 3-7 (numbers below %d), or none", text,
		MAX_UNITS);
}

int ctl_units_parse(const char *text, struct failure *f, uint32_t **ret, size_t *ret_n)
{
	bool in[MAX_UNITS] = { false };
	int r = strcmp(text, "none") == 0 ? 0 : read_list(text, f, in);
	if (r < 0)
		return r;
	uint32_t *unit = malloc(MAX_UNITS * sizeof(*unit));
	if (!unit)
		return failure_set(f, -ENOMEM, "out of memory");
	size_t n = 0;
	for (uint32_t u = 0; u < MAX_UNITS; u++)
		if (in[u])
			unit[n++] = u;
	*ret = unit;
	*ret_n = n;
	return 0;
}

size_t ctl_units_run(const uint32_t *unit, size_t n)
{
	size_t i = n > 0;
	while (i < n && unit[i] == unit[i - 1] + 1)
		i++;
	return i;
}
