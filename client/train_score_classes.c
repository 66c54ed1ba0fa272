#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classes.h"
#include "recording.h"
#include "train_score.h"
#include "types.h"

struct score {
	struct recording recording;
	const struct tensor *labels;
	const struct train_input *rates;
	int64_t n_rows, lead;
	int32_t class[MAX_OUTPUTS]; /* the label of each column of rates */
	float *p;
	int32_t *label, *trial; /* (n_rows) */
	int64_t n;              /* rows taken */
};

/* "class_3,class_7": the labels of the columns. */
static int read_classes(struct score *s, struct failure *f)
{
	const char *at = tensor_note(s->rates->set, "outputs");
	for (int c = 0; c < s->rates->n_columns; c++) {
		char *end = NULL;
		if (at && strncmp(at, "class_", 6) == 0 && c < MAX_OUTPUTS)
			s->class[c] = (int32_t)strtol(at + 6, &end, 10);
		if (!end || (*end != ',' && *end != '\0'))
			return failure_set(f, -EINVAL, "%s: note outputs does not name %d classes",
					   s->rates->set->origin, s->rates->n_columns);
		at = end + (*end == ',');
	}
	return 0;
}

/* "FILE" or "FILE:labels/NAME". */
static int open_truth(struct score *s, const char *text, struct failure *f)
{
	char path[4096];
	const char *name = strstr(text, ":labels/");
	snprintf(path, sizeof(path), "%.*s", name ? (int)(name - text) : (int)strlen(text), text);
	int r = recording_open(path, f, &s->recording);
	if (r < 0)
		return r;
	name = name ? name + 1 : "labels/target";
	s->labels = tensor_find(s->recording.tensors, name);
	if (!s->labels || s->labels->n_dims != 1)
		return failure_set(f, -EINVAL, "%s: there is no %s, one value a bin or a trial", path, name);
	if (s->recording.n_bins != s->n_rows)
		return failure_set(f, -EINVAL, "%s has %lld bins, %s:%s has %lld rows", path,
				   (long long)s->recording.n_bins, s->rates->set->origin,
				   s->rates->tensor->name, (long long)s->n_rows);
	return 0;
}

static int32_t label_of(const struct score *s, int64_t bin)
{
	int64_t at = s->labels->shape[0] == s->n_rows ? bin : bin / s->recording.bins_a_trial;
	double label = tensor_at(s->labels, at);
	for (int c = 0; c < s->rates->n_columns; c++)
		if (label == s->class[c])
			return c;
	return -1;
}

static int32_t trial_of(const struct score *s, int64_t bin)
{
	const struct recording *r = &s->recording;
	return r->bins_a_trial ? (int32_t)(bin / r->bins_a_trial)
	       : r->trial      ? (int32_t)tensor_at(r->trial, bin)
			       : -1;
}

static int take_rows(struct score *s, int64_t from, int64_t until, struct failure *f)
{
	size_t n = (size_t)s->n_rows, columns = (size_t)s->rates->n_columns;
	s->p = malloc(n * columns * sizeof(*s->p));
	s->label = malloc(2 * n * sizeof(*s->label));
	if (!s->p || !s->label)
		return failure_set(f, -ENOMEM, "out of memory for %zu rows", n);
	s->trial = s->label + n;
	for (int64_t t = from; t < until; t++) {
		int64_t row = t - s->lead;
		if (row < 0 || row >= s->n_rows)
			continue;
		int r = train_input_row(s->rates, 0, row, f, s->p + (size_t)s->n * columns);
		if (r < 0)
			return r;
		s->label[s->n] = label_of(s, t);
		s->trial[s->n++] = trial_of(s, t);
	}
	return 0;
}

static int print_score(const struct score *s, bool json, struct failure *f)
{
	struct classes_score c;
	bool trials = s->recording.trial || s->recording.bins_a_trial;
	struct classes_view v = { s->p, s->label, trials ? s->trial : NULL, s->n, s->rates->n_columns };
	int r = classes_score(&v, &c);
	if (r < 0)
		return failure_set(
			f, r, r == -ENOMEM ? "out of memory" : "no row is labelled with one of the classes");
	json_t *all = json_object();
	train_score_add(all, "accuracy", 0, c.accuracy);
	train_score_add(all, "balanced_accuracy", 0, c.balanced_accuracy);
	train_score_add(all, "majority", 0, c.majority);
	train_score_add(all, "log_loss", 0, c.log_loss);
	train_score_add(all, "trial_vote", 0, c.trial_vote);
	json_object_set_new(all, "n_bins", json_integer(c.n_bins));
	json_object_set_new(all, "n_trials", json_integer(c.n_trials));
	return train_score_print(all, json, f);
}

int train_score_classes(const struct train_score_request *q, const struct train_input *rates,
			struct failure *f)
{
	struct score s = { .rates = rates, .n_rows = rates->n_runs * rates->n_rows };
	int64_t from = 0, until = 0;
	int r = read_classes(&s, f);
	if (r == 0)
		r = train_score_lead(rates, f, &s.lead);
	if (r == 0)
		r = open_truth(&s, q->truth, f);
	if (r == 0)
		r = train_score_rows(q, s.n_rows, f, &from, &until);
	if (r == 0)
		r = take_rows(&s, from, until, f);
	if (r == 0)
		r = print_score(&s, q->json, f);
	free(s.p);
	free(s.label);
	recording_close(&s.recording);
	return r;
}
