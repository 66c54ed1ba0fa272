/* v16: sixteen floats as four vectors of four, for any processor. A product is rounded before it is added.
 * [pure] */
#pragma once

#include <stdint.h>
#include <string.h>

typedef float v4 __attribute__((vector_size(16)));
typedef int32_t v4i __attribute__((vector_size(16)));
typedef uint32_t v4u __attribute__((vector_size(16)));

typedef struct {
	v4 q[4];
} v16;

#define OP static inline __attribute__((always_inline))

#define V16_WIDE 0

OP v16 v16_load(const float *p)
{
	v16 v;
	memcpy(&v, p, sizeof(v));
	return v;
}

OP v16 v16_load_first(const float *p, int n)
{
	v16 v = {0};
	memcpy(&v, p, (size_t)n * sizeof(*p));
	return v;
}

OP v16 v16_first(v16 v, int n)
{
	v16 first = {0};
	memcpy(&first, &v, (size_t)n * sizeof(float));
	return first;
}

OP void v16_store(float *p, v16 v)
{
	memcpy(p, &v, sizeof(v));
}

OP void v16_store_first(float *p, v16 v, int n)
{
	memcpy(p, &v, (size_t)n * sizeof(*p));
}

OP v16 v16_all(float x)
{
	v4 q = {x, x, x, x};
	return (v16){{q, q, q, q}};
}

#define V16_EACH(expression)                                                                                 \
	v16 ret;                                                                                             \
	for (int i = 0; i < 4; i++)                                                                          \
		ret.q[i] = (expression);                                                                     \
	return ret

OP v16 v16_add(v16 x, v16 y)
{
	V16_EACH(x.q[i] + y.q[i]);
}

OP v16 v16_sub(v16 x, v16 y)
{
	V16_EACH(x.q[i] - y.q[i]);
}

OP v16 v16_mul(v16 x, v16 y)
{
	V16_EACH(x.q[i] * y.q[i]);
}

OP v16 v16_div(v16 x, v16 y)
{
	V16_EACH(x.q[i] / y.q[i]);
}

OP v16 v16_fma(v16 x, v16 y, v16 z)
{
	V16_EACH(x.q[i] * y.q[i] + z.q[i]);
}

/* `first` where the mask is set, `second` elsewhere. */
OP v4 v4_choose(v4i mask, v4 first, v4 second)
{
	return (v4)((mask & (v4i)first) | (~mask & (v4i)second));
}

OP v16 v16_max(v16 x, v16 y)
{
	V16_EACH(v4_choose(x.q[i] > y.q[i], x.q[i], y.q[i]));
}

OP v16 v16_min(v16 x, v16 y)
{
	V16_EACH(v4_choose(x.q[i] < y.q[i], x.q[i], y.q[i]));
}

OP v16 v16_choose(v16 x, v16 y, v16 above, v16 other)
{
	V16_EACH(v4_choose(x.q[i] > y.q[i], above.q[i], other.q[i]));
}

OP v16 v16_scale(v16 x, v16 n)
{
	V16_EACH((v4)((v4u)x.q[i] + ((v4u)n.q[i] << 23)));
}

OP float v16_sum(v16 v)
{
	v4 s4 = (v.q[0] + v.q[2]) + (v.q[1] + v.q[3]);
	return (s4[0] + s4[2]) + (s4[1] + s4[3]);
}
