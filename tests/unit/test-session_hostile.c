#include "session_case.h"

#include <errno.h>

TestSuite(session_hostile, .init = case_begin, .fini = case_end);

struct hostile {
	char name[40];
	char sql[160];
	int open, next;
	char says[40];
};

ParameterizedTestParameters(session_hostile, refuses)
{
	static struct hostile cases[] = {
		{ "another application", "PRAGMA application_id = 1", -EBADMSG, 0, "no recording" },
		{ "a newer schema", "PRAGMA user_version = 2", -ENOTSUP, 0, "newer" },
		{ "a missing table", "DROP TABLE cues", -EBADMSG, 0, "cues" },
		{ "a view for a table",
		  "DROP TABLE log; CREATE VIEW log AS SELECT 1 n,2 time_ns,3 level,4 text", -EBADMSG, 0,
		  "log" },
		{ "a column more", "ALTER TABLE log ADD COLUMN x", -EBADMSG, 0, "log" },
		{ "no number of units", "DELETE FROM session WHERE key = 'n_units'", -EBADMSG, 0, "n_units" },
		{ "no units", "UPDATE session SET value = 0 WHERE key = 'n_units'", -EBADMSG, 0, "n_units" },
		{ "units as text", "UPDATE session SET value = '3' WHERE key = 'n_units'", -EBADMSG, 0,
		  "n_units" },
		{ "another number of units", "UPDATE session SET value = 4 WHERE key = 'n_units'", 0,
		  -EBADMSG, "counts" },
		{ "a time that is text", "UPDATE bins SET edge_ns = 'x'", 0, -EBADMSG, "edge_ns" },
		{ "a time beyond sums", "UPDATE bins SET closed_ns = 9223372036854775807", 0, -EBADMSG,
		  "closed_ns" },
		{ "half a number", "UPDATE results SET estimate = x'0000'", 0, -EBADMSG, "estimate" },
		{ "too many outputs", "UPDATE results SET estimate = zeroblob(400)", 0, -EBADMSG,
		  "estimate" },
		{ "sd of other outputs", "UPDATE results SET sd = zeroblob(4)", 0, -EBADMSG, "sd" },
		{ "rates of other units", "UPDATE results SET rates = zeroblob(8)", 0, -EBADMSG, "rates" },
		{ "an unknown verdict", "UPDATE intents SET verdict = 'maybe'", 0, -EBADMSG, "verdict" },
		{ "a mask with a reset", "UPDATE orders SET kind = 'reset'", 0, -EBADMSG, "orders" },
		{ "a mask of other units", "UPDATE snapshots SET masked = zeroblob(2)", 0, -EBADMSG,
		  "masked" },
		{ "no hash", "UPDATE models SET hash = 'abc'", 0, -EBADMSG, "hash" },
		{ "an infinite speed", "UPDATE gates SET max_speed_mm_s = 9e999", 0, -EBADMSG, "max_speed" },
		{ "an output less", "DELETE FROM outputs WHERE position = 1", 0, -EBADMSG, "gates" },
		{ "a hole in the outputs", "UPDATE outputs SET position = 2 WHERE position = 1", 0, -EBADMSG,
		  "gates" },
		{ "a long text", "UPDATE events SET text = printf('%.2000c', 'x')", 0, -EBADMSG, "text" },
		{ "a NUL in a text", "UPDATE log SET text = 'a' || char(0) || 'b'", 0, -EBADMSG, "text" },
		{ "a loss of the future", "UPDATE losses SET last_n = 99", 0, -EBADMSG, "last_n" },
	};
	return cr_make_param_array(struct hostile, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct hostile *c, session_hostile, refuses)
{
	struct gate gate = case_some_gate();
	struct session_model model = case_some_model();
	struct session_reader *s = NULL;
	struct session_record record;
	struct failure f = { "" };
	struct session_writer *w = case_writer();
	case_put_all(w, &gate, &model);
	case_close(w);
	case_sql(c->sql);
	int r = session_open(case_path, SESSION_ALL, &f, &s);
	cr_assert(eq(int, r, c->open), "%s: %s", c->name, f.text);
	while (r == 0 && (r = session_next(s, &f, &record)) > 0)
		r = 0;
	if (c->open == 0)
		cr_expect(eq(int, r, c->next), "%s: %s", c->name, f.text);
	cr_expect(ne(ptr, strstr(f.text, c->says), NULL), "%s: %s", c->name, f.text);
	if (s)
		session_close(s);
	case_end();
}

Test(session_hostile, says_what_is_no_database)
{
	struct failure f = { "" };
	struct session_reader *s;
	cr_expect(eq(int, session_open(case_path, SESSION_ALL, &f, &s), -ENOENT));
	FILE *file = fopen(case_path, "w");
	fputs("this is no database, but a text that is long enough to look for a header in it and then some "
	      "more,",
	      file);
	fclose(file);
	cr_expect(eq(int, session_open(case_path, SESSION_ALL, &f, &s), -EBADMSG), "%s", f.text);
}

/* Every page of the file in turn becomes rubbish: reported or read, never crashed on. */
Test(session_hostile, survives_a_damaged_page)
{
	struct gate gate = case_some_gate();
	struct session_model model = case_some_model();
	struct session_writer *w = case_writer();
	case_put_all(w, &gate, &model);
	case_close(w);
	FILE *file = fopen(case_path, "r+");
	fseek(file, 0, SEEK_END);
	long pages = ftell(file) / 4096;
	char good[4096], bad[4096];
	int reported = 0;
	memset(bad, 0xa5, sizeof(bad));
	for (long page = 0; page < pages; page++) {
		struct failure f = { "" };
		struct session_reader *s;
		struct session_record record;
		fseek(file, page * 4096, SEEK_SET);
		cr_assert(eq(sz, fread(good, 1, sizeof(good), file), sizeof(good)));
		fseek(file, page * 4096, SEEK_SET);
		fwrite(bad, 1, sizeof(bad), file);
		fflush(file);
		int r = session_open(case_path, SESSION_ALL, &f, &s);
		if (r == 0) {
			r = session_check(s, &f);
			while (r == 0 && (r = session_next(s, &f, &record)) > 0)
				r = 0;
			session_close(s);
		}
		cr_expect(eq(int, r, -EBADMSG), "page %ld: %s", page, f.text);
		reported += r == -EBADMSG;
		fseek(file, page * 4096, SEEK_SET);
		fwrite(good, 1, sizeof(good), file);
		fflush(file);
	}
	fclose(file);
	cr_expect(eq(int, reported, (int)pages));
}
