#include "top_page.h"

#include <stdio.h>
#include <string.h>

#include "ctl_text.h"
#include "top_stream.h"
#include "top_table.h"

#define ROWS_FOR_KEYS 4 /* fewer: every line is needed for what it is about */
#define ROWS_FOR_TITLES 6
#define ROWS_FOR_TABLE 12 /* of a single stream, of which the body tells the same */
#define MOST_FAULTS 3
#define KEYS_LINE 0 /* of the canvas; those of the head follow */

/* `least` where there is no such range. */
static int clamp(int x, int least, int most)
{
	return x > most ? (most < least ? least : most) : x < least ? least : x;
}

static void put_heading(struct top_canvas *c, const struct top_view *v, const Bcid__V1__Status *s)
{
	char up[CTL_DURATION_SIZE];
	enum top_style style = *v->trouble ? TOP_ALARM : TOP_HEADING;
	top_canvas_line(c);
	if (*v->trouble)
		top_canvas_text(c, style, "%s: %s", s->rig, v->trouble);
	else
		top_canvas_text(c, style, "%s: bcid %s, pid %u, up %s", s->rig, s->version, s->pid,
				ctl_text_duration(s->uptime_ns, up));
	top_canvas_right(c, style, " %s", v->clock);
	top_canvas_to(c, style, c->columns);
}

/* What must be seen whichever stream is shown. */
static void put_warnings(struct top_canvas *c, const Bcid__V1__Status *s)
{
	int faults = 0;
	if (s->clock_speed > 0 && s->clock_speed != 1) {
		top_canvas_line(c);
		top_canvas_text(c, TOP_WARNING, "SIMULATION: the clock runs %g times as fast",
				s->clock_speed);
	}
	for (size_t i = 0; i < s->n_streams && faults < MOST_FAULTS; i++) {
		if (s->streams[i]->state != BCID__V1__STATE__STATE_FAULT)
			continue;
		top_canvas_line(c);
		top_canvas_text(c, TOP_ALARM, "FAULT %s: %s", s->streams[i]->name, s->streams[i]->fault);
		faults++;
	}
}

struct range {
	int first, end;
};

/* A third of the screen for the streams at most, around the selected one; none for a single one where rows
 * are few. */
static struct range streams_shown(const struct top_view *v, int n)
{
	int room = v->rows / 3 > 1 ? v->rows / 3 : 1;
	if (n <= 1 && v->rows < ROWS_FOR_TABLE)
		return (struct range){ 0, 0 };
	int first = clamp(v->selected - room / 2, 0, n - room);
	return (struct range){ first, clamp(first + room, 0, n) };
}

static void put_table(struct top_canvas *c, const struct top_view *v, const Bcid__V1__Status *s,
		      const struct top_history *h, struct range shown)
{
	if (shown.end == 0)
		return;
	if (v->rows >= ROWS_FOR_TITLES)
		top_table_titles(c, s);
	top_table_rows(c, s, h, shown.first, shown.end, v->selected);
}

/* What bcid asked the system for in vain: it runs, but not as the rig's person meant it to. */
static void put_refused(struct top_canvas *c, const Bcid__V1__Status *s)
{
	bool any = false;
	for (int i = s->loop ? -1 : 0; i < (int)s->n_workers; i++) {
		const Bcid__V1__WorkerStatus *w = i < 0 ? s->loop : s->workers[i];
		for (size_t k = 0; k < w->n_refused; k++) {
			if (!any)
				top_canvas_label(c, "refused");
			any = true;
			top_canvas_item(c, TOP_WARNING, "%s: %s", w->name, w->refused[k]);
		}
	}
}

static void put_events(struct top_canvas *c, const struct top_events *e)
{
	const struct top_event *event;
	top_canvas_label(c, "events");
	if (e->n == 0)
		top_canvas_text(c, TOP_PLAIN, "none yet");
	for (unsigned i = 0; (event = top_events_newest(e, i)); i++) {
		if (i > 0) {
			top_canvas_line(c);
			top_canvas_indent(c);
		}
		top_canvas_text(c, event->style, "%s", event->text);
	}
}

/* All of it, or nothing. */
static void put_hint(struct top_canvas *c, const char *text)
{
	if (c->column + (int)strlen(text) <= c->columns)
		top_canvas_text(c, TOP_HEADING, "%s", text);
}

static void put_keys(struct top_canvas *c, const struct top_view *v, int n_streams, struct range shown,
		     int hidden)
{
	char which[48];
	top_canvas_line_again(c, KEYS_LINE);
	top_canvas_text(c, TOP_HEADING, "q quits");
	if (n_streams > 1)
		put_hint(c, "  Tab next stream");
	snprintf(which, sizeof(which), " (%d-%d of %d)", shown.first + 1, shown.end, n_streams);
	if (shown.end > 0 && shown.end - shown.first < n_streams)
		put_hint(c, which);
	if (v->scroll > 0 || hidden > 0)
		put_hint(c, "  Up Down PgUp PgDn scroll");
	if (hidden > 0)
		top_canvas_right(c, TOP_HEADING, " %d more lines", hidden);
	top_canvas_to(c, TOP_HEADING, c->columns);
}

/* Which lines of the canvas go where: the head, a window of the body, the keys. */
static void arrange(struct top_page *p, const struct top_view *v, int head, int keys)
{
	int n = 0;
	for (int i = 1; i < head && n < v->rows - keys; i++)
		p->line[n++] = i;
	for (int i = 0; i < p->body_rows; i++)
		p->line[n++] = head + v->scroll + i;
	while (n < v->rows)
		p->line[n++] = -1;
	if (keys)
		p->line[n - 1] = KEYS_LINE;
	p->n_rows = n;
}

void top_page_draw(struct top_page *p, struct top_view *v, const Bcid__V1__Status *s,
		   const struct top_history *h, const struct top_events *e)
{
	struct top_canvas *c = &p->canvas;
	int n = (int)s->n_streams;
	v->rows = clamp(v->rows, 1, TOP_LINES);
	v->selected = clamp(v->selected, 0, n - 1);

	struct range shown = streams_shown(v, n);
	top_canvas_begin(c, v->columns, v->utf8);
	top_canvas_line(c); /* for the keys */
	put_heading(c, v, s);
	put_warnings(c, s);
	put_table(c, v, s, h, shown);
	int head = c->n_lines, keys = v->rows >= ROWS_FOR_KEYS;
	if (n > 0)
		top_stream_draw(c, s->streams[v->selected], h);
	put_refused(c, s);
	put_events(c, e);
	int body = c->n_lines - head, room = clamp(v->rows - (head - 1) - keys, 0, TOP_LINES);
	p->body_rows = body < room ? body : room;
	v->scroll = clamp(v->scroll, 0, body - p->body_rows);
	if (keys)
		put_keys(c, v, n, shown, body - p->body_rows - v->scroll);
	arrange(p, v, head, keys);
}

const struct top_cell *top_page_row(const struct top_page *p, int row)
{
	return p->line[row] < 0 ? NULL : p->canvas.cell[p->line[row]];
}
