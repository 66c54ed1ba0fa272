#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

struct house {
	char title[64];
	bool lit;
	double height_m;
};

struct room {
	char name[CONFIG_NAME_SIZE];
	char door[16];
	int64_t n_windows;
	double width_m;
	bool heated;
	int floor;
	int64_t any;
};

static const char *const floors[] = { "cellar", "ground", "attic", NULL };

#define FIELD(record, field) offsetof(struct record, field), sizeof(((struct record *)0)->field)

static const struct config_key house_keys[] = {
	{ "title", CONFIG_STRING, FIELD(house, title), 0, 1, "home", NULL, "name of the house" },
	{ "lit", CONFIG_BOOL, FIELD(house, lit), 0, 0, "no", NULL, "lamps are on" },
	{ "height.max_m", CONFIG_DOUBLE, FIELD(house, height_m), 0, 1000, "9.5", NULL, "height, metres" },
	{ 0 },
};

static const struct config_key room_keys[] = {
	{ "door", CONFIG_STRING, FIELD(room, door), 0, 1, "", NULL, "where it leads" },
	{ "n_windows", CONFIG_INT, FIELD(room, n_windows), 1, 96, "2", NULL, "number of windows" },
	{ "width_m", CONFIG_DOUBLE, FIELD(room, width_m), -1.5, 1e6, "4", NULL, "width, metres" },
	{ "heated", CONFIG_BOOL, FIELD(room, heated), 0, 0, "yes", NULL, "there is a stove" },
	{ "floor", CONFIG_CHOICE, FIELD(room, floor), 0, 0, "ground", floors, "where it is" },
	{ "any", CONFIG_INT, FIELD(room, any), 0, 0, "-7", NULL, "any whole number" },
	{ 0 },
};

#define MAX_ROOMS 4
static const struct config_section sections[] = {
	{ "house", false, house_keys, sizeof(struct house), 0, 1 },
	{ "room", true, room_keys, sizeof(struct room), offsetof(struct room, name), MAX_ROOMS },
	{ 0 },
};

/* What a text says. */
struct plan {
	struct house house;
	struct room rooms[MAX_ROOMS];
	struct config_records records[2];
	struct failure failure;
	int result;
};

static struct plan *read_text(const char *text)
{
	struct plan *p = calloc(1, sizeof(*p));
	p->records[0].base = &p->house;
	p->records[1].base = p->rooms;
	p->result = config_read_text(text, "file", sections, p->records, &p->failure);
	return p;
}

static int read_file(const char *path, struct failure *f)
{
	static struct plan p;
	p.records[0].base = &p.house;
	p.records[1].base = p.rooms;
	return config_read(path, sections, p.records, f);
}

static int read_bytes(const void *bytes, size_t n, struct failure *f)
{
	char path[] = "/tmp/bcid-test-config-XXXXXX";
	int fd = mkstemp(path);
	cr_assert(ge(int, fd, 0));
	cr_assert(eq(sz, (size_t)write(fd, bytes, n), n));
	close(fd);
	int r = read_file(path, f);
	unlink(path);
	return r;
}

Test(config, gives_defaults_for_what_is_not_mentioned)
{
	struct plan *p = read_text("");

	cr_assert(eq(int, p->result, 0), "%s", p->failure.text);
	cr_expect(eq(int, p->records[0].count, 1));
	cr_expect(eq(int, p->records[0].line[0], 0));
	cr_expect(eq(int, p->records[1].count, 0));
	cr_expect(eq(str, p->house.title, "home"));
	cr_expect(eq(dbl, p->house.height_m, 9.5));
	free(p);

	p = read_text("[room hall]\ndoor = out");
	cr_assert(eq(int, p->result, 0), "%s", p->failure.text);
	cr_expect(eq(i64, p->rooms[0].n_windows, 2));
	cr_expect(eq(i64, p->rooms[0].any, -7));
	cr_expect(p->rooms[0].heated);
	cr_expect(eq(int, p->rooms[0].floor, 1));
	free(p);
}

