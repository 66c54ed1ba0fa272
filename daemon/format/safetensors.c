#include "safetensors.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "text.h"

#define NOTES_KEY "__metadata__"

struct entry {
	struct tensor tensor;
	uint64_t begin, end; /* in the data */
};

struct safetensors {
	struct tensor_set set;
	struct hash hash;
	bool hashed;
	json_t *header; /* owns the names and notes */
	char *origin;
	const void *bytes;
	size_t size;
	void *owned; /* = bytes, or NULL where they are the caller's */
	const char *data;
	size_t data_size;
	struct entry *entries;
	struct tensor *tensors;
	struct tensor_note *notes;
};

bool safetensors_name_is_good(const char *name)
{
	size_t left = strlen(name);
	if (left == 0 || strcmp(name, NOTES_KEY) == 0)
		return false;
	while (left > 0) {
		size_t n = text_utf8(name, left);
		if (n == 0 || text_is_control(name, n))
			return false;
		name += n;
		left -= n;
	}
	return true;
}

/* What jansson says may quote the file. */
static int refuse_json(const struct safetensors *s, struct failure *f, const json_error_t *e)
{
	char text[JSON_ERROR_TEXT_LENGTH];
	snprintf(text, sizeof(text), "%s", e->text);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c > '~')
			*c = '?';
	return failure_set(f, -EINVAL, "%s: header is not valid JSON: %s (byte %d)", s->origin, text,
			   e->position);
}

static int load_header(struct safetensors *s, const char *bytes, size_t n, struct failure *f)
{
	uint64_t length;
	json_error_t error;

	if (n < sizeof(length))
		return failure_set(f, -EINVAL, "%s: not a safetensors file: %zu bytes", s->origin, n);
	memcpy(&length, bytes, sizeof(length));
	length = le64toh(length);
	if (length > n - sizeof(length) || length > SAFETENSORS_MAX_HEADER)
		return failure_set(f, -EINVAL,
				   "%s: not a safetensors file, or cut short: header of %" PRIu64
				   " bytes in %zu",
				   s->origin, length, n);
	if (length % 8 != 0)
		return failure_set(f, -EINVAL,
				   "%s: header length %" PRIu64 " is not a multiple of 8: data not aligned",
				   s->origin, length);
	s->header = json_loadb(bytes + sizeof(length), length, JSON_REJECT_DUPLICATES, &error);
	if (!s->header)
		return refuse_json(s, f, &error);
	if (!json_is_object(s->header))
		return failure_set(f, -EINVAL, "%s: header is not a JSON object", s->origin);
	s->data = bytes + sizeof(length) + length;
	s->data_size = n - sizeof(length) - length;
	return 0;
}

static int refuse(const struct safetensors *s, const struct entry *e, struct failure *f, const char *what)
{
	return failure_set(f, -EINVAL, "%s: tensor %.100s: %s", s->origin, e->tensor.name, what);
}

static int take_dtype(const struct safetensors *s, struct entry *e, const json_t *dtype, struct failure *f)
{
	const char *name = json_string_value(dtype);
	for (int i = 0; name && i < TENSOR_N_DTYPES; i++) {
		if (strcmp(name, tensor_dtype_name(i)) == 0) {
			e->tensor.dtype = i;
			return 0;
		}
	}
	return refuse(s, e, f, name ? "its dtype is not known" : "dtype is missing or not text");
}

static bool is_size(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

/* ret_size: in bytes. */
static int take_shape(const struct safetensors *s, struct entry *e, const json_t *shape, struct failure *f,
		      uint64_t *ret_size)
{
	uint64_t size = tensor_dtype_size(e->tensor.dtype);

	if (!json_is_array(shape))
		return refuse(s, e, f, "shape is missing or not a list");
	if (json_array_size(shape) > TENSOR_MAX_DIMS)
		return refuse(s, e, f, "more than 8 dimensions");
	e->tensor.n_dims = (int)json_array_size(shape);
	for (int i = 0; i < e->tensor.n_dims; i++) {
		const json_t *value = json_array_get(shape, (size_t)i);
		if (!is_size(value))
			return refuse(s, e, f, "shape has an entry that is no size");
		e->tensor.shape[i] = json_integer_value(value);
		if (__builtin_mul_overflow(size, (uint64_t)e->tensor.shape[i], &size))
			return refuse(s, e, f, "its size overflows");
	}
	*ret_size = size;
	return 0;
}

static int take_offsets(const struct safetensors *s, struct entry *e, const json_t *offsets, uint64_t size,
			struct failure *f)
{
	const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);

	if (json_array_size(offsets) != 2 || !is_size(begin) || !is_size(end))
		return refuse(s, e, f, "data_offsets are missing or not two sizes");
	e->begin = (uint64_t)json_integer_value(begin);
	e->end = (uint64_t)json_integer_value(end);
	if (e->begin > e->end)
		return refuse(s, e, f, "data_offsets are out of order");
	if (e->end > s->data_size)
		return refuse(s, e, f, "its data reach beyond the end of the file");
	if (e->end - e->begin != size)
		return refuse(s, e, f, "shape and data_offsets disagree");
	if (e->begin % tensor_dtype_size(e->tensor.dtype) != 0)
		return refuse(s, e, f, "its data are not aligned to its element");
	e->tensor.data = s->data + e->begin;
	return 0;
}

