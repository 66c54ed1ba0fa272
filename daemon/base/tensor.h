/* tensor: named arrays as they stand in a file, already checked against its size. [pure]
 *
 * format/safetensors fills a set; decode/ and learn/ look things up in it and refuse by name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "failure.h"

#define TENSOR_MAX_DIMS 8

enum tensor_dtype {
	TENSOR_BOOL, TENSOR_U8, TENSOR_I8, TENSOR_I16, TENSOR_U16, TENSOR_F16, TENSOR_BF16,
	TENSOR_I32, TENSOR_U32, TENSOR_F32, TENSOR_I64, TENSOR_U64, TENSOR_F64,
	TENSOR_N_DTYPES,
};

/* Row-major, little endian, aligned to its element. */
struct tensor {
	const char *name;
	enum tensor_dtype dtype;
	int n_dims;
	int64_t shape[TENSOR_MAX_DIMS];
	const void *data;
};

struct tensor_note {
	const char *key;
	const char *value;
};

/* The set owns nothing: names, data and notes live as long as the file or the arena behind them. */
struct tensor_set {
	const char *origin; /* file name, for messages */
	const struct tensor *tensors;
	int n_tensors;
	const struct tensor_note *notes;
	int n_notes;
};

size_t tensor_dtype_size(enum tensor_dtype dtype);
const char *tensor_dtype_name(enum tensor_dtype dtype); /* as safetensors writes it: "F32" */
int64_t tensor_n_elements(const struct tensor *t);

/* NULL where there is none. */
const struct tensor *tensor_find(const struct tensor_set *set, const char *name);
const char *tensor_note(const struct tensor_set *set, const char *key);

/* A note that is a whole number within [min, max]; `fallback` where there is no such note; -EINVAL
 * otherwise. */
int tensor_note_int(const struct tensor_set *set, const char *key, long min, long max, long fallback,
		    struct failure *f, long *ret);

/* The same of a note that is a number within [min, max]. */
int tensor_note_number(const struct tensor_set *set, const char *key, double min, double max, double fallback,
		       struct failure *f, double *ret);

/* The data of an F32 tensor of exactly this shape (a -1 takes any positive size), every element finite.
 * -ENOENT missing, -EINVAL other type, shape or a non-finite element; the line names file and tensor. */
int tensor_f32(const struct tensor_set *set, const char *name, int n_dims, const int64_t *shape,
	       struct failure *f, const float **ret);

/* Element `i` of any numeric type as a double. */
double tensor_at(const struct tensor *t, int64_t i);

/* "[3, 10, 24]" into text, for messages. */
void tensor_shape_text(int n_dims, const int64_t *shape, char *ret, size_t size);
