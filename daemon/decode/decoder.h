/* decoder: counts and rates → estimate. One file a kind, one interface. [pure]
 *
 * A step allocates nothing and is bounded. One thread at a time.
 *
 * The file: notes `kind` (linear, softmax, kalman), `features`, `units`, `bin_us`, `outputs`,
 * `output_units`, `holds`, `lag_bins`; tensors
 *   readout.weight (n_outputs, n_features)   readout.bias (n_outputs)
 *   features.mean (n_features)               features.scale (n_features), each > 0
 *   counts.mean (n_units)                    what stands in for a lost bin
 *   counts.scale (n_units), each > 0         only with the note normalise_tau_s
 * estimate = readout.weight ((features - mean) / scale) + readout.bias.
 *
 * Note `normalise_tau_s` (0 or absent: off): the features are of counts (and rates) that each unit's running
 * mean and scale over so many seconds have normalised (normaliser.h), starting from counts.mean and
 * counts.scale; a lost bin is then 0. A decoder is fitted with the very same stage in front.
 *
 * `kind` softmax: the same tensors; the estimate is the softmax of that sum: probabilities of the classes,
 * one an output, named class_LABEL, hold zero. Notes `classes`, `command_leak`, `command_threshold`,
 * `refractory_ms`: how commands are made of them (commander.h).
 *
 * `kind` kalman: a state x of n numbers (the outputs, standardised, and a constant 1 as the last) that is
 * seen through the z-scored features z. Note `gain`: full (default) or steady (the covariance at which the
 * filter settles, from the first bin).
 *   kalman.transition A (n, n)   kalman.process W (n, n): covariance of what A does not foretell
 *   kalman.start (n)             kalman.initial (n, n): x and its covariance before the first bin
 *   kalman.observation C (n_features, n)   kalman.evidence G (n, n_features) = C^T Q^-1, Q that of z - C x
 *   readout.weight (n_outputs, n), readout.bias, features.mean, features.scale, counts.mean, counts.scale
 * A bin: x = A x, P = A P A^T + W; P = (I + P G C)^-1 P, x += P G (z - C x); a lost one: the first half
 * only. The estimate is readout.weight x + readout.bias, its sd from P. A masked unit counts as what x
 * expects of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "output.h"
#include "tensor.h"
#include "types.h"

struct decoder;

struct decoder_class {
	const char *kind;
	/* counts (n_units) and rates (n_units, NULL where none) in; values (n_outputs) and sd out.
	 * `lost`: the bin is a gap. */
	void (*step)(struct decoder *d, const float *counts, const float *rates, bool lost,
		     struct estimate *out);
	void (*reset)(struct decoder *d);
	/* masked (n_units): 1 = its features count as at their mean; copied. Allocates nothing. */
	void (*set_mask)(struct decoder *d, const uint8_t *masked);
	size_t (*state_size)(const struct decoder *d);
	void (*state_save)(const struct decoder *d, void *to);
	void (*state_load)(struct decoder *d, const void *from);
	void (*destroy)(struct decoder *d);
};

struct decoder {
	const struct decoder_class *class;
	int n_units;
	int n_outputs;
	int bin_us;
	int lag_bins;     /* the estimate at bin t is about bin t + lag_bins */
	double normalise_tau_s; /* of the running normalisation in front of the features; 0: none */
	int history_bins; /* bins until the estimate rests on real bins only */
	bool needs_rates;
	char features[64];
	struct output outputs[MAX_OUTPUTS];
};

/* n_units 0 and bin_us 0 take the file's own; otherwise a file for other units or another bin is refused. */
int decoder_create(const struct tensor_set *set, int n_units, int bin_us, struct failure *f,
		   struct decoder **ret);
void decoder_destroy(struct decoder *d);

/* ---- for the files of the kinds ---- */

/* Every element is above zero and so is its inverse; -EINVAL with a line that names the first that is not. */
int decoder_check_scale(const struct tensor_set *set, const char *name, const float *scale, int n,
			struct failure *f);

/* What stands in front of the features: the normaliser that the file asks for, off where it asks for none.
 * `scale` may be NULL then. -ENOMEM. */
struct normaliser;
int decoder_create_normaliser(const struct decoder *common, const float *counts_mean,
			      const float *counts_scale, struct normaliser **ret);
