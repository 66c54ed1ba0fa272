/* train_input: a tensor of a file named "FILE" or "FILE:tensor", as rows. */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "tensor.h"

struct safetensors;

/* [rows, columns] is one run of n_rows; [runs, rows, columns] is several of equal length. */
struct train_input {
	struct safetensors *file;
	const struct tensor_set *set;
	const struct tensor *tensor;
	int64_t n_runs;
	int64_t n_rows; /* of a run */
	int n_columns;
	int bin_us; /* from the file's notes, 0 where unknown */
};

/* Without a tensor in `text`, the first of `names` (NULL ends) that is there. -EINVAL with one line. */
int train_input_open(const char *text, const char *const *names, struct failure *f, struct train_input *ret);
void train_input_close(struct train_input *in);

/* Row `row` of run `run` as floats, (n_columns). -EINVAL for what is not a finite number. */
int train_input_row(const struct train_input *in, int64_t run, int64_t row, struct failure *f, float *ret);

/* The same as spike counts. -EINVAL for what is no whole number from 0 to 65535. */
int train_input_counts(const struct train_input *in, int64_t run, int64_t row, struct failure *f,
		       uint16_t *ret);
