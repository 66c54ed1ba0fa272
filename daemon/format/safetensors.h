/* safetensors: named tensors in a file. The reader trusts nothing. [pure but for open and write]
 *
 * 8-byte little-endian header length, JSON header, raw little-endian data. Refused with one line: a header
 * beyond 16 MiB or the file, or of a length that is no multiple of 8; JSON that is none, or with a duplicate
 * name; an unknown dtype or field; a shape of more than 8 dimensions, or whose size overflows or differs from
 * its offsets; offsets out of order, out of the data, overlapping, or leaving gaps; data that is not aligned
 * to its element; a name that is empty or has control characters; `__metadata__` that is not text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "hash.h"
#include "tensor.h"

#define SAFETENSORS_MAX_HEADER ((size_t)16 << 20)
#define SAFETENSORS_MAX_FILE ((size_t)4 << 30)

struct safetensors;

/* The file is read whole into memory, not mapped: one that shrinks later cannot kill the reader.
 * -errno of the file, -EINVAL with a line that names file and tensor. */
int safetensors_open(const char *path, struct failure *f, struct safetensors **ret);

/* From memory, which must be 8-byte aligned and outlive `ret`. */
int safetensors_parse(const void *bytes, size_t n, const char *origin, struct failure *f,
		      struct safetensors **ret);

void safetensors_close(struct safetensors *s);

/* In the order in which their data stand in the file. */
const struct tensor_set *safetensors_tensors(const struct safetensors *s);

/* SHA-256 of the whole file; made when it is first asked for, which takes seconds a GiB. */
const struct hash *safetensors_hash(struct safetensors *s);

/* Tensors in order of falling element size (so that all are aligned), header padded to 8 bytes; written whole
 * or not at all. -EINVAL for what the reader would refuse, -errno of the file. */
int safetensors_write(const char *path, const struct tensor_set *set, struct failure *f);

/* Not empty, UTF-8 without control characters, not "__metadata__". */
bool safetensors_name_is_good(const char *name);
