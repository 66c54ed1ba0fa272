#include "decoder_linear.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "feature_set.h"
#include "kernels.h"
#include "normaliser.h"
#include "weights.h"

struct decoder_linear {
	struct decoder base;
	struct normaliser *normaliser;
	struct feature_set *features;
	int n_features;
	float *weight;  /* (n_outputs, n_features) */
	float *bias;    /* (n_outputs) */
	float *mean;    /* (n_features) */
	float *inverse; /* (n_features) 1 / scale */
	float *factor;  /* (n_features) the same, 0 for masked units */
	float *z;       /* (n_features) */
	float memory[];
};

/* What the file holds, checked. */
struct tensors {
	const float *weight, *bias, *mean, *scale, *counts_mean, *counts_scale;
};

static void linear_step(struct decoder *d, const float *counts, const float *rates, bool lost,
			struct estimate *out)
{
	struct decoder_linear *l = (struct decoder_linear *)d;
	struct normalised in = normaliser_step(l->normaliser, counts, rates, lost);
	feature_set_step(l->features, in.counts, in.rates);
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
	normaliser_reset(l->normaliser);
	feature_set_reset(l->features, normaliser_fill(l->normaliser), normaliser_fill(l->normaliser));
}

static void linear_set_mask(struct decoder *d, const uint8_t *masked)
{
	struct decoder_linear *l = (struct decoder_linear *)d;
	for (int i = 0; i < l->n_features; i++)
		l->factor[i] = masked[i % d->n_units] ? 0 : l->inverse[i];
	normaliser_set_mask(l->normaliser, masked);
}

static size_t linear_state_size(const struct decoder *d)
{
	const struct decoder_linear *l = (const struct decoder_linear *)d;
	return normaliser_state_size(l->normaliser) + feature_set_state_size(l->features);
}

static void linear_state_save(const struct decoder *d, void *to)
{
	const struct decoder_linear *l = (const struct decoder_linear *)d;
	normaliser_state_save(l->normaliser, to);
	feature_set_state_save(l->features, (char *)to + normaliser_state_size(l->normaliser));
}

static void linear_state_load(struct decoder *d, const void *from)
{
	struct decoder_linear *l = (struct decoder_linear *)d;
	normaliser_state_load(l->normaliser, from);
	feature_set_state_load(l->features, (const char *)from + normaliser_state_size(l->normaliser));
}

static void linear_destroy(struct decoder *d)
{
	struct decoder_linear *l = (struct decoder_linear *)d;
	normaliser_destroy(l->normaliser);
	feature_set_destroy(l->features);
	free(d);
}

static const struct decoder_class class = {
	"linear",          linear_step,       linear_reset,      linear_set_mask,
	linear_state_size, linear_state_save, linear_state_load, linear_destroy,
};

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
	if (d->normalise_tau_s > 0)
		ret->counts_scale = weights_take(&r, 1, units, "counts.scale");
	error = weights_refuse_surplus(&r);
	weights_reader_finish(&r);
	if (error == 0)
		error = decoder_check_scale(set, "features.scale", ret->scale, n_features, f);
	if (error == 0 && d->normalise_tau_s > 0)
		error = decoder_check_scale(set, "counts.scale", ret->counts_scale, d->n_units, f);
	return error;
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
	size_t n_outputs = (size_t)common->n_outputs;
	struct decoder_linear *l =
		calloc(1, sizeof(*l) + (n_outputs * n + n_outputs + 4 * n) * sizeof(float));
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
	for (size_t i = 0; i < n; i++)
		l->factor[i] = l->inverse[i] = 1.0f / t->scale[i];
	*ret = l;
	return 0;
}

int decoder_linear_create(const struct tensor_set *set, const struct decoder *common, struct failure *f,
			  struct decoder **ret)
{
	struct feature_set *features = NULL;
	struct normaliser *normaliser = NULL;
	struct decoder_linear *l = NULL;
	struct tensors t = { 0 };
	int r = feature_set_create(common->features, common->n_units, f, &features);
	if (r < 0)
		return failure_prefix(f, r, "%s", set->origin);

	r = read_tensors(set, common, feature_set_size(features), f, &t);
	if (r < 0)
		goto out;
	r = decoder_create_normaliser(common, t.counts_mean, t.counts_scale, &normaliser);
	if (r == 0)
		r = build(common, &t, (size_t)feature_set_size(features), &l);
	if (r < 0) {
		failure_set(f, r, "%s: no memory for the decoder", set->origin);
		goto out;
	}
	l->normaliser = normaliser;
	l->features = features;
	l->base.needs_rates = feature_set_need_rates(features);
	l->base.history_bins = feature_set_history(features);
	linear_reset(&l->base);
	*ret = &l->base;
	return 0;
out:
	normaliser_destroy(normaliser);
	feature_set_destroy(features);
	return r;
}
