#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/config_house.h"

static char *print(const struct plan *p)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	config_print(f, sections, p->records);
	fclose(f);
	return text;
}

Test(config_print, writes_every_key_with_its_help)
{
	struct plan *p = read_text("[room hall]\ndoor = x\nfloor = attic\nwidth_m = 1000000\n");
	char *text = print(p);

	cr_expect(eq(str, text,
		"[house]\n"
		"; name of the house (required, default home)\n"
		"title = home\n"
		"; lamps are on (yes or no, default no)\n"
		"lit = no\n"
		"; height, metres (0 .. 1000, default 9.5)\n"
		"height.max_m = 9.5\n"
		"\n"
		"[room hall]\n"
		"; where it leads (required)\n"
		"door = x\n"
		"; number of windows (1 .. 96, default 2)\n"
		"n_windows = 2\n"
		"; width, metres (-1.5 .. 1000000, default 4)\n"
		"width_m = 1000000\n"
		"; there is a stove (yes or no, default yes)\n"
		"heated = yes\n"
		"; where it is (cellar, ground or attic, default ground)\n"
		"floor = attic\n"
		"; any whole number (default -7)\n"
		"any = -7\n"
		"\n"));
	free(text);
	free(p);
}

Test(config_print, writes_a_kind_without_sections_as_a_comment)
{
	struct plan *p = read_text("");
	char *text = print(p);

	cr_expect(ne(ptr, strstr(text, "; [room NAME]\n"), NULL), "%s", text);
	cr_expect(ne(ptr, strstr(text, "; n_windows = 2\n"), NULL), "%s", text);
	struct plan *back = read_text(text);
	cr_expect(eq(int, back->result, 0), "%s", back->failure.text);
	cr_expect(eq(int, back->records[1].count, 0));
	free(back);
	free(text);
	free(p);
}

struct round_case {
	char name[24];
	char text[200];
};

ParameterizedTestParameters(config_print, reads_back_to_the_same_values)
{
	static struct round_case cases[] = {
		{ "defaults", "" },
		{ "one of each",
		  "[house]\ntitle = a b  c\nlit = 1\n[room x]\ndoor = y\nheated = off\nfloor = cellar" },
		{ "a tenth", "[house]\nheight.max_m = 0.1" },
		{ "17 digits", "[house]\nheight.max_m = 0.30000000000000004" },
		{ "denormal", "[house]\nheight.max_m = 4.9406564584124654e-324" },
		{ "extremes",
		  "[room x]\ndoor = =\nany = -9223372036854775808\nwidth_m = -1.5\nn_windows = 96" },
		{ "four rooms",
		  "[room a]\ndoor = 1\n[room b]\ndoor = 2\n[room c]\ndoor = 3\n[room d]\ndoor = a;:#" },
		{ "beyond ASCII", "[house]\ntitle = Häuschen µ 🧠\n[room é]\ndoor = ≥" },
	};
	return cr_make_param_array(struct round_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct round_case *c, config_print, reads_back_to_the_same_values)
{
	struct plan *p = read_text(c->text);
	cr_assert(eq(int, p->result, 0), "%s: %s", c->name, p->failure.text);
	char *text = print(p);
	struct plan *back = read_text(text);
	cr_assert(eq(int, back->result, 0), "%s: %s", c->name, back->failure.text);
	cr_expect(eq(int, back->records[1].count, p->records[1].count), "%s", c->name);
	cr_expect(eq(int, memcmp(&back->house, &p->house, sizeof(p->house)), 0), "%s:\n%s", c->name, text);
	cr_expect(eq(int, memcmp(back->rooms, p->rooms, sizeof(p->rooms)), 0), "%s:\n%s", c->name, text);
	char *again = print(back);
	cr_expect(eq(str, again, text), "%s", c->name);
	free(again);
	free(back);
	free(text);
	free(p);
}
