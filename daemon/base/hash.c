#include "hash.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

struct hash hash_of(const void *bytes, size_t n)
{
	struct hash h;
	crypto_hash_sha256(h.bytes, bytes, n);
	return h;
}

struct hash hash_pair(const struct hash *a, const struct hash *b)
{
	uint8_t both[2 * HASH_BYTES];
	memcpy(both, a->bytes, HASH_BYTES);
	memcpy(both + HASH_BYTES, b->bytes, HASH_BYTES);
	return hash_of(both, sizeof(both));
}

void hash_to_hex(const struct hash *h, char ret[static HASH_HEX])
{
	sodium_bin2hex(ret, HASH_HEX, h->bytes, HASH_BYTES);
}

int hash_from_hex(const char *hex, struct hash *ret)
{
	size_t n = 0;
	struct hash h;
	if (strlen(hex) != 2 * HASH_BYTES)
		return -EINVAL;
	if (sodium_hex2bin(h.bytes, HASH_BYTES, hex, 2 * HASH_BYTES, NULL, &n, NULL) < 0 || n != HASH_BYTES)
		return -EINVAL;
	*ret = h;
	return 0;
}
