#include "kept.h"

#include <errno.h>
#include <string.h>

#include "safetensors.h"

#define VERSION 1

int kept_write(const char *path, const char *stream, const struct kept *k, struct failure *f)
{
	const struct tensor tensors[] = { { "masked", TENSOR_U8, 1, { k->n_units }, k->masked } };
	const struct tensor_note notes[] = { { "stream", stream }, { "version", "1" } };
	struct tensor_set set = { path, tensors, 1, notes, 2 };
	return safetensors_write(path, &set, f);
}

static int read_set(const struct tensor_set *set, const char *stream, int n_units, struct failure *f,
		    struct kept *ret)
{
	const struct tensor *masked = tensor_find(set, "masked");
	const char *of = tensor_note(set, "stream");
	long version;
	int r = tensor_note_int(set, "version", 1, VERSION, 0, f, &version);
	if (r < 0)
		return r;
	if (version == 0 || !of || strcmp(of, stream) != 0)
		return failure_set(f, -EINVAL, "%s: not what was kept of stream %s", set->origin, stream);
	if (!masked || masked->dtype != TENSOR_U8 || masked->n_dims != 1 || masked->shape[0] != n_units)
		return failure_set(f, -EINVAL, "%s: tensor masked is missing, or not of %d units",
				   set->origin, n_units);
	ret->n_units = n_units;
	for (int u = 0; u < n_units; u++)
		ret->masked[u] = ((const uint8_t *)masked->data)[u] != 0;
	return 0;
}

static int read_file(struct safetensors *file, const char *stream, int n_units, struct failure *f,
		     struct kept *ret)
{
	int r = read_set(safetensors_tensors(file), stream, n_units, f, ret);
	safetensors_close(file);
	return r;
}

int kept_read(const char *path, const char *stream, int n_units, struct failure *f, struct kept *ret)
{
	struct safetensors *file;
	int r = safetensors_open(path, f, &file);
	return r < 0 ? r : read_file(file, stream, n_units, f, ret);
}

int kept_parse(const void *bytes, size_t n, const char *origin, const char *stream, int n_units,
	       struct failure *f, struct kept *ret)
{
	struct safetensors *file;
	int r = safetensors_parse(bytes, n, origin, f, &file);
	return r < 0 ? r : read_file(file, stream, n_units, f, ret);
}
