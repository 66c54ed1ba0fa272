#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "kalman_fit.h"
#include "train_fit.h"

#define CHUNK_ROWS 256

struct fit {
	const struct train_fit_request *q;
	const struct train_data *d;
	const struct train_scaling *scaling;
	int n_state, n_features;
	int column[MAX_OUTPUTS];                      /* (n_state) of the kinematics */
	double mean[MAX_OUTPUTS], scale[MAX_OUTPUTS]; /* (n_state) */
	struct kalman_sums *fit_sums, *check_sums;
	double *steps, *seen; /* (CHUNK_ROWS, …) rows on their way into the sums */
	int n_steps, n_seen;
	bool check;     /* of the rows in the chunks */
	float *numbers; /* behind the tensors of the file */
	struct train_file file;
	/* while a filter is judged on the part that chooses */
	struct decoder *decoder;
	double error[MAX_OUTPUTS], sum[MAX_OUTPUTS], square[MAX_OUTPUTS];
	int64_t n_judged;
};

static int find_column(const struct recording *r, const char *name, size_t length)
{
	for (int j = 0; j < r->n_kinematics; j++)
		if (strlen(r->kinematics_names[j]) == length &&
		    strncmp(r->kinematics_names[j], name, length) == 0)
			return j;
	return -1;
}

/* "x_mm,vx_mm_per_s" of the request, or all kinematics. */
static int find_state(struct fit *t, struct failure *f)
{
	const struct recording *r = &t->d->stretch[0].recording;
	const char *at = t->q->state;
	for (int j = 0; !at && j < r->n_kinematics; j++)
		t->column[t->n_state++] = j;
	while (at && *at) {
		size_t length = strcspn(at, ",");
		int column = find_column(r, at, length);
		for (int i = 0; i < t->n_state; i++)
			if (t->column[i] == column)
				return failure_set(f, -EINVAL, "--state: \"%.*s\" stands twice", (int)length,
						   at);
		if (column < 0)
			return failure_set(f, -EINVAL, "--state: \"%.*s\" is not among the kinematics of %s",
					   (int)(length < 60 ? length : 60), at, t->d->stretch[0].path);
		t->column[t->n_state++] = column;
		at += length + (at[length] == ',');
	}
	if (t->n_state == 0)
		return failure_set(f, -EINVAL, "--state: no name in it");
	for (int i = 0; i < t->n_state; i++)
		train_kinematics_scale(t->d, t->column[i], &t->mean[i], &t->scale[i]);
	return 0;
}

static int fit_create(struct fit *t, int n_features, struct failure *f)
{
	size_t n = (size_t)t->n_state + 1, u = (size_t)n_features, steps = 2 * n - 1, seen = n + u;
	t->n_features = n_features;
	t->steps = malloc(CHUNK_ROWS * (steps + seen) * sizeof(*t->steps));
	t->seen = t->steps + CHUNK_ROWS * steps;
	t->numbers = malloc((3 * n * n + n + 2 * n * u + n * n + n) * sizeof(*t->numbers));
	int r = t->steps && t->numbers ? 0 : -ENOMEM;
	if (r == 0)
		r = kalman_sums_create(t->n_state, n_features, &t->fit_sums);
	if (r == 0)
		r = kalman_sums_create(t->n_state, n_features, &t->check_sums);
	return r < 0 ? failure_set(f, r, "out of memory for %zu features", u) : 0;
}

static void fit_destroy(struct fit *t)
{
	kalman_sums_destroy(t->fit_sums);
	kalman_sums_destroy(t->check_sums);
	train_file_finish(&t->file);
	free(t->steps);
	free(t->numbers);
}

static void flush_rows(struct fit *t)
{
	struct kalman_sums *sums = t->check ? t->check_sums : t->fit_sums;
	kalman_sums_add_steps(sums, t->steps, t->n_steps);
	kalman_sums_add_seen(sums, t->seen, t->n_seen);
	t->n_steps = t->n_seen = 0;
}

static void put_state(const struct fit *t, const struct recording *r, int64_t bin, double *ret)
{
	for (int i = 0; i < t->n_state; i++)
		ret[i] = (tensor_at(r->kinematics, bin * r->n_kinematics + t->column[i]) - t->mean[i]) /
			 t->scale[i];
}

