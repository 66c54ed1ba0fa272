/* decoder_kalman: a Kalman filter on z-scored features; its file is told in decoder.h. For decoder.c.
 * [pure] */
#pragma once

#include "decoder.h"

/* -ENOENT or -EINVAL names file and tensor or note; -ENOMEM. */
int decoder_kalman_create(const struct tensor_set *set, const struct decoder *common, struct failure *f,
			  struct decoder **ret);
