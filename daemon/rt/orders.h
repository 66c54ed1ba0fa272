/* orders: what the loop asks of a worker, taken only between bins.
 *
 * An order's payload belongs to the worker until the order comes back on the `returned` ring, where the loop
 * frees what it carries: for a swap that is the old pipeline. */
#pragma once

#include <stdint.h>

#include "pipeline.h"

enum order_kind {
	ORDER_RESET, /* the pipeline's state to zero */
	ORDER_MASK,  /* payload: uint8_t (n_units), from malloc */
	ORDER_SWAP,  /* payload: struct pipeline *; comes back with the old one */
	/* payload: pipeline_state_size() bytes, which receive the state; they stay the giver's, who frees
	   them */
	ORDER_SNAPSHOT,
};

struct order {
	enum order_kind kind;
	void *payload;
	int64_t step; /* filled by the worker: bins that the lane had stepped before it */
};

/* Carry out one order on *pipeline; afterwards `o` carries what is to be freed. Worker thread; no allocation.
 */
void order_execute(struct order *o, struct pipeline **pipeline);

/* Free what a returned (or never executed) order carries, but for what stays the giver's. Loop. */
void order_dispose(struct order *o);
