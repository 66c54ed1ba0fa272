#include "ctl_top.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "clock.h"
#include "ctl_message.h"
#include "ctl_target.h"
#include "ctl_text.h"
#include "link.h"
#include "top_page.h"
#include "top_screen.h"

#define INTERVAL_MS 500
#define TIMEOUT_MS 2000
#define LEAST_DRAW_NS (50 * NS_PER_MS) /* between two drawings: many events are one */
#define MOST_DRAW_NS NS_PER_S          /* the clock goes on when nothing else happens */

struct top {
	const struct ctl_top *with;
	int64_t interval_ns, timeout_ns;
	/* what bcid said */
	Bcid__V1__Reply *reply; /* the newest; never NULL while it is shown */
	int64_t answered_ns;
	int64_t asked_ns; /* the question that is open; 0: none */
	int64_t next_ns;  /* when to ask again */
	bool away;        /* it does not answer */
	/* its monitor */
	void *context, *monitor;
	char monitor_endpoint[CTL_ENDPOINT_SIZE];
	struct link_message message;
	/* what is shown */
	struct top_history history;
	struct top_events events;
	struct top_view view;
	struct top_page page;
	int64_t drawn_ns;
	bool dirty;
};

static volatile sig_atomic_t stopping;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* ---- the monitor ---- */

static int open_monitor(struct top *t, const char *endpoint, struct failure *f)
{
	if (t->monitor)
		zmq_close(t->monitor);
	t->monitor = NULL;
	snprintf(t->monitor_endpoint, sizeof(t->monitor_endpoint), "%s", endpoint);
	int r = link_open(t->context, ZMQ_SUB, endpoint, f, &t->monitor);
	if (r == 0)
		zmq_setsockopt(t->monitor, ZMQ_SUBSCRIBE, "event", strlen("event"));
	return r;
}

/* bcid may come back with another configuration. */
static void follow_monitor(struct top *t)
{
	char endpoint[CTL_ENDPOINT_SIZE];
	struct failure f = { 0 };
	if (!*t->reply->status->monitor_endpoint)
		return;
	ctl_target_connectable(t->reply->status->monitor_endpoint, t->with->endpoint, endpoint);
	if (strcmp(endpoint, t->monitor_endpoint) != 0 && open_monitor(t, endpoint, &f) < 0)
		top_events_note(&t->events, clock_unix_ns(), TOP_WARNING, "top: no events: %s", f.text);
}

static void take_events(struct top *t)
{
	const struct link_message *m = &t->message;
	int r;
	while (t->monitor && (r = link_receive(t->monitor, &t->message)) >= 0) {
		if (r == 0 || m->topic_size != 5 || memcmp(m->topic, "event", 5) != 0)
			continue;
		Bcid__V1__Event *e = bcid__v1__event__unpack(NULL, m->body_size, m->body);
		if (!e)
			continue;
		ctl_message_clean(&e->base);
		top_events_add(&t->events, e);
		bcid__v1__event__free_unpacked(e, NULL);
		t->dirty = true;
	}
}

/* ---- the status ---- */

static void take_reply(struct top *t, Bcid__V1__Reply *reply)
{
	if (t->away || (t->reply && t->reply->status->pid != reply->status->pid))
		top_events_note(&t->events, clock_unix_ns(), TOP_BOLD, "top: bcid answers again, pid %u",
				reply->status->pid);
	if (t->reply)
		bcid__v1__reply__free_unpacked(t->reply, NULL);
	t->reply = reply;
	t->answered_ns = clock_now_ns();
	t->asked_ns = 0;
	t->away = false;
	t->dirty = true;
	top_history_take(&t->history, reply->status);
	follow_monitor(t);
}

static void take_replies(struct top *t)
{
	Bcid__V1__Reply *reply;
	if (ctl_request_take(t->with->request, NULL, &reply) < 0)
		return;
	if (reply->status)
		take_reply(t, reply);
	else
		bcid__v1__reply__free_unpacked(reply, NULL);
}

static void lose(struct top *t)
{
	if (!t->away)
		top_events_note(&t->events, clock_unix_ns(), TOP_ALARM, "top: bcid does not answer");
	t->dirty |= !t->away;
	t->away = true;
	t->asked_ns = 0;
}

/* One question at a time; while bcid is away, again and again. */
static void ask(struct top *t, int64_t now_ns)
{
	Bcid__V1__StatusRequest s = BCID__V1__STATUS_REQUEST__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	if (t->asked_ns && now_ns - t->asked_ns >= t->timeout_ns)
		lose(t);
	if (t->asked_ns || now_ns < t->next_ns)
		return;
	q.what_case = BCID__V1__REQUEST__WHAT_STATUS;
	q.status = &s;
	t->next_ns = now_ns + t->interval_ns;
	if (ctl_request_send(t->with->request, &q, NULL) == 0)
		t->asked_ns = now_ns;
	else
		lose(t);
}

/* ---- the screen ---- */

