/* commands: how well commands that are made now and then meet what was wanted. [pure]
 *
 * A command is made at the end of its bin. A trial is a run of bins with one number in `trial` and a label;
 * where there are no trials, a run of bins with one label. Bins of no trial that are more than guard_bins
 * from any are outside: commands there are false ones. Bins nearer count for nothing, since movement starts
 * before a trial does. */
#pragma once

#include <stdint.h>

struct commands_view {
	const int32_t *command; /* (n_bins) class that is commanded, -1: none */
	const int32_t *label;   /* (n_bins) class that is wanted, below 0: none */
	const int32_t *trial;   /* (n_bins) below 0: in none; NULL: there are no trials */
	int64_t n_bins;
	int64_t guard_bins;
	double bin_s;
	int n_classes; /* that can be commanded */
};

struct commands_score {
	int64_t n_trials, n_commands, n_false;
	double outside_s;
	double time_s; /* median over all trials of the time from the trial's begin to the first command
			       * of its class; a trial without one counts as longer than any. NAN where that
			       * is the median */
	double correct_first; /* part of all trials whose first command is of their class */
	double false_per_min; /* false commands a minute outside; NAN where there is no time outside */
	/* Wolpaw's: (ld N + P ld P + (1 - P) ld ((1 - P) / (N - 1))) / T, with N classes, P = correct_first,
	 * T = mean time to a trial's first command (its length where it has none); 0 where P is not above
	 * chance, 1 / N */
	double bits_per_s;
};

/* -ENOMEM; -EDOM where there is no trial. */
int commands_score(const struct commands_view *v, struct commands_score *ret);

/* ret (n_bins): 1 for the bins that are outside. */
void commands_outside(const struct commands_view *v, uint8_t *ret);
