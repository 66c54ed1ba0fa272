/* pipeline: one bin → forecast → estimate. What the live worker, bcitrain, the replay and the golden tests
 * run. [pure] */
#pragma once

#include <stdint.h>

#include "decoder.h"
#include "forecaster.h"
#include "types.h"

struct pipeline;

/* Takes both over (either may be NULL) and destroys them with itself. -EINVAL where their units differ, or
 * where the decoder needs rates and there is no forecaster. */
int pipeline_create(int n_units, struct forecaster *forecaster, struct decoder *decoder, struct failure *f,
		    struct pipeline **ret);
void pipeline_destroy(struct pipeline *p);

/* Advance by one bin and fill `out` (result_size(n_units)) but for its stamps. BIN_EPOCH_BEGIN resets first.
 * A bin with BIN_GAP is not fed to the forecaster, whose last rates stand, and is `lost` to the decoder.
 * Allocates nothing, reads no clock. */
void pipeline_step(struct pipeline *p, const struct spike_bin *bin, struct result *out);

void pipeline_reset(struct pipeline *p);

/* Read through the forecaster's weights, so that the next step finds them in the cache. Changes nothing. */
void pipeline_touch(const struct pipeline *p);

/* masked (n_units), copied. The forecaster sees a masked unit as an unused slot (zero counts), the decoder at
 * its mean. */
void pipeline_set_mask(struct pipeline *p, const uint8_t *masked);

int pipeline_n_units(const struct pipeline *p);
/* NULL where there is none. */
const struct forecaster *pipeline_forecaster(const struct pipeline *p);
const struct decoder *pipeline_decoder(const struct pipeline *p);

/* Bit-for-bit copies of all recurrent state. */
size_t pipeline_state_size(const struct pipeline *p);
void pipeline_state_save(const struct pipeline *p, void *to);
void pipeline_state_load(struct pipeline *p, const void *from);
