#include "tensor.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const struct {
	const char *name;
	size_t size;
} dtypes[TENSOR_N_DTYPES] = {
	[TENSOR_BOOL] = { "BOOL", 1 }, [TENSOR_U8] = { "U8", 1 },   [TENSOR_I8] = { "I8", 1 },
	[TENSOR_I16] = { "I16", 2 },   [TENSOR_U16] = { "U16", 2 }, [TENSOR_F16] = { "F16", 2 },
	[TENSOR_BF16] = { "BF16", 2 }, [TENSOR_I32] = { "I32", 4 }, [TENSOR_U32] = { "U32", 4 },
	[TENSOR_F32] = { "F32", 4 },   [TENSOR_I64] = { "I64", 8 }, [TENSOR_U64] = { "U64", 8 },
	[TENSOR_F64] = { "F64", 8 },
};

size_t tensor_dtype_size(enum tensor_dtype dtype)
{
	return dtypes[dtype].size;
}

const char *tensor_dtype_name(enum tensor_dtype dtype)
{
	return dtypes[dtype].name;
}

int64_t tensor_n_elements(const struct tensor *t)
{
	int64_t n = 1;
	for (int i = 0; i < t->n_dims; i++)
		n *= t->shape[i];
	return n;
}

const struct tensor *tensor_find(const struct tensor_set *set, const char *name)
{
	for (int i = 0; i < set->n_tensors; i++)
		if (strcmp(set->tensors[i].name, name) == 0)
			return &set->tensors[i];
	return NULL;
}

const char *tensor_note(const struct tensor_set *set, const char *key)
{
	for (int i = 0; i < set->n_notes; i++)
		if (strcmp(set->notes[i].key, key) == 0)
			return set->notes[i].value;
	return NULL;
}

int tensor_note_int(const struct tensor_set *set, const char *key, long min, long max, long fallback,
		    struct failure *f, long *ret)
{
	const char *text = tensor_note(set, key);
	if (!text) {
		*ret = fallback;
		return 0;
	}
	int64_t value;
	if (text_to_int(text, &value) < 0 || value < min || value > max)
		return failure_set(f, -EINVAL, "%s: note %s is \"%.40s\", not a whole number from %ld to %ld",
				   set->origin, key, text, min, max);
	*ret = value;
	return 0;
}

int tensor_note_number(const struct tensor_set *set, const char *key, double min, double max, double fallback,
		       struct failure *f, double *ret)
{
	const char *text = tensor_note(set, key);
	char *end;
	double value = text ? strtod(text, &end) : fallback;
	if (text && (end == text || *end || !(value >= min && value <= max)))
		return failure_set(f, -EINVAL, "%s: note %s is \"%.40s\", not a number from %g to %g",
				   set->origin, key, text, min, max);
	*ret = value;
	return 0;
}

void tensor_shape_text(int n_dims, const int64_t *shape, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "[");
	for (int i = 0; i < n_dims && n < size; i++) {
		const char *comma = i ? ", " : "";
		n += shape[i] < 0 ? (size_t)snprintf(ret + n, size - n, "%sany", comma)
				  : (size_t)snprintf(ret + n, size - n, "%s%lld", comma, (long long)shape[i]);
	}
	if (n < size)
		snprintf(ret + n, size - n, "]");
}

static bool shape_fits(const struct tensor *t, int n_dims, const int64_t *shape)
{
	if (t->n_dims != n_dims)
		return false;
	for (int i = 0; i < n_dims; i++)
		if (shape[i] < 0 ? t->shape[i] < 1 : t->shape[i] != shape[i])
			return false;
	return true;
}

int tensor_f32(const struct tensor_set *set, const char *name, int n_dims, const int64_t *shape,
	       struct failure *f, const float **ret)
{
	const struct tensor *t = tensor_find(set, name);
	if (!t)
		return failure_set(f, -ENOENT, "%s: tensor %s is missing", set->origin, name);
	if (t->dtype != TENSOR_F32)
		return failure_set(f, -EINVAL, "%s: tensor %s is %s, not F32", set->origin, name,
				   tensor_dtype_name(t->dtype));
	if (!shape_fits(t, n_dims, shape)) {
		char is[96], wanted[96];
		tensor_shape_text(t->n_dims, t->shape, is, sizeof(is));
		tensor_shape_text(n_dims, shape, wanted, sizeof(wanted));
		return failure_set(f, -EINVAL, "%s: tensor %s is %s, not %s", set->origin, name, is, wanted);
	}
	const float *data = t->data;
	int64_t n = tensor_n_elements(t);
	for (int64_t i = 0; i < n; i++)
		if (!isfinite(data[i]))
			return failure_set(f, -EINVAL, "%s: tensor %s: element %lld is not a finite number",
					   set->origin, name, (long long)i);
	*ret = data;
	return 0;
}

static float half_to_float(uint16_t h)
{
	int exponent = h >> 10 & 31;
	float mantissa = (float)(h & 1023);
	float value = exponent == 31 ? (mantissa != 0 ? NAN : INFINITY)
		    : exponent == 0  ? ldexpf(mantissa, -24)
				     : ldexpf(mantissa + 1024, exponent - 25);
	return h >> 15 ? -value : value;
}

static float bfloat_to_float(uint16_t b)
{
	uint32_t bits = (uint32_t)b << 16;
	float value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

double tensor_at(const struct tensor *t, int64_t i)
{
	const void *d = t->data;
	switch (t->dtype) {
	case TENSOR_BOOL:
	case TENSOR_U8: return ((const uint8_t *)d)[i];
	case TENSOR_I8: return ((const int8_t *)d)[i];
	case TENSOR_I16: return ((const int16_t *)d)[i];
	case TENSOR_U16: return ((const uint16_t *)d)[i];
	case TENSOR_F16: return half_to_float(((const uint16_t *)d)[i]);
	case TENSOR_BF16: return bfloat_to_float(((const uint16_t *)d)[i]);
	case TENSOR_I32: return ((const int32_t *)d)[i];
	case TENSOR_U32: return ((const uint32_t *)d)[i];
	case TENSOR_F32: return ((const float *)d)[i];
	case TENSOR_I64: return (double)((const int64_t *)d)[i];
	case TENSOR_U64: return (double)((const uint64_t *)d)[i];
	case TENSOR_F64: return ((const double *)d)[i];
	case TENSOR_N_DTYPES: break;
	}
	return NAN;
}
