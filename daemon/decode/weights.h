/* weights: the tensors of a model file, taken one by one by their names, into one arena. [pure]
 *
 * The first refusal stands: after it every take does nothing, so that a loader reads straight on and asks
 * once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "tensor.h"

#define WEIGHTS_MAX_DIM 65536

struct weights_reader {
	const struct tensor_set *set;
	struct failure *failure;
	int error;      /* 0 or the first refusal */
	uint8_t *taken; /* (set->n_tensors) */
};

/* -ENOMEM. */
int weights_reader_init(struct weights_reader *r, const struct tensor_set *set, struct failure *f);
void weights_reader_finish(struct weights_reader *r);

/* Dimension `dim` of the tensor, which must have n_dims of them: 1 .. WEIGHTS_MAX_DIM; 1 after a refusal. */
int weights_dim(struct weights_reader *r, int n_dims, int dim, const char *name, ...)
	__attribute__((format(printf, 4, 5)));

/* The data of the tensor, F32 of this shape and finite; valid as long as the set. NULL after a refusal. */
const float *weights_take(struct weights_reader *r, int n_dims, const int64_t *shape, const char *name, ...)
	__attribute__((format(printf, 4, 5)));

/* One number, of shape []; to NULL only checks. */
void weights_number(struct weights_reader *r, float *to, const char *name);

/* A number that the model is computed with only where it is `value`; any type. Refused by name otherwise. */
void weights_expect(struct weights_reader *r, double value, const char *name);

/* A vector of n, or of `blocks` vectors of n, each padded (kernels.h); to NULL only checks. */
void weights_vector(struct weights_reader *r, float *to, int blocks, int n, const char *name);

/* (blocks rows, cols), each block packed (kernels.h); to NULL only checks. */
void weights_matrix(struct weights_reader *r, float *to, int blocks, int rows, int cols, const char *name);

/* Text that a note gives: the note `key` itself, or that key in the JSON text of the note `config`, as the
 * authors' checkpoints have it. Without quotes; at most size - 1 bytes. False: there is none. */
bool weights_note(const struct tensor_set *set, const char *key, char *ret, size_t size);

/* -EINVAL with "FILE: ", unless it is refused already. */
void weights_refuse(struct weights_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Refuse by name a tensor that nobody took. Returns r->error. */
int weights_refuse_surplus(struct weights_reader *r);

/* Floats in one stretch of pages_alloc(), each part at a cache line of its own. Zeroed it only measures. */
struct arena {
	float *base;
	size_t used; /* floats */
};

/* NULL while measuring. */
float *arena_take(struct arena *a, size_t n);
