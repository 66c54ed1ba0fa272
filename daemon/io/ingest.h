/* ingest: the sockets that data come in by. Loop thread.
 *
 * Streams whose rig publishes on the same endpoint share one inlet: it takes every topic of its kind and
 * finds the stream by the whole topic, so that data under a wrong name are seen and said, not silently
 * filtered away. */
#pragma once

#include <stdbool.h>

#include "failure.h"
#include "stream.h"
#include "zpoll.h"

struct inlet;

enum inlet_kind { INLET_NEURAL, INLET_CUE };

/* SUB, connected; or bound where the endpoint begins with '@'. -errno names the endpoint. */
int inlet_create(void *zmq, uv_loop_t *loop, enum inlet_kind kind, const char *endpoint, struct failure *f,
		 struct inlet **ret);

/* A neural inlet becomes the stream's drain. -ENOSPC beyond MAX_STREAMS. */
int inlet_add(struct inlet *in, struct stream *s);

const char *inlet_endpoint(const struct inlet *in);
enum inlet_kind inlet_kind(const struct inlet *in);
/* What reached no stream. */
const struct counters *inlet_counters(const struct inlet *in);

void inlet_stop(struct inlet *in);
void inlet_destroy(struct inlet *in);
