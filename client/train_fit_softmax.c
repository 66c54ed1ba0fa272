#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "softmax.h"
#include "train_fit.h"

#define N_PENALTIES 11
/* Finer than the penalties differ, and than a weight matters. */
#define CHOICE_TOLERANCE 1e-4
#define CHOICE_ITERATIONS 100
#define TOLERANCE 1e-5
#define ITERATIONS 1000

struct fit {
	const struct train_scaling *scaling;
	const char *target;
	int lag_bins;
	int n_features, n_classes;
	int32_t class[MAX_OUTPUTS]; /* (n_classes) the labels, rising */
	float *x;       /* (capacity, n_features): rows to fit from the front, to check from the back */
	int32_t *label; /* (capacity) */
	int64_t capacity, n_fit, n_check;
	double *weights; /* (n_classes, n_features + 1) */
};

/* Of a bin, or of its trial; below 0: none. */
static int read_label(const struct train_stretch *s, const char *target, int64_t bin, struct failure *f,
		      int32_t *ret)
{
	const struct recording *r = &s->recording;
	const struct tensor *t = tensor_find(r->tensors, target);
	double label = tensor_at(t, t->shape[0] == r->n_bins ? bin : bin / r->bins_a_trial);
	if (label != floor(label) || fabs(label) > 1e6)
		return failure_set(f, -EINVAL, "%s: %s of bin %lld is %g, not the number of a class", s->path,
				   target, (long long)bin, label);
	*ret = (int32_t)label;
	return 0;
}

static int check_target(const struct train_data *d, const char *target, struct failure *f)
{
	for (int i = 0; i < d->n_stretches; i++) {
		const struct tensor *t = tensor_find(d->stretch[i].recording.tensors, target);
		if (!t || t->n_dims != 1)
			return failure_set(f, -EINVAL, "%s: there is no %s, one value a bin or a trial",
					   d->stretch[i].path, target);
	}
	return 0;
}

static int add_class(struct fit *t, int32_t label, struct failure *f)
{
	int at = 0;
	while (at < t->n_classes && t->class[at] < label)
		at++;
	if (label < 0 || (at < t->n_classes && t->class[at] == label))
		return 0;
	if (t->n_classes == MAX_OUTPUTS)
		return failure_set(f, -EINVAL, "%s has more than %d classes", t->target, MAX_OUTPUTS);
	memmove(t->class + at + 1, t->class + at, (size_t)(t->n_classes - at) * sizeof(*t->class));
	t->class[at] = label;
	t->n_classes++;
	return 0;
}

static int find_classes(struct fit *t, const struct train_data *d, struct failure *f)
{
	int r = check_target(d, t->target, f);
	for (int i = 0; r == 0 && i < d->n_stretches; i++)
		for (int64_t b = d->stretch[i].from; r == 0 && b < d->stretch[i].until; b++) {
			int32_t label = -1;
			r = read_label(&d->stretch[i], t->target, b, f, &label);
			if (r == 0)
				r = add_class(t, label, f);
		}
	if (r == 0 && t->n_classes < 2)
		return failure_set(f, -EINVAL, "%s: a decoder wants two classes at least, there %s",
				   t->target, t->n_classes ? "is one" : "are none");
	return r;
}

static int fit_create(struct fit *t, int n_features, const struct train_data *d, struct failure *f)
{
	size_t n = (size_t)n_features, rows = (size_t)d->n_bins;
	t->n_features = n_features;
	t->capacity = d->n_bins;
	t->x = malloc(rows * n * sizeof(*t->x));
	t->label = malloc(rows * sizeof(*t->label));
	t->weights = calloc((size_t)t->n_classes * (n + 1), sizeof(*t->weights));
	if (!t->x || !t->label || !t->weights)
		return failure_set(f, -ENOMEM, "out of memory for %zu rows of %zu features", rows, n);
	return 0;
}

static void fit_destroy(struct fit *t)
{
	free(t->x);
	free(t->label);
	free(t->weights);
}

static int add_row(void *arg, const struct train_row *row)
{
	struct fit *t = arg;
	int32_t label = -1;
	int class = 0;
	int64_t of = train_stretch_label(row->stretch, row->bin, t->lag_bins);
	if (of < 0 || read_label(row->stretch, t->target, of, NULL, &label) < 0 || label < 0)
		return 0;
	while (t->class[class] != label)
		class ++;
	int64_t at = row->check ? t->capacity - ++t->n_check : t->n_fit++;
	float *x = t->x + (size_t)at * (size_t)t->n_features;
	for (int i = 0; i < t->n_features; i++)
		x[i] = (row->features[i] - t->scaling->mean[i]) / t->scaling->scale[i];
	t->label[at] = class;
	return 0;
}

static struct softmax_rows rows_of(const struct fit *t, int64_t from, int64_t n)
{
	return (struct softmax_rows){ t->x + (size_t)from * (size_t)t->n_features, t->label + from, n,
				      t->n_features, t->n_classes };
}

/* From the heaviest penalty down, each starting where the last one ended, until the checked rows have twice
 * become worse. */
