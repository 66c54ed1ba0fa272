/* forecaster_mamba: Mamba as published, in stream and window context. For forecaster.c. [pure] */
#pragma once

#include "forecaster.h"

/* See forecaster_create(). */
int forecaster_create_mamba(const struct tensor_set *set, int n_units, enum forecaster_context context,
			    struct failure *f, struct forecaster **ret);
