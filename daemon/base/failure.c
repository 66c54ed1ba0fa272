#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int failure_set(struct failure *f, int code, const char *format, ...)
{
	if (!f)
		return code;
	char text[sizeof(f->text)]; /* an argument may be the old text */
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	memcpy(f->text, text, sizeof(text));
	return code;
}

int failure_prefix(struct failure *f, int code, const char *format, ...)
{
	if (!f)
		return code;
	char prefix[sizeof(f->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(prefix, sizeof(prefix), format, args);
	va_end(args);
	return failure_set(f, code, "%s: %s", prefix, f->text);
}
