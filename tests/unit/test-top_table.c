#include "../support/top_case.h"
#include "top_table.h"

static struct top_canvas c;
static struct top_history h;
static struct stream_case m1, probe;
static Bcid__V1__StreamStatus *streams[] = { &m1.s, &probe.s };
static Bcid__V1__Status status;

static void draw(int columns)
{
	top_canvas_begin(&c, columns, false);
	top_table_titles(&c, &status);
	top_table_rows(&c, &status, &h, 0, 2, 1);
}

static void begin(void)
{
	stream_of(&m1, "m1");
	stream_of(&probe, "probe-left");
	status_of(&status, streams, 2);
	top_history_take(&h, &status);
	status.uptime_ns += MS(1000);
	m1.s.bins_in += 20;
	m1.counter[5].value += 100;
	m1.s.intents_out += 20;
	m1.s.holds += 5;
	m1.s.gaps = 3;
	top_history_take(&h, &status);
}

TestSuite(top_table, .init = begin);

Test(top_table, has_a_line_a_stream)
{
	draw(80);
	cr_expect(eq(str, (char *)line_text(&c, 0),
		     " stream     state        bins/s  msgs/s intents/s  held   gaps overruns  p99 us"));
	cr_expect(eq(str, (char *)line_text(&c, 1),
		     " m1         ARMED          20.0   100.0      20.0   25%      3        0    5000"));
	cr_expect(eq(str, (char *)line_text(&c, 2),
		     ">probe-left ARMED           0.0     0.0       0.0     -      0        0    5000"));
}

Test(top_table, leaves_out_what_matters_less)
{
	draw(48);
	cr_expect(eq(str, (char *)line_text(&c, 1), " m1         ARMED            20.0    5000"));
	draw(40);
	cr_expect(eq(str, (char *)line_text(&c, 1), " m1         ARMED            20.0"));
	draw(8);
	cr_expect(eq(str, (char *)line_text(&c, 1), " m1"));
}

Test(top_table, adds_what_there_is_room_for)
{
	draw(130);
	cr_expect(ge(int, find_line(&c, "p99 us of budget  units good effectors    epoch:bin"), 0));
	cr_expect(ge(int, find_line(&c, "5000       25%         2/4       1/1       1:1262"), 0));
}

Test(top_table, shows_what_is_wrong)
{
	m1.effector.alive = false;
	m1.percentiles[0].p99_ns = MS(21);
	draw(130);
	cr_expect(eq(int, style_of(&c, "21000"), TOP_ALARM));
	cr_expect(eq(int, style_of(&c, "105%"), TOP_ALARM));
	cr_expect(eq(int, style_of(&c, "0/1"), TOP_WARNING));
	cr_expect(eq(int, style_of(&c, "25%"), TOP_WARNING), "armed, and held");
	cr_expect(eq(int, style_of(&c, " 3 "), TOP_PLAIN));
}

Test(top_table, cuts_a_long_name)
{
	stream_of(&probe, "a-name-of-thirty-one-characters");
	draw(80);
	cr_expect(ge(int, find_line(&c, ">a-name-of-thirty-one ARMED"), 0), "%s", line_text(&c, 2));
}

Test(top_table, has_loud_words_for_what_acts)
{
	cr_expect(eq(str, (char *)(uintptr_t)top_table_state(BCID__V1__STATE__STATE_ARMED), "ARMED"));
	cr_expect(eq(str, (char *)(uintptr_t)top_table_state(BCID__V1__STATE__STATE_FAULT), "FAULT"));
	cr_expect(eq(str, (char *)(uintptr_t)top_table_state(BCID__V1__STATE__STATE_SHADOW), "shadow"));
	cr_expect(eq(str, (char *)(uintptr_t)top_table_state(99), "?"));
}
