/* Any bytes as a heartbeat of an effector: refused, or with names that are names, and the same again after a
 * pack. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int is_name(const char *s)
{
	size_t n = strnlen(s, STREAM_NAME_SIZE);
	int good = n > 0 && n < STREAM_NAME_SIZE;

	for (size_t i = 0; good && i < n; i++)
		good = s[i] > ' ' && s[i] <= '~' && s[i] != '/';
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct wire_arena *a;
	uint8_t packed[128];
	struct wire_heartbeat h, back;

	if (!a && wire_arena_create(65536, &a) < 0)
		abort();
	if (wire_unpack_heartbeat(a, bytes, n, &h) != WIRE_OK)
		return 0;
	size_t size = wire_pack_heartbeat(&h, packed, sizeof(packed));
	if (!is_name(h.client) || !is_name(h.stream) || h.last_bin_applied < 0 || size == 0 ||
	    wire_unpack_heartbeat(a, packed, size, &back) != WIRE_OK || strcmp(h.client, back.client) != 0 ||
	    strcmp(h.stream, back.stream) != 0 || h.epoch != back.epoch ||
	    h.last_bin_applied != back.last_bin_applied)
		abort();
	return 0;
}
