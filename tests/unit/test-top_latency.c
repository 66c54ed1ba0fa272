#include "../support/top_case.h"
#include "top_latency.h"

static struct top_canvas c;
static struct stream_case m1;

static void draw(int columns)
{
	top_canvas_begin(&c, columns, false);
	top_latency_draw(&c, &m1.s);
}

static void begin(void)
{
	stream_of(&m1, "m1");
}

TestSuite(top_latency, .init = begin);

Test(top_latency, begins_with_all_of_it)
{
	draw(80);
	cr_expect(eq(str, (char *)line_text(&c, 0),
		     "last 10 s, us     p50     p99   p99.9     max run max of 20 ms"));
	cr_expect(eq(str, (char *)line_text(&c, 1),
		     "edge_to_sent      100    5000    9000   10000   10000 [######      |           ]"));
	cr_expect(eq(int, find_line(&c, "  wire "), 2));
	cr_expect(eq(int, find_line(&c, "  step "), 3));
}

Test(top_latency, says_nothing_of_a_stage_that_nothing_passed)
{
	draw(80);
	cr_expect(eq(str, (char *)line_text(&c, 3), "  step              -       -       -       -   10000"));
}

Test(top_latency, keeps_what_matters_where_there_is_little_room)
{
	draw(40);
	cr_expect(eq(str, (char *)line_text(&c, 1), "edge_to_sent     5000   10000 [##  |   ]"));
	draw(30);
	cr_expect(eq(str, (char *)line_text(&c, 1), "edge_to_sent     5000   10000"));
	draw(120);
	cr_expect(ge(int, find_line(&c, "run p99   p99.9 run max of 20 ms"), 0));
}

Test(top_latency, shows_what_took_longer_than_it_may)
{
	m1.percentiles[0].max_ns = MS(20.1);
	draw(80);
	cr_expect(eq(int, style_of(&c, "20100"), TOP_ALARM));
	cr_expect(eq(int, style_of(&c, "!]"), TOP_ALARM));
	cr_expect(eq(int, style_of(&c, "9000"), TOP_PLAIN));
}

Test(top_latency, shows_the_last_minute)
{
	m1.worst_us[59] = 25000;
	draw(80);
	const char *last = line_text(&c, 4);
	cr_expect(eq(str, (char *)(uintptr_t)strstr(last, "#####!"), "#####! max 25 ms"), "%s", last);
	cr_expect(eq(chr, last[11], '.'), "%s", last);
	draw(24); /* its newest end */
	cr_expect(eq(str, (char *)line_text(&c, 4), "last 60 s #! max 25 ms"));
	draw(5);
	draw(1);
}

Test(top_latency, is_nothing_without_stages)
{
	m1.s.n_stages = 0;
	draw(80);
	cr_expect(eq(int, c.n_lines, 0));
}

Test(top_latency, has_no_bar_without_a_deadline)
{
	m1.s.deadline_ns = 0; /* of an older bcid */
	m1.s.n_worst_us = 0;
	draw(80);
	cr_expect(eq(int, find_line(&c, "["), -1));
	cr_expect(eq(int, c.n_lines, 4));
}
