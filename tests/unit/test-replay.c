#include "replay_case.h"

#include <errno.h>
#include <sqlite3.h>

static struct replay_case c;

static void begin(void)
{
	case_begin(&c);
}

static void end(void)
{
	case_remove(&c);
}

TestSuite(replay, .init = begin, .fini = end);

static void sql(const char *text)
{
	sqlite3 *db;
	char *error = NULL;
	cr_assert(eq(int, sqlite3_open(c.path, &db), SQLITE_OK));
	cr_assert(eq(int, sqlite3_exec(db, text, NULL, NULL, &error), SQLITE_OK), "%s", error);
	sqlite3_close(db);
}

static struct replay_report run(const char *model)
{
	struct replay_plan plan = { .path = c.path, .model = model };
	struct replay_report report;
	struct failure f = { "" };
	cr_assert(eq(int, replay_run(&plan, &f, &report), 0), "%s", f.text);
	return report;
}

/* Everything that happens to a stream. */
static void write_all(void)
{
	case_put_state(&c);
	case_bins(&c, 10);
	case_mask(&c, 2);
	case_bins(&c, 5);
	case_bin(&c, BIN_GAP, IN_TIME);
	case_bins(&c, 3);
	case_bin(&c, 0, LATE);
	case_bin(&c, 0, NEVER);
	case_bin(&c, 0, MISSING);
	case_put_state(&c);
	case_reset(&c);
	case_bins(&c, 20);
}

Test(replay, gives_the_same_bits)
{
	write_all();
	case_close(&c);
	struct replay_report r = run(NULL);
	cr_expect(eq(i64, r.differences, 0), "%s", r.first);
	cr_expect(eq(i64, r.bins, 42));
	cr_expect(eq(i64, r.missing, 1));
	cr_expect(eq(i64, r.estimates, 40));
	cr_expect(eq(i64, r.verdicts, 42));
	cr_expect(eq(i64, r.states, 2), "the second snapshot, the second gate");
	cr_expect(eq(i64, r.skipped, 0));
}

Test(replay, begins_where_the_recording_does)
{
	int64_t before;
	c.losing = true; /* the stream runs, and is not recorded yet */
	case_bins(&c, 7);
	case_mask(&c, 0);
	case_bins(&c, 3);
	c.losing = false;
	c.n = 0;
	before = c.step;
	c.step = 0;
	case_put_state(&c);
	case_bins(&c, 10);
	case_close(&c);
	struct replay_report r = run(NULL);
	cr_expect(gt(i64, before, 0));
	cr_expect(eq(i64, r.differences, 0), "%s", r.first);
	cr_expect(eq(i64, r.estimates, 10));
	cr_expect(eq(i64, r.verdicts, 10));
}

struct change {
	char name[32];
	char sql[160];
	char says[40];
};

