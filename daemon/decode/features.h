/* features: bins (and rates) up to t → one vector, for a decoder's readout. [pure]
 *
 * Blocks of n_units floats, in the order of the specification; within a flat block the oldest bin comes first. The very
 * same code makes the training matrix and the live vector. */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "types.h"

/* A specification is one or more of these joined by '+':
 *   counts_1  counts_flatH  counts_sumH  counts_ema   (H = 1 .. 100 bins; ema: moving averages of 8, 20 and 40 bins)
 *   rates     rates_H (flat)  rates_ema               the forecaster's rates for bin t + 1 */
#define FEATURES_MAX_PARTS 4

struct features;

/* -EINVAL names the part that is none. */
int features_create(const char *specification, int n_units, struct failure *f, struct features **ret);
void features_destroy(struct features *x);

int features_size(const struct features *x);     /* floats in the vector: a multiple of n_units */
int features_n_units(const struct features *x);
int features_history(const struct features *x);  /* bins that the longest flat or sum part looks back, the newest included; ema: 40 */
bool features_need_rates(const struct features *x);

/* Forget all bins: as if every bin before had been `fill` (n_units; NULL = zeros), in every part. */
void features_reset(struct features *x, const float *counts_fill, const float *rates_fill);

/* Advance by one bin. `rates` may be NULL where none are needed. */
void features_step(struct features *x, const float *counts, const float *rates);

/* The vector after the newest step; (features_size). Valid until the next step. */
const float *features_vector(const struct features *x);

/* Bit-for-bit copies of the state. */
size_t features_state_size(const struct features *x);
void features_state_save(const struct features *x, void *to);
void features_state_load(struct features *x, const void *from);
