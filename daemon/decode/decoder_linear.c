#include "decoder_linear.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "feature_set.h"
#include "kernels.h"
#include "weights.h"

struct decoder_linear {
	struct decoder base;
	struct feature_set *features;
	int n_features;
	float *weight;      /* (n_outputs, n_features) */
	float *bias;        /* (n_outputs) */
	float *mean;        /* (n_features) */
	float *inverse;     /* (n_features) 1 / scale */
	float *factor;      /* (n_features) the same, 0 for masked units */
	float *counts_mean; /* (n_units) */
	float *z;           /* (n_features) */
	float memory[];
};

/* What the file holds, checked. */
struct tensors {
	const float *weight, *bias, *mean, *scale, *counts_mean;
};

static void linear_step(struct decoder *d, const float *counts, const float *rates, bool lost,
			struct estimate *out)
{
	struct decoder_linear *l = (struct decoder_linear *)d;
	feature_set_step(l->features, lost ? l->counts_mean : counts, rates);
	const float *restrict x = feature_set_vector(l->features);
	const float *restrict mean = l->mean, *restrict factor = l->factor;
	float *restrict z = l->z;
	for (int i = 0; i < l->n_features; i++)
		z[i] = (x[i] - mean[i]) * factor[i];
	kernel_affine(out->value, l->weight, l->bias, z, d->n_outputs, l->n_features);
	out->n_outputs = d->n_outputs;
	out->has_sd = false;
}

static void linear_reset(struct decoder *d)
{
	struct decoder_linear *l = (struct decoder_linear *)d;
	feature_set_reset(l->features, l->counts_mean, l->counts_mean);
}

static void linear_set_mask(struct decoder *d, const uint8_t *masked)
{
	struct decoder_linear *l = (struct decoder_linear *)d;
	for (int i = 0; i < l->n_features; i++)
		l->factor[i] = masked[i % d->n_units] ? 0 : l->inverse[i];
}

static size_t linear_state_size(const struct decoder *d)
{
	return feature_set_state_size(((const struct decoder_linear *)d)->features);
}

static void linear_state_save(const struct decoder *d, void *to)
{
	feature_set_state_save(((const struct decoder_linear *)d)->features, to);
}

static void linear_state_load(struct decoder *d, const void *from)
{
	feature_set_state_load(((struct decoder_linear *)d)->features, from);
}

static void linear_destroy(struct decoder *d)
{
	feature_set_destroy(((struct decoder_linear *)d)->features);
	free(d);
}

static const struct decoder_class class = {
	"linear",          linear_step,       linear_reset,      linear_set_mask,
	linear_state_size, linear_state_save, linear_state_load, linear_destroy,
};

static int check_scale(const struct tensor_set *set, const float *scale, int n_features, struct failure *f)
{
	for (int i = 0; i < n_features; i++)
		if (!(scale[i] > 0) || 1.0f / scale[i] > 1e30f)
			return failure_set(f, -EINVAL,
					   "%s: tensor features.scale: element %d is %g, not above zero",
					   set->origin, i, (double)scale[i]);
	return 0;
}

static int read_tensors(const struct tensor_set *set, const struct decoder *d, int n_features,
			struct failure *f, struct tensors *ret)
{
	struct weights_reader r;
	const int64_t readout[] = {d->n_outputs, n_features}, units[] = {d->n_units};
	int error = weights_reader_init(&r, set, f);
	if (error < 0)
		return error;
	ret->weight = weights_take(&r, 2, readout, "readout.weight");
	ret->bias = weights_take(&r, 1, &readout[0], "readout.bias");
	ret->mean = weights_take(&r, 1, &readout[1], "features.mean");
	ret->scale = weights_take(&r, 1, &readout[1], "features.scale");
	ret->counts_mean = weights_take(&r, 1, units, "counts.mean");
	error = weights_refuse_surplus(&r);
	weights_reader_finish(&r);
	return error < 0 ? error : check_scale(set, ret->scale, n_features, f);
}

static float *take(float **at, size_t n, const float *from)
{
	float *to = *at;
	if (from)
		memcpy(to, from, n * sizeof(*to));
	*at += n;
	return to;
}

static int build(const struct decoder *common, const struct tensors *t, size_t n, struct decoder_linear **ret)
{
	size_t n_outputs = (size_t)common->n_outputs, n_units = (size_t)common->n_units;
	size_t floats = n_outputs * n + n_outputs + 4 * n + n_units;
	struct decoder_linear *l = calloc(1, sizeof(*l) + floats * sizeof(float));
	if (!l)
		return -ENOMEM;
	float *at = l->memory;
	l->base = *common;
	l->base.class = &class;
	l->n_features = (int)n;
	l->weight = take(&at, n_outputs * n, t->weight);
	l->mean = take(&at, n, t->mean);
	l->factor = take(&at, n, NULL);
	l->z = take(&at, n, NULL);
	l->bias = take(&at, n_outputs, t->bias);
	l->inverse = take(&at, n, NULL);
	l->counts_mean = take(&at, n_units, t->counts_mean);
	for (size_t i = 0; i < n; i++)
		l->factor[i] = l->inverse[i] = 1.0f / t->scale[i];
	*ret = l;
	return 0;
}

int decoder_linear_create(const struct tensor_set *set, const struct decoder *common, struct failure *f,
			  struct decoder **ret)
{
	struct feature_set *features = NULL;
	struct decoder_linear *l = NULL;
	struct tensors t;
	int r = feature_set_create(common->features, common->n_units, f, &features);
	if (r < 0)
		return failure_prefix(f, r, "%s", set->origin);

	r = read_tensors(set, common, feature_set_size(features), f, &t);
	if (r == 0) {
		r = build(common, &t, (size_t)feature_set_size(features), &l);
		if (r < 0)
			failure_set(f, r, "%s: no memory for the decoder", set->origin);
	}
	if (r < 0) {
		feature_set_destroy(features);
		return r;
	}
	l->features = features;
	l->base.needs_rates = feature_set_need_rates(features);
	l->base.history_bins = feature_set_history(features);
	linear_reset(&l->base);
	*ret = &l->base;
	return 0;
}
