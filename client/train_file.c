#include "train_file.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"

void train_file_tensor(struct train_file *t, const char *name, const float *data, int64_t rows,
		       int64_t columns)
{
	assert(t->n_tensors < TRAIN_FILE_TENSORS);
	t->tensor[t->n_tensors++] = (struct tensor){
		.name = name,
		.dtype = TENSOR_F32,
		.n_dims = columns ? 2 : 1,
		.shape = { rows, columns },
		.data = data,
	};
}

void train_file_numbers(struct train_file *t, const char *name, const int32_t *data, int64_t n)
{
	assert(t->n_tensors < TRAIN_FILE_TENSORS);
	t->tensor[t->n_tensors++] = (struct tensor){ name, TENSOR_I32, 1, { n }, data };
}

static void add_note(struct train_file *t, const char *key, char *value)
{
	assert(t->n_notes < TRAIN_FILE_NOTES);
	t->note[t->n_notes++] = (struct tensor_note){ key, value };
}

void train_file_note(struct train_file *t, const char *key, const char *format, ...)
{
	va_list args;
	char *value;
	va_start(args, format);
	int n = vasprintf(&value, format, args);
	va_end(args);
	if (n < 0)
		t->error = -ENOMEM;
	else
		add_note(t, key, value);
}

void train_file_note_item(struct train_file *t, const char *key, const char *item)
{
	int i = 0;
	while (i < t->n_notes && strcmp(t->note[i].key, key) != 0)
		i++;
	if (i == t->n_notes) {
		train_file_note(t, key, "%s", item);
		return;
	}
	char *longer;
	if (asprintf(&longer, "%s,%s", t->note[i].value, item) < 0) {
		t->error = -ENOMEM;
		return;
	}
	free((char *)t->note[i].value);
	t->note[i].value = longer;
}

struct tensor_set train_file_set(const struct train_file *t, const char *origin)
{
	return (struct tensor_set){ origin, t->tensor, t->n_tensors, t->note, t->n_notes };
}

int train_file_write(const struct train_file *t, const char *path, struct failure *f)
{
	if (t->error)
		return failure_set(f, t->error, "%s: out of memory", path);
	struct tensor_set set = train_file_set(t, path);
	return safetensors_write(path, &set, f);
}

void train_file_finish(struct train_file *t)
{
	for (int i = 0; i < t->n_notes; i++)
		free((char *)t->note[i].value);
	*t = (struct train_file){ 0 };
}
