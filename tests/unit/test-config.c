#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/config_house.h"

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

Test(config, may_be_read_again)
{
	struct plan *p = read_text("[house]\ntitle = x\n[room a]\ndoor = y\nany = 3");
	cr_assert(eq(int, p->result, 0), "%s", p->failure.text);
	int r = config_read_text("[house]\n[room a]\ndoor = z", "file", sections, p->records, &p->failure);
	cr_assert(eq(int, r, 0), "%s", p->failure.text);
	cr_expect(eq(str, p->house.title, "home"), "nothing is left of the first");
	cr_expect(eq(int, p->records[1].count, 1));
	cr_expect(eq(str, p->rooms[0].door, "z"));
	cr_expect(eq(i64, p->rooms[0].any, -7));
	r = config_read_text("[room a]", "file", sections, p->records, &p->failure);
	cr_expect(eq(int, r, -EINVAL), "the door is that of the second");
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
#define X60 X10 X10 X10 X10 X10 X10
#define X180 X60 X60 X60
#define X200 X180 X10 X10

struct refusal_case {
	char name[32];
	char text[320];
	char line[160];
};

static void expect_refusal(struct refusal_case *c)
{
	struct plan *p = read_text(c->text);
	cr_expect(eq(int, p->result, -EINVAL), "%s", c->name);
	cr_expect(eq(str, p->failure.text, c->line), "%s", c->name);
	free(p);
}

ParameterizedTestParameters(config, refuses_a_section)
{
	static struct refusal_case cases[] = {
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
		{ "duplicate name", HALL "[room b]\ndoor = y\n[room hall]",
		  "file:5: [room hall] is already in line 1" },
		{ "too many", "[room a]\n[room b]\n[room c]\n[room d]\n[room e]",
		  "file:5: [room e]: more than 4 such sections" },
		{ "behind a section", "[house] lit = no", "file:1: a section ends with its `]`" },
		{ "open bracket", "[house", "file:1: a section ends with its `]`" },
		{ "comment behind a section", "[house] ; mine", "file:1: a comment needs a line of its own" },
		{ "missing string", "\n[room a]\nany = 3\n", "file:2: [room a] lacks key `door`" },
		{ "long section", "\n[" X200 "]", "file:2: line longer than 197 bytes" },
	};
	return cr_make_param_array(struct refusal_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal_case *c, config, refuses_a_section)
{
	expect_refusal(c);
}

ParameterizedTestParameters(config, refuses_a_line)
{
	static struct refusal_case cases[] = {
		{ "unknown key", "[house]\n\ntitel = x",
		  "file:3: key `titel` is unknown in [house]; did you mean `title`?" },
		{ "unknown key, no idea", "[house]\ncolour = x",
		  "file:2: key `colour` is unknown in [house]" },
		{ "key of another kind", HALL "title = x", "file:3: key `title` is unknown in [room]" },
		{ "upper case", "[house]\nTitle = x",
		  "file:2: key `Title` is unknown in [house]; did you mean `title`?" },
		{ "no key", "[house]\n= x", "file:2: key `` is unknown in [house]" },
		{ "duplicate key", "[house]\nlit = no\nlit = yes",
		  "file:3: key `lit` is already in this section" },
		{ "key before any section", "lit = no\n[house]",
		  "file:1: key `lit` stands before the first section" },
		{ "a byte too long", "[house]\ntitle = " X180 "0123456789",
		  "file:2: line longer than 197 bytes" },
		{ "comment behind a value", "[house]\ntitle = x ; mine",
		  "file:2: a comment needs a line of its own" },
		{ "hash behind a value", "[house]\ntitle = x\t# mine",
		  "file:2: a comment needs a line of its own" },
		{ "comment for a value", "[house]\ntitle =;x",
		  "file:2: key `title`: a comment needs a line of its own" },
		{ "no value", "[house]\n\nlit\n",
		  "file:3: neither a section, a key with its value, nor a comment" },
		{ "continued value", "[house]\ntitle = a\n  b",
		  "file:3: neither a section, a key with its value, nor a comment" },
		{ "long line", "[house]\ntitle = " X200, "file:2: line longer than 197 bytes" },
		{ "not UTF-8", "[house]\ntitle = \xff", "file:2: not UTF-8" },
		{ "not UTF-8 in a comment", "; \xc3\n", "file:1: not UTF-8" },
		{ "escape", "[house]\n\ntitle = \033[2J", "file:3: a control character" },
		{ "lone carriage return", "[house]\rtitle = x", "file:1: a control character" },
		{ "line separator", "[house]\ntitle = a\xe2\x80\xa8 b", "file:2: a control character" },
	};
	return cr_make_param_array(struct refusal_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal_case *c, config, refuses_a_line)
{
	expect_refusal(c);
}

ParameterizedTestParameters(config, refuses_a_value)
{
	static struct refusal_case cases[] = {
		{ "above the range", HALL "n_windows = 97",
		  "file:3: key `n_windows` must be a whole number 1 .. 96, not `97`" },
		{ "below the range", HALL "n_windows = 0",
		  "file:3: key `n_windows` must be a whole number 1 .. 96, not `0`" },
		{ "rubbish", HALL "n_windows = 9x",
		  "file:3: key `n_windows` must be a whole number 1 .. 96, not `9x`" },
		{ "fraction", HALL "n_windows = 9.5",
		  "file:3: key `n_windows` must be a whole number 1 .. 96, not `9.5`" },
		{ "empty number", HALL "n_windows =",
		  "file:3: key `n_windows` must be a whole number 1 .. 96, not ``" },
		{ "beyond 64 bits", HALL "any = 9223372036854775808",
		  "file:3: key `any` must be a whole number, not `9223372036854775808`" },
		{ "not a number", HALL "width_m = nan",
		  "file:3: key `width_m` must be a number -1.5 .. 1000000, not `nan`" },
		{ "infinite", HALL "width_m = inf",
		  "file:3: key `width_m` must be a number -1.5 .. 1000000, not `inf`" },
		{ "unit given", HALL "width_m = 4 m",
		  "file:3: key `width_m` must be a number -1.5 .. 1000000, not `4 m`" },
		{ "neither yes nor no", HALL "heated = maybe",
		  "file:3: key `heated` must be yes or no, not `maybe`" },
		{ "no choice", HALL "floor = roof",
		  "file:3: key `floor` must be one of cellar, ground or attic, not `roof`" },
		{ "part of a choice", HALL "floor = att",
		  "file:3: key `floor` must be one of cellar, ground or attic, not `att`" },
		{ "long string", "[room a]\ndoor = 0123456789012345",
		  "file:2: key `door` is longer than 15 bytes" },
		{ "empty string", "[house]\ntitle =", "file:2: key `title` must not be empty" },
	};
	return cr_make_param_array(struct refusal_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal_case *c, config, refuses_a_value)
{
	expect_refusal(c);
}

Test(config, takes_the_longest_line_name_and_comment)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "; %s%s\n# %s\n[room 0123456789012345678901234567890]\n%*sdoor =%*s15 bytes ......\n", X200,
		 X200, X200, 400, "", 197 - 6 - 15, "");
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
