/* ctl_units: lists of units as a person writes them. [pure] */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* "17,42", "3-7,12" → numbers in rising order, each once, in a new array (free() it); "none" → 0 of them.
 * A unit is a number below MAX_UNITS. -EINVAL with a line that quotes what is wrong, -ENOMEM. */
int ctl_units_parse(const char *text, struct failure *f, uint32_t **ret, size_t *ret_n);

/* How many numbers from the first on follow one another without a hole; 0 where there is none. */
size_t ctl_units_run(const uint32_t *unit, size_t n);
