/* wire_arena: memory for one unpacked message, so that unpacking needs no heap. [pure]
 *
 * Each unpack starts over: what the last one returned is gone. One thread at a time. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "wire.h"

/* Any message of ours, checked for its protobuf form only; unknown fields are passed over. `ret` points to a
 * pointer to the struct of `kind`. WIRE_TRUNCATED, WIRE_OVERSIZED. */
enum wire_refusal wire_arena_unpack(struct wire_arena *a, const ProtobufCMessageDescriptor *kind,
				    const void *bytes, size_t n, void *ret);
