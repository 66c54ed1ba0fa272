#include "crc.h"

#include <string.h>

/* Four bits at a time: table[i] is i divided by the reflected polynomial 0x82f63b78. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
		0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};
	const uint8_t *b = bytes;

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= b[i];
		crc = table[crc & 15] ^ crc >> 4;
		crc = table[crc & 15] ^ crc >> 4;
	}
	return ~crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;
	uint64_t sum = ~crc, eight;

	for (; n >= sizeof(eight); n -= sizeof(eight), b += sizeof(eight)) {
		memcpy(&eight, b, sizeof(eight));
		sum = __builtin_ia32_crc32di(sum, eight);
	}
	for (crc = (uint32_t)sum; n > 0; n--, b++)
		crc = __builtin_ia32_crc32qi(crc, *b);
	return ~crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse42(crc, bytes, n);
#endif
	return crc32c_portable(crc, bytes, n);
}