static int add_row(void *arg, const struct train_row *row)
{
	struct fit *t = arg;
	const struct recording *r = &row->stretch->recording;
	int64_t next = train_stretch_label(row->stretch, row->bin, 1);
	int64_t label = train_stretch_label(row->stretch, row->bin, t->q->lag_bins);
	int d = t->n_state;
	if (t->n_steps == CHUNK_ROWS || t->n_seen == CHUNK_ROWS || t->check != row->check)
		flush_rows(t);
	t->check = row->check;
	if (next >= 0) {
		double *step = t->steps + t->n_steps++ * (2 * d + 1);
		put_state(t, r, row->bin, step);
		step[d] = 1;
		put_state(t, r, next, step + d + 1);
	}
	if (label >= 0) {
		double *seen = t->seen + (size_t)t->n_seen++ * (size_t)(d + 1 + t->n_features);
		put_state(t, r, label, seen);
		seen[d] = 1;
		for (int i = 0; i < t->n_features; i++)
			seen[d + 1 + i] = (row->features[i] - t->scaling->mean[i]) / t->scaling->scale[i];
	}
	return 0;
}

static float *put(struct fit *t, const char *name, const double *from, float *at, int rows, int columns)
{
	size_t n = (size_t)rows * (size_t)(columns ? columns : 1);
	for (size_t i = 0; i < n; i++)
		at[i] = (float)from[i];
	train_file_tensor(&t->file, name, at, rows, columns);
	return at + n;
}

/* The state is standardised, the outputs are not. */
static void put_readout(struct fit *t, float *at)
{
	int d = t->n_state, n = d + 1;
	memset(at, 0, (size_t)(d * n) * sizeof(*at));
	for (int i = 0; i < d; i++) {
		at[i * n + i] = (float)t->scale[i];
		at[d * n + i] = (float)t->mean[i];
	}
	train_file_tensor(&t->file, "readout.weight", at, d, n);
	train_file_tensor(&t->file, "readout.bias", at + d * n, d, 0);
}

/* The filter as a file, in memory. */
static void make_file(struct fit *t, const struct kalman_model *m)
{
	const struct recording *r = &t->d->stretch[0].recording;
	train_file_finish(&t->file);
	train_note_common(&t->file, t->q, t->d);
	train_file_note(&t->file, "gain", "%s", t->q->gain);
	for (int i = 0; i < t->n_state; i++)
		train_note_output(&t->file, t->d, r->kinematics_names[t->column[i]]);
	float *at = put(t, "kalman.transition", m->A, t->numbers, m->n, m->n);
	at = put(t, "kalman.process", m->W, at, m->n, m->n);
	at = put(t, "kalman.start", m->start, at, m->n, 0);
	at = put(t, "kalman.initial", m->initial, at, m->n, m->n);
	at = put(t, "kalman.observation", m->C, at, m->n_observed, m->n);
	at = put(t, "kalman.evidence", m->G, at, m->n, m->n_observed);
	put_readout(t, at);
	train_put_scaling(&t->file, t->q, t->d, t->scaling);
}

/* The very decoder that runs live, on the bins that choose. */
static int judge_row(void *arg, const struct train_row *row)
{
	struct fit *t = arg;
	const struct recording *r = &row->stretch->recording;
	struct estimate e;
	int64_t label = train_stretch_label(row->stretch, row->bin, t->q->lag_bins);
	if (train_stretch_begins(row->stretch, row->bin))
		t->decoder->class->reset(t->decoder);
	t->decoder->class->step(t->decoder, row->counts, row->rates, false, &e);
	if (!row->check || label < 0)
		return 0;
	for (int i = 0; i < t->n_state; i++) {
		double y = tensor_at(r->kinematics, label * r->n_kinematics + t->column[i]),
		       off = e.value[i] - y;
		t->error[i] += off * off;
		t->sum[i] += y - t->mean[i];
		t->square[i] += (y - t->mean[i]) * (y - t->mean[i]);
	}
	t->n_judged++;
	return 0;
}

