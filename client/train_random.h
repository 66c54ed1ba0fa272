/* train_random: untrained forecasters of any size, with the tensor names and shapes of the published ones. */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "tensor.h"

/* Sizes that are not given here are as published: an inner width of 2 x width, d_state 16, 4 heads of the
 * gated delta rule, 8 of the transformer (fewer where they do not divide the width), synapses in the snn. */
struct train_random_spec {
	const char *architecture;
	int n_units, width, n_layers;
	uint64_t seed;
};

#define TRAIN_RANDOM_MAX_WIDTH 4096
#define TRAIN_RANDOM_MAX_LAYERS 64

struct train_random;

/* The same numbers for a seed. -EINVAL names the architectures that there are; -ENOMEM. */
int train_random_create(const struct train_random_spec *spec, struct failure *f, struct train_random **ret);
void train_random_destroy(struct train_random *m);

/* Valid as long as the model. */
const struct tensor_set *train_random_set(const struct train_random *m);
int64_t train_random_n_parameters(const struct train_random *m);
