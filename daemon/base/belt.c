#include "belt.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LINE 64

/* In front of each record. A record never runs over the end of the memory: what is left there is skipped. */
struct head {
	alignas(BELT_ALIGN) size_t size; /* of the record; SKIP: none, the next is at the begin */
};
#define SKIP SIZE_MAX

/* Positions are in bytes and only ever grow; a place is position % capacity. */
struct belt {
	/* immutable */
	alignas(LINE) size_t capacity; /* a whole number of BELT_ALIGN */
	/* producer */
	alignas(LINE) _Atomic size_t tail; /* behind the newest record; read by the consumer */
	size_t head_seen;
	size_t claimed; /* bytes that the next commit hands over */
	/* consumer */
	alignas(LINE) _Atomic size_t head; /* before the oldest record; read by the producer */
	size_t next;                       /* before the next record to be read */
	size_t tail_seen;
	alignas(LINE) unsigned char bytes[];
};

static struct head *head_at(struct belt *b, size_t position)
{
	return (struct head *)(void *)(b->bytes + position % b->capacity);
}

int belt_create(size_t bytes, struct belt **ret)
{
	if (bytes == 0)
		return -EINVAL;
	if (bytes > SIZE_MAX / 8)
		return -ENOMEM;
	size_t capacity = (bytes + LINE - 1) / LINE * LINE;
	struct belt *b = aligned_alloc(LINE, sizeof(*b) + capacity);
	if (!b)
		return -ENOMEM;
	memset(b, 0, sizeof(*b) + capacity);
	b->capacity = capacity;
	*ret = b;
	return 0;
}

void belt_destroy(struct belt *b)
{
	free(b);
}

static bool has_room(struct belt *b, size_t tail, size_t needed)
{
	if (tail + needed - b->head_seen <= b->capacity)
		return true;
	b->head_seen = atomic_load_explicit(&b->head, memory_order_acquire);
	return tail + needed - b->head_seen <= b->capacity;
}

void *belt_claim(struct belt *b, size_t size)
{
	size_t tail = atomic_load_explicit(&b->tail, memory_order_relaxed);
	size_t left = b->capacity - tail % b->capacity; /* up to the end of the memory: at least a head */

	b->claimed = 0;
	if (size >= b->capacity)
		return NULL;
	size_t needed = sizeof(struct head) + ((size + BELT_ALIGN - 1) & ~(size_t)(BELT_ALIGN - 1));
	size_t skipped = needed > left ? left : 0;
	if (!has_room(b, tail, skipped + needed))
		return NULL;
	if (skipped)
		head_at(b, tail)->size = SKIP;
	head_at(b, tail + skipped)->size = size;
	b->claimed = skipped + needed;
	return head_at(b, tail + skipped) + 1;
}

void belt_commit(struct belt *b)
{
	size_t tail = atomic_load_explicit(&b->tail, memory_order_relaxed);

	assert(b->claimed > 0);
	atomic_store_explicit(&b->tail, tail + b->claimed, memory_order_release);
	b->claimed = 0;
}

const void *belt_read(struct belt *b, size_t *ret_size)
{
	if (b->next == b->tail_seen) {
		b->tail_seen = atomic_load_explicit(&b->tail, memory_order_acquire);
		if (b->next == b->tail_seen)
			return NULL;
	}
	if (head_at(b, b->next)->size == SKIP)
		b->next += b->capacity - b->next % b->capacity;
	const struct head *h = head_at(b, b->next);
	b->next += sizeof(*h) + ((h->size + BELT_ALIGN - 1) & ~(size_t)(BELT_ALIGN - 1));
	*ret_size = h->size;
	return h + 1;
}

void belt_release(struct belt *b)
{
	atomic_store_explicit(&b->head, b->next, memory_order_release);
}

void belt_rewind(struct belt *b)
{
	b->next = atomic_load_explicit(&b->head, memory_order_relaxed);
}

size_t belt_used(const struct belt *b)
{
	/* head first: tail is then never behind it, but both may have moved on in between */
	size_t head = atomic_load_explicit(&b->head, memory_order_acquire);
	size_t used = atomic_load_explicit(&b->tail, memory_order_acquire) - head;

	return used > b->capacity ? b->capacity : used;
}

size_t belt_capacity(const struct belt *b)
{
	return b->capacity;
}
