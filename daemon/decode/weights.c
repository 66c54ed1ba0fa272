#include "weights.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define CACHE_LINE 64
#define NAME_SIZE 128

int weights_reader_init(struct weights_reader *r, const struct tensor_set *set, struct failure *f)
{
	uint8_t *taken = calloc((size_t)set->n_tensors + 1, 1);
	if (!taken)
		return failure_set(f, -ENOMEM, "%s: no memory to read it", set->origin);
	*r = (struct weights_reader){set, f, 0, taken};
	return 0;
}

void weights_reader_finish(struct weights_reader *r)
{
	free(r->taken);
}

void weights_refuse(struct weights_reader *r, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!r->error)
		r->error = failure_set(r->failure, -EINVAL, "%s: %s", r->set->origin, text);
}

static int dim(struct weights_reader *r, int n_dims, int which, const char *name)
{
	const struct tensor *t = tensor_find(r->set, name);
	if (!t)
		r->error = failure_set(r->failure, -ENOENT, "%s: tensor %s is missing", r->set->origin, name);
	else if (t->n_dims != n_dims)
		r->error = failure_set(r->failure, -EINVAL, "%s: tensor %s has %d dimensions, not %d",
				       r->set->origin, name, t->n_dims, n_dims);
	else if (t->shape[which] < 1 || t->shape[which] > WEIGHTS_MAX_DIM)
		r->error = failure_set(r->failure, -EINVAL,
				       "%s: tensor %s: a dimension of %lld, 1 to %d are possible",
				       r->set->origin, name, (long long)t->shape[which], WEIGHTS_MAX_DIM);
	else
		return (int)t->shape[which];
	return 1;
}

int weights_dim(struct weights_reader *r, int n_dims, int which, const char *name, ...)
{
	char text[NAME_SIZE];
	va_list args;
	va_start(args, name);
	vsnprintf(text, sizeof(text), name, args);
	va_end(args);
	return r->error ? 1 : dim(r, n_dims, which, text);
}

const float *weights_take(struct weights_reader *r, int n_dims, const int64_t *shape, const char *name, ...)
{
	const float *data = NULL;
	char text[NAME_SIZE];
	va_list args;
	va_start(args, name);
	vsnprintf(text, sizeof(text), name, args);
	va_end(args);
	if (!r->error)
		r->error = tensor_f32(r->set, text, n_dims, shape, r->failure, &data);
	if (r->error)
		return NULL;
	r->taken[tensor_find(r->set, text) - r->set->tensors] = 1;
	return data;
}

void weights_number(struct weights_reader *r, float *to, const char *name)
{
	const float *from = weights_take(r, 0, NULL, "%s", name);
	if (from && to)
		*to = *from;
}

void weights_expect(struct weights_reader *r, double value, const char *name)
{
	const struct tensor *t = tensor_find(r->set, name);
	if (r->error)
		return;
	if (!t)
		r->error = failure_set(r->failure, -ENOENT, "%s: tensor %s is missing", r->set->origin, name);
	else if (tensor_n_elements(t) != 1)
		r->error = failure_set(r->failure, -EINVAL, "%s: tensor %s has %lld elements, not 1",
				       r->set->origin, name, (long long)tensor_n_elements(t));
	else if (tensor_at(t, 0) != value)
		r->error = failure_set(r->failure, -EINVAL, "%s: tensor %s is %g; only %g is known",
				       r->set->origin, name, tensor_at(t, 0), value);
	else
		r->taken[t - r->set->tensors] = 1;
}

void weights_vector(struct weights_reader *r, float *to, int blocks, int n, const char *name)
{
	const float *from = weights_take(r, 1, (int64_t[]){(int64_t)blocks * n}, "%s", name);
	for (int b = 0; from && to && b < blocks; b++)
		memcpy(to + (size_t)b * (size_t)kernel_padded(n), from + (size_t)b * (size_t)n,
		       (size_t)n * sizeof(*to));
}

void weights_matrix(struct weights_reader *r, float *to, int blocks, int rows, int cols, const char *name)
{
	const float *from = weights_take(r, 2, (int64_t[]){(int64_t)blocks * rows, cols}, "%s", name);
	for (int b = 0; from && to && b < blocks; b++)
		kernel_pack(to + (size_t)b * kernel_packed_size(rows, cols),
			    from + (size_t)b * (size_t)rows * (size_t)cols, rows, cols);
}

/* Where the value of a key begins in the text of a JSON object of plain values. */
static const char *find_value(const char *json, const char *key)
{
	char quoted[NAME_SIZE];
	snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	const char *at = strstr(json, quoted);
	return at ? at + strlen(quoted) + strspn(at + strlen(quoted), " \t\r\n:\"") : NULL;
}

bool weights_note(const struct tensor_set *set, const char *key, char *ret, size_t size)
{
	const char *own = tensor_note(set, key), *config = tensor_note(set, "config");
	const char *at = own ? own : config ? find_value(config, key) : NULL;
	if (at)
		snprintf(ret, size, "%.*s", (int)(own ? strlen(own) : strcspn(at, "\",} \t\r\n")), at);
	return at != NULL;
}

int weights_refuse_surplus(struct weights_reader *r)
{
	for (int i = 0; i < r->set->n_tensors && !r->error; i++)
		if (!r->taken[i])
			r->error = failure_set(r->failure, -EINVAL,
					       "%s: tensor %.80s has no place in this model", r->set->origin,
					       r->set->tensors[i].name);
	return r->error;
}

float *arena_take(struct arena *a, size_t n)
{
	float *ret = a->base ? a->base + a->used : NULL;
	a->used += (n * sizeof(float) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE / sizeof(float);
	return ret;
}
