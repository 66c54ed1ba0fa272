#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"

static struct {
	bool json;
	const char *output;
	int64_t bins;
	double speed;
	struct argument_list data;
} got;

static const struct argument table[] = {
	{ "json", ARGUMENT_FLAG, &got.json, NULL, "one object" },
	{ "output", ARGUMENT_TEXT, &got.output, "FILE", "where to", true },
	{ "bins", ARGUMENT_INT, &got.bins, "N", "how many", false, 1, 100 },
	{ "speed", ARGUMENT_NUMBER, &got.speed, "X", "how fast", false, 0.1, 1000 },
	{ "data", ARGUMENT_LIST, &got.data, "FILE...", "recordings" },
	{ NULL },
};

static const struct arguments args = { "prog", "Does it.", "FILE", 0, 1, table };

/* Splits at blanks, as a shell would. */
static int parse(const char *line, struct failure *f, enum arguments_next *next, int *operand, int *argc)
{
	static char text[400];
	static char *argv[32];
	snprintf(text, sizeof(text), "prog %s", line);
	*argc = 0;
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[(*argc)++] = word;
	argv[*argc] = NULL;
	return arguments_parse(&args, *argc, argv, f, next, operand);
}

Test(arguments, fill_every_kind_of_value)
{
	struct failure f = { 0 };
	enum arguments_next next = ARGUMENTS_DONE;
	int operand = 0, argc;
	got.bins = 7;
	int r = parse("X --json --data a b --speed 2.5 --data c --output=y", &f, &next, &operand, &argc);
	cr_assert(eq(int, r, 0), "%s", f.text);
	cr_expect(eq(int, next, ARGUMENTS_GO));
	cr_expect(eq(int, got.json, 1));
	cr_expect(eq(str, (char *)got.output, "y"));
	cr_expect(eq(i64, got.bins, 7), "a default stands");
	cr_expect(eq(dbl, got.speed, 2.5));
	cr_assert(eq(int, got.data.n, 3));
	cr_expect(eq(str, (char *)got.data.item[1], "b"));
	cr_expect(eq(str, (char *)got.data.item[2], "c"));
	cr_expect(eq(int, argc - operand, 1));
}

Test(arguments, are_parsed_afresh_each_time)
{
	struct failure f = { 0 };
	enum arguments_next next;
	int operand, argc;
	for (int i = 0; i < 2; i++)
		cr_expect(eq(int, parse("--output y X", &f, &next, &operand, &argc), 0), "%s", f.text);
}

struct refusal {
	char line[64];
	char word[24]; /* that the message must hold */
};

ParameterizedTestParameters(arguments, refuse_with_one_line)
{
	static struct refusal cases[] = {
		{ "--json", "--output" },
		{ "--output y --wat", "--wat" },
		{ "--output y --bins", "--bins" },
		{ "--output y --bins 0", "from 1 to 100" },
		{ "--output y --bins 3x", "3x" },
		{ "--output y --bins 99999999999999999999", "--bins" },
		{ "--output y --speed nan", "--speed" },
		{ "--output y --speed 1e9", "--speed" },
		{ "--output y --json=3", "--json=3" },
		{ "--output y A B", "B" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal *c, arguments, refuse_with_one_line)
{
	struct failure f = { 0 };
	enum arguments_next next;
	int operand, argc;
	cr_expect(eq(int, parse(c->line, &f, &next, &operand, &argc), -EINVAL), "%s", c->line);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", c->line, f.text);
	cr_expect(strchr(f.text, '\n') == NULL);
}

Test(arguments, refuse_a_list_without_end)
{
	static char *argv[ARGUMENT_LIST_MAX + 8] = { "prog", "--output", "y", "--data" };
	int argc = 4;
	while (argc < 4 + ARGUMENT_LIST_MAX + 1)
		argv[argc++] = "x";
	struct failure f = { 0 };
	enum arguments_next next;
	int operand;
	cr_expect(eq(int, arguments_parse(&args, argc, argv, &f, &next, &operand), -E2BIG));
}
