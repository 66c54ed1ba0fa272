#include "train_data.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "progress.h"

static int open_stretch(const char *path, const char *from, const char *until, struct failure *f,
			struct train_stretch *s)
{
	int r = recording_open(path, f, &s->recording);
	if (r < 0)
		return r;
	s->path = path;
	r = recording_position(&s->recording, from ? from : "", 0, f, &s->from);
	if (r == 0)
		r = recording_position(&s->recording, until ? until : "", s->recording.n_bins, f, &s->until);
	if (r < 0)
		return r;
	if (s->until - s->from < 20)
		return failure_set(f, -EINVAL, "%s: bins %lld to %lld are too few to fit on", path,
				   (long long)s->from, (long long)s->until);
	s->check_from = s->until - (int64_t)(TRAIN_CHECK_PART * (double)(s->until - s->from));
	return 0;
}

static int check_alike(const struct train_data *d, const struct train_stretch *s, struct failure *f)
{
	if (s->recording.n_units != d->n_units)
		return failure_set(f, -EINVAL, "%s has %d units, %s has %d", s->path, s->recording.n_units,
				   d->stretch[0].path, d->n_units);
	if (s->recording.bin_us != d->bin_us)
		return failure_set(f, -EINVAL, "%s has bins of %d us, %s of %d us", s->path,
				   s->recording.bin_us, d->stretch[0].path, d->bin_us);
	return 0;
}

static void add_counts(const struct train_data *d, float *counts, double *sum, double *square)
{
	for (int i = 0; i < d->n_stretches; i++)
		for (int64_t t = d->stretch[i].from; t < d->stretch[i].until; t++) {
			recording_counts_f32(&d->stretch[i].recording, t, counts);
			for (int u = 0; u < d->n_units; u++) {
				sum[u] += counts[u];
				square[u] += (double)counts[u] * counts[u];
			}
		}
}

static int find_counts_mean(struct train_data *d)
{
	size_t n = (size_t)d->n_units;
	double *sum = calloc(2 * n, sizeof(*sum));
	float *counts = malloc(n * sizeof(*counts));
	d->counts_mean = calloc(2 * n, sizeof(*d->counts_mean));
	int r = sum && counts && d->counts_mean ? 0 : -ENOMEM;
	if (r == 0) {
		d->counts_scale = d->counts_mean + n;
		add_counts(d, counts, sum, sum + n);
	}
	for (size_t u = 0; r == 0 && u < n; u++) {
		double mean = sum[u] / (double)d->n_bins,
		       variance = sum[n + u] / (double)d->n_bins - mean * mean;
		d->counts_mean[u] = (float)mean;
		d->counts_scale[u] = variance > 1e-9 * (1 + mean * mean) ? (float)sqrt(variance) : 1;
	}
	free(sum);
	free(counts);
	return r;
}

static int open_all(struct train_data *d, const struct argument_list *paths, const char *from,
		    const char *until, struct failure *f)
{
	for (int i = 0; i < paths->n; i++) {
		struct train_stretch *s = &d->stretch[d->n_stretches];
		int r = open_stretch(paths->item[i], from, until, f, s);
		if (s->recording.file)
			d->n_stretches++;
		if (r < 0)
			return r;
		if (i == 0) {
			d->n_units = s->recording.n_units;
			d->bin_us = s->recording.bin_us;
		}
		r = check_alike(d, s, f);
		if (r < 0)
			return r;
		d->n_bins += s->until - s->from;
	}
	int r = find_counts_mean(d);
	return r < 0 ? failure_set(f, r, "out of memory") : 0;
}

int train_data_open(const struct argument_list *paths, const char *from, const char *until, struct failure *f,
		    struct train_data **ret)
{
	struct train_data *d = calloc(1, sizeof(*d));
	if (d)
		d->stretch = calloc((size_t)paths->n, sizeof(*d->stretch));
	if (!d || !d->stretch) {
		free(d);
		return failure_set(f, -ENOMEM, "out of memory");
	}
	int r = open_all(d, paths, from, until, f);
	if (r < 0) {
		train_data_close(d);
		return r;
	}
	*ret = d;
	return 0;
}

void train_data_close(struct train_data *d)
{
	if (!d)
		return;
	for (int i = 0; i < d->n_stretches; i++)
		recording_close(&d->stretch[i].recording);
	free(d->stretch);
	free(d->counts_mean);
	free(d);
}

