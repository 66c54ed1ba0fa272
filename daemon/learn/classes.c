#include "classes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLOOR 1e-7

static int most_probable(const struct classes_view *v, int64_t bin, int n)
{
	const float *p = v->p + bin * v->n_classes;
	int best = 0;
	for (int c = 1; c < n; c++)
		if (p[c] > p[best])
			best = c;
	return best;
}

static double log_p(const struct classes_view *v, int64_t bin, int class)
{
	return log(fmax((double)v->p[bin * v->n_classes + class], FLOOR));
}

static void score_bins(const struct classes_view *v, double *right, double *all, struct classes_score *ret)
{
	for (int64_t t = 0; t < v->n_bins; t++) {
		int label = v->label[t];
		if (label < 0)
			continue;
		all[label]++;
		right[label] += most_probable(v, t, v->n_classes) == label;
		ret->log_loss -= log_p(v, t, label);
		ret->n_bins++;
	}
}

static void sum_up(const double *right, const double *all, int n_classes, struct classes_score *ret)
{
	double n_right = 0, most = 0, parts = 0;
	int n_seen = 0;
	for (int c = 0; c < n_classes; c++) {
		n_right += right[c];
		most = fmax(most, all[c]);
		if (all[c] > 0) {
			parts += right[c] / all[c];
			n_seen++;
		}
	}
	ret->accuracy = n_right / (double)ret->n_bins;
	ret->majority = most / (double)ret->n_bins;
	ret->balanced_accuracy = parts / n_seen;
	ret->log_loss /= (double)ret->n_bins;
}

/* What the scored bins of [from, until) vote for, and their label: -1 where none is scored. */
static int vote(const struct classes_view *v, int64_t from, int64_t until, double *votes, double *logs,
		int *ret_label)
{
	int best = 0, label = -1, n = v->n_classes - v->last_is_none;
	memset(votes, 0, (size_t)v->n_classes * sizeof(*votes));
	memset(logs, 0, (size_t)v->n_classes * sizeof(*logs));
	for (int64_t t = from; t < until; t++) {
		if (v->label[t] < 0)
			continue;
		label = v->label[t];
		votes[most_probable(v, t, n)]++;
		for (int c = 0; c < n; c++)
			logs[c] += log_p(v, t, c);
	}
	for (int c = 1; c < n; c++)
		if (votes[c] > votes[best] || (votes[c] == votes[best] && logs[c] > logs[best]))
			best = c;
	*ret_label = label;
	return best;
}

static void score_trials(const struct classes_view *v, double *votes, double *logs, struct classes_score *ret)
{
	double right = 0;
	for (int64_t from = 0, until; from < v->n_bins; from = until) {
		int label, voted;
		for (until = from + 1; until < v->n_bins && v->trial[until] == v->trial[from]; until++)
			;
		if (v->trial[from] < 0)
			continue;
		voted = vote(v, from, until, votes, logs, &label);
		if (label < 0)
			continue;
		ret->n_trials++;
		right += voted == label;
	}
	if (ret->n_trials)
		ret->trial_vote = right / (double)ret->n_trials;
}

int classes_score(const struct classes_view *v, struct classes_score *ret)
{
	struct classes_score s = { .trial_vote = NAN };
	double *numbers = calloc(2 * (size_t)v->n_classes, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	score_bins(v, numbers, numbers + v->n_classes, &s);
	if (s.n_bins > 0) {
		sum_up(numbers, numbers + v->n_classes, v->n_classes, &s);
		if (v->trial)
			score_trials(v, numbers, numbers + v->n_classes, &s);
		*ret = s;
	}
	free(numbers);
	return s.n_bins > 0 ? 0 : -EDOM;
}
