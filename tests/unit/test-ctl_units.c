#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdlib.h>

#include "ctl_units.h"

struct list_case {
	char text[40];
	int result;
	size_t n;
	uint32_t first[4];
};

ParameterizedTestParameters(ctl_units, reads_a_list)
{
	static struct list_case cases[] = {
		{ "17,42", 0, 2, { 17, 42 } },
		{ "0", 0, 1, { 0 } },
		{ "8191", 0, 1, { 8191 } },
		{ "3-6", 0, 4, { 3, 4, 5, 6 } },
		{ "5-5", 0, 1, { 5 } },
		{ "9,3-4,3,9", 0, 3, { 3, 4, 9 } },
		{ "none", 0, 0, { 0 } },
		{ "0-8191", 0, 8192, { 0, 1, 2, 3 } },
		{ "", -EINVAL, 0, { 0 } },
		{ ",", -EINVAL, 0, { 0 } },
		{ "17,", -EINVAL, 0, { 0 } },
		{ ",17", -EINVAL, 0, { 0 } },
		{ "7-3", -EINVAL, 0, { 0 } },
		{ "3-", -EINVAL, 0, { 0 } },
		{ "-3", -EINVAL, 0, { 0 } },
		{ "3--4", -EINVAL, 0, { 0 } },
		{ "8192", -EINVAL, 0, { 0 } },
		{ "99999999999999999999", -EINVAL, 0, { 0 } },
		{ "4294967296", -EINVAL, 0, { 0 } },
		{ "17 42", -EINVAL, 0, { 0 } },
		{ "17, 42", -EINVAL, 0, { 0 } },
		{ "all", -EINVAL, 0, { 0 } },
		{ "none,3", -EINVAL, 0, { 0 } },
		{ "1.5", -EINVAL, 0, { 0 } },
	};
	return cr_make_param_array(struct list_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct list_case *c, ctl_units, reads_a_list)
{
	uint32_t *unit = NULL;
	size_t n = 12345;
	struct failure f = { 0 };
	cr_assert(eq(int, ctl_units_parse(c->text, &f, &unit, &n), c->result), "%s", c->text);
	if (c->result < 0) {
		cr_expect(eq(sz, n, 12345), "%s: the result stays as it was", c->text);
		cr_expect(ne(chr, f.text[0], '\0'));
		return;
	}
	cr_assert(eq(sz, n, c->n), "%s", c->text);
	for (size_t i = 0; i < n && i < 4; i++)
		cr_expect(eq(u32, unit[i], c->first[i]), "%s, entry %zu", c->text, i);
	free(unit);
}

Test(ctl_units, counts_a_run_without_holes)
{
	static const uint32_t unit[] = { 3, 4, 5, 9, 11, 12 };
	cr_expect(eq(sz, ctl_units_run(unit, 6), 3));
	cr_expect(eq(sz, ctl_units_run(unit + 3, 3), 1));
	cr_expect(eq(sz, ctl_units_run(unit + 4, 2), 2));
	cr_expect(eq(sz, ctl_units_run(unit, 2), 2), "not beyond the end");
	cr_expect(eq(sz, ctl_units_run(unit, 0), 0));
}
