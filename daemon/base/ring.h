/* ring: lock-free, one producer thread and one consumer thread, slots of one size filled in place.
 *
 * A full ring refuses; the producer counts what it dropped. Nothing allocates after create, nothing waits. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ring;

/* `n_slots` is rounded up to a power of two; each slot is zeroed, touched, and aligned to 64 bytes.
 * -ENOMEM, or -EINVAL for 0 slots or a size of 0. */
int ring_create(size_t n_slots, size_t slot_size, struct ring **ret);
void ring_destroy(struct ring *r);

/* Producer: the slot to fill, or NULL when full. Claiming again before a commit gives the same slot. */
void *ring_claim(struct ring *r);
/* Producer: hand the claimed slot over. */
void ring_commit(struct ring *r);

/* Consumer: the oldest slot, or NULL when empty. It stays the consumer's until released. */
const void *ring_peek(struct ring *r);
/* The same, for a consumer that takes something out of the slot. */
void *ring_peek_mutable(struct ring *r);
/* Consumer: give the peeked slot back. */
void ring_release(struct ring *r);

/* Any thread: slots committed and not yet released; a snapshot. */
size_t ring_used(const struct ring *r);
size_t ring_capacity(const struct ring *r);
size_t ring_slot_size(const struct ring *r);
