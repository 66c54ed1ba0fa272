#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

static int read_end;

/* Each test is a process of its own: its stderr becomes a pipe. O_DIRECT keeps the writes apart. */
static void catch_stderr(void)
{
	int ends[2];
	cr_assert(eq(int, pipe2(ends, O_DIRECT | O_NONBLOCK), 0));
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	read_end = ends[0];
	unsetenv("JOURNAL_STREAM");
}

static void act_as_journal(int off_by)
{
	char text[64];
	struct stat st;
	fstat(STDERR_FILENO, &st);
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + (unsigned)off_by);
	setenv("JOURNAL_STREAM", text, 1);
}

/* What one write(2) brought; "" where there was none. */
static const char *caught(void)
{
	static char line[8192];
	ssize_t n = read(read_end, line, sizeof(line) - 1);
	line[n > 0 ? n : 0] = '\0';
	return line;
}

TestSuite(log, .init = catch_stderr);

Test(log, writes_time_level_and_text)
{
	int h, m, s, ms;
	char level[16], word[16], end;

	log_init(LOG_INFO);
	log_warning("text %d", 7);
	const char *line = caught();
	cr_expect(
		eq(int, sscanf(line, "%2d:%2d:%2d.%3d %15s %15s 7%c", &h, &m, &s, &ms, level, word, &end), 7),
		"%s", line);
	cr_expect(eq(int, line[2], ':'));
	cr_expect(eq(int, line[12], ' '));
	cr_expect(eq(str, level, "warning"));
	cr_expect(eq(str, word, "text"));
	cr_expect(eq(int, end, '\n'));
	cr_expect(eq(str, (char *)caught(), ""), "a line is one write");
}

Test(log, leaves_out_what_is_below_the_least_level)
{
	log_init(LOG_WARNING);
	log_debug("a");
	log_info("b");
	cr_expect(eq(str, (char *)caught(), ""));
	log_warning("c");
	cr_expect(ne(str, (char *)caught(), ""));
	log_init(LOG_DEBUG);
	log_debug("d");
	cr_expect(ne(str, (char *)caught(), ""));
}

struct level_case {
	char name[24];
	enum log_level level;
	char line[24];
};

