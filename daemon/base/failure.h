/* failure: one clear line about what went wrong, for functions that return -Exxx and refuse something
 * from outside.
 *
 * The line names the file, key, tensor or stream. Whoever can tell a person prints it; libraries only
 * fill it. */
#pragma once

struct failure {
	char text[400];
};

/* Fill `f` (NULL is fine) and return `code`, which is negative:
 * `return failure_set(f, -EINVAL, "%s: …", path)`. */
int failure_set(struct failure *f, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "prefix: " in front of the line that is there. Returns `code`. */
int failure_prefix(struct failure *f, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
