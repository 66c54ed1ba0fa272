#include "wire_arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct wire_arena {
	ProtobufCAllocator allocator;
	size_t size;
	size_t used;
	bool full; /* something did not fit since the last reset */
	alignas(max_align_t) uint8_t bytes[];
};

static void *arena_alloc(void *data, size_t n)
{
	struct wire_arena *a = data;
	size_t start = (a->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);

	if (start > a->size || n > a->size - start) {
		a->full = true;
		return NULL;
	}
	a->used = start + n;
	return a->bytes + start;
}

static void arena_free(void *data, void *pointer)
{
	(void)data; /* all of it goes at the next reset */
	(void)pointer;
}

int wire_arena_create(size_t size, struct wire_arena **ret)
{
	if (size > SIZE_MAX / 2)
		return -EINVAL;
	struct wire_arena *a = malloc(sizeof(*a) + size);
	if (!a)
		return -ENOMEM;
	*a = (struct wire_arena){ .size = size };
	a->allocator = (ProtobufCAllocator){ .alloc = arena_alloc, .free = arena_free, .allocator_data = a };
	*ret = a;
	return 0;
}

void wire_arena_destroy(struct wire_arena *a)
{
	free(a);
}

enum wire_refusal wire_arena_unpack(struct wire_arena *a, const ProtobufCMessageDescriptor *kind,
				    const void *bytes, size_t n, void *ret)
{
	if (n > WIRE_MAX_MESSAGE)
		return WIRE_OVERSIZED;
	a->used = 0;
	a->full = false;
	ProtobufCMessage *m = protobuf_c_message_unpack(kind, &a->allocator, n, bytes);
	if (!m)
		return a->full ? WIRE_OVERSIZED : WIRE_TRUNCATED;
	memcpy(ret, &m, sizeof(m));
	return WIRE_OK;
}
