/* train_commands: how a decoder's classes become commands (commander.h), chosen on probabilities of bins
 * that the decoder was not fitted on: leak, threshold, refractory time, and how ready it is to call a bin
 * "none". How often bins were outside trials in a recording says nothing of how often they will be. */
#pragma once

#include "commands.h"
#include "train_labels.h"

struct train_commands {
	double leak, threshold, refractory_ms;
	double none_bias;            /* nats on top of the evidence for "none", for readout.bias */
	struct commands_score score; /* of these bins */
};

/* p (bins of all stretches, n_classes): probabilities of each bin, in order. Commands more than guard_s from
 * any trial are false. Of all settings with at most max_false_per_min the one with the most bits/s; where
 * none of them carries any, the one with the most bits/s for its false commands. -ENOMEM; -EDOM: there is no
 * trial. */
int train_commands_choose(const struct train_data *d, const struct train_labels *l, const float *p,
			  double guard_s, double max_false_per_min, struct train_commands *ret);
