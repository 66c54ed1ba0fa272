#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ridge.h"
#include "train_fit.h"

#define CHUNK_ROWS 256
#define N_PENALTIES 11

struct fit {
	const struct train_scaling *scaling;
	int lag_bins;
	int n_features, n_targets;
	double *y_mean, *y_scale; /* (n_targets) */
	double *X, *Y;            /* (CHUNK_ROWS, …) */
	int n_rows;
	bool check; /* of the rows in the chunk */
	struct ridge_sums *fit_sums, *check_sums;
};

static void flush_rows(struct fit *t)
{
	ridge_sums_add(t->check ? t->check_sums : t->fit_sums, t->X, t->Y, t->n_rows);
	t->n_rows = 0;
}

static int add_row(void *arg, const struct train_row *row)
{
	struct fit *t = arg;
	const struct recording *r = &row->stretch->recording;
	int64_t label = train_stretch_label(row->stretch, row->bin, t->lag_bins);
	if (label < 0)
		return 0;
	if (t->n_rows == CHUNK_ROWS || (t->n_rows > 0 && t->check != row->check))
		flush_rows(t);
	double *x = t->X + (size_t)t->n_rows * (size_t)t->n_features, *y = t->Y + t->n_rows * t->n_targets;
	for (int i = 0; i < t->n_features; i++)
		x[i] = (row->features[i] - t->scaling->mean[i]) / t->scaling->scale[i];
	for (int j = 0; j < t->n_targets; j++)
		y[j] = (tensor_at(r->kinematics, label * r->n_kinematics + j) - t->y_mean[j]) / t->y_scale[j];
	t->check = row->check;
	t->n_rows++;
	return 0;
}

static int fit_create(const struct train_rows *x, const struct train_data *d, struct failure *f,
		      struct fit *t)
{
	size_t n = (size_t)x->n_features, m = (size_t)d->stretch[0].recording.n_kinematics;
	t->n_features = x->n_features;
	t->n_targets = (int)m;
	t->X = malloc((CHUNK_ROWS * (n + m) + 2 * m) * sizeof(*t->X));
	int r = t->X ? 0 : -ENOMEM;
	if (r == 0)
		r = ridge_sums_create(t->n_features, t->n_targets, &t->fit_sums);
	if (r == 0)
		r = ridge_sums_create(t->n_features, t->n_targets, &t->check_sums);
	if (r < 0)
		return failure_set(f, r, "out of memory for the products of %zu features", n);
	t->Y = t->X + CHUNK_ROWS * n;
	t->y_mean = t->Y + CHUNK_ROWS * m;
	t->y_scale = t->y_mean + m;
	for (int j = 0; j < t->n_targets;
	     j++) /* so that sums of targets far from zero (pixels) lose nothing */
		train_kinematics_scale(d, j, &t->y_mean[j], &t->y_scale[j]);
	return 0;
}

static void fit_destroy(struct fit *t)
{
	ridge_sums_destroy(t->fit_sums);
	ridge_sums_destroy(t->check_sums);
	free(t->X);
}

