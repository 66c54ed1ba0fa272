#include "adamw.h"

#include <math.h>

#include "inner.h"

struct adamw_options adamw_defaults(void)
{
	return (struct adamw_options){ 3e-4, 1e-4, 0.9, 0.999, 1e-8, 0 };
}

double adamw_step(struct adamw *a, const struct adamw_options *o, real *value, const real *gradient)
{
	double norm = sqrt(inner_squares(gradient, a->n)), scale = 1;
	if (!isfinite(norm))
		return norm;
	if (o->clip > 0)
		scale = fmin(1, o->clip / (norm + 1e-6));
	a->n_steps++;
	struct inner_adamw step = {
		(real)scale,
		(real)o->rate,
		(real)o->decay,
		(real)o->beta1,
		(real)o->beta2,
		(real)o->eps,
		(real)(1 / (1 - pow(o->beta1, (double)a->n_steps))),
		(real)(1 / (1 - pow(o->beta2, (double)a->n_steps))),
	};
	inner_adamw(&step, value, a->first, a->second, gradient, a->n);
	return norm;
}

double adamw_schedule(double rate, double least, int64_t at, int64_t n_warm, int64_t n_steps)
{
	if (at < n_warm)
		return rate * (double)(at + 1) / (double)n_warm;
	double part = (double)(at - n_warm) / fmax(1, (double)(n_steps - n_warm));
	return least + (rate - least) * 0.5 * (1 + cos(M_PI * fmin(1, part)));
}