static int choose(struct fit *t, double *ret_penalty, double *ret_loss, double *ret_accuracy)
{
	struct softmax_rows fit = rows_of(t, 0, t->n_fit),
			    check = rows_of(t, t->capacity - t->n_check, t->n_check);
	int worse = 0;
	*ret_loss = INFINITY;
	for (int k = 0; k < N_PENALTIES && worse < 2; k++) {
		double penalty = (double)t->n_fit * pow(10, -k / 2.0), loss, accuracy;
		int r = softmax_fit(&fit, penalty, CHOICE_TOLERANCE, CHOICE_ITERATIONS, t->weights);
		if (r == 0 || r == -EAGAIN)
			r = softmax_judge(&check, t->weights, &loss, &accuracy);
		if (r < 0)
			return r;
		progress_show("choosing", k + 1, N_PENALTIES + 1);
		worse = loss < *ret_loss ? 0 : worse + 1;
		if (worse > 0)
			continue;
		*ret_penalty = penalty;
		*ret_loss = loss;
		*ret_accuracy = accuracy;
	}
	return 0;
}

/* The rows to check close up behind those to fit. */
static int fit_all(struct fit *t, double penalty)
{
	size_t n = (size_t)t->n_features, check = (size_t)t->n_check,
	       from = (size_t)(t->capacity - t->n_check);
	memmove(t->x + (size_t)t->n_fit * n, t->x + from * n, check * n * sizeof(*t->x));
	memmove(t->label + t->n_fit, t->label + from, check * sizeof(*t->label));
	struct softmax_rows all = rows_of(t, 0, t->n_fit + t->n_check);
	int r = softmax_fit(&all, penalty, TOLERANCE, ITERATIONS, t->weights);
	return r == -EAGAIN ? 0 : r;
}

static void note_classes(struct train_file *file, const struct fit *t)
{
	for (int c = 0; c < t->n_classes; c++) {
		char text[32];
		snprintf(text, sizeof(text), "class_%d", t->class[c]);
		train_file_note_item(file, "outputs", text);
		train_file_note_item(file, "output_units", "");
		train_file_note_item(file, "holds", "zero");
		train_file_note_item(file, "classes", text + strlen("class_"));
	}
}

static int write_decoder(const struct train_fit_request *q, const struct train_data *d, const struct fit *t,
			 const struct train_fit_report *report, struct failure *f)
{
	size_t n = (size_t)t->n_classes * (size_t)t->n_features, all = n + (size_t)t->n_classes;
	float *weight = malloc(all * sizeof(*weight));
	struct train_file file = { 0 };
	if (!weight)
		return failure_set(f, -ENOMEM, "out of memory");
	for (size_t i = 0; i < all; i++)
		weight[i] = (float)t->weights[i];
	train_note_common(&file, q, d);
	note_classes(&file, t);
	train_file_note(&file, "penalty", "%.4g", report->penalty[0]);
	train_file_note(&file, "accuracy", "%.4f", report->accuracy);
	train_file_tensor(&file, "readout.weight", weight, t->n_classes, t->n_features);
	train_file_tensor(&file, "readout.bias", weight + n, t->n_classes, 0);
	train_put_scaling(&file, q, d, t->scaling);
	int r = train_file_write(&file, q->output, f);
	train_file_finish(&file);
	free(weight);
	return r;
}

static int fit(struct fit *t, struct failure *f, struct train_fit_report *ret)
{
	if (t->n_fit < 1 || t->n_check < 1)
		return failure_set(f, -EINVAL, "%s: too few labelled bins, %lld to fit and %lld to check",
				   t->target, (long long)t->n_fit, (long long)t->n_check);
	int r = choose(t, &ret->penalty[0], &ret->loss, &ret->accuracy);
	if (r == 0)
		r = fit_all(t, ret->penalty[0]);
	progress_show("choosing", 1, 1);
	ret->classes = true;
	ret->n_outputs = t->n_classes;
	ret->n_features = t->n_features;
	ret->n_bins = t->n_fit + t->n_check;
	for (int c = 0; c < t->n_classes; c++)
		snprintf(ret->output[c], sizeof(ret->output[c]), "class_%d", t->class[c]);
	return r < 0 ? failure_set(f, r, "the regression has no solution (%s)", strerror(-r)) : 0;
}

int train_fit_softmax(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		      struct train_fit_report *ret)
{
	struct train_rows *x = NULL;
	struct train_scaling scaling = { 0 };
	struct fit t = { &scaling, q->target, q->lag_bins };
	int r = find_classes(&t, d, f);
	if (r == 0)
		r = train_rows_create(d, q->features, q->normalise_tau_s, q->model, f, &x);
	if (r == 0)
		r = train_scaling_create(x, d, f, &scaling);
	if (r == 0)
		r = fit_create(&t, x->n_features, d, f);
	if (r == 0)
		r = train_rows_each(x, d, "features", add_row, &t);
	if (r == 0)
		r = fit(&t, f, ret);
	if (r == 0)
		r = write_decoder(q, d, &t, ret, f);
	fit_destroy(&t);
	train_scaling_free(&scaling);
	train_rows_destroy(x);
	return r;
}