static void draw(struct top *t, int64_t now_ns)
{
	char clock[TOP_CLOCK_SIZE], age[CTL_DURATION_SIZE], trouble[80] = "";
	if (now_ns - t->drawn_ns < (t->dirty ? LEAST_DRAW_NS : MOST_DRAW_NS))
		return;
	top_events_clock(clock_unix_ns(), clock);
	if (t->away)
		snprintf(trouble, sizeof(trouble), "bcid DOES NOT ANSWER, trying again; this is %s old",
			 ctl_text_duration(now_ns - t->answered_ns, age));
	top_screen_size(&t->view);
	t->view.clock = clock;
	t->view.trouble = trouble;
	top_page_draw(&t->page, &t->view, t->reply->status, &t->history, &t->events);
	top_screen_show(&t->page);
	t->drawn_ns = now_ns;
	t->dirty = false;
}

static void select_next(struct top *t, int step)
{
	int n = (int)t->reply->status->n_streams;
	if (n > 0)
		t->view.selected = (t->view.selected + step + n) % n;
	t->view.scroll = 0;
}

static void take_keys(struct top *t)
{
	enum top_key key;
	while ((key = top_screen_key()) != TOP_KEY_NONE) {
		int page = t->page.body_rows > 1 ? t->page.body_rows - 1 : 1;
		switch (key) {
		case TOP_KEY_QUIT:
			stopping = 1;
			break;
		case TOP_KEY_UP:
			t->view.scroll--;
			break;
		case TOP_KEY_DOWN:
			t->view.scroll++;
			break;
		case TOP_KEY_PAGE_UP:
			t->view.scroll -= page;
			break;
		case TOP_KEY_PAGE_DOWN:
			t->view.scroll += page;
			break;
		case TOP_KEY_HOME:
			t->view.scroll = 0;
			break;
		case TOP_KEY_NEXT:
			select_next(t, 1);
			break;
		case TOP_KEY_PREVIOUS:
			select_next(t, -1);
			break;
		default:
			break;
		}
		t->drawn_ns = 0; /* at once */
	}
}

static long wait_ms(const struct top *t, int64_t now_ns)
{
	int64_t until = t->drawn_ns + (t->dirty ? LEAST_DRAW_NS : MOST_DRAW_NS);
	int64_t asking = t->asked_ns ? t->asked_ns + t->timeout_ns : t->next_ns;
	if (asking < until)
		until = asking;
	return until > now_ns ? (long)((until - now_ns) / NS_PER_MS + 1) : 0;
}

static void look(struct top *t)
{
	zmq_pollitem_t items[] = { { .fd = STDIN_FILENO, .events = ZMQ_POLLIN },
				   { .socket = ctl_request_socket(t->with->request), .events = ZMQ_POLLIN },
				   { .socket = t->monitor, .events = ZMQ_POLLIN } };
	int n = zmq_poll(items, t->monitor ? 3 : 2, wait_ms(t, clock_now_ns()));
	if (n > 0 && items[0].revents & ZMQ_POLLERR)
		stopping = 1; /* the terminal is gone */
	take_replies(t);
	take_events(t);
	take_keys(t); /* also without one: ncurses learns of another size here */
	ask(t, clock_now_ns());
	draw(t, clock_now_ns());
}

/* ---- life ---- */

/* The first answer: without it there is nothing to show. */
static int begin(struct top *t, struct failure *f)
{
	Bcid__V1__StatusRequest s = BCID__V1__STATUS_REQUEST__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	Bcid__V1__Reply *reply;
	q.what_case = BCID__V1__REQUEST__WHAT_STATUS;
	q.status = &s;
	int r = ctl_request_ask(t->with->request, &q, f, &reply);
	if (r < 0)
		return r;
	if (!reply->status) {
		bcid__v1__reply__free_unpacked(reply, NULL);
		return failure_set(f, -EPROTO, "an answer without status");
	}
	take_reply(t, reply);
	const char *wanted = t->with->stream;
	size_t n = reply->status->n_streams;
	while (wanted && t->view.selected < (int)n &&
	       strcmp(wanted, reply->status->streams[t->view.selected]->name) != 0)
		t->view.selected++;
	return wanted && t->view.selected == (int)n
		       ? failure_set(f, -EINVAL, "there is no stream %.40s (see bcictl status)", wanted)
		       : 0;
}

static void end(struct top *t)
{
	if (t->reply)
		bcid__v1__reply__free_unpacked(t->reply, NULL);
	if (t->monitor)
		zmq_close(t->monitor);
	zmq_ctx_term(t->context);
	free(t);
}

int ctl_top_run(const struct ctl_top *with, struct failure *f)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct top *t = calloc(1, sizeof(*t));
	if (!t)
		return failure_set(f, -ENOMEM, "out of memory");
	t->with = with;
	t->interval_ns = (with->interval_ms ? with->interval_ms : INTERVAL_MS) * NS_PER_MS;
	t->timeout_ns = (with->timeout_ms ? with->timeout_ms : TIMEOUT_MS) * NS_PER_MS;
	t->context = zmq_ctx_new();

	int r = begin(t, f);
	if (r == 0)
		r = top_screen_open(f);
	if (r == 0) {
		sigaction(SIGINT, &stop, NULL);
		sigaction(SIGTERM, &stop, NULL);
		while (!stopping)
			look(t);
		top_screen_close();
	}
	end(t);
	return r;
}
