/* hash: SHA-256, the name of a model or a configuration (the same figure that sha256sum prints). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32
#define HASH_HEX (2 * HASH_BYTES + 1)

struct hash {
	uint8_t bytes[HASH_BYTES];
};

struct hash hash_of(const void *bytes, size_t n);

/* Of two hashes, in order: the name of a pair of models. */
struct hash hash_pair(const struct hash *a, const struct hash *b);

/* Lower-case hexadecimal with a NUL. */
void hash_to_hex(const struct hash *h, char ret[static HASH_HEX]);

/* -EINVAL unless `hex` is exactly 64 hexadecimal digits. */
int hash_from_hex(const char *hex, struct hash *ret);