ParameterizedTestParameters(replay, sees)
{
	static struct change cases[] = {
		{ "a bit of an estimate", "UPDATE results SET estimate = x'00000041' WHERE bin = 12",
		  "bin 12, estimate" },
		{ "a rate", "UPDATE results SET rates = zeroblob(12) WHERE bin = 12", "bin 12, rate" },
		{ "a value", "UPDATE intents SET value = x'00000041' WHERE bin = 12", "bin 12, intent" },
		{ "a verdict", "UPDATE intents SET verdict = 'hold' WHERE bin = 12", "bin 12: " },
		{ "a reason", "UPDATE intents SET reason = 'gap' WHERE bin = 12", "bin 12: " },
		{ "a count", "UPDATE bins SET counts = x'020000000100' WHERE bin = 12", "bin 12, " },
		{ "a state", "UPDATE intents SET state = 'fault' WHERE bin = 12", "bin 12: " },
		{ "a heartbeat", "UPDATE intents SET heartbeat_age_ns = 9 WHERE bin = 12", "bin 12: " },
		{ "another time", "UPDATE intents SET now_ns = now_ns + 90000000 WHERE bin = 12",
		  "bin 12: " },
		{ "a mask", "UPDATE orders SET masked = x'000000' WHERE kind = 'mask'", "bin 10, " },
		{ "another step", "UPDATE orders SET step = step + 1 WHERE kind = 'mask'", "bin 10, " },
		{ "a limit", "UPDATE gates SET max_speed_mm_s = 1 WHERE n = 1", "bin " },
		{ "a hold", "UPDATE outputs SET hold = 'zero'", "bin " },
		{ "a recorded state", "UPDATE snapshots SET state = zeroblob(length(state)) WHERE step > 0",
		  "state before step 21" },
		{ "the gate's memory", "UPDATE gates SET gap_bins = 7 WHERE n > 1", "the gate's memory" },
		{ "a command", "UPDATE results SET command = 0 WHERE bin = 12", "bin 12: " },
	};
	return cr_make_param_array(struct change, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct change *x, replay, sees)
{
	write_all();
	case_close(&c);
	sql(x->sql);
	struct replay_report r = run(NULL);
	cr_expect(gt(i64, r.differences, 0), "%s", x->name);
	cr_expect(ne(ptr, strstr(r.first, x->says), NULL), "%s: %s", x->name, r.first);
}

static void put_loss(int64_t first, int64_t last)
{
	struct session_record r = { .kind = SESSION_LOSS };
	r.loss = (struct session_loss){ .first_n = first, .last_n = last, .stated = true };
	case_put(&c, r);
}

Test(replay, goes_on_after_a_loss_with_the_next_state)
{
	case_put_state(&c);
	case_bins(&c, 10);
	int64_t first = c.n + 1;
	c.losing = true;
	case_mask(&c, 1);
	case_bins(&c, 8);
	c.losing = false;
	put_loss(first, c.n);
	case_bins(&c, 4);
	case_put_state(&c);
	case_bins(&c, 10);
	case_close(&c);
	struct replay_report r = run(NULL);
	cr_expect(eq(i64, r.differences, 0), "%s", r.first);
	cr_expect(eq(i64, r.lost, 25));
	cr_expect(eq(i64, r.vanished, 0));
	cr_expect(eq(i64, r.estimates, 20));
	cr_expect(eq(i64, r.verdicts, 20));
	cr_expect(eq(i64, r.skipped, 8));
}

Test(replay, says_what_is_missing_without_a_word)
{
	write_all();
	case_close(&c);
	sql("DELETE FROM intents WHERE bin IN (15, 16)");
	struct replay_report r = run(NULL);
	cr_expect(eq(i64, r.vanished, 2));
	cr_expect(eq(i64, r.differences, 0), "what is not known is not compared: %s", r.first);
	cr_expect(gt(i64, r.skipped, 0));
	cr_expect(gt(i64, r.estimates, 30), "the next state is known again");
}

Test(replay, refuses_what_cannot_be)
{
	static const char *const damages[] = {
		"UPDATE orders SET step = 30 WHERE kind = 'mask'",
		"UPDATE snapshots SET state = zeroblob(8) WHERE step > 0",
		"UPDATE models SET hash = replace(hash, substr(hash, 1, 1), 'f')",
		"DELETE FROM blobs",
	};
	write_all();
	case_close(&c);
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		char command[300];
		struct replay_report report;
		struct failure f = { "" };
		char good[96];
		snprintf(good, sizeof(good), "%s/good.db", c.folder);
		snprintf(command, sizeof(command), "cp %s %s", c.path, good);
		cr_assert(eq(int, system(command), 0));
		sql(damages[i]);
		struct replay_plan plan = { .path = c.path };
		cr_expect(lt(int, replay_run(&plan, &f, &report), 0), "%s", damages[i]);
		cr_expect(ne(str, f.text, ""), "%s", damages[i]);
		rename(good, c.path);
	}
}

Test(replay, runs_another_model_beside)
{
	write_all();
	case_close(&c);
	struct replay_report same = run(c.decoder);
	cr_expect(eq(i64, same.differences, 0), "%s", same.first);
	cr_expect(eq(int, same.score.n_outputs, 1));
	cr_expect(eq(str, same.score.outputs[0].name, "vx"));
	cr_expect(ieee_ulp_eq(dbl, replay_score_difference(&same.score.outputs[0].apart), 0, 0));
	case_write_decoder(c.decoder, 11);
	struct replay_report other = run(c.decoder);
	double r2 = replay_score_r2(&other.score.outputs[0].apart);
	cr_expect(eq(i64, other.differences, 0), "the recorded one still gives its bits: %s", other.first);
	cr_expect(gt(dbl, r2, 0.9));
	cr_expect(lt(dbl, r2, 0.9999));
}
