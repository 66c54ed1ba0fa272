#include "session_case.h"

#include <errno.h>

TestSuite(session, .init = case_begin, .fini = case_end);

Test(session, gives_back_bins_results_and_intents_to_the_bit)
{
	struct gate gate = case_some_gate();
	struct session_model model = case_some_model();
	struct session_record r;
	struct session_writer *w = case_writer();
	case_put_all(w, &gate, &model);
	case_close(w);
	struct session_reader *s = case_reader(SESSION_ALL);
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_BIN));
	cr_expect(eq(i64, r.n, 1));
	cr_expect(eq(i64, r.bin.step, 3));
	cr_expect(eq(i64, r.bin.acquired_ns, -4));
	cr_expect(eq(i64, r.bin.closed_ns, 7));
	cr_expect(eq(u32, r.bin.flags, BIN_GAP));
	cr_expect(eq(int, r.bin.n_counts, CASE_UNITS));
	cr_expect(zero(int, memcmp(r.bin.counts, counts, sizeof(counts))));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_RESULT));
	cr_expect(eq(i64, r.result.done_ns, 4));
	cr_expect(r.result.late);
	cr_expect(eq(int, r.result.command, 1));
	cr_expect(eq(int, r.result.horizon, 1));
	cr_expect(eq(int, r.result.n_outputs, 2));
	cr_expect(eq(int, r.result.n_rates, 3));
	expect_same_floats(r.result.value, estimate, 2);
	expect_same_floats(r.result.sd, sd, 2);
	expect_same_floats(r.result.rates, rates, 3);
	case_next(s, &r);
	const struct session_intent *i = &r.intent;
	cr_expect(eq(int, r.kind, SESSION_INTENT));
	cr_expect(i->has_estimate);
	cr_expect(i->missing);
	cr_expect(eq(int, i->state, STREAM_ARMED));
	cr_expect(eq(i64, i->heartbeat_age_ns, INT64_MAX));
	cr_expect(eq(int, i->verdict, GATE_CLAMP));
	cr_expect(eq(int, i->reason, REASON_SPEED));
	cr_expect(eq(i64, i->queued_ns, 7));
	cr_expect(eq(int, i->command, -1));
	cr_expect(eq(i64, i->command_ns, 8));
	expect_same_floats(i->value, estimate, 2);
	session_close(s);
}

Test(session, gives_back_what_was_done_to_pipeline_and_gate)
{
	struct gate gate = case_some_gate();
	struct session_model model = case_some_model();
	struct session_record r;
	struct session_writer *w = case_writer();
	case_put_all(w, &gate, &model);
	case_close(w);
	struct session_reader *s = case_reader(1u << SESSION_ORDER | 1u << SESSION_SNAPSHOT |
					       1u << SESSION_MODEL | 1u << SESSION_GATE);
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_ORDER));
	cr_expect(eq(i64, r.order.step, 3));
	cr_expect(eq(int, r.order.kind, SESSION_ORDER_MASK));
	cr_expect(zero(int, memcmp(r.order.masked, masked, CASE_UNITS)));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_SNAPSHOT));
	cr_expect(eq(sz, r.snapshot.size, 5));
	cr_expect(zero(int, memcmp(r.snapshot.state, "\0\1\2\3", 5)));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_MODEL));
	cr_expect(zero(int, memcmp(r.model, &model, sizeof(model))));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_GATE));
	cr_expect(eq(int, r.gate->n_outputs, 2));
	cr_expect(eq(str, (char *)r.gate->outputs[1].name, "grip"));
	cr_expect(eq(int, r.gate->outputs[1].hold, HOLD_RAMP));
	cr_expect(eq(int, r.gate->outputs[1].ramp_ms, 250));
	cr_expect(zero(int, memcmp(&r.gate->limits, &gate.limits, sizeof(gate.limits))));
	cr_expect(eq(int, r.gate->resume_left, 11));
	cr_expect(eq(int, r.gate->command, 1));
	cr_expect(r.gate->command_stands);
	cr_expect(eq(i64, r.gate->command_ns, 12));
	cr_expect(eq(i64, r.gate->hold_since_ns, 9));
	expect_same_floats(r.gate->hold_from, gate.hold_from, 2);
	session_close(s);
}

