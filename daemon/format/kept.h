/* kept: what a stream goes on with after a restart, as a file: a safetensors file with
 *   masked (n_units) U8     1: taken at its mean
 * and the notes `stream` and `version` (1). Written whole or not at all. */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "types.h"

struct kept {
	int n_units;
	uint8_t masked[MAX_UNITS]; /* (n_units) 0 or 1 */
};

int kept_write(const char *path, const char *stream, const struct kept *k, struct failure *f);

/* -ENOENT where there is none; -EINVAL for another stream, other units, or anything misshapen. */
int kept_read(const char *path, const char *stream, int n_units, struct failure *f, struct kept *ret);

/* The same from memory, 8-byte aligned; `origin` stands in lines for the file. */
int kept_parse(const void *bytes, size_t n, const char *origin, const char *stream, int n_units,
	       struct failure *f, struct kept *ret);
