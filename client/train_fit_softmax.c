#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "softmax.h"
#include "train_fit.h"

#define N_PENALTIES 11
#define N_FOLDS 5
/* Finer than the penalties differ, and than a weight matters. */
#define CHOICE_TOLERANCE 1e-4
#define CHOICE_ITERATIONS 100
#define TOLERANCE 1e-5
#define ITERATIONS 1000

struct fit {
	const struct train_fit_request *q;
	const struct train_data *d;
	const struct train_scaling *scaling;
	const struct train_labels *labels;
	int n_features, n_classes;
	float *x;       /* (n_bins, n_features) every bin of all stretches, in order */
	int32_t *label; /* (n_bins) its class, or -1 */
	bool *check;    /* (n_bins) it chooses the penalty */
	int32_t *some;  /* (n_bins) labels of the part that is looked at */
	int64_t n_rows;
	double *weights; /* (n_classes, n_features + 1) */
};

static int fit_create(struct fit *t, int n_features, struct failure *f)
{
	size_t n = (size_t)n_features, rows = (size_t)t->d->n_bins;
	t->n_features = n_features;
	t->n_classes = t->labels->n_classes;
	t->x = malloc(rows * n * sizeof(*t->x));
	t->label = malloc(rows * (2 * sizeof(*t->label) + sizeof(*t->check)));
	t->weights = calloc((size_t)t->n_classes * (n + 1), sizeof(*t->weights));
	if (!t->x || !t->label || !t->weights)
		return failure_set(f, -ENOMEM, "out of memory for %zu rows of %zu features", rows, n);
	t->some = t->label + rows;
	t->check = (bool *)(t->some + rows);
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
	int64_t of = train_stretch_label(row->stretch, row->bin, t->q->lag_bins), at = t->n_rows++;
	float *x = t->x + (size_t)at * (size_t)t->n_features;
	for (int i = 0; i < t->n_features; i++)
		x[i] = (row->features[i] - t->scaling->mean[i]) / t->scaling->scale[i];
	t->label[at] = of < 0 ? -1 : t->labels->class[row->stretch - t->d->stretch][of];
	t->check[at] = row->check;
	return 0;
}

/* Rows that choose the penalty, or the others; the rest is left out. Returns how many are labelled. */
static int64_t look_at(struct fit *t, bool check)
{
	int64_t n = 0;
	for (int64_t i = 0; i < t->n_rows; i++) {
		t->some[i] = t->check[i] == check ? t->label[i] : -1;
		n += t->some[i] >= 0;
	}
	return n;
}

static struct softmax_rows rows_of(const struct fit *t, const int32_t *label)
{
	return (struct softmax_rows){ t->x, label, t->n_rows, t->n_features, t->n_classes };
}

/* From the heaviest penalty down, each starting where the last one ended, until the checked rows have twice
 * become worse. */
