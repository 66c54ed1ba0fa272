/* feature_set: bins (and rates) up to t → one vector, for a decoder's readout. [pure]
 *
 * The vector is made of the specification's parts in their order, each part of blocks of n_units floats:
 *   counts_1, counts_sumH, rates   one block
 *   counts_flatH, rates_H          H blocks, the oldest bin first, bin t last
 *   counts_ema, rates_ema          three blocks, of 8, 20 and 40 bins: e += (x - e) (1 / tau)
 *
 * The very same code makes the training matrix and the live vector. */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "types.h"

/* A specification is one or more of these joined by '+', H = 1 .. 100 bins:
 *   counts_1  counts_flatH  counts_sumH  counts_ema
 *   rates  rates_H (flat)  rates_ema                   the forecaster's rates for bin t + 1 */
#define FEATURES_MAX_PARTS 4
#define FEATURES_MAX_BINS 100

struct feature_set;

/* Fresh, as after a reset with zeros. -EINVAL names the part that is none or stands twice. -ENOMEM. */
int feature_set_create(const char *specification, int n_units, struct failure *f, struct feature_set **ret);
void feature_set_destroy(struct feature_set *x);

/* Floats in the vector: a multiple of n_units. */
int feature_set_size(const struct feature_set *x);
int feature_set_n_units(const struct feature_set *x);
/* Bins that the longest part looks back, the newest included; ema: 40. */
int feature_set_history(const struct feature_set *x);
bool feature_set_need_rates(const struct feature_set *x);

/* Forget all bins: as if every bin before had been `fill` (n_units; NULL = zeros), in every part. */
void feature_set_reset(struct feature_set *x, const float *counts_fill, const float *rates_fill);

/* Advance by one bin. `rates` may be NULL where none are needed. */
void feature_set_step(struct feature_set *x, const float *counts, const float *rates);

/* The vector after the newest step; (feature_set_size). Valid until the next step. */
const float *feature_set_vector(const struct feature_set *x);

/* Bit-for-bit copies of the state. */
size_t feature_set_state_size(const struct feature_set *x);
void feature_set_state_save(const struct feature_set *x, void *to);
void feature_set_state_load(struct feature_set *x, const void *from);
