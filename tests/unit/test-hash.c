#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "hash.h"

struct known_case {
	char text[64];
	char hex[HASH_HEX];
};

ParameterizedTestParameters(hash, equals_the_published_vectors)
{
	/* FIPS 180-2, appendix B */
	static struct known_case cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	return cr_make_param_array(struct known_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct known_case *c, hash, equals_the_published_vectors)
{
	char hex[HASH_HEX];
	struct hash h = hash_of(c->text, strlen(c->text));
	hash_to_hex(&h, hex);
	cr_expect(eq(str, hex, c->hex), "%s", c->text);
}

Test(hash, comes_back_from_hexadecimal)
{
	char hex[HASH_HEX];
	struct hash h = hash_of("abc", 3), back, shouted;

	hash_to_hex(&h, hex);
	cr_expect(eq(int, hash_from_hex(hex, &back), 0));
	cr_expect(eq(int, memcmp(&back, &h, sizeof(h)), 0));
	for (char *c = hex; *c; c++)
		if (*c >= 'a')
			*c -= 32;
	cr_expect(eq(int, hash_from_hex(hex, &shouted), 0), "%s", hex);
	cr_expect(eq(int, memcmp(&shouted, &h, sizeof(h)), 0));
}

#define X60 "012345678901234567890123456789012345678901234567890123456789"

struct hex_case {
	char name[24];
	char hex[72];
};

ParameterizedTestParameters(hash, refuses_what_is_not_64_digits)
{
	static struct hex_case cases[] = {
		{ "empty", "" },         { "63 digits", X60 "abc" },       { "65 digits", X60 "abcde" },
		{ "no digit", X60 "abcg" }, { "no digit in front", "g" X60 "abc" }, { "space", X60 "abc " },
		{ "colon", "01:" X60 "a" }, { "newline", X60 "abcd\n" },
	};
	return cr_make_param_array(struct hex_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct hex_case *c, hash, refuses_what_is_not_64_digits)
{
	struct hash h = hash_of("x", 1), before = h;
	cr_expect(eq(int, hash_from_hex(c->hex, &h), -EINVAL), "%s", c->name);
	cr_expect(eq(int, memcmp(&h, &before, sizeof(h)), 0), "%s: changed on failure", c->name);
}

Test(hash, of_a_pair_depends_on_the_order)
{
	struct hash a = hash_of("a", 1), b = hash_of("b", 1), ab = hash_pair(&a, &b), ba = hash_pair(&b, &a);
	uint8_t both[2 * HASH_BYTES];

	memcpy(both, &a, HASH_BYTES);
	memcpy(both + HASH_BYTES, &b, HASH_BYTES);
	struct hash wanted = hash_of(both, sizeof(both));
	cr_expect(eq(int, memcmp(&ab, &wanted, sizeof(ab)), 0));
	cr_expect(ne(int, memcmp(&ab, &ba, sizeof(ab)), 0));
}
