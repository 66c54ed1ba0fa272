/* train_file: tensors and notes on their way into a safetensors file. */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "tensor.h"

#define TRAIN_FILE_TENSORS 16
#define TRAIN_FILE_NOTES 24

/* Zeroed is valid and empty. The tensors' names and data are the caller's. */
struct train_file {
	struct tensor tensor[TRAIN_FILE_TENSORS];
	int n_tensors;
	struct tensor_note note[TRAIN_FILE_NOTES]; /* keys are the caller's, values ours */
	int n_notes;
	int error;
};

/* F32 of shape (rows, columns), or (rows) where columns is 0. */
void train_file_tensor(struct train_file *t, const char *name, const float *data, int64_t rows,
		       int64_t columns);
/* I32 of shape (n). */
void train_file_numbers(struct train_file *t, const char *name, const int32_t *data, int64_t n);
void train_file_note(struct train_file *t, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Appends to a note, with a comma in front where it is not the first. */
void train_file_note_item(struct train_file *t, const char *key, const char *item);

/* As if it had been read from a file; lives as long as `t` is not changed. */
struct tensor_set train_file_set(const struct train_file *t, const char *origin);

/* Whole or not at all. */
int train_file_write(const struct train_file *t, const char *path, struct failure *f);
void train_file_finish(struct train_file *t);
