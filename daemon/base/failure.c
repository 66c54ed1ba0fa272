#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int failure_set(struct failure *f, int code, const char *format, ...)
{
	if (f) {
		va_list args;
		va_start(args, format);
		vsnprintf(f->text, sizeof(f->text), format, args);
		va_end(args);
	}
	return code;
}

int failure_prefix(struct failure *f, int code, const char *format, ...)
{
	if (!f)
		return code;
	char before[sizeof(f->text)];
	memcpy(before, f->text, sizeof(before));

	va_list args;
	va_start(args, format);
	int n = vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(f->text))
		snprintf(f->text + n, sizeof(f->text) - (size_t)n, ": %s", before);
	return code;
}
