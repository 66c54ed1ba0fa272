#include "decoder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "decoder_kalman.h"
#include "decoder_linear.h"
#include "decoder_softmax.h"
#include "normaliser.h"

static int required_note(const struct tensor_set *set, const char *key, struct failure *f, const char **ret)
{
	const char *text = tensor_note(set, key);
	if (!text || !*text)
		return failure_set(f, -ENOENT, "%s: note %s is missing", set->origin, key);
	*ret = text;
	return 0;
}

static int read_units(const struct tensor_set *set, int n_units, struct failure *f, int *ret)
{
	long units = 0;
	const struct tensor *mean = tensor_find(set, "counts.mean");
	long fallback = mean && mean->n_dims == 1 && mean->shape[0] <= MAX_UNITS ? (long)mean->shape[0] : 0;
	int r = tensor_note_int(set, "units", 1, MAX_UNITS, fallback, f, &units);
	if (r < 0)
		return r;
	if (units < 1)
		return failure_set(f, -ENOENT, "%s: note units is missing", set->origin);
	if (n_units && units != n_units)
		return failure_set(f, -EINVAL, "%s: made for %ld units, the stream has %d", set->origin,
				   units, n_units);
	*ret = (int)units;
	return 0;
}

static int read_bin_us(const struct tensor_set *set, int bin_us, struct failure *f, int *ret)
{
	const char *text;
	long us = 0;
	int r = required_note(set, "bin_us", f, &text);
	if (r == 0)
		r = tensor_note_int(set, "bin_us", 1, 10000000, 0, f, &us);
	if (r < 0)
		return r;
	if (bin_us && us != bin_us)
		return failure_set(f, -EINVAL, "%s: made for bins of %ld us, the stream has %d us",
				   set->origin, us, bin_us);
	*ret = (int)us;
	return 0;
}

static int read_outputs(const struct tensor_set *set, struct decoder *d, struct failure *f)
{
	const struct tensor *bias = tensor_find(set, "readout.bias");
	if (!bias)
		return failure_set(f, -ENOENT, "%s: tensor readout.bias is missing", set->origin);
	int64_t n = bias->n_dims == 1 ? bias->shape[0] : 0;
	if (n < 1 || n > MAX_OUTPUTS)
		return failure_set(f, -EINVAL, "%s: tensor readout.bias: %lld outputs, 1 to %d are possible",
				   set->origin, (long long)n, MAX_OUTPUTS);
	d->n_outputs = (int)n;
	return outputs_from_notes(set, d->n_outputs, d->bin_us, f, d->outputs);
}

static int read_common(const struct tensor_set *set, int n_units, int bin_us, struct failure *f,
		       struct decoder *d)
{
	const char *features = "";
	long lag = 0;
	int r = required_note(set, "features", f, &features);
	if (r < 0)
		return r;
	if (strlen(features) >= sizeof(d->features))
		return failure_set(f, -EINVAL, "%s: note features is too long", set->origin);
	strcpy(d->features, features);
	r = read_units(set, n_units, f, &d->n_units);
	if (r == 0)
		r = read_bin_us(set, bin_us, f, &d->bin_us);
	if (r == 0)
		r = tensor_note_int(set, "lag_bins", -100, 100, 0, f, &lag);
	if (r == 0)
		r = tensor_note_number(set, "normalise_tau_s", 0, 1e6, 0, f, &d->normalise_tau_s);
	if (r < 0)
		return r;
	d->lag_bins = (int)lag;
	return read_outputs(set, d, f);
}

int decoder_create(const struct tensor_set *set, int n_units, int bin_us, struct failure *f,
		   struct decoder **ret)
{
	static const struct {
		const char *kind;
		int (*create)(const struct tensor_set *set, const struct decoder *common, struct failure *f,
			      struct decoder **ret);
	} kinds[] = {
		{"linear", decoder_linear_create},
		{"softmax", decoder_softmax_create},
		{"kalman", decoder_kalman_create},
	};
	const char *kind = "";
	int r = required_note(set, "kind", f, &kind);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct decoder common = {0};
		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		r = read_common(set, n_units, bin_us, f, &common);
		return r < 0 ? r : kinds[i].create(set, &common, f, ret);
	}
	return failure_set(f, -EINVAL, "%s: unknown kind of decoder \"%.40s\"", set->origin, kind);
}

void decoder_destroy(struct decoder *d)
{
	if (d)
		d->class->destroy(d);
}

int decoder_check_scale(const struct tensor_set *set, const char *name, const float *scale, int n,
			struct failure *f)
{
	for (int i = 0; i < n; i++)
		if (!(scale[i] > 0) || 1.0f / scale[i] > 1e30f)
			return failure_set(f, -EINVAL, "%s: tensor %s: element %d is %g, not above zero",
					   set->origin, name, i, (double)scale[i]);
	return 0;
}

int decoder_create_normaliser(const struct decoder *common, const float *counts_mean,
			      const float *counts_scale, struct normaliser **ret)
{
	double tau_bins = common->normalise_tau_s * 1e6 / common->bin_us;
	return normaliser_create(common->n_units, tau_bins, counts_mean, counts_scale, ret);
}