Test(session, gives_back_all_the_rest)
{
	struct gate gate = case_some_gate();
	struct session_model model = case_some_model();
	struct session_record r;
	struct session_writer *w = case_writer();
	case_put_all(w, &gate, &model);
	case_close(w);
	struct session_reader *s = case_reader(SESSION_ALL & ~0x7fu);
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_CUE));
	cr_expect(eq(u64, r.cue.cue.source_id, UINT64_MAX));
	cr_expect(eq(int, r.cue.cue.n_position, 2));
	cr_expect(eq(flt, r.cue.cue.position_mm[1], 2.5f));
	cr_expect(eq(i64, r.cue.cue.target_class, -1));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_EFFECTOR));
	cr_expect(eq(int, r.effector.n_velocity, 1));
	cr_expect(eq(flt, r.effector.velocity_mm_s[0], 3));
	cr_expect(eq(i64, r.effector.last_bin_applied, 6));
	case_next(s, &r);
	cr_expect(eq(str, (char *)r.event.kind, "mark"));
	cr_expect(eq(str, (char *)r.event.text, "tübingen"));
	cr_expect(eq(int, r.event.severity, 2));
	cr_expect(r.event.whole_daemon);
	case_next(s, &r);
	cr_expect(eq(str, (char *)r.log.level, "info"));
	cr_expect(eq(str, (char *)r.log.text, ""));
	case_next(s, &r);
	cr_expect(eq(str, (char *)r.counter.name, "used"));
	cr_expect(eq(i64, r.counter.value, 12345678901));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_PACKET));
	cr_expect(eq(sz, r.packet.size, 0));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_LOSS));
	cr_expect(eq(i64, r.loss.last_n, 3));
	cr_expect(r.loss.stated);
	struct failure f;
	cr_expect(eq(int, session_next(s, &f, &r), 0));
	cr_expect(eq(int, session_next(s, &f, &r), 0), "the end stays the end");
	session_close(s);
}

Test(session, knows_what_it_is_of_and_how_it_ended)
{
	case_close(case_writer());
	struct session_reader *s = case_reader(SESSION_ALL);
	cr_expect(zero(int, memcmp(session_info(s), &case_info, sizeof(case_info))));
	cr_expect(session_how_ended(s)->closed);
	cr_expect(eq(str, (char *)session_how_ended(s)->why, "test"));
	session_close(s);
}

Test(session, is_one_file_once_closed)
{
	struct session_writer *w = case_writer();
	struct failure f;
	cr_assert(eq(int, session_commit(w, &f), 0));
	cr_expect(case_exists("-wal"));
	case_close(w);
	cr_expect(case_exists(""));
	cr_expect(not(case_exists("-wal")));
	cr_expect(not(case_exists("-shm")));
}

Test(session, holds_after_a_crash_what_was_committed)
{
	struct session_record one = case_log(1), two = case_log(2), r;
	struct failure f;
	struct session_writer *w = case_writer();
	case_put(w, &one);
	cr_assert(eq(int, session_commit(w, &f), 0));
	case_put(w, &two);
	struct session_reader *s = case_reader(SESSION_ALL); /* as if the writer were dead */
	case_next(s, &r);
	cr_expect(eq(i64, r.n, 1));
	cr_expect(eq(int, session_next(s, &f, &r), 0));
	cr_expect(not(session_how_ended(s)->closed));
	session_close(s);
	session_abandon(w);
}

Test(session, forgets_what_was_rolled_back)
{
	struct session_record one = case_log(1), r;
	struct failure f;
	struct session_writer *w = case_writer();
	cr_assert(eq(int, session_commit(w, &f), 0));
	case_put(w, &one);
	session_rollback(w);
	case_put(w, &one);
	case_close(w);
	struct session_reader *s = case_reader(SESSION_ALL);
	case_next(s, &r);
	cr_expect(eq(int, session_next(s, &f, &r), 0));
	session_close(s);
}

