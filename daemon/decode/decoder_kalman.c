#include "decoder_kalman.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "covariance.h"
#include "feature_set.h"
#include "kernels.h"
#include "normaliser.h"

#define MAX_STATE COVARIANCE_MAX
#define STEADY_STEPS 5000

/* The state is small and in double; what is as wide as the features is in float. */
struct decoder_kalman {
	struct decoder base;
	struct normaliser *normaliser;
	struct feature_set *features;
	int n, n_features; /* n: of the state */
	bool steady;
	const float *A, *W;              /* (n, n) transition, process noise */
	const float *C;                  /* (n_features, n) observation */
	const float *G;                  /* (n, n_features) evidence: C^T Q^-1 */
	const float *weight;             /* (n_outputs, n) */
	const float *bias;               /* (n_outputs) */
	const float *mean;               /* (n_features) */
	const float *start, *initial;    /* (n), (n, n) state and its covariance before the first bin */
	float *inverse;                  /* (n_features) 1 / scale */
	float *live;                     /* (n_features) 0 for masked units, else 1 */
	float *z;                        /* (n_features) */
	float *innovation;               /* (n_features) */
	double M[MAX_STATE * MAX_STATE]; /* (n, n) G C: what one bin tells */
	double posterior[MAX_STATE * MAX_STATE]; /* (n, n) covariance after any bin; steady only */
	struct {
		double x[MAX_STATE];
		double P[MAX_STATE * MAX_STATE];
	} now;
	float memory[];
};

static void filter_reset(struct decoder_kalman *k)
{
	const double *P = k->posterior;
	for (int i = 0; i < k->n; i++)
		k->now.x[i] = k->start[i];
	for (int i = 0; i < k->n * k->n; i++)
		k->now.P[i] = k->steady ? P[i] : k->initial[i];
}

static void predict(struct decoder_kalman *k)
{
	double x[MAX_STATE];
	int n = k->n;
	for (int i = 0; i < n; i++) {
		x[i] = 0;
		for (int j = 0; j < n; j++)
			x[i] += k->A[i * n + j] * k->now.x[j];
	}
	memcpy(k->now.x, x, (size_t)n * sizeof(*x));
	if (!k->steady)
		covariance_spread(k->now.P, k->A, k->W, n);
}

/* A masked unit is taken at what the state expects of it: it tells nothing. */
static void correct(struct decoder_kalman *k)
{
	float x[MAX_STATE], told[MAX_STATE];
	int n = k->n;
	for (int i = 0; i < n; i++)
		x[i] = (float)k->now.x[i];
	kernel_affine(k->innovation, k->C, NULL, x, k->n_features, n);
	for (int i = 0; i < k->n_features; i++)
		k->innovation[i] = (k->z[i] - k->innovation[i]) * k->live[i];
	kernel_affine(told, k->G, NULL, k->innovation, n, k->n_features);
	if (!k->steady)
		covariance_narrow(k->now.P, k->M, n);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			k->now.x[i] += k->now.P[i * n + j] * told[j];
}

static bool tell(const struct decoder_kalman *k, struct estimate *out)
{
	bool finite = true;
	int n = k->n;
	for (int o = 0; o < k->base.n_outputs; o++) {
		const float *w = k->weight + o * n;
		double value = k->bias[o], variance = 0;
		for (int i = 0; i < n; i++) {
			value += w[i] * k->now.x[i];
			for (int j = 0; j < n; j++)
				variance += w[i] * k->now.P[i * n + j] * w[j];
		}
		out->value[o] = (float)value;
		out->sd[o] = (float)sqrt(fmax(variance, 0));
		finite &= isfinite(out->value[o]) && isfinite(variance);
	}
	out->n_outputs = k->base.n_outputs;
	out->has_sd = true;
	return finite;
}

static void kalman_step(struct decoder *d, const float *counts, const float *rates, bool lost,
			struct estimate *out)
{
	struct decoder_kalman *k = (struct decoder_kalman *)d;
	struct normalised in = normaliser_step(k->normaliser, counts, rates, lost);
	feature_set_step(k->features, in.counts, in.rates);
	predict(k);
	if (!lost) {
		const float *x = feature_set_vector(k->features);
		for (int i = 0; i < k->n_features; i++)
			k->z[i] = (x[i] - k->mean[i]) * k->inverse[i];
		correct(k);
	}
	if (!tell(k, out))
		filter_reset(k); /* the gate holds this bin; the next one starts anew */
}

static void kalman_reset(struct decoder *d)
{
	struct decoder_kalman *k = (struct decoder_kalman *)d;
	normaliser_reset(k->normaliser);
	feature_set_reset(k->features, normaliser_fill(k->normaliser), normaliser_fill(k->normaliser));
	filter_reset(k);
}

