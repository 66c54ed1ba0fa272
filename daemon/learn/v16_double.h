/* v16: sixteen doubles with the functions of decode/v16_*.h and v16_math.h, for the tests' build of the
 * training code. Exact rather than fast. [pure] */
#pragma once

#include <math.h>

typedef struct {
	double x[16];
} v16;

#define OP static inline

#define V16_EACH(expression)                                                                                 \
	v16 ret;                                                                                             \
	for (int i = 0; i < 16; i++)                                                                         \
		ret.x[i] = (expression);                                                                     \
	return ret

OP v16 v16_load(const double *p)
{
	V16_EACH(p[i]);
}

OP v16 v16_load_first(const double *p, int n)
{
	V16_EACH(i < n ? p[i] : 0);
}

OP v16 v16_first(v16 v, int n)
{
	V16_EACH(i < n ? v.x[i] : 0);
}

OP void v16_store_first(double *p, v16 v, int n)
{
	for (int i = 0; i < 16 && i < n; i++)
		p[i] = v.x[i];
}

OP void v16_store(double *p, v16 v)
{
	v16_store_first(p, v, 16);
}

OP v16 v16_all(double a)
{
	V16_EACH(a);
}

OP v16 v16_add(v16 a, v16 b)
{
	V16_EACH(a.x[i] + b.x[i]);
}

OP v16 v16_sub(v16 a, v16 b)
{
	V16_EACH(a.x[i] - b.x[i]);
}

OP v16 v16_mul(v16 a, v16 b)
{
	V16_EACH(a.x[i] * b.x[i]);
}

OP v16 v16_div(v16 a, v16 b)
{
	V16_EACH(a.x[i] / b.x[i]);
}

OP v16 v16_fma(v16 a, v16 b, v16 c)
{
	V16_EACH(a.x[i] * b.x[i] + c.x[i]);
}

OP v16 v16_exp2(v16 a)
{
	V16_EACH(exp2(a.x[i]));
}

OP v16 v16_sigmoid(v16 a)
{
	V16_EACH(1 / (1 + exp(-a.x[i])));
}

OP v16 v16_softplus(v16 a)
{
	V16_EACH(fmax(a.x[i], 0) + log1p(exp(-fabs(a.x[i]))));
}

OP v16 v16_tanh(v16 a)
{
	V16_EACH(tanh(a.x[i]));
}

#undef V16_EACH

OP double v16_sum(v16 v)
{
	double sum = 0;
	for (int i = 0; i < 16; i++)
		sum += v.x[i];
	return sum;
}
