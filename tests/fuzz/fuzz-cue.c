/* Any bytes as a message under cue/<stream>: refused, or good, and the same again after a pack. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int is_good(const struct wire_cue *c)
{
	int good = c->source_id != 0 && c->phase >= 0 && c->phase <= 4 && c->n_position >= 0 &&
		   c->n_position <= WIRE_MAX_TARGET && c->radius_mm >= 0 && isfinite(c->radius_mm) &&
		   c->target_class >= -1 && c->target_class <= UINT32_MAX;
	for (int i = 0; good && i < c->n_position; i++)
		good = isfinite(c->position_mm[i]);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct wire_arena *a;
	uint8_t packed[512];
	struct wire_cue c, back;

	if (!a && wire_arena_create(65536, &a) < 0)
		abort();
	if (wire_unpack_cue(a, bytes, n, &c) != WIRE_OK)
		return 0;
	size_t size = wire_pack_cue(&c, packed, sizeof(packed));
	if (!is_good(&c) || size == 0 || wire_unpack_cue(a, packed, size, &back) != WIRE_OK ||
	    c.source_id != back.source_id || c.seq != back.seq || c.time_ns != back.time_ns ||
	    c.trial != back.trial || c.phase != back.phase || c.n_position != back.n_position ||
	    c.radius_mm != back.radius_mm || c.target_class != back.target_class ||
	    memcmp(c.position_mm, back.position_mm, sizeof(c.position_mm)) != 0)
		abort();
	return 0;
}