Test(config, reads_sections_and_keys)
{
	struct plan *p = read_text("; a comment\n"
				   "[house]\n"
				   "title = the  red = house\n"
				   "height.max_m = 12.25\n"
				   "lit : on\n"
				   "\n"
				   "# another\n"
				   "[room hall]\n"
				   "door=yard\n"
				   "  floor\t=   attic  \r\n"
				   "n_windows = 96\n"
				   "[  room   kitchen  ]\n"
				   "heated = FALSE\n"
				   "door = a;b#c\n"
				   "any = -9223372036854775808");

	cr_assert(eq(int, p->result, 0), "%s", p->failure.text);
	cr_expect(eq(str, p->house.title, "the  red = house"));
	cr_expect(eq(dbl, p->house.height_m, 12.25));
	cr_expect(p->house.lit);
	cr_expect(eq(int, p->records[0].line[0], 2));
	cr_expect(eq(int, p->records[1].count, 2));
	cr_expect(eq(str, p->rooms[0].name, "hall"));
	cr_expect(eq(str, p->rooms[0].door, "yard"));
	cr_expect(eq(int, p->rooms[0].floor, 2));
	cr_expect(eq(i64, p->rooms[0].n_windows, 96));
	cr_expect(eq(int, p->records[1].line[0], 8));
	cr_expect(eq(str, p->rooms[1].name, "kitchen"));
	cr_expect(eq(str, p->rooms[1].door, "a;b#c"));
	cr_expect(not(p->rooms[1].heated));
	cr_expect(eq(i64, p->rooms[1].any, INT64_MIN));
	cr_expect(eq(int, p->records[1].line[1], 12));
	free(p);
}

Test(config, skips_a_byte_order_mark)
{
	struct plan *p = read_text("\xef\xbb\xbf[house]\ntitle = x\n");
	cr_assert(eq(int, p->result, 0), "%s", p->failure.text);
	cr_expect(eq(str, p->house.title, "x"));
	free(p);
}

#define HALL "[room hall]\ndoor = x\n"
#define X10 "xxxxxxxxxx"
#define X200 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

struct refusal_case {
	char name[32];
	char text[320];
	char line[160];
};