Test(session, never_writes_over_what_is_there)
{
	struct failure f = { "" };
	struct session_writer *w;
	case_close(case_writer());
	cr_expect(eq(int, session_create(case_path, &case_info, SESSION_SYNC_FULL, &f, &w), -EEXIST));
	cr_expect(ne(ptr, strstr(f.text, case_path), NULL), "%s", f.text);
}

Test(session, notices_that_its_file_is_gone)
{
	struct session_writer *w = case_writer();
	cr_expect(session_is_there(w));
	unlink(case_path);
	cr_expect(not(session_is_there(w)));
	session_abandon(w);
}

/* ---- numbers that are missing ---- */

static struct session_record lost(int64_t n, int64_t first, int64_t last)
{
	struct session_record r = { .kind = SESSION_LOSS, .n = n };
	r.loss = (struct session_loss){ .first_n = first, .last_n = last };
	return r;
}

Test(session, tells_losses_that_are_stated_from_holes)
{
	struct session_record r;
	struct session_record records[] = { case_log(1), lost(5, 2, 4), case_log(6), case_log(9),
					    case_log(10) };
	struct session_writer *w = case_writer();
	for (int i = 0; i < 5; i++)
		case_put(w, &records[i]);
	case_close(w);
	struct session_reader *s = case_reader(SESSION_ALL);
	case_next(s, &r);
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_LOSS));
	cr_expect(r.loss.stated);
	cr_expect(eq(i64, r.loss.first_n, 2));
	case_next(s, &r);
	cr_expect(eq(i64, r.n, 6));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_LOSS));
	cr_expect(not(r.loss.stated));
	cr_expect(eq(i64, r.loss.first_n, 7));
	cr_expect(eq(i64, r.loss.last_n, 8));
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_LOG));
	cr_expect(eq(i64, r.n, 9));
	case_next(s, &r);
	cr_expect(eq(i64, r.n, 10));
	session_close(s);
}

Test(session, misses_its_first_records_unless_it_continues_another)
{
	struct session_record r, third = case_log(3);
	struct session_writer *w = case_writer();
	case_put(w, &third);
	case_close(w);
	struct session_reader *s = case_reader(SESSION_ALL);
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_LOSS));
	cr_expect(eq(i64, r.loss.first_n, 1));
	cr_expect(eq(i64, r.loss.last_n, 2));
	session_close(s);
	case_sql("UPDATE session SET value = 'before.db' WHERE key = 'continues'");
	s = case_reader(SESSION_ALL);
	case_next(s, &r);
	cr_expect(eq(int, r.kind, SESSION_LOG));
	session_close(s);
}

/* ---- files in it ---- */

Test(session, keeps_a_file_under_its_hash)
{
	static const char text[] = "[stream m1]\n";
	struct hash h = hash_of(text, sizeof(text)), other = { { 1 } };
	struct failure f = { "" };
	struct session_writer *w = case_writer();
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int, session_put_blob(w, &h, "bcid.conf", text, sizeof(text), &f), 0), "%s",
			  f.text);
	case_close(w);
	struct session_reader *s = case_reader(SESSION_ALL);
	void *bytes;
	size_t n;
	cr_assert(eq(int, session_blob(s, &h, &f, &bytes, &n), 0), "%s", f.text);
	cr_expect(eq(sz, n, sizeof(text)));
	cr_expect(zero(int, memcmp(bytes, text, n)));
	free(bytes);
	cr_expect(eq(int, session_blob(s, &other, &f, &bytes, &n), -ENOENT));
	session_close(s);
	case_sql("UPDATE blobs SET bytes = x'00'");
	s = case_reader(SESSION_ALL);
	cr_expect(eq(int, session_blob(s, &h, &f, &bytes, &n), -EBADMSG));
	session_close(s);
}
