#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <string.h>

#include "ctl_text.h"

struct duration_case {
	int64_t ns;
	char text[24];
};

#define S(x) ((int64_t)((x)*1e9))

ParameterizedTestParameters(ctl_text, says_how_long)
{
	static struct duration_case cases[] = {
		{ -1, "0 us" },
		{ 0, "0 us" },
		{ 850999, "850 us" },
		{ 12000000, "12 ms" },
		{ S(0.999), "999 ms" },
		{ S(1), "1.0 s" },
		{ S(4.26), "4.2 s" },
		{ S(59.99), "59.9 s" },
		{ S(60), "1 min 0 s" },
		{ S(200), "3 min 20 s" },
		{ S(3600), "1 h 0 min" },
		{ S(5 * 3600 + 12 * 60 + 59), "5 h 12 min" },
		{ S(9 * 86400 + 4 * 3600), "9 d 4 h" },
		{ INT64_MAX, "106751 d 23 h" },
	};
	return cr_make_param_array(struct duration_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct duration_case *c, ctl_text, says_how_long)
{
	char text[CTL_DURATION_SIZE];
	cr_expect(eq(str, (char *)ctl_text_duration(c->ns, text), c->text));
}

ParameterizedTestParameters(ctl_text, says_microseconds_with_three_digits)
{
	static struct duration_case cases[] = {
		{ 0, "0.00" },    { 420, "0.42" },   { 8140, "8.1" },       { 99949, "99.9" },
		{ 99951, "100" }, { 812400, "812" }, { 20112345, "20112" },
	};
	return cr_make_param_array(struct duration_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct duration_case *c, ctl_text, says_microseconds_with_three_digits)
{
	char text[CTL_MICROSECONDS_SIZE];
	cr_expect(eq(str, (char *)ctl_text_microseconds(c->ns, text), c->text));
}

Test(ctl_text, shortens_a_hash)
{
	static const uint8_t bytes[32] = { 0x00, 0x9f, 0xab, 3, 4, 5, 6 };
	char text[CTL_HASH_DIGITS + 1];
	cr_expect(eq(str, (char *)ctl_text_hash(bytes, 32, text), (char *)"009fab030405"));
	cr_expect(eq(str, (char *)ctl_text_hash(bytes, 2, text), (char *)"009f"));
	cr_expect(eq(str, (char *)ctl_text_hash(NULL, 0, text), (char *)"-"));
}

Test(ctl_text, breaks_a_paragraph_between_its_items, .init = cr_redirect_stdout)
{
	static char out[2000];
	struct ctl_text t;
	ctl_text_begin(&t, "dead");
	for (int i = 0; i < 40; i++)
		ctl_text_item(&t, "unit-%d", i);
	ctl_text_end(&t);
	fflush(stdout);

	FILE *f = cr_get_redirected_stdout();
	size_t n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	int lines = 0, items = 0;
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"), lines++) {
		cr_expect(le(sz, strlen(line), CTL_COLUMNS), "%s", line);
		cr_expect(eq(int, strncmp(line, lines ? "            unit-" : "  dead      unit-", 17), 0),
			  "%s", line);
		for (char *at = line; (at = strstr(at, "unit-")); at++)
			items++;
	}
	cr_expect(eq(int, items, 40));
	cr_expect(gt(int, lines, 3));
}