bool train_stretch_begins(const struct train_stretch *s, int64_t bin)
{
	int64_t bins_a_trial = s->recording.bins_a_trial;
	return bin == s->from || (bins_a_trial && bin % bins_a_trial == 0);
}

int64_t train_stretch_label(const struct train_stretch *s, int64_t bin, int lag)
{
	int64_t label = bin + lag, first = lag < 0 ? label : bin, last = lag < 0 ? bin : label;
	if (first < s->from || last >= s->until)
		return -1;
	for (int64_t t = first + 1; t <= last; t++)
		if (train_stretch_begins(s, t))
			return -1;
	return label;
}

char *train_data_text(const struct train_data *d)
{
	char *text = strdup("");
	for (int i = 0; text && i < d->n_stretches; i++) {
		const struct train_stretch *s = &d->stretch[i];
		const char *slash = strrchr(s->path, '/');
		char *longer;
		if (asprintf(&longer, "%s%s%s[%lld:%lld]", text, i ? ", " : "", slash ? slash + 1 : s->path,
			     (long long)s->from, (long long)s->until) < 0)
			longer = NULL;
		free(text);
		text = longer;
	}
	return text;
}

int train_rows_create(const struct train_data *d, const char *features, double normalise_tau_s,
		      const char *model, struct failure *f, struct train_rows **ret)
{
	struct hash hash;
	struct train_rows *x = calloc(1, sizeof(*x));
	if (!x)
		return failure_set(f, -ENOMEM, "out of memory");
	int r = feature_set_create(features, d->n_units, f, &x->features);
	if (r == 0)
		r = model_load_forecaster(model ? model : "", d->n_units, CONTEXT_STREAM, f, &x->forecaster,
					  &hash);
	if (r == 0 && feature_set_need_rates(x->features) && !x->forecaster)
		r = failure_set(f, -EINVAL, "features %s need a forecaster: --model", features);
	if (r == 0) {
		x->n_features = feature_set_size(x->features);
		x->counts = calloc(2 * (size_t)d->n_units, sizeof(*x->counts));
		x->rates = x->counts + d->n_units;
		if (!x->counts || normaliser_create(d->n_units, normalise_tau_s * 1e6 / d->bin_us,
						    d->counts_mean, d->counts_scale, &x->normaliser) < 0)
			r = failure_set(f, -ENOMEM, "out of memory");
	}
	if (r < 0) {
		train_rows_destroy(x);
		return r;
	}
	*ret = x;
	return 0;
}

void train_rows_destroy(struct train_rows *x)
{
	if (!x)
		return;
	normaliser_destroy(x->normaliser);
	feature_set_destroy(x->features);
	forecaster_destroy(x->forecaster);
	free(x->counts);
	free(x);
}

static void step(struct train_rows *x, const struct train_stretch *s, int64_t bin)
{
	if (train_stretch_begins(s, bin)) {
		normaliser_reset(x->normaliser);
		feature_set_reset(x->features, normaliser_fill(x->normaliser),
				  normaliser_fill(x->normaliser));
		if (x->forecaster)
			forecaster_reset(x->forecaster);
	}
	recording_counts_f32(&s->recording, bin, x->counts);
	if (x->forecaster)
		forecaster_step(x->forecaster, x->counts, x->rates);
	struct normalised in =
		normaliser_step(x->normaliser, x->counts, x->forecaster ? x->rates : NULL, false);
	feature_set_step(x->features, in.counts, in.rates);
}

int train_rows_each(struct train_rows *x, const struct train_data *d, const char *what,
		    int (*row)(void *arg, const struct train_row *row), void *arg)
{
	int64_t done = 0;
	int r = 0;
	for (int i = 0; r == 0 && i < d->n_stretches; i++) {
		const struct train_stretch *s = &d->stretch[i];
		for (int64_t t = s->from; r == 0 && t < s->until; t++) {
			step(x, s, t);
			struct train_row at = { s,
						t,
						t >= s->check_from,
						feature_set_vector(x->features),
						x->counts,
						x->forecaster ? x->rates : NULL };
			r = row(arg, &at);
			if (done++ % 64 == 0)
				progress_show(what, done, d->n_bins);
		}
	}
	progress_show(what, d->n_bins, d->n_bins);
	return r;
}