ParameterizedTestParameters(log, marks_the_level_for_the_journal)
{
	static struct level_case cases[] = {
		{ "debug", LOG_DEBUG, "<7>text\n" },
		{ "info", LOG_INFO, "<6>text\n" },
		{ "warning", LOG_WARNING, "<4>text\n" },
		{ "error", LOG_ERROR, "<3>text\n" },
	};
	return cr_make_param_array(struct level_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct level_case *c, log, marks_the_level_for_the_journal)
{
	catch_stderr();
	act_as_journal(0);
	log_init(LOG_DEBUG);
	log_line(c->level, "text");
	cr_expect(eq(str, (char *)caught(), c->line), "%s", c->name);
}

Test(log, takes_an_inherited_journal_for_none)
{
	act_as_journal(1);
	log_init(LOG_INFO);
	log_info("text");
	cr_expect(ne(int, caught()[0], '<'));
}

struct hostile_case {
	char name[24];
	char text[32];
	char written[64];
};

ParameterizedTestParameters(log, escapes)
{
	static struct hostile_case cases[] = {
		{ "a forged line", "a\n<0>b", "<6>a\\x0a<0>b\n" },
		{ "carriage return", "a\rb", "<6>a\\x0db\n" },
		{ "terminal escape", "\033[2J", "<6>\\x1b[2J\n" },
		{ "tab and delete", "\t\x7f", "<6>\\x09\\x7f\n" },
		{ "C1 control", "\xc2\x9b" "1m", "<6>\\xc2\\x9b1m\n" },
		{ "line separator", "a\xe2\x80\xa8" "b", "<6>a\\xe2\\x80\\xa8b\n" },
		{ "not UTF-8", "a\xff\xc3", "<6>a\\xff\\xc3\n" },
		{ "overlong", "\xc0\x8a", "<6>\\xc0\\x8a\n" },
		{ "plain UTF-8", "µV ≥ 3 σ 🧠", "<6>µV ≥ 3 σ 🧠\n" },
	};
	return cr_make_param_array(struct hostile_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct hostile_case *c, log, escapes)
{
	catch_stderr();
	act_as_journal(0);
	log_init(LOG_INFO);
	log_info("%s", c->text);
	cr_expect(eq(str, (char *)caught(), c->written), "%s", c->name);
}

struct long_case {
	char name[24];
	int length;
	char fill[8];
	int kept; /* bytes of text */
};

ParameterizedTestParameters(log, cuts_a_long_line)
{
	static struct long_case cases[] = {
		{ "just fits", 1000, "x", 1000 },
		{ "a byte too long", 1001, "x", 1000 },
		{ "very long", 5000, "x", 1000 },
		{ "two bytes a letter", 2000, "µ", 1000 },
		{ "three bytes a letter", 3000, "≥", 999 },
		{ "four bytes a letter", 4000, "🧠", 1000 },
	};
	return cr_make_param_array(struct long_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct long_case *c, log, cuts_a_long_line)
{
	char text[8192] = "", wanted[8192];

	for (int n = 0; n < c->length; n += (int)strlen(c->fill))
		strcat(text, c->fill);
	snprintf(wanted, sizeof(wanted), "<6>%.*s%s\n", c->kept, text, c->kept < c->length ? "…" : "");
	catch_stderr();
	act_as_journal(0);
	log_init(LOG_INFO);
	log_info("%s", text);
	cr_expect(eq(str, (char *)caught(), wanted), "%s", c->name);
}

Test(log, holds_a_line_of_nothing_but_control_characters)
{
	char text[3000];

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	act_as_journal(0);
	log_init(LOG_INFO);
	log_info("%s", text);
	size_t n = strlen(caught()); /* a packet of a pipe is 4096 bytes, the rest comes with the next read */
	n += strlen(caught());
	cr_expect(eq(sz, n, 3 + 4 * LOG_MAX_TEXT + strlen("…") + 1));
}

Test(log, leaves_errno_alone)
{
	log_init(LOG_INFO);
	errno = ENOENT;
	log_info("it was %m");
	cr_expect(eq(int, errno, ENOENT));
	cr_expect(ne(ptr, strstr(caught(), "No such file"), NULL));
	close(STDERR_FILENO);
	errno = ENOENT;
	log_info("nobody listens");
	cr_expect(eq(int, errno, ENOENT));
}

Test(log, passes_a_repeated_line_once_in_ten_seconds)
{
	struct log_limit l = { 0 };
	uint64_t suppressed = 99;
	int64_t now = 500 * NS_PER_S;

	cr_expect(log_limit_pass(&l, now, &suppressed));
	cr_expect(eq(u64, suppressed, 0));
	for (int i = 1; i < 10; i++)
		cr_expect(not(log_limit_pass(&l, now + i * NS_PER_S, &suppressed)));
	cr_expect(not(log_limit_pass(&l, now + 10 * NS_PER_S - 1, NULL)));
	cr_expect(eq(u64, suppressed, 0), "changed without a pass");
	cr_expect(log_limit_pass(&l, now + 10 * NS_PER_S, &suppressed));
	cr_expect(eq(u64, suppressed, 10));
	cr_expect(not(log_limit_pass(&l, now + 11 * NS_PER_S, NULL)));
	cr_expect(log_limit_pass(&l, now + 99 * NS_PER_S, &suppressed));
	cr_expect(eq(u64, suppressed, 1), "counted anew after each pass");
}

/* ---- the tap ---- */

static char tapped[64];
static enum log_level tapped_level;

static void tap(void *arg, enum log_level level, const char *text)
{
	snprintf(tapped, sizeof(tapped), "%s%s", (const char *)arg, text);
	tapped_level = level;
}

Test(log, gives_each_written_line_to_the_tap)
{
	catch_stderr();
	log_init(LOG_INFO);
	log_set_tap(tap, "> ");
	log_warning("a %s", "b\x01");
	cr_expect(eq(str, tapped, "> a b\\x01"));
	cr_expect(eq(int, tapped_level, LOG_WARNING));
	cr_expect(eq(str, (char *)log_level_text(tapped_level), "warning"));
	log_debug("not written");
	cr_expect(eq(str, tapped, "> a b\\x01"));
	log_set_tap(NULL, NULL);
	log_info("to none");
	cr_expect(eq(str, tapped, "> a b\\x01"));
}