static int judge(struct fit *t, struct train_rows *x, const struct kalman_model *m, struct failure *f,
		 double *ret_r2)
{
	make_file(t, m);
	struct tensor_set set = train_file_set(&t->file, t->q->output);
	int r = decoder_create(&set, t->d->n_units, t->d->bin_us, f, &t->decoder);
	if (r < 0)
		return r;
	t->n_judged = 0;
	memset(t->error, 0, sizeof(t->error));
	memset(t->sum, 0, sizeof(t->sum));
	memset(t->square, 0, sizeof(t->square));
	r = train_rows_each(x, t->d, "choosing", judge_row, t);
	decoder_destroy(t->decoder);
	for (int i = 0; i < t->n_state; i++) {
		double total = t->square[i] - t->sum[i] * t->sum[i] / (double)t->n_judged;
		ret_r2[i] = total > 0 ? 1 - t->error[i] / total : 0;
	}
	return r;
}

static int solve(const struct kalman_sums *sums, double shrink, struct failure *f, struct kalman_model **ret)
{
	int r = kalman_fit(sums, shrink, ret);
	return r < 0 ? failure_set(f, r, "the sums give no filter (%s): do states repeat each other?",
				   strerror(-r))
		     : 0;
}

/* How much of the correlation between units is noise: by the last part of each stretch. */
static int choose(struct fit *t, struct train_rows *x, struct failure *f, struct train_fit_report *ret)
{
	static const double shrinks[] = { 0, 0.03, 0.1, 0.3, 1 };
	double best = -INFINITY;
	for (size_t k = 0; k < sizeof(shrinks) / sizeof(*shrinks); k++) {
		struct kalman_model *m = NULL;
		double r2[MAX_OUTPUTS], sum = 0;
		int r = solve(t->fit_sums, shrinks[k], f, &m);
		if (r == 0)
			r = judge(t, x, m, f, r2);
		kalman_model_destroy(m);
		if (r < 0)
			return r;
		for (int i = 0; i < t->n_state; i++)
			sum += r2[i];
		if (!(sum > best) && k > 0)
			continue;
		best = sum;
		memcpy(ret->r2, r2, sizeof(r2));
		for (int i = 0; i < t->n_state; i++)
			ret->penalty[i] = shrinks[k];
	}
	return 0;
}

static int fit(struct fit *t, struct train_rows *x, struct failure *f, struct train_fit_report *ret)
{
	struct kalman_model *m = NULL;
	train_rows_each(x, t->d, "fitting", add_row, t);
	flush_rows(t);
	int r = choose(t, x, f, ret);
	if (r < 0)
		return r;
	kalman_sums_merge(t->fit_sums, t->check_sums);
	r = solve(t->fit_sums, ret->penalty[0], f, &m);
	if (r < 0)
		return r;
	make_file(t, m);
	train_file_note(&t->file, "penalty", "%.4g", ret->penalty[0]);
	for (int i = 0; i < t->n_state; i++) {
		char text[32];
		snprintf(text, sizeof(text), "%.4f", ret->r2[i]);
		train_file_note_item(&t->file, "r2", text);
		snprintf(ret->output[i], sizeof(ret->output[i]), "%s",
			 t->d->stretch[0].recording.kinematics_names[t->column[i]]);
	}
	kalman_model_destroy(m);
	ret->n_outputs = t->n_state;
	ret->n_features = t->n_features;
	ret->n_bins = t->fit_sums->n_seen;
	return train_file_write(&t->file, t->q->output, f);
}

int train_fit_kalman(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		     struct train_fit_report *ret)
{
	struct train_rows *x = NULL;
	struct train_scaling scaling = { 0 };
	struct fit t = { q, d, &scaling };
	int r = train_check_kinematics(d, f);
	if (r == 0)
		r = find_state(&t, f);
	if (r == 0)
		r = train_rows_create(d, q->features, q->normalise_tau_s, q->model, f, &x);
	if (r == 0)
		r = train_scaling_create(x, d, f, &scaling);
	if (r == 0)
		r = fit_create(&t, x->n_features, f);
	if (r == 0)
		r = fit(&t, x, f, ret);
	fit_destroy(&t);
	train_scaling_free(&scaling);
	train_rows_destroy(x);
	return r;
}
