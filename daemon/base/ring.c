#include "ring.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE 64

/* Indices run freely and wrap; a slot is index & mask. Each side keeps a copy of the other's index and reads
 * the real one only when the copy says full or empty, so that in the steady state a side stays
 * on its own line. */
struct ring {
	/* immutable */
	alignas(LINE) size_t mask;
	size_t stride;
	size_t slot_size;
	/* producer */
	alignas(LINE) _Atomic size_t tail; /* slots ever committed; read by the consumer */
	size_t head_seen;
	/* consumer */
	alignas(LINE) _Atomic size_t head; /* slots ever released; read by the producer */
	size_t tail_seen;
	alignas(LINE) unsigned char slots[];
};

static void *slot_at(struct ring *r, size_t index)
{
	return r->slots + (index & r->mask) * r->stride;
}

/* A power of two of slots, each a whole number of lines; false where that is beyond any memory. */
static bool plan(size_t n_slots, size_t slot_size, size_t *ret_capacity, size_t *ret_stride,
		 size_t *ret_bytes)
{
	size_t capacity = 1, stride, bytes;

	if (n_slots > SIZE_MAX / 4)
		return false;
	while (capacity < n_slots)
		capacity *= 2;
	if (__builtin_add_overflow(slot_size, LINE - 1, &stride))
		return false;
	stride &= ~(size_t)(LINE - 1);
	if (__builtin_mul_overflow(capacity, stride, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(struct ring), &bytes))
		return false;
	*ret_capacity = capacity;
	*ret_stride = stride;
	*ret_bytes = bytes;
	return true;
}

int ring_create(size_t n_slots, size_t slot_size, struct ring **ret)
{
	size_t capacity, stride, bytes;

	if (n_slots == 0 || slot_size == 0)
		return -EINVAL;
	if (!plan(n_slots, slot_size, &capacity, &stride, &bytes))
		return -ENOMEM;
	struct ring *r = aligned_alloc(LINE, bytes);
	if (!r)
		return -ENOMEM;
	memset(r, 0, bytes);
	r->mask = capacity - 1;
	r->stride = stride;
	r->slot_size = slot_size;
	*ret = r;
	return 0;
}

void ring_destroy(struct ring *r)
{
	free(r);
}

void *ring_claim(struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail - r->head_seen > r->mask) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail - r->head_seen > r->mask)
			return NULL;
	}
	return slot_at(r, tail);
}

void ring_commit(struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	assert(tail - r->head_seen <= r->mask);
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
}

void *ring_peek_mutable(struct ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (head == r->tail_seen) {
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
		if (head == r->tail_seen)
			return NULL;
	}
	return slot_at(r, head);
}

const void *ring_peek(struct ring *r)
{
	return ring_peek_mutable(r);
}

void ring_release(struct ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	assert(head != r->tail_seen);
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
}

size_t ring_used(const struct ring *r)
{
	/* head first: tail is then never behind it, but both may have moved on in between */
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	size_t used = atomic_load_explicit(&r->tail, memory_order_acquire) - head;

	return used > r->mask + 1 ? r->mask + 1 : used;
}

size_t ring_capacity(const struct ring *r)
{
	return r->mask + 1;
}

size_t ring_slot_size(const struct ring *r)
{
	return r->slot_size;
}
