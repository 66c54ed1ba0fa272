#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>

#include "effector_rule.h"

#define MS(x) ((int64_t)((x)*1000000.0))
#define START MS(1000000)
#define VALID_MS 100

/* One intent, sent at START and read `read_ms` later, judged `judged_ms` after
 * it was sent. */
struct rule_case {
	char name[40];
	double read_ms, judged_ms;
	bool hold;
	enum effector_word word;
};

ParameterizedTestParameters(effector_rule, judges_on_the_same_host)
{
	static struct rule_case cases[] = {
		{ "fresh", 1, 1, false, EFFECTOR_LIVE },
		{ "fresh, bcid holds", 1, 1, true, EFFECTOR_HOLD },
		{ "to the last moment", 1, 99.9, false, EFFECTOR_LIVE },
		{ "at its end", 1, 100, false, EFFECTOR_EXPIRED },
		{ "a hold expires too", 1, 100, true, EFFECTOR_EXPIRED },
		{ "read late", 90, 101, false, EFFECTOR_EXPIRED },
		{ "out of a backlog", 5000, 5000, false, EFFECTOR_EXPIRED },
		{ "clocks a little apart", -0.5, 0, false, EFFECTOR_LIVE },
	};
	return cr_make_param_array(struct rule_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct rule_case *c, effector_rule, judges_on_the_same_host)
{
	struct effector_rule r = { .same_host = true };
	cr_assert(eq(int, effector_rule_take(&r, START, VALID_MS, c->hold, START + MS(c->read_ms)), 0));
	cr_expect(eq(int, effector_rule_judge(&r, START + MS(c->judged_ms)), c->word), "%s", c->name);
}

Test(effector_rule, says_none_before_the_first_intent)
{
	struct effector_rule same = { .same_host = true }, other = { 0 };
	cr_expect(eq(int, effector_rule_judge(&same, START), EFFECTOR_NONE));
	cr_expect(eq(int, effector_rule_judge(&other, START), EFFECTOR_NONE));
}

Test(effector_rule, refuses_a_stamp_that_cannot_be)
{
	static const int64_t stamps[] = { START + MS(2), 0, -1, INT64_MIN, INT64_MAX };
	for (size_t i = 0; i < sizeof(stamps) / sizeof(*stamps); i++) {
		struct effector_rule r = { .same_host = true };
		cr_assert(eq(int, effector_rule_take(&r, START, VALID_MS, false, START), 0));
		cr_expect(eq(int, effector_rule_take(&r, stamps[i], VALID_MS, false, START), -ERANGE),
			  "stamp %zu", i);
		cr_expect(eq(int, effector_rule_judge(&r, START), EFFECTOR_NONE),
			  "the one before does not stand in");
	}
}

Test(effector_rule, takes_the_longest_validity_without_overflow)
{
	struct effector_rule r = { .same_host = true };
	cr_assert(eq(int, effector_rule_take(&r, START, UINT32_MAX, false, START), 0));
	cr_expect(eq(int, effector_rule_judge(&r, START + MS(1e9)), EFFECTOR_LIVE));
}

/* bcid on another host, whose clock shows SKEW less; an intent each 50 ms, on
 * its way for 3 ms. */
#define SKEW MS(777777)
#define WAY MS(3)

static void feed(struct effector_rule *r, int64_t from_ns, int64_t until_ns)
{
	for (int64_t sent = from_ns; sent < until_ns; sent += MS(50))
		cr_assert(eq(int, effector_rule_take(r, sent - SKEW, VALID_MS, false, sent + WAY), 0));
}

Test(effector_rule, learns_another_hosts_clock_before_it_acts)
{
	struct effector_rule r = { 0 };
	feed(&r, START, START + MS(450));
	cr_expect(eq(int, effector_rule_judge(&r, START + MS(420)), EFFECTOR_NONE));
	feed(&r, START + MS(450), START + MS(550));
	cr_expect(eq(int, effector_rule_judge(&r, START + MS(510)), EFFECTOR_LIVE));
	cr_expect(eq(int, effector_rule_judge(&r, START + MS(500) + MS(99)), EFFECTOR_LIVE));
	cr_expect(eq(int, effector_rule_judge(&r, START + MS(500) + MS(104)), EFFECTOR_EXPIRED));
}

Test(effector_rule, holds_on_a_backlog_from_another_host)
{
	struct effector_rule r = { 0 };
	feed(&r, START, START + MS(2000));

	/* The client stands still for 5 s. What it then finds, and what trickles in
	 * after, was sent long ago. */
	int64_t woken = START + MS(7000);
	for (int64_t sent = START + MS(2000); sent < woken - MS(100); sent += MS(50)) {
		cr_assert(eq(int, effector_rule_take(&r, sent - SKEW, VALID_MS, false, woken + WAY), 0));
		cr_expect(eq(int, effector_rule_judge(&r, woken + WAY), EFFECTOR_EXPIRED));
	}
	feed(&r, woken, woken + MS(1));
	cr_expect(eq(int, effector_rule_judge(&r, woken + WAY), EFFECTOR_LIVE),
		  "and goes on with the first fresh one");
}

Test(effector_rule, learns_anew_after_a_long_silence)
{
	struct effector_rule r = { 0 };
	feed(&r, START, START + MS(2000));

	/* bcid's host was booted: its clock begins again. By the old relation all
	 * would be hours old. */
	int64_t again = START + MS(60000);
	for (int64_t sent = again; sent < again + MS(600); sent += MS(50)) {
		cr_assert(eq(int, effector_rule_take(&r, sent - again + MS(5000), VALID_MS, false, sent), 0));
		cr_expect(eq(int, effector_rule_judge(&r, sent),
			     sent < again + MS(500) ? EFFECTOR_NONE : EFFECTOR_LIVE));
	}
}

Test(effector_rule, follows_a_clock_that_drifts)
{
	struct effector_rule r = { 0 };
	/* 100 ppm for an hour: 360 ms, much more than an intent is valid for. */
	for (int direction = -1; direction <= 1; direction += 2) {
		r = (struct effector_rule){ 0 };
		for (int64_t t = 0; t < MS(3600000); t += MS(50))
			effector_rule_take(&r, START + t + direction * (t / 10000), VALID_MS, false,
					   START + t + WAY);
		int64_t end = START + MS(3600000) - MS(50) + WAY;
		cr_expect(eq(int, effector_rule_judge(&r, end), EFFECTOR_LIVE), "direction %d", direction);
		cr_expect(eq(int, effector_rule_judge(&r, end + MS(90)), EFFECTOR_LIVE), "direction %d",
			  direction);
		cr_expect(eq(int, effector_rule_judge(&r, end + MS(105)), EFFECTOR_EXPIRED), "direction %d",
			  direction);
	}
}

Test(effector_rule, tells_bcid_at_each_new_intent_and_each_tenth_of_a_second)
{
	struct effector_rule r = { .same_host = true };
	cr_expect(effector_rule_heartbeat(&r, EFFECTOR_LIVE, true, START));
	cr_expect(not(effector_rule_heartbeat(&r, EFFECTOR_LIVE, false, START + MS(99))));
	cr_expect(effector_rule_heartbeat(&r, EFFECTOR_HOLD, false, START + MS(100)));
	cr_expect(effector_rule_heartbeat(&r, EFFECTOR_HOLD, true, START + MS(101)));
	cr_expect(not(effector_rule_heartbeat(&r, EFFECTOR_EXPIRED, true, START + MS(300))));
	cr_expect(not(effector_rule_heartbeat(&r, EFFECTOR_NONE, true, START + MS(300))));
}

/* A command of START, in an intent that bcid sent `sent_ms` later, asked about `asked_ms` after START. */
struct command_case {
	char name[32];
	double sent_ms, asked_ms;
	bool hold, act;
};

ParameterizedTestParameters(effector_rule, acts_on_a_command)
{
	static struct command_case cases[] = {
		{ "in its own intent", 0, 1, false, true },
		{ "in the next one", 50, 51, false, true },
		{ "to the last moment", 50, 99.9, false, true },
		{ "too old, the intent is not", 50, 100, false, false },
		{ "repeated for ever", 200, 201, false, false },
		{ "taken back by a hold", 0, 1, true, false },
		{ "later than its intent", -1, 1, false, false },
	};
	return cr_make_param_array(struct command_case, cases, sizeof(cases) / sizeof(*cases));
}

static bool asked(struct effector_rule *r, int64_t command_ns, int64_t now_ns)
{
	return effector_rule_command(r, effector_rule_judge(r, now_ns), command_ns, now_ns);
}

ParameterizedTest(struct command_case *c, effector_rule, acts_on_a_command)
{
	struct effector_rule r = { .same_host = true };
	int64_t sent_ns = START + MS(c->sent_ms), now_ns = START + MS(c->asked_ms);
	cr_assert(eq(int, effector_rule_take(&r, sent_ns, VALID_MS, c->hold, now_ns), 0));
	cr_expect(eq(int, asked(&r, START, now_ns), c->act), "%s", c->name);
}

Test(effector_rule, acts_once_on_each_command)
{
	struct effector_rule r = { .same_host = true };
	cr_assert(eq(int, effector_rule_take(&r, START, VALID_MS, false, START), 0));
	cr_expect(asked(&r, START, START));
	cr_expect(not(asked(&r, START, START + MS(1))));
	cr_assert(eq(int, effector_rule_take(&r, START + MS(50), VALID_MS, false, START + MS(50)), 0));
	cr_expect(not(asked(&r, START, START + MS(50))), "repeated in the next intent");
	cr_expect(not(asked(&r, 0, START + MS(51))), "no command");
	cr_expect(asked(&r, START + MS(50), START + MS(52)), "another one");
}

/* Its clock is 7 s behind; the way takes 2 ms at least. */
Test(effector_rule, knows_the_age_of_a_command_from_another_host)
{
	struct effector_rule r = { 0 };
	int64_t now = START;
	for (int i = 0; i < 20; i++, now += MS(50))
		cr_assert(eq(int, effector_rule_take(&r, now - MS(7002), VALID_MS, false, now), 0));
	now -= MS(50);
	struct effector_rule copy = r;
	cr_expect(asked(&copy, now - MS(7002) - MS(60), now + MS(39)), "99 ms old");
	cr_expect(not(asked(&r, now - MS(7002) - MS(60), now + MS(41))), "101 ms old");
}
