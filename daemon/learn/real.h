/* real: the number that training computes with. [pure]
 *
 * The programs train in float. The tests compile the same sources once more with LEARN_DOUBLE, where
 * differences of the loss tell a gradient to ten digits. */
#pragma once

#include <stddef.h>

#ifdef LEARN_DOUBLE
typedef double real;
#else
typedef float real;
#endif

/* Row lengths in memory are multiples of this; what is beyond the row's own length is zero. */
#define REAL_PAD 16

static inline int real_padded(int n)
{
	return (n + REAL_PAD - 1) / REAL_PAD * REAL_PAD;
}

/* Memory laid out in one stretch, each part at a cache line of its own. Zeroed it only measures: then every
 * part is NULL. */
struct real_room {
	real *base;
	size_t used; /* reals */
};

static inline real *real_take(struct real_room *room, size_t n)
{
	const size_t line = 64 / sizeof(real);
	real *ret = room->base ? room->base + room->used : NULL;
	room->used += (n + line - 1) / line * line;
	return ret;
}