static int choose(struct fit *t, double *ret_penalty, double *ret_loss, double *ret_accuracy)
{
	struct softmax_rows some = rows_of(t, t->some);
	int worse = 0;
	*ret_loss = INFINITY;
	for (int k = 0; k < N_PENALTIES && worse < 2; k++) {
		double penalty = (double)look_at(t, false) * pow(10, -k / 2.0), loss, accuracy;
		int r = softmax_fit(&some, penalty, CHOICE_TOLERANCE, CHOICE_ITERATIONS, t->weights);
		look_at(t, true);
		if (r == 0 || r == -EAGAIN)
			r = softmax_judge(&some, t->weights, &loss, &accuracy);
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

/* Fold k of N_FOLDS: the k-th part of each stretch, in time. Calls `each` with its rows. */
static void each_fold(struct fit *t, int k, void (*each)(struct fit *t, int64_t from, int64_t n, void *arg),
		      void *arg)
{
	int64_t begin = 0;
	for (int i = 0; i < t->d->n_stretches; i++) {
		int64_t n = t->d->stretch[i].until - t->d->stretch[i].from;
		int64_t from = n * k / N_FOLDS, until = n * (k + 1) / N_FOLDS;
		each(t, begin + from, until - from, arg);
		begin += n;
	}
}

static void leave_out(struct fit *t, int64_t from, int64_t n, void *arg)
{
	(void)arg;
	for (int64_t i = from; i < from + n; i++)
		t->some[i] = -1;
}

static void foretell(struct fit *t, int64_t from, int64_t n, void *arg)
{
	struct softmax_rows rows = rows_of(t, t->some);
	rows.x += (size_t)from * (size_t)t->n_features;
	rows.label += from;
	rows.n_rows = n;
	softmax_probabilities(&rows, t->weights, (float *)arg + from * t->n_classes);
}

/* Probabilities of every bin by weights that were fitted on the other parts of the stretches. */
static int cross_fit(struct fit *t, double penalty, float *p)
{
	struct softmax_rows some = rows_of(t, t->some);
	size_t weights = (size_t)t->n_classes * (size_t)(t->n_features + 1);
	for (int k = 0; k < N_FOLDS; k++) {
		progress_show("commands", k, N_FOLDS);
		memcpy(t->some, t->label, (size_t)t->n_rows * sizeof(*t->some));
		each_fold(t, k, leave_out, NULL);
		memset(t->weights, 0, weights * sizeof(*t->weights));
		int r = softmax_fit(&some, penalty, CHOICE_TOLERANCE, CHOICE_ITERATIONS, t->weights);
		if (r < 0 && r != -EAGAIN)
			return r;
		each_fold(t, k, foretell, p);
	}
	progress_show("commands", 1, 1);
	return 0;
}

static int choose_commands(struct fit *t, double penalty, struct train_commands *ret)
{
	float *p = malloc((size_t)(t->n_rows * t->n_classes) * sizeof(*p));
	int r = p ? cross_fit(t, penalty, p) : -ENOMEM;
	if (r == 0)
		r = train_commands_choose(t->d, t->labels, p, t->q->guard_s, t->q->max_false_per_min, ret);
	free(p);
	return r;
}

static int fit_all(struct fit *t, double penalty)
{
	struct softmax_rows all = rows_of(t, t->label);
	int r = softmax_fit(&all, penalty, TOLERANCE, ITERATIONS, t->weights);
	return r == -EAGAIN ? 0 : r;
}

static void note_classes(struct train_file *file, const struct train_labels *l)
{
	for (int c = 0; c < l->n_classes; c++) {
		char text[32] = "class_";
		train_labels_text(l, c, text + 6, sizeof(text) - 6);
		train_file_note_item(file, "outputs", text);
		train_file_note_item(file, "output_units", "");
		train_file_note_item(file, "holds", "zero");
		train_file_note_item(file, "classes", text + 6);
	}
}

static void note_commands(struct train_file *file, const struct train_commands *c)
{
	train_file_note(file, "command_leak", "%g", c->leak);
	train_file_note(file, "command_threshold", "%g", c->threshold);
	train_file_note(file, "refractory_ms", "%g", c->refractory_ms);
	train_file_note(file, "none_bias", "%g", c->none_bias); /* it is in readout.bias already */
}

static int write_decoder(const struct fit *t, const struct train_fit_report *report, struct failure *f)
{
	size_t n = (size_t)t->n_classes * (size_t)t->n_features, all = n + (size_t)t->n_classes;
	float *weight = malloc(all * sizeof(*weight));
	struct train_file file = { 0 };
	if (!weight)
		return failure_set(f, -ENOMEM, "out of memory");
	for (size_t i = 0; i < all; i++)
		weight[i] = (float)t->weights[i];
	if (t->labels->none >= 0)
		weight[n + (size_t)t->labels->none] += (float)report->commands.none_bias;
	train_note_common(&file, t->q, t->d);
	note_classes(&file, t->labels);
	note_commands(&file, &report->commands);
	train_file_note(&file, "penalty", "%.4g", report->penalty[0]);
	train_file_note(&file, "accuracy", "%.4f", report->accuracy);
	train_file_tensor(&file, "readout.weight", weight, t->n_classes, t->n_features);
	train_file_tensor(&file, "readout.bias", weight + n, t->n_classes, 0);
	train_put_scaling(&file, t->q, t->d, t->scaling);
	int r = train_file_write(&file, t->q->output, f);
	train_file_finish(&file);
	free(weight);
	return r;
}

static int fit(struct fit *t, struct failure *f, struct train_fit_report *ret)
{
	int64_t n_fit = look_at(t, false), n_check = look_at(t, true);
	if (n_fit < 1 || n_check < 1)
		return failure_set(f, -EINVAL, "%s: too few labelled bins, %lld to fit and %lld to check",
				   t->q->target, (long long)n_fit, (long long)n_check);
	int r = choose(t, &ret->penalty[0], &ret->loss, &ret->accuracy);
	progress_show("choosing", 1, 1);
	if (r == 0)
		r = choose_commands(t, ret->penalty[0], &ret->commands);
	if (r == 0)
		r = fit_all(t, ret->penalty[0]);
	ret->classes = true;
	ret->n_outputs = t->n_classes;
	ret->n_features = t->n_features;
	ret->n_bins = n_fit + n_check;
	for (int c = 0; c < t->n_classes; c++) {
		strcpy(ret->output[c], "class_");
		train_labels_text(t->labels, c, ret->output[c] + 6, sizeof(ret->output[c]) - 6);
	}
	return r < 0 ? failure_set(f, r, "the regression has no solution (%s)", strerror(-r)) : 0;
}

int train_fit_softmax(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		      struct train_fit_report *ret)
{
	struct train_rows *x = NULL;
	struct train_scaling scaling = { 0 };
	struct train_labels labels = { 0 };
	struct fit t = { q, d, &scaling, &labels };
	int r = train_labels_create(d, q->target, q->none ? q->guard_s : -1, f, &labels);
	if (r == 0)
		r = train_rows_create(d, q->features, q->normalise_tau_s, q->model, f, &x);
	if (r == 0)
		r = train_scaling_create(x, d, f, &scaling);
	if (r == 0)
		r = fit_create(&t, x->n_features, f);
	if (r == 0)
		r = train_rows_each(x, d, "features", add_row, &t);
	if (r == 0)
		r = fit(&t, f, ret);
	if (r == 0)
		r = write_decoder(&t, ret, f);
	fit_destroy(&t);
	train_labels_free(&labels, d);
	train_scaling_free(&scaling);
	train_rows_destroy(x);
	return r;
}
