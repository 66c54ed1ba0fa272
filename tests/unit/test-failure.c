#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <string.h>

#include "failure.h"

Test(failure, carries_a_line_and_gives_the_code_back)
{
	struct failure f = { 0 };
	cr_expect(eq(int, failure_set(&f, -EINVAL, "%s: line %d", "file", 3), -EINVAL));
	cr_expect(eq(str, f.text, "file: line 3"));
	failure_set(&f, -ENOENT, "b");
	cr_expect(eq(str, f.text, "b"));
}

Test(failure, puts_a_prefix_in_front)
{
	struct failure f = { 0 };
	failure_set(&f, -EINVAL, "100 %% wrong");
	cr_expect(eq(int, failure_prefix(&f, -ENOENT, "stream %s", "m1"), -ENOENT));
	cr_expect(eq(str, f.text, "stream m1: 100 % wrong"));
	failure_prefix(&f, -EINVAL, "rig");
	cr_expect(eq(str, f.text, "rig: stream m1: 100 % wrong"));
}

Test(failure, may_quote_itself)
{
	struct failure f = { 0 };
	failure_set(&f, -EINVAL, "inner");
	failure_set(&f, -EINVAL, "<%s>", f.text);
	cr_expect(eq(str, f.text, "<inner>"));
	failure_prefix(&f, -EINVAL, "[%s]", f.text);
	cr_expect(eq(str, f.text, "[<inner>]: <inner>"));
}

Test(failure, is_cut_where_it_is_too_long)
{
	struct failure f = { 0 };
	char text[1000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';

	failure_set(&f, -EINVAL, "%s", text);
	cr_expect(eq(sz, strlen(f.text), sizeof(f.text) - 1));
	failure_prefix(&f, -EINVAL, "here");
	cr_expect(eq(sz, strlen(f.text), sizeof(f.text) - 1));
	cr_expect(eq(int, strncmp(f.text, "here: xxx", 9), 0));
	failure_prefix(&f, -EINVAL, "%s", text);
	cr_expect(eq(sz, strlen(f.text), sizeof(f.text) - 1));
}

Test(failure, may_be_nobody_s)
{
	cr_expect(eq(int, failure_set(NULL, -EPERM, "%d", 1), -EPERM));
	cr_expect(eq(int, failure_prefix(NULL, -EPERM, "%d", 1), -EPERM));
}
