#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>

#include "ctl_command.h"

struct words_case {
	char words[40];
	int result;
	char command[16], operand[24];
};

ParameterizedTestParameters(ctl_command, is_found_by_its_words)
{
	static struct words_case cases[] = {
		{ "status", 0, "status", "" },
		{ "arm", 0, "arm", "" },
		{ "unit mask 17,42", 0, "unit mask", "17,42" },
		{ "unit mask none", 0, "unit mask", "none" },
		{ "mark the second block", 0, "mark", "the second block" },
		{ "", -EINVAL, "", "" },
		{ "statu", -EINVAL, "", "" },
		{ "statusx", -EINVAL, "", "" },
		{ "status m1", -EINVAL, "", "" },
		{ "unit", -EINVAL, "", "" },
		{ "unit mask", -EINVAL, "", "" },
		{ "unit mask ", -EINVAL, "", "" },
		{ "unit mask 3-", -EINVAL, "", "" },
		{ "unit masks 3", -EINVAL, "", "" },
		{ "mark", -EINVAL, "", "" },
		{ "enable", -EINVAL, "", "" }, /* without --for */
		{ "top", 0, "top", "" },
		{ "top m1", -EINVAL, "", "" },
		{ "tops", -EINVAL, "", "" },
	};
	return cr_make_param_array(struct words_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct words_case *c, ctl_command, is_found_by_its_words)
{
	const struct ctl_options o = { .for_s = -1 };
	const struct ctl_command *k = NULL;
	const char *operand = NULL;
	struct failure f = { 0 };
	cr_assert(eq(int, ctl_command_find(c->words, &o, &f, &k, &operand), c->result), "%s", c->words);
	if (c->result < 0) {
		cr_expect(ne(chr, f.text[0], '\0'), "%s", c->words);
		return;
	}
	cr_expect(eq(str, (char *)k->words, c->command));
	cr_expect(eq(str, (char *)operand, c->operand));
}

static int find(const char *words, struct ctl_options o)
{
	const struct ctl_command *k;
	const char *operand;
	return ctl_command_find(words, &o, NULL, &k, &operand);
}

Test(ctl_command, takes_its_own_options_only)
{
	cr_expect(eq(int, find("enable", (struct ctl_options){ .for_s = 0 }), 0), "0 ends it");
	cr_expect(eq(int, find("arm", (struct ctl_options){ .for_s = 3 }), -EINVAL));
	cr_expect(eq(int, find("arm", (struct ctl_options){ .for_s = -1, .model = "0123456789ab" }), 0));
	cr_expect(eq(int, find("disarm", (struct ctl_options){ .for_s = -1, .config = "0123456789ab" }),
		     -EINVAL));
	cr_expect(eq(int, find("watch", (struct ctl_options){ .for_s = -1, .count = 3 }), 0));
	cr_expect(eq(int, find("status", (struct ctl_options){ .for_s = -1, .count = 3 }), -EINVAL));
	cr_expect(eq(int, find("status", (struct ctl_options){ .for_s = -1, .units = true }), 0));
	cr_expect(eq(int, find("watch", (struct ctl_options){ .for_s = -1, .units = true }), -EINVAL));
	cr_expect(
		eq(int, find("clear", (struct ctl_options){ .for_s = -1, .stream = "m1", .json = true }), 0));
	cr_expect(eq(int, find("top", (struct ctl_options){ .for_s = -1, .interval_ms = 200 }), 0));
	cr_expect(eq(int, find("watch", (struct ctl_options){ .for_s = -1, .interval_ms = 200 }), -EINVAL));
	cr_expect(eq(int, find("top", (struct ctl_options){ .for_s = -1, .json = true }), -EINVAL));
}
