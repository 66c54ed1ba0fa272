#include "weights.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