ParameterizedTestParameters(config, refuses)
{
	static struct refusal_case cases[] = {
		{ "unknown key", "[house]\n\ntitel = x", "file:3: key `titel` is unknown in [house]; did you mean `title`?" },
		{ "unknown key, no idea", "[house]\ncolour = x", "file:2: key `colour` is unknown in [house]" },
		{ "key of another kind", HALL "title = x", "file:3: key `title` is unknown in [room]" },
		{ "upper case", "[house]\nTitle = x", "file:2: key `Title` is unknown in [house]; did you mean `title`?" },
		{ "no key", "[house]\n= x", "file:2: key `` is unknown in [house]" },
		{ "duplicate key", "[house]\nlit = no\nlit = yes", "file:3: key `lit` is already in this section" },
		{ "key before any section", "lit = no\n[house]", "file:1: key `lit` stands before the first section" },
		{ "unknown section", "[hose]", "file:1: unknown section [hose]; did you mean `house`?" },
		{ "unknown section, no idea", "[x y]", "file:1: unknown section [x]" },
		{ "empty section", "[]", "file:1: unknown section []" },
		{ "missing name", "[room]", "file:1: section [room] needs a name: [room NAME]" },
		{ "missing name, space", "[room ]", "file:1: section [room] needs a name: [room NAME]" },
		{ "surplus name", "[house x]", "file:1: section [house] takes no name" },
		{ "slash", "[room a/b]", "file:1: [room a/b]: a name has no `/`, `]` or space" },
		{ "two names", "[room a b]", "file:1: [room a b]: a name has no `/`, `]` or space" },
		{ "bracket", "[room a]b]", "file:1: [room a]b]: a name has no `/`, `]` or space" },
		{ "long name", "[room 0123456789012345678901234567890x]",
		  "file:1: [room 0123456789012345678901234567890x]: the name is longer than 31 bytes" },
		{ "duplicate section", "[house]\n[house]", "file:2: [house] is already in line 1" },
		{ "duplicate name", HALL "[room b]\ndoor = y\n[room hall]", "file:5: [room hall] is already in line 1" },
		{ "too many", "[room a]\n[room b]\n[room c]\n[room d]\n[room e]", "file:5: [room e]: more than 4 such sections" },
		{ "behind a section", "[house] lit = no", "file:1: a section ends with its `]`" },
		{ "open bracket", "[house", "file:1: a section ends with its `]`" },
		{ "comment behind a section", "[house] ; mine", "file:1: a comment needs a line of its own" },
		{ "comment behind a value", "[house]\ntitle = x ; mine", "file:2: a comment needs a line of its own" },
		{ "hash behind a value", "[house]\ntitle = x\t# mine", "file:2: a comment needs a line of its own" },
		{ "comment for a value", "[house]\ntitle =;x", "file:2: key `title`: a comment needs a line of its own" },
		{ "no value", "[house]\n\nlit\n", "file:3: neither a section, a key with its value, nor a comment" },
		{ "continued value", "[house]\ntitle = a\n  b", "file:3: neither a section, a key with its value, nor a comment" },
		{ "above the range", HALL "n_windows = 97", "file:3: key `n_windows` must be a whole number 1 .. 96, not `97`" },
		{ "below the range", HALL "n_windows = 0", "file:3: key `n_windows` must be a whole number 1 .. 96, not `0`" },
		{ "rubbish", HALL "n_windows = 9x", "file:3: key `n_windows` must be a whole number 1 .. 96, not `9x`" },
		{ "fraction", HALL "n_windows = 9.5", "file:3: key `n_windows` must be a whole number 1 .. 96, not `9.5`" },
		{ "empty number", HALL "n_windows =", "file:3: key `n_windows` must be a whole number 1 .. 96, not ``" },
		{ "beyond 64 bits", HALL "any = 9223372036854775808",
		  "file:3: key `any` must be a whole number, not `9223372036854775808`" },
		{ "not a number", HALL "width_m = nan", "file:3: key `width_m` must be a number -1.5 .. 1000000, not `nan`" },
		{ "infinite", HALL "width_m = inf", "file:3: key `width_m` must be a number -1.5 .. 1000000, not `inf`" },
		{ "unit given", HALL "width_m = 4 m", "file:3: key `width_m` must be a number -1.5 .. 1000000, not `4 m`" },
		{ "neither yes nor no", HALL "heated = maybe", "file:3: key `heated` must be yes or no, not `maybe`" },
		{ "no choice", HALL "floor = roof", "file:3: key `floor` must be one of cellar, ground or attic, not `roof`" },
		{ "part of a choice", HALL "floor = att", "file:3: key `floor` must be one of cellar, ground or attic, not `att`" },
		{ "long string", "[room a]\ndoor = 0123456789012345", "file:2: key `door` is longer than 15 bytes" },
		{ "empty string", "[house]\ntitle =", "file:2: key `title` must not be empty" },
		{ "missing string", "\n[room a]\nany = 3\n", "file:2: [room a] lacks key `door`" },
		{ "long line", "[house]\ntitle = " X200, "file:2: line longer than 197 bytes" },
		{ "long section", "\n[" X200 "]", "file:2: line longer than 197 bytes" },
		{ "not UTF-8", "[house]\ntitle = \xff", "file:2: not UTF-8" },
		{ "not UTF-8 in a comment", "; \xc3\n", "file:1: not UTF-8" },
		{ "escape", "[house]\n\ntitle = \033[2J", "file:3: a control character" },
		{ "lone carriage return", "[house]\rtitle = x", "file:1: a control character" },
		{ "line separator", "[house]\ntitle = a\xe2\x80\xa8" "b", "file:2: a control character" },
	};
	return cr_make_param_array(struct refusal_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal_case *c, config, refuses)
{
	struct plan *p = read_text(c->text);
	cr_expect(eq(int, p->result, -EINVAL), "%s", c->name);
	cr_expect(eq(str, p->failure.text, c->line), "%s", c->name);
	free(p);
}

Test(config, takes_the_longest_line_name_and_comment)
{
	char text[2048];

	snprintf(text, sizeof(text), "; %s%s\n[room 0123456789012345678901234567890]\n%*sdoor =%*s15 bytes ......\n", X200, X200,
		 400, "", 197 - 6 - 15, "");
	struct plan *p = read_text(text);
	cr_assert(eq(int, p->result, 0), "%s", p->failure.text);
	cr_expect(eq(str, p->rooms[0].name, "0123456789012345678901234567890"));
	cr_expect(eq(str, p->rooms[0].door, "15 bytes ......"));
	free(p);
}

Test(config, says_nothing_without_a_failure_to_fill)
{
	struct house house;
	struct room rooms[MAX_ROOMS];
	struct config_records records[2] = { { .base = &house }, { .base = rooms } };
	cr_expect(eq(int, config_read_text("[house]\nlit = 7", "file", sections, records, NULL), -EINVAL));
}

Test(config, reads_a_file)
{
	struct failure f = { 0 };
	static const char text[] = "[house]\ntitle = x\n";
	cr_expect(eq(int, read_bytes(text, sizeof(text) - 1, &f), 0), "%s", f.text);
}

Test(config, refuses_a_file_with_a_nul)
{
	struct failure f = { 0 };
	static const char text[] = "[house]\n; \0\ntitle = x\n";
	cr_expect(eq(int, read_bytes(text, sizeof(text) - 1, &f), -EINVAL));
	cr_expect(ne(ptr, strstr(f.text, ":2: a control character"), NULL), "%s", f.text);
}

Test(config, refuses_a_file_that_is_not_there)
{
	struct failure f = { 0 };
	cr_expect(eq(int, read_file("/nowhere/bcid.conf", &f), -ENOENT));
	cr_expect(eq(str, f.text, "/nowhere/bcid.conf: No such file or directory"));
	cr_expect(eq(int, read_file("/tmp", &f), -EISDIR));
}

Test(config, refuses_a_file_above_1_MiB)
{
	struct failure f = { 0 };
	size_t n = CONFIG_FILE_MAX;
	char *text = malloc(n + 1);
	memset(text, '\n', n + 1);
	cr_expect(eq(int, read_bytes(text, n, &f), 0), "%s", f.text);
	cr_expect(eq(int, read_bytes(text, n + 1, &f), -E2BIG));
	free(text);
}

static char *print(const struct plan *p)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	config_print(f, sections, p->records);
	fclose(f);
	return text;
}

Test(config, prints_every_key_with_its_help)
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

Test(config, prints_a_kind_without_sections_as_a_comment)
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

ParameterizedTestParameters(config, reads_back_what_it_printed)
{
	static struct round_case cases[] = {
		{ "defaults", "" },
		{ "one of each", "[house]\ntitle = a b  c\nlit = 1\n[room x]\ndoor = y\nheated = off\nfloor = cellar" },
		{ "a tenth", "[house]\nheight.max_m = 0.1" },
		{ "a third, 17 digits", "[house]\nheight.max_m = 0.33333333333333331" },
		{ "denormal", "[house]\nheight.max_m = 4.9406564584124654e-324" },
		{ "extremes", "[room x]\ndoor = =\nany = -9223372036854775808\nwidth_m = -1.5\nn_windows = 96" },
		{ "four rooms", "[room a]\ndoor = 1\n[room b]\ndoor = 2\n[room c]\ndoor = 3\n[room d]\ndoor = a;:#" },
		{ "beyond ASCII", "[house]\ntitle = Häuschen µ 🧠\n[room é]\ndoor = ≥" },
	};
	return cr_make_param_array(struct round_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct round_case *c, config, reads_back_what_it_printed)
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
