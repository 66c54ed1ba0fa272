/* normaliser: the counts of a bin → what a decoder's features are made of. [pure]
 *
 * Units drift over a day, and a decoder of this morning with them. So each unit may be taken against its own
 * running mean and scale, over about `tau` bins (formula: exponentially weighted mean and variance):
 *   x' = (x - mean) / scale
 *   variance += ((x - mean)^2 - variance) / tau,  mean += (x - mean) / tau,  scale = sqrt(variance)
 * A bin is judged by the bins before it. Both start at those of the decoder's file, so there is no warm-up. A
 * lost bin is 0, and it leaves them as they are; so is and does every bin of a masked unit. The scale stays
 * above NORMALISER_LEAST of the file's: one spike of a unit that fell silent is no event of a hundred
 * deviations. Rates are expected counts, so the counts' own mean and scale hold for them too.
 *
 * Off (tau 0): x' = x, and a lost bin is the file's mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NORMALISER_LEAST 0.25

struct normaliser;

/* mean, scale (n_units), copied; scale is not looked at where tau_bins is 0, otherwise above zero. Fresh.
 * -ENOMEM. */
int normaliser_create(int n_units, double tau_bins, const float *mean, const float *scale,
		      struct normaliser **ret);
void normaliser_destroy(struct normaliser *x);

/* Mean and scale are the file's again; the mask stays. */
void normaliser_reset(struct normaliser *x);

/* masked (n_units); copied. */
void normaliser_set_mask(struct normaliser *x, const uint8_t *masked);

/* (n_units) what a lost bin is, and every bin before the first. */
const float *normaliser_fill(const struct normaliser *x);

/* (n_units) each, valid until the next step; rates NULL where none were given. */
struct normalised {
	const float *counts;
	const float *rates;
};

/* Advance by one bin. Allocates nothing. */
struct normalised normaliser_step(struct normaliser *x, const float *counts, const float *rates, bool lost);

/* Bit-for-bit copies of the state. */
size_t normaliser_state_size(const struct normaliser *x);
void normaliser_state_save(const struct normaliser *x, void *to);
void normaliser_state_load(struct normaliser *x, const void *from);
