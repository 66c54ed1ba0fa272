#include "orders.h"

#include <stdlib.h>

void order_execute(struct order *o, struct pipeline **pipeline)
{
	switch (o->kind) {
	case ORDER_RESET: pipeline_reset(*pipeline); break;
	case ORDER_MASK: pipeline_set_mask(*pipeline, o->payload); break;
	case ORDER_SNAPSHOT: pipeline_state_save(*pipeline, o->payload); break;
	case ORDER_SWAP: {
		struct pipeline *old = *pipeline;
		*pipeline = o->payload;
		o->payload = old;
		break;
	}
	}
}

void order_dispose(struct order *o)
{
	if (o->kind == ORDER_SWAP)
		pipeline_destroy(o->payload);
	else if (o->kind != ORDER_SNAPSHOT)
		free(o->payload);
	o->payload = NULL;
}
