#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "crc.h"

/* The polynomial by long division, a bit at a time. */
static uint32_t twin(const uint8_t *bytes, size_t n)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < n; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint32_t odd = (crc ^ bytes[i] >> bit) & 1;
			crc = crc >> 1 ^ (odd ? 0x82f63b78 : 0);
		}
	return ~crc;
}

static void fill(uint8_t *bytes, size_t n)
{
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(x >> 24);
	}
}

struct known_case {
	char name[24];
	uint8_t bytes[32];
	int n;
	uint32_t crc;
};

ParameterizedTestParameters(crc, equals_the_published_vectors)
{
	/* RFC 3720, B.4, and the check value of the catalogue of CRC algorithms */
	static struct known_case cases[] = {
		{ "nothing", { 0 }, 0, 0 },
		{ "check", "123456789", 9, 0xe3069283 },
		{ "32 zeroes", { 0 }, 32, 0x8a9136aa },
		{ "32 ones", { 0 }, 32, 0x62a8ab43 },
		{ "ascending", { 0 }, 32, 0x46dd794e },
		{ "descending", { 0 }, 32, 0x113fdb5c },
	};
	for (int i = 0; i < 32; i++) {
		cases[3].bytes[i] = 0xff;
		cases[4].bytes[i] = (uint8_t)i;
		cases[5].bytes[i] = (uint8_t)(31 - i);
	}
	return cr_make_param_array(struct known_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct known_case *c, crc, equals_the_published_vectors)
{
	cr_expect(eq(u32, crc32c(0, c->bytes, (size_t)c->n), c->crc), "%s", c->name);
	cr_expect(eq(u32, crc32c_portable(0, c->bytes, (size_t)c->n), c->crc), "%s", c->name);
}

Test(crc, equals_its_twin_at_every_length_and_alignment)
{
	uint8_t bytes[96];

	fill(bytes, sizeof(bytes));
	for (size_t begin = 0; begin < 9; begin++)
		for (size_t n = 0; begin + n <= sizeof(bytes); n++) {
			uint32_t wanted = twin(bytes + begin, n);
			cr_assert(eq(u32, crc32c(0, bytes + begin, n), wanted), "%zu bytes at %zu", n, begin);
			cr_assert(eq(u32, crc32c_portable(0, bytes + begin, n), wanted), "%zu bytes at %zu",
				  n, begin);
		}
}

Test(crc, continues_where_it_stopped)
{
	uint8_t bytes[64];

	fill(bytes, sizeof(bytes));
	uint32_t whole = twin(bytes, sizeof(bytes));
	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		uint32_t first = crc32c(0, bytes, cut);
		cr_expect(eq(u32, crc32c(first, bytes + cut, sizeof(bytes) - cut), whole), "cut at %zu", cut);
		cr_expect(eq(u32, crc32c_portable(first, bytes + cut, sizeof(bytes) - cut), whole),
			  "cut at %zu", cut);
	}
}

Test(crc, notices_one_bit)
{
	uint8_t bytes[64];

	fill(bytes, sizeof(bytes));
	uint32_t whole = crc32c(0, bytes, sizeof(bytes));
	for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(ne(u32, crc32c(0, bytes, sizeof(bytes)), whole), "bit %zu", bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