static int take_tensor(const struct safetensors *s, const char *name, const json_t *value, struct failure *f,
		       struct entry *ret)
{
	uint64_t size = 0;

	if (!safetensors_name_is_good(name))
		return failure_set(f, -EINVAL, "%s: a tensor's name is empty or has control characters",
				   s->origin);
	*ret = (struct entry){ .tensor.name = name };
	if (json_object_size(value) != 3)
		return refuse(s, ret, f, "its entry is not dtype, shape and data_offsets");
	int r = take_dtype(s, ret, json_object_get(value, "dtype"), f);
	if (r == 0)
		r = take_shape(s, ret, json_object_get(value, "shape"), f, &size);
	if (r == 0)
		r = take_offsets(s, ret, json_object_get(value, "data_offsets"), size, f);
	return r;
}

static int take_notes(struct safetensors *s, json_t *object, struct failure *f)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return failure_set(f, -EINVAL, "%s: " NOTES_KEY " is not a JSON object", s->origin);
	s->notes = calloc(json_object_size(object) + 1, sizeof(*s->notes));
	if (!s->notes)
		return failure_set(f, -ENOMEM, "%s: out of memory", s->origin);
	json_object_foreach (object, key, value) {
		if (!json_is_string(value))
			return failure_set(f, -EINVAL, "%s: " NOTES_KEY " has an entry that is not text",
					   s->origin);
		s->notes[s->set.n_notes++] = (struct tensor_note){ key, json_string_value(value) };
	}
	return 0;
}

static int take_entries(struct safetensors *s, struct failure *f, size_t *ret_n)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	s->entries = calloc(json_object_size(s->header) + 1, sizeof(*s->entries));
	s->tensors = calloc(json_object_size(s->header) + 1, sizeof(*s->tensors));
	if (!s->entries || !s->tensors)
		return failure_set(f, -ENOMEM, "%s: out of memory", s->origin);
	json_object_foreach (s->header, key, value) {
		int r = strcmp(key, NOTES_KEY) == 0 ? take_notes(s, value, f)
						    : take_tensor(s, key, value, f, &s->entries[n++]);
		if (r < 0)
			return r;
	}
	*ret_n = n;
	return 0;
}

/* Of tensors that begin at one place, the empty ones come first. */
static int by_place(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

/* Every byte of the data belongs to exactly one tensor. */
static int check_places(struct safetensors *s, size_t n, struct failure *f)
{
	uint64_t expected = 0;

	qsort(s->entries, n, sizeof(*s->entries), by_place);
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &s->entries[i];
		if (e->begin < expected)
			return refuse(s, e, f, "its data overlap those of another");
		if (e->begin > expected)
			return refuse(s, e, f, "there is a gap before its data");
		expected = e->end;
		s->tensors[i] = e->tensor;
	}
	if (expected != s->data_size)
		return failure_set(f, -EINVAL, "%s: %" PRIu64 " bytes of data belong to no tensor", s->origin,
				   s->data_size - expected);
	return 0;
}

static int parse(struct safetensors *s, const void *bytes, size_t n, struct failure *f)
{
	size_t n_tensors = 0;
	int r = load_header(s, bytes, n, f);
	if (r == 0)
		r = take_entries(s, f, &n_tensors);
	if (r == 0)
		r = check_places(s, n_tensors, f);
	if (r < 0)
		return r;
	free(s->entries);
	s->entries = NULL;
	s->set = (struct tensor_set){ s->origin, s->tensors, (int)n_tensors, s->notes, s->set.n_notes };
	s->bytes = bytes;
	s->size = n;
	return 0;
}

int safetensors_parse(const void *bytes, size_t n, const char *origin, struct failure *f,
		      struct safetensors **ret)
{
	assert((uintptr_t)bytes % 8 == 0);
	struct safetensors *s = calloc(1, sizeof(*s));
	if (!s || !(s->origin = strdup(origin))) {
		free(s);
		return failure_set(f, -ENOMEM, "%s: out of memory", origin);
	}
	int r = parse(s, bytes, n, f);
	if (r < 0) {
		safetensors_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

int safetensors_open(const char *path, struct failure *f, struct safetensors **ret)
{
	void *bytes;
	size_t n;
	int r = file_read(path, SAFETENSORS_MAX_FILE, f, &bytes, &n);
	if (r < 0)
		return r;
	r = safetensors_parse(bytes, n, path, f, ret);
	if (r < 0)
		free(bytes);
	else
		(*ret)->owned = bytes;
	return r;
}

void safetensors_close(struct safetensors *s)
{
	if (!s)
		return;
	json_decref(s->header);
	free(s->entries);
	free(s->tensors);
	free(s->notes);
	free(s->origin);
	free(s->owned);
	free(s);
}

const struct tensor_set *safetensors_tensors(const struct safetensors *s)
{
	return &s->set;
}

const struct hash *safetensors_hash(struct safetensors *s)
{
	if (!s->hashed) {
		s->hash = hash_of(s->bytes, s->size);
		s->hashed = true;
	}
	return &s->hash;
}