/* Each target with its own penalty, on all rows. */
static int solve(const struct fit *t, const double *penalty, double *W, double *b)
{
	size_t n = (size_t)t->n_features, m = (size_t)t->n_targets;
	double *all = malloc((m * n + m) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	int r = 0;
	for (size_t j = 0; r == 0 && j < m; j++) {
		size_t same = 0;
		while (penalty[same] != penalty[j])
			same++;
		if (same == j)
			r = ridge_solve(t->fit_sums, penalty[j], all, all + m * n);
		for (size_t k = j; r == 0 && same == j && k < m; k++)
			if (penalty[k] == penalty[j]) {
				memcpy(W + k * n, all + k * n, n * sizeof(*W));
				b[k] = all[m * n + k];
			}
	}
	free(all);
	return r;
}

/* The penalty by the last part of each stretch, then both parts together. */
static int choose_and_solve(struct fit *t, struct train_fit_report *report, double *W, double *b,
			    struct failure *f)
{
	double penalties[N_PENALTIES];
	if (t->n_rows > 0)
		flush_rows(t);
	for (int k = 0; k < N_PENALTIES; k++)
		penalties[k] = (double)t->fit_sums->n_rows * pow(10, (k - 8) / 2.0);
	int r = ridge_choose(t->fit_sums, t->check_sums, penalties, N_PENALTIES, report->penalty, report->r2);
	if (r == 0) {
		ridge_sums_merge(t->fit_sums, t->check_sums);
		r = solve(t, report->penalty, W, b);
	}
	return r < 0 ? failure_set(f, r, "the regression has no solution (%s)", strerror(-r)) : 0;
}

static int write_decoder(const struct train_fit_request *q, const struct train_data *d, const struct fit *t,
			 const double *W, const double *b, const struct train_fit_report *report,
			 struct failure *f)
{
	size_t n = (size_t)t->n_features, m = (size_t)t->n_targets;
	float *weight = malloc((n * m + m) * sizeof(*weight)), *bias = weight + n * m;
	struct train_file file = { 0 };
	if (!weight)
		return failure_set(f, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n * m; i++)
		weight[i] = (float)(W[i] * t->y_scale[i / n]);
	train_note_common(&file, q, d);
	for (size_t j = 0; j < m; j++) {
		char text[32];
		train_note_output(&file, d, d->stretch[0].recording.kinematics_names[j]);
		bias[j] = (float)(b[j] * t->y_scale[j] + t->y_mean[j]);
		snprintf(text, sizeof(text), "%.4g", report->penalty[j]);
		train_file_note_item(&file, "penalty", text);
		snprintf(text, sizeof(text), "%.4f", report->r2[j]);
		train_file_note_item(&file, "r2", text);
	}
	train_file_tensor(&file, "readout.weight", weight, t->n_targets, t->n_features);
	train_file_tensor(&file, "readout.bias", bias, t->n_targets, 0);
	train_put_scaling(&file, q, d, t->scaling);
	int r = train_file_write(&file, q->output, f);
	train_file_finish(&file);
	free(weight);
	return r;
}

static int fit(const struct train_fit_request *q, const struct train_data *d, struct train_rows *x,
	       struct fit *t, struct failure *f, struct train_fit_report *ret)
{
	size_t n = (size_t)t->n_features, m = (size_t)t->n_targets;
	double *W = malloc((n * m + m) * sizeof(*W)), *b = W + n * m;
	if (!W)
		return failure_set(f, -ENOMEM, "out of memory");
	train_rows_each(x, d, "fitting", add_row, t);
	int r = choose_and_solve(t, ret, W, b, f);
	if (r == 0)
		r = write_decoder(q, d, t, W, b, ret, f);
	free(W);
	ret->n_bins = t->fit_sums->n_rows;
	ret->n_features = t->n_features;
	ret->n_outputs = t->n_targets;
	for (int j = 0; j < t->n_targets; j++)
		snprintf(ret->output[j], sizeof(ret->output[j]), "%s",
			 d->stretch[0].recording.kinematics_names[j]);
	return r;
}

int train_fit_ridge(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		    struct train_fit_report *ret)
{
	struct train_rows *x = NULL;
	struct train_scaling scaling = { 0 };
	struct fit t = { &scaling, q->lag_bins };
	int r = train_check_kinematics(d, f);
	if (r == 0)
		r = train_rows_create(d, q->features, q->normalise_tau_s, q->model, f, &x);
	if (r == 0)
		r = train_scaling_create(x, d, f, &scaling);
	if (r == 0)
		r = fit_create(x, d, f, &t);
	if (r == 0)
		r = fit(q, d, x, &t, f, ret);
	fit_destroy(&t);
	train_scaling_free(&scaling);
	train_rows_destroy(x);
	return r;
}
