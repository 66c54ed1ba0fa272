/* classes: how well probabilities of classes name what was. [pure] */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct classes_view {
	const float *p;       /* (n_bins, n_classes) */
	const int32_t *label; /* (n_bins) 0 .. n_classes - 1, or below 0: not scored */
	const int32_t *trial; /* (n_bins), below 0: in none; NULL: there are no trials */
	int64_t n_bins;
	int n_classes;
	bool last_is_none; /* the last class is that of bins outside trials: it has no vote */
};

struct classes_score {
	int64_t n_bins, n_trials; /* scored */
	double accuracy;          /* part of bins whose label is the most probable */
	double balanced_accuracy; /* mean over the classes that occur */
	double majority;          /* accuracy of always naming the most frequent class of these very bins */
	double log_loss;          /* mean -ln p(label), p floored at 1e-7 */
	double trial_vote; /* part of trials (bins in a row) whose label got the most bins; a tie goes to
				   * the larger sum of ln p. NAN where there are no trials */
};

/* -ENOMEM, -EDOM where no bin is labelled. */
int classes_score(const struct classes_view *v, struct classes_score *ret);
