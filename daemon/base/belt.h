/* belt: a ring for records of any size: lock-free, one producer thread and one consumer thread.
 *
 * Records are filled in place. A full belt refuses; the producer counts what it dropped. The consumer may
 * read on before it releases, and go back to what it has not released: what it could not store is not lost
 * while the belt has room. Nothing allocates after create, nothing waits. */
#pragma once

#include <stddef.h>

#define BELT_ALIGN 16

struct belt;

/* Room for `bytes` of records and their heads (BELT_ALIGN each), rounded up a little; zeroed and touched.
 * -ENOMEM, or -EINVAL for 0 bytes. */
int belt_create(size_t bytes, struct belt **ret);
void belt_destroy(struct belt *b);

/* Producer: `size` bytes to fill, aligned to BELT_ALIGN, or NULL when there is no room for them. Claiming
 * again before a commit replaces the claim. */
void *belt_claim(struct belt *b, size_t size);
/* Producer: hand what was claimed over. */
void belt_commit(struct belt *b);

/* Consumer: the next record that it has not read, or NULL. It stays the consumer's until released. */
const void *belt_read(struct belt *b, size_t *ret_size);
/* Consumer: give back all that was read. */
void belt_release(struct belt *b);
/* Consumer: what was read and not released is read again. */
void belt_rewind(struct belt *b);

/* Any thread: bytes committed and not yet released, a snapshot; and the bytes there are. */
size_t belt_used(const struct belt *b);
size_t belt_capacity(const struct belt *b);
