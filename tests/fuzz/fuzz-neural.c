/* Any bytes as a message under neural/<stream>: refused, or good in all that the daemon relies on, and the
 * same again after a pack. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define N_UNITS 5

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct wire_arena *arena(size_t size)
{
	struct wire_arena *a;
	if (wire_arena_create(size, &a) < 0)
		abort();
	return a;
}

static int is_good(const struct wire_neural *m)
{
	int64_t span = m->end_ns - m->begin_ns;
	int good = m->source_id != 0 && span > 0 && span <= WIRE_MAX_SPAN_NS;

	for (int i = 0; m->kind == WIRE_SPIKES && i < m->n_spikes; i++)
		good &= m->unit[i] < N_UNITS && m->offset_ns[i] < span;
	for (int u = 0; m->kind == WIRE_COUNTS && u < N_UNITS; u++)
		good &= m->counts[u] <= 65535;
	return good;
}

static int same_list(const uint32_t *a, const uint32_t *b, int n)
{
	return n == 0 || memcmp(a, b, (size_t)n * sizeof(*a)) == 0;
}

static int same(const struct wire_neural *a, const struct wire_neural *b)
{
	if (a->kind != b->kind || a->source_id != b->source_id || a->seq != b->seq ||
	    a->begin_ns != b->begin_ns || a->end_ns != b->end_ns)
		return 0;
	if (a->kind == WIRE_COUNTS)
		return same_list(a->counts, b->counts, N_UNITS);
	return a->n_spikes == b->n_spikes && same_list(a->unit, b->unit, a->n_spikes) &&
	       same_list(a->offset_ns, b->offset_ns, a->n_spikes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct wire_arena *a, *b, *small;
	static uint8_t packed[WIRE_MAX_MESSAGE];
	struct wire_neural m, back;

	if (!a) {
		a = arena(WIRE_ARENA_SIZE);
		b = arena(WIRE_ARENA_SIZE);
		small = arena(512);
	}
	enum wire_refusal r = wire_unpack_neural(a, bytes, n, N_UNITS, &m);
	enum wire_refusal s = wire_unpack_neural(small, bytes, n, N_UNITS, &back);
	if (s != r && s != WIRE_OVERSIZED)
		abort();
	if (r != WIRE_OK)
		return 0;
	size_t size = wire_pack_neural(&m, N_UNITS, packed, sizeof(packed));
	if (!is_good(&m) || wire_unpack_neural(b, packed, size, N_UNITS, &back) != WIRE_OK ||
	    !same(&m, &back))
		abort();
	return 0;
}
