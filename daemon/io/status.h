/* status: what bcictl shows, packed. Loop thread; allocates (nobody asks for it on the hot path), takes well
 * under 1 ms a stream. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "server_state.h"

/* A whole Reply to request `id`: the status, and `error` ("" = done). free() it. -ENOMEM. */
int status_pack_reply(const struct server_state *state, uint64_t id, const char *error, int64_t now_ns,
		      uint8_t **ret, size_t *ret_size);