static void kalman_set_mask(struct decoder *d, const uint8_t *masked)
{
	struct decoder_kalman *k = (struct decoder_kalman *)d;
	for (int i = 0; i < k->n_features; i++)
		k->live[i] = masked[i % d->n_units] ? 0 : 1;
	normaliser_set_mask(k->normaliser, masked);
}

/* The filter's state, the normaliser's and that of the features, one after the other. */
static size_t kalman_state_size(const struct decoder *d)
{
	const struct decoder_kalman *k = (const struct decoder_kalman *)d;
	return sizeof(k->now) + normaliser_state_size(k->normaliser) + feature_set_state_size(k->features);
}

static void kalman_state_save(const struct decoder *d, void *to)
{
	const struct decoder_kalman *k = (const struct decoder_kalman *)d;
	char *at = (char *)to + sizeof(k->now);
	memcpy(to, &k->now, sizeof(k->now));
	normaliser_state_save(k->normaliser, at);
	feature_set_state_save(k->features, at + normaliser_state_size(k->normaliser));
}

static void kalman_state_load(struct decoder *d, const void *from)
{
	struct decoder_kalman *k = (struct decoder_kalman *)d;
	const char *at = (const char *)from + sizeof(k->now);
	memcpy(&k->now, from, sizeof(k->now));
	normaliser_state_load(k->normaliser, at);
	feature_set_state_load(k->features, at + normaliser_state_size(k->normaliser));
}

static void kalman_destroy(struct decoder *d)
{
	struct decoder_kalman *k = (struct decoder_kalman *)d;
	normaliser_destroy(k->normaliser);
	feature_set_destroy(k->features);
	free(d);
}

static const struct decoder_class class = {
	"kalman",          kalman_step,       kalman_reset,      kalman_set_mask,
	kalman_state_size, kalman_state_save, kalman_state_load, kalman_destroy,
};

/* What the file holds, in the order of its tensors; the last one only where it asks for normalisation. */
enum {
	TRANSITION,
	PROCESS,
	START,
	INITIAL,
	OBSERVATION,
	EVIDENCE,
	WEIGHT,
	BIAS,
	MEAN,
	SCALE,
	COUNTS_MEAN,
	COUNTS_SCALE,
	N_TENSORS
};

struct tensors {
	const float *data[N_TENSORS];
	int64_t size[N_TENSORS];
};

static int refuse_surplus(const struct tensor_set *set, const char *const *names, int n, struct failure *f)
{
	for (int t = 0; t < set->n_tensors; t++) {
		int i = 0;
		while (i < n && strcmp(set->tensors[t].name, names[i]) != 0)
			i++;
		if (i == n)
			return failure_set(f, -EINVAL, "%s: tensor %.80s has no place in a Kalman decoder",
					   set->origin, set->tensors[t].name);
	}
	return 0;
}

static int read_tensors(const struct tensor_set *set, const struct decoder *d, int64_t n, int64_t n_features,
			struct failure *f, struct tensors *ret)
{
	static const char *const names[N_TENSORS] = {
		"kalman.transition",  "kalman.process",  "kalman.start",   "kalman.initial",
		"kalman.observation", "kalman.evidence", "readout.weight", "readout.bias",
		"features.mean",      "features.scale",  "counts.mean",    "counts.scale",
	};
	const int64_t shapes[N_TENSORS][2] = {
		{ n, n },
		{ n, n },
		{ n },
		{ n, n },
		{ n_features, n },
		{ n, n_features },
		{ d->n_outputs, n },
		{ d->n_outputs },
		{ n_features },
		{ n_features },
		{ d->n_units },
		{ d->n_units },
	};
	int n_tensors = d->normalise_tau_s > 0 ? N_TENSORS : COUNTS_SCALE;
	for (int i = 0; i < n_tensors; i++) {
		int r = tensor_f32(set, names[i], shapes[i][1] ? 2 : 1, shapes[i], f, &ret->data[i]);
		if (r < 0)
			return r;
		ret->size[i] = shapes[i][0] * (shapes[i][1] ? shapes[i][1] : 1);
	}
	int r = decoder_check_scale(set, names[SCALE], ret->data[SCALE], (int)n_features, f);
	if (r == 0 && ret->data[COUNTS_SCALE])
		r = decoder_check_scale(set, names[COUNTS_SCALE], ret->data[COUNTS_SCALE], d->n_units, f);
	return r < 0 ? r : refuse_surplus(set, names, n_tensors, f);
}

