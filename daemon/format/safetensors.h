/* safetensors: named tensors in a file. The reader trusts nothing. [pure but for open and write]
 *
 * 8-byte little-endian header length, JSON header, raw little-endian data. Refused with one line: a header beyond 64 MiB or the
 * file; JSON that is none, or with a duplicate name; an unknown dtype; a shape whose size overflows or differs from its offsets; offsets
 * out of order of begin and end, out of the data, overlapping, or leaving gaps; data that is not aligned to its element; more than
 * 8 dimensions. */
#pragma once

#include <stddef.h>

#include "failure.h"
#include "hash.h"
#include "tensor.h"

struct safetensors;

/* -errno of the file, -EINVAL with a line that names file and tensor. */
int safetensors_open(const char *path, struct failure *f, struct safetensors **ret);

/* From memory, which must be 8-byte aligned and outlive `ret`. */
int safetensors_parse(const void *bytes, size_t n, const char *origin, struct failure *f, struct safetensors **ret);

void safetensors_close(struct safetensors *s);

const struct tensor_set *safetensors_tensors(const struct safetensors *s);

/* SHA-256 of the whole file. */
const struct hash *safetensors_hash(const struct safetensors *s);

/* Tensors in order of falling element size (so that all are aligned), header padded to 8 bytes; written whole or not at all. */
int safetensors_write(const char *path, const struct tensor_set *set, struct failure *f);
