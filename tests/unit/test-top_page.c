#include "../support/top_case.h"
#include "top_page.h"

#define N 20

static struct top_page page;
static struct top_history h;
static struct top_events events;
static struct stream_case cases[N];
static Bcid__V1__StreamStatus *streams[N];
static Bcid__V1__Status status;
static struct top_view view;

static void begin(void)
{
	char name[32];
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "m%d", i + 1);
		stream_of(&cases[i], name);
		streams[i] = &cases[i].s;
	}
	status_of(&status, streams, 1);
	top_events_note(&events, 0, TOP_PLAIN, "first");
	top_events_note(&events, 0, TOP_PLAIN, "second");
	view = (struct top_view){ .clock = "15:04:05", .trouble = "" };
}

TestSuite(top_page, .init = begin);

static void draw(int columns, int rows)
{
	view.rows = rows;
	view.columns = columns;
	top_page_draw(&page, &view, &status, &h, &events);
	cr_assert(eq(int, page.n_rows, rows));
}

static const char *row(int i)
{
	return row_text(top_page_row(&page, i), page.canvas.columns);
}

static int find(const char *text)
{
	for (int i = 0; i < page.n_rows; i++)
		if (strstr(row(i), text))
			return i;
	return -1;
}

Test(top_page, fits_into_an_ordinary_terminal)
{
	draw(80, 24);
	cr_expect(eq(str, (char *)row(0),
		     "rig1: bcid 0.1.0, pid 4242, up 3 min 20 s                               15:04:05"));
	cr_expect(eq(int, find(">m1"), 2));
	cr_expect(eq(int, find("edge_to_sent"), 9));
	cr_expect(ge(int, find("second"), 15), "the newest event is in sight");
	cr_expect(eq(int, find("first"), find("second") + 1));
	cr_expect(eq(str, (char *)row(23), "q quits"));
}

Test(top_page, shows_the_total_latency_in_a_small_terminal)
{
	draw(40, 10);
	cr_expect(eq(int, find("m1 ARMED"), 1), "the body tells what the table would");
	cr_expect(ge(int, find("edge_to_sent"), 0));
	cr_expect(eq(int, find("q quits"), 9));
}

Test(top_page, scrolls_its_body_only)
{
	draw(80, 10);
	cr_expect(ge(int, find("more lines"), 9));
	int heading = find("ARMED");
	view.scroll = 3;
	draw(80, 10);
	cr_expect(eq(int, view.scroll, 3));
	cr_expect(eq(int, find("rig1"), 0));
	cr_expect(eq(int, find("trouble"), heading));
	view.scroll = 1000;
	draw(80, 10);
	cr_expect(eq(int, find("first"), 8), "the end stands at the end");
	cr_expect(eq(int, find("more lines"), -1));
	view.scroll = -5;
	draw(80, 10);
	cr_expect(eq(int, view.scroll, 0));
	view.scroll = 1000;
	draw(80, 60);
	cr_expect(eq(int, view.scroll, 0), "all of it is in sight");
}

Test(top_page, shows_the_streams_around_the_one_in_detail)
{
	status.n_streams = N;
	view.selected = 10;
	draw(80, 24);
	cr_expect(ge(int, find(">m11"), 0));
	cr_expect(ge(int, find("m11        ARMED: by request"), 0));
	cr_expect(ge(int, find("(7-14 of 20)"), 23));
	view.selected = 100;
	draw(80, 24);
	cr_expect(eq(int, view.selected, N - 1));
	cr_expect(ge(int, find(">m20"), 0));
	cr_expect(ge(int, find("(13-20 of 20)"), 23));
	draw(80, 2);
	cr_expect(eq(int, find(">m20"), 1));
}

Test(top_page, says_whatever_must_be_seen)
{
	status.n_streams = 2;
	status.clock_speed = 4;
	cases[1].s.state = BCID__V1__STATE__STATE_FAULT;
	cases[1].s.fault = "stuck";
	view.trouble = "bcid DOES NOT ANSWER";
	draw(80, 24);
	cr_expect(eq(int, find("rig1: bcid DOES NOT ANSWER"), 0));
	cr_expect(eq(int, top_page_row(&page, 0)->style, TOP_ALARM));
	cr_expect(eq(int, find("SIMULATION: the clock runs 4 times as fast"), 1));
	cr_expect(eq(int, find("FAULT m2: stuck"), 2));
}

Test(top_page, says_what_the_system_refused)
{
	Bcid__V1__WorkerStatus loop = BCID__V1__WORKER_STATUS__INIT, w1 = BCID__V1__WORKER_STATUS__INIT;
	Bcid__V1__WorkerStatus *workers[] = { &w1 };
	char *refused[] = { "SCHED_FIFO 50: Operation not permitted" };
	loop.name = "loop", w1.name = "w1";
	status.loop = &loop;
	status.n_workers = 1, status.workers = workers;
	draw(80, 40);
	cr_expect(eq(int, find("refused"), -1));
	w1.n_refused = 1, w1.refused = refused;
	draw(80, 40);
	cr_expect(ge(int, find("refused    w1: SCHED_FIFO 50: Operation not permitted"), 0));
}

Test(top_page, is_there_at_any_size)
{
	for (size_t n = 0; n <= N; n += n < 3 ? 1 : N - 3) {
		status.n_streams = n;
		for (int rows = 1; rows < 70; rows += 1 + rows / 12)
			for (int columns = 1; columns < 170; columns += 1 + columns / 12) {
				view.utf8 = columns % 2;
				view.scroll = columns % 5;
				draw(columns, rows);
				cr_expect(lt(int, page.body_rows, rows));
				cr_expect(eq(int, find("rig1") != 0 && columns >= 4, 0), "%d x %d", columns,
					  rows);
			}
	}
	view.rows = 100000;
	view.columns = 100000;
	top_page_draw(&page, &view, &status, &h, &events);
	cr_expect(eq(int, page.n_rows, TOP_LINES));
}

Test(top_page, keeps_the_keys_whatever_the_body_holds)
{
	for (int i = 0; i < TOP_EVENTS; i++)
		top_events_note(&events, 0, TOP_PLAIN, "more");
	status.n_streams = N;
	draw(3, 200); /* each item on a line of its own */
	cr_expect(eq(int, find("q q"), 199));
}
