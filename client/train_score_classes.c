#include <errno.h>
#include <stdlib.h>

#include "classes.h"
#include "train_classes.h"
#include "train_score.h"

struct score {
	struct train_classes truth;
	const struct train_input *rates;
	float *p;
	int32_t *label, *trial; /* (n) */
	int64_t n;              /* rows taken */
};

/* The row that is about a bin of the truth, beside its label. */
static int take_rows(struct score *s, int64_t from, int64_t until, int64_t lead, struct failure *f)
{
	size_t n = (size_t)s->truth.recording.n_bins, columns = (size_t)s->rates->n_columns;
	s->p = malloc(n * columns * sizeof(*s->p));
	s->label = malloc(2 * n * sizeof(*s->label));
	if (!s->p || !s->label)
		return failure_set(f, -ENOMEM, "out of memory for %zu rows", n);
	s->trial = s->label + n;
	for (int64_t t = from; t < until; t++) {
		int64_t row = t - lead;
		if (row < 0 || row >= (int64_t)n)
			continue;
		int r = train_input_row(s->rates, 0, row, f, s->p + (size_t)s->n * columns);
		if (r < 0)
			return r;
		s->label[s->n] = s->truth.label[t];
		s->trial[s->n++] = s->truth.trial ? s->truth.trial[t] : -1;
	}
	return 0;
}

static int print_score(const struct score *s, bool json, struct failure *f)
{
	struct classes_score c;
	struct classes_view v = { s->p, s->label, s->truth.trial ? s->trial : NULL, s->n,
				  s->rates->n_columns };
	v.last_is_none = s->truth.none >= 0;
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
	struct score s = { .rates = rates };
	int64_t from = 0, until = 0, lead = 0;
	int r = train_classes_open(q->truth, rates, f, &s.truth);
	if (r == 0)
		r = train_score_lead(rates, f, &lead);
	if (r == 0)
		r = train_score_rows(q, rates->n_runs * rates->n_rows, f, &from, &until);
	if (r == 0)
		r = take_rows(&s, from, until, lead, f);
	if (r == 0)
		r = print_score(&s, q->json, f);
	free(s.p);
	free(s.label);
	train_classes_close(&s.truth);
	return r;
}
