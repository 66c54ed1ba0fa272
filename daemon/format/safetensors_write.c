#include "safetensors.h"

#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

static size_t tensor_size(const struct tensor *t)
{
	return (size_t)tensor_n_elements(t) * tensor_dtype_size(t->dtype);
}

/* Falling element size, then as given. */
static int by_element(const void *a, const void *b)
{
	const struct tensor *x = *(const struct tensor *const *)a, *y = *(const struct tensor *const *)b;
	size_t xs = tensor_dtype_size(x->dtype), ys = tensor_dtype_size(y->dtype);
	if (xs != ys)
		return xs > ys ? -1 : 1;
	return (x > y) - (x < y);
}

static json_t *describe_shape(const struct tensor *t)
{
	json_t *shape = json_array();
	for (int i = 0; i < t->n_dims; i++)
		json_array_append_new(shape, json_integer(t->shape[i]));
	return shape;
}

static int describe(json_t *header, const char *path, const struct tensor *t, size_t begin, struct failure *f)
{
	if (!safetensors_name_is_good(t->name) || t->n_dims > TENSOR_MAX_DIMS ||
	    json_object_get(header, t->name))
		return failure_set(f, -EINVAL,
				   "%s: tensor %.100s cannot be written: its name is bad or taken", path,
				   t->name);
	json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", tensor_dtype_name(t->dtype), "shape",
				  describe_shape(t), "data_offsets", (json_int_t)begin,
				  (json_int_t)(begin + tensor_size(t)));
	if (json_object_set_new(header, t->name, entry) < 0)
		return failure_set(f, -ENOMEM, "%s: out of memory", path);
	return 0;
}

static int describe_notes(json_t *header, const char *path, const struct tensor_set *set, struct failure *f)
{
	json_t *notes = json_object();
	for (int i = 0; i < set->n_notes; i++) {
		const struct tensor_note *n = &set->notes[i];
		if (json_object_get(notes, n->key) ||
		    json_object_set_new(notes, n->key, json_string(n->value)) < 0) {
			json_decref(notes);
			return failure_set(f, -EINVAL,
					   "%s: note %.100s cannot be written: not UTF-8, or given twice",
					   path, n->key);
		}
	}
	return json_object_set_new(header, "__metadata__", notes) < 0
		       ? failure_set(f, -ENOMEM, "%s: out of memory", path)
		       : 0;
}

/* ret: the header as it stands in the file, padded; free() it. */
static int make_header(const char *path, const struct tensor_set *set, const struct tensor **order,
		       struct failure *f, char **ret)
{
	json_t *header = json_object();
	size_t offset = 0;
	char *text = NULL;
	int r = set->n_notes > 0 ? describe_notes(header, path, set, f) : 0;

	for (int i = 0; i < set->n_tensors && r == 0; i++) {
		r = describe(header, path, order[i], offset, f);
		if (r == 0) /* only now is its shape known to be one */
			offset += tensor_size(order[i]);
	}
	if (r == 0) {
		text = json_dumps(header, JSON_COMPACT);
		if (!text)
			r = failure_set(f, -ENOMEM, "%s: out of memory", path);
	}
	json_decref(header);
	if (r == 0)
		*ret = text;
	return r;
}

static int write_file(const char *path, const char *header, const struct tensor *const *order, int n_tensors,
		      struct failure *f)
{
	struct file_writer *w;
	size_t length = strlen(header), padding = (8 - length % 8) % 8;
	uint64_t prefix = htole64(length + padding);

	int r = file_writer_open(path, f, &w);
	if (r < 0)
		return r;
	file_writer_put(w, &prefix, sizeof(prefix));
	file_writer_put(w, header, length);
	file_writer_put(w, "        ", padding);
	for (int i = 0; i < n_tensors; i++)
		if (tensor_size(order[i]) > 0)
			file_writer_put(w, order[i]->data, tensor_size(order[i]));
	return file_writer_commit(w, f);
}

int safetensors_write(const char *path, const struct tensor_set *set, struct failure *f)
{
	char *header = NULL;
	const struct tensor **order = calloc((size_t)set->n_tensors + 1, sizeof(*order));
	if (!order)
		return failure_set(f, -ENOMEM, "%s: out of memory", path);
	for (int i = 0; i < set->n_tensors; i++)
		order[i] = &set->tensors[i];
	qsort(order, (size_t)set->n_tensors, sizeof(*order), by_element);

	int r = make_header(path, set, order, f, &header);
	if (r == 0)
		r = write_file(path, header, order, set->n_tensors, f);
	free(header);
	free(order);
	return r;
}
