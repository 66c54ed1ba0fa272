#include "train_input.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "safetensors.h"
#include "types.h"

/* A file whose own name holds a ':' wins over a tensor's name. */
static const char *split(const char *text, char *path, size_t size)
{
	const char *colon = strrchr(text, ':');
	bool whole = !colon || access(text, F_OK) == 0;
	snprintf(path, size, "%.*s", whole ? (int)strlen(text) : (int)(colon - text), text);
	return whole ? NULL : colon + 1;
}

static const struct tensor *find(const struct tensor_set *set, const char *name, const char *const *names)
{
	if (name)
		return tensor_find(set, name);
	for (; *names; names++)
		if (tensor_find(set, *names))
			return tensor_find(set, *names);
	return NULL;
}

static int take_shape(struct train_input *in, const char *path, struct failure *f)
{
	const struct tensor *t = in->tensor;
	int64_t columns = t->n_dims > 1 ? t->shape[t->n_dims - 1] : 0;
	if (t->n_dims < 2 || t->n_dims > 3 || columns < 1 || columns > MAX_UNITS ||
	    tensor_n_elements(t) < 1) {
		char shape[96];
		tensor_shape_text(t->n_dims, t->shape, shape, sizeof(shape));
		return failure_set(f, -EINVAL,
				   "%s: tensor %s is %s, not [bins, units] or [windows, bins, units]", path,
				   t->name, shape);
	}
	in->n_runs = t->n_dims == 3 ? t->shape[0] : 1;
	in->n_rows = t->shape[t->n_dims - 2];
	in->n_columns = (int)columns;
	return 0;
}

/* A recording says bin_ms, what bcid writes says bin_us. */
static int bin_us_of(const struct tensor_set *set)
{
	const char *us = tensor_note(set, "bin_us"), *ms = tensor_note(set, "bin_ms");
	double value = us ? strtod(us, NULL) : ms ? 1000 * strtod(ms, NULL) : 0;
	return value >= 1 && value <= 1e8 ? (int)lround(value) : 0;
}

int train_input_open(const char *text, const char *const *names, struct failure *f, struct train_input *ret)
{
	struct train_input in = { 0 };
	char path[4096];
	const char *name = split(text, path, sizeof(path));
	int r = safetensors_open(path, f, &in.file);
	if (r < 0)
		return r;
	in.set = safetensors_tensors(in.file);
	in.tensor = find(in.set, name, names);
	if (!in.tensor)
		r = failure_set(f, -ENOENT, "%s: there is no tensor %s; name one with FILE:tensor", path,
				name ? name : names[0]);
	if (r == 0)
		r = take_shape(&in, path, f);
	if (r < 0) {
		safetensors_close(in.file);
		return r;
	}
	in.bin_us = bin_us_of(in.set);
	*ret = in;
	return 0;
}

void train_input_close(struct train_input *in)
{
	safetensors_close(in->file);
	in->file = NULL;
}

static int refuse(const struct train_input *in, int64_t row, double value, const char *what,
		  struct failure *f)
{
	return failure_set(f, -EINVAL, "%s: tensor %s: %g in row %lld is not a %s", in->set->origin,
			   in->tensor->name, value, (long long)row, what);
}

int train_input_row(const struct train_input *in, int64_t run, int64_t row, struct failure *f, float *ret)
{
	int64_t at = (run * in->n_rows + row) * in->n_columns;
	for (int i = 0; i < in->n_columns; i++) {
		ret[i] = (float)tensor_at(in->tensor, at + i);
		if (!isfinite(ret[i]))
			return refuse(in, run * in->n_rows + row, ret[i], "finite number", f);
	}
	return 0;
}

int train_input_counts(const struct train_input *in, int64_t run, int64_t row, struct failure *f,
		       uint16_t *ret)
{
	int64_t at = (run * in->n_rows + row) * in->n_columns;
	for (int i = 0; i < in->n_columns; i++) {
		double count = tensor_at(in->tensor, at + i);
		if (!(count >= 0 && count <= UINT16_MAX) || count != floor(count))
			return refuse(in, run * in->n_rows + row, count, "spike count", f);
		ret[i] = (uint16_t)count;
	}
	return 0;
}
