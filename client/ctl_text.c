#include "ctl_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LABEL_COLUMN 12

void ctl_text_begin(struct ctl_text *t, const char *label)
{
	t->column = printf("  %-*s", LABEL_COLUMN - 2, label);
}

void ctl_text_item(struct ctl_text *t, const char *format, ...)
{
	char item[160];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(item, sizeof(item), format, args);
	va_end(args);

	if (t->column > LABEL_COLUMN && t->column + 2 + n > CTL_COLUMNS)
		t->column = printf("\n%*s", LABEL_COLUMN, "") - 1;
	t->column += printf("%s%s", t->column > LABEL_COLUMN ? "  " : "", item);
}

void ctl_text_end(struct ctl_text *t)
{
	t->column = 0;
	putchar('\n');
}

const char *ctl_text_duration(int64_t ns, char ret[static CTL_DURATION_SIZE])
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	int64_t s = ns / 1000000000;

	if (ns < 1000000)
		snprintf(ret, CTL_DURATION_SIZE, "%lld us", (long long)(ns < 0 ? 0 : ns / 1000));
	else if (s < 1)
		snprintf(ret, CTL_DURATION_SIZE, "%lld ms", (long long)(ns / 1000000));
	else if (s < 60)
		snprintf(ret, CTL_DURATION_SIZE, "%.1f s", (double)(ns / 100000000) / 10);
	for (int i = 0; s >= 60 && i < 3; i++) {
		if (s < units[i].seconds)
			continue;
		snprintf(ret, CTL_DURATION_SIZE, "%lld %s %lld %s", (long long)(s / units[i].seconds),
			 units[i].name, (long long)(s % units[i].seconds / units[i + 1].seconds),
			 units[i + 1].name);
		break;
	}
	return ret;
}

const char *ctl_text_microseconds(int64_t ns, char ret[static CTL_MICROSECONDS_SIZE])
{
	double us = (double)ns / 1000;
	snprintf(ret, CTL_MICROSECONDS_SIZE, "%.*f", us >= 99.95 ? 0 : us >= 0.995 ? 1 : 2, us);
	return ret;
}

const char *ctl_text_hash(const uint8_t *bytes, size_t n, char ret[static CTL_HASH_DIGITS + 1])
{
	strcpy(ret, "-");
	for (size_t i = 0; i < n && i < CTL_HASH_DIGITS / 2; i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return ret;
}