static int read_size(const struct tensor_set *set, struct failure *f, int *ret)
{
	const struct tensor *t = tensor_find(set, "kalman.transition");
	if (!t)
		return failure_set(f, -ENOENT, "%s: tensor kalman.transition is missing", set->origin);
	if (t->n_dims != 2 || t->shape[0] < 1 || t->shape[0] > MAX_STATE)
		return failure_set(f, -EINVAL,
				   "%s: tensor kalman.transition is not [n, n] with n from 1 to %d",
				   set->origin, MAX_STATE);
	*ret = (int)t->shape[0];
	return 0;
}

static int read_gain(const struct tensor_set *set, struct failure *f, bool *ret)
{
	const char *gain = tensor_note(set, "gain");
	if (gain && strcmp(gain, "steady") != 0 && strcmp(gain, "full") != 0)
		return failure_set(f, -EINVAL, "%s: note gain is \"%.40s\", neither full nor steady",
				   set->origin, gain);
	*ret = gain && strcmp(gain, "steady") == 0;
	return 0;
}

static const float *take(float **at, const struct tensors *t, int which)
{
	float *to = *at;
	memcpy(to, t->data[which], (size_t)t->size[which] * sizeof(*to));
	*at += t->size[which];
	return to;
}

static struct decoder_kalman *build(const struct decoder *common, const struct tensors *t, int n,
				    int n_features)
{
	size_t floats = 4 * (size_t)n_features;
	for (int i = 0; i < COUNTS_MEAN; i++)
		floats += (size_t)t->size[i];
	struct decoder_kalman *k = calloc(1, sizeof(*k) + floats * sizeof(float));
	if (!k)
		return NULL;
	k->base = *common;
	k->base.class = &class;
	k->n = n;
	k->n_features = n_features;
	k->inverse = k->memory;
	k->live = k->inverse + n_features;
	k->z = k->live + n_features;
	k->innovation = k->z + n_features;
	float *at = k->innovation + n_features;
	k->C = take(&at, t, OBSERVATION);
	k->G = take(&at, t, EVIDENCE);
	k->mean = take(&at, t, MEAN);
	k->A = take(&at, t, TRANSITION);
	k->W = take(&at, t, PROCESS);
	k->start = take(&at, t, START);
	k->initial = take(&at, t, INITIAL);
	k->weight = take(&at, t, WEIGHT);
	k->bias = take(&at, t, BIAS);
	for (int i = 0; i < n_features; i++) {
		k->inverse[i] = 1.0f / t->data[SCALE][i];
		k->live[i] = 1;
	}
	return k;
}

/* M = G C, symmetric but for rounding; and, where asked for, the covariance at which the filter settles. */
static void prepare(struct decoder_kalman *k)
{
	int n = k->n;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			for (int u = 0; u < k->n_features; u++)
				k->M[i * n + j] +=
					(double)k->G[(size_t)i * (size_t)k->n_features + (size_t)u] *
					k->C[(size_t)u * (size_t)n + (size_t)j];
	for (int i = 0; i < n * n; i++)
		k->posterior[i] = k->initial[i];
	for (int step = 0; k->steady && step < STEADY_STEPS; step++) {
		covariance_spread(k->posterior, k->A, k->W, n);
		covariance_narrow(k->posterior, k->M, n);
	}
}

static int create(const struct decoder *common, const struct tensors *t, int n, struct feature_set *features,
		  struct decoder_kalman **ret)
{
	struct normaliser *normaliser = NULL;
	int r = decoder_create_normaliser(common, t->data[COUNTS_MEAN], t->data[COUNTS_SCALE], &normaliser);
	if (r < 0)
		return r;
	struct decoder_kalman *k = build(common, t, n, feature_set_size(features));
	if (!k) {
		normaliser_destroy(normaliser);
		return -ENOMEM;
	}
	k->normaliser = normaliser;
	k->features = features;
	k->base.needs_rates = feature_set_need_rates(features);
	k->base.history_bins = feature_set_history(features);
	*ret = k;
	return 0;
}

int decoder_kalman_create(const struct tensor_set *set, const struct decoder *common, struct failure *f,
			  struct decoder **ret)
{
	struct feature_set *features = NULL;
	struct decoder_kalman *k = NULL;
	struct tensors t = { 0 };
	bool steady = false;
	int n = 0;
	int r = read_size(set, f, &n);
	if (r == 0)
		r = read_gain(set, f, &steady);
	if (r == 0)
		r = feature_set_create(common->features, common->n_units, f, &features);
	if (r == 0)
		r = read_tensors(set, common, n, feature_set_size(features), f, &t);
	if (r == 0 && create(common, &t, n, features, &k) < 0)
		r = failure_set(f, -ENOMEM, "%s: no memory for the decoder", set->origin);
	if (r < 0) {
		feature_set_destroy(features);
		return r;
	}
	k->steady = steady;
	prepare(k);
	kalman_reset(&k->base);
	*ret = &k->base;
	return 0;
}
