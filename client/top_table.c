#include "top_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ctl_message.h"
#include "ctl_text.h"

#define LEAST_NAME 6
#define LONGEST_NAME 20
#define CELL_SIZE 32

struct row {
	const Bcid__V1__StreamStatus *s;
	const struct top_history *h;
};

/* A column's text for a row, and its style. */
typedef enum top_style cell_text(const struct row *r, char ret[static CELL_SIZE]);

const char *top_table_state(int state)
{
	static char word[32];
	snprintf(word, sizeof(word), "%s", ctl_message_word(&bcid__v1__state__descriptor, state));
	bool loud = state == BCID__V1__STATE__STATE_ARMED || state == BCID__V1__STATE__STATE_FAULT;
	for (char *s = word; loud && *s; s++)
		*s = (char)toupper((unsigned char)*s);
	return word;
}

enum top_style top_table_state_style(int state)
{
	switch (state) {
	case BCID__V1__STATE__STATE_ARMED:
		return TOP_GOOD;
	case BCID__V1__STATE__STATE_FAULT:
		return TOP_ALARM;
	case BCID__V1__STATE__STATE_CALIBRATING:
		return TOP_WARNING;
	case BCID__V1__STATE__STATE_IDLE:
		return TOP_DIM;
	default:
		return TOP_PLAIN;
	}
}

/* ---- cells ---- */

static enum top_style rate(const struct row *r, int count, char ret[static CELL_SIZE])
{
	double x = top_history_rate(r->h, r->s->name, count);
	snprintf(ret, CELL_SIZE, "%.*f", x >= 999.95 ? 0 : 1, x);
	return TOP_PLAIN;
}

/* Sum since the start; conspicuous while it grows. */
static enum top_style sum(const struct row *r, uint64_t value, int count, enum top_style growing,
			  char ret[static CELL_SIZE])
{
	snprintf(ret, CELL_SIZE, "%llu", (unsigned long long)value);
	return top_history_rate(r->h, r->s->name, count) > 0 ? growing : TOP_PLAIN;
}

static enum top_style state_cell(const struct row *r, char ret[static CELL_SIZE])
{
	snprintf(ret, CELL_SIZE, "%s", top_table_state((int)r->s->state));
	return top_table_state_style((int)r->s->state);
}

static enum top_style bins_cell(const struct row *r, char ret[static CELL_SIZE])
{
	return rate(r, TOP_BINS, ret);
}

static enum top_style messages_cell(const struct row *r, char ret[static CELL_SIZE])
{
	return rate(r, TOP_MESSAGES, ret);
}

static enum top_style intents_cell(const struct row *r, char ret[static CELL_SIZE])
{
	return rate(r, TOP_INTENTS, ret);
}

/* Of the intents of the last seconds. */
static enum top_style held_cell(const struct row *r, char ret[static CELL_SIZE])
{
	double all = top_history_rate(r->h, r->s->name, TOP_INTENTS);
	double held = top_history_rate(r->h, r->s->name, TOP_HOLD);
	if (all <= 0)
		snprintf(ret, CELL_SIZE, "-");
	else
		snprintf(ret, CELL_SIZE, "%.0f%%", 100 * held / all);
	return held > 0 && r->s->state == BCID__V1__STATE__STATE_ARMED ? TOP_WARNING : TOP_PLAIN;
}

static enum top_style gaps_cell(const struct row *r, char ret[static CELL_SIZE])
{
	return sum(r, r->s->gaps, TOP_GAPS, TOP_WARNING, ret);
}

static enum top_style overruns_cell(const struct row *r, char ret[static CELL_SIZE])
{
	return sum(r, r->s->overruns, TOP_OVERRUNS, TOP_ALARM, ret);
}

static const Bcid__V1__Percentiles *all_of_it(const struct row *r)
{
	for (size_t i = 0; i < r->s->n_stages; i++)
		if (strcmp(r->s->stages[i]->stage, "edge_to_sent") == 0)
			return r->s->stages[i]->recent;
	return NULL;
}

static enum top_style p99_cell(const struct row *r, char ret[static CELL_SIZE])
{
	const Bcid__V1__Percentiles *p = all_of_it(r);
	if (p && p->count > 0)
		ctl_text_microseconds(p->p99_ns, ret);
	else
		snprintf(ret, CELL_SIZE, "-");
	return p && p->p99_ns > r->s->deadline_ns ? TOP_ALARM : TOP_PLAIN;
}

/* The share of the deadline that p99 takes. */
static enum top_style budget_cell(const struct row *r, char ret[static CELL_SIZE])
{
	const Bcid__V1__Percentiles *p = all_of_it(r);
	if (p && p->count > 0 && r->s->deadline_ns > 0)
		snprintf(ret, CELL_SIZE, "%.0f%%", 100.0 * (double)p->p99_ns / (double)r->s->deadline_ns);
	else
		snprintf(ret, CELL_SIZE, "-");
	return p && p->p99_ns > r->s->deadline_ns ? TOP_ALARM : TOP_PLAIN;
}

static enum top_style units_cell(const struct row *r, char ret[static CELL_SIZE])
{
	size_t good = 0;
	for (size_t i = 0; i < r->s->n_unit; i++)
		good += r->s->unit[i]->condition == BCID__V1__UNIT_CONDITION__UNIT_CONDITION_GOOD;
	snprintf(ret, CELL_SIZE, "%zu/%u", good, r->s->n_units);
	return TOP_PLAIN;
}

static enum top_style effectors_cell(const struct row *r, char ret[static CELL_SIZE])
{
	size_t alive = 0;
	for (size_t i = 0; i < r->s->n_effectors; i++)
		alive += r->s->effectors[i]->alive != 0;
	snprintf(ret, CELL_SIZE, "%zu/%zu", alive, r->s->n_effectors);
	return alive < r->s->n_effectors ? TOP_WARNING : TOP_PLAIN;
}

static enum top_style bin_cell(const struct row *r, char ret[static CELL_SIZE])
{
	snprintf(ret, CELL_SIZE, "%u:%llu", r->s->epoch, (unsigned long long)r->s->bin);
	return TOP_PLAIN;
}

/* ---- columns ---- */

static const struct column {
	const char *title;
	int width; /* with a blank at its left */
	int rank;  /* those of lower rank are left out last */
	cell_text *text;
} columns[] = {
	{ "bins/s", 8, 4, bins_cell },        { "msgs/s", 8, 8, messages_cell },
	{ "intents/s", 10, 2, intents_cell }, { "held", 6, 5, held_cell },
	{ "gaps", 7, 7, gaps_cell },          { "overruns", 9, 6, overruns_cell },
	{ "p99 us", 8, 3, p99_cell },         { "of budget", 10, 9, budget_cell },
	{ "units good", 12, 10, units_cell }, { "effectors", 10, 11, effectors_cell },
	{ "epoch:bin", 13, 12, bin_cell },
};
#define N_COLUMNS (sizeof(columns) / sizeof(*columns))
#define STATE_WIDTH 12

static int name_width(const Bcid__V1__Status *s)
{
	size_t longest = LEAST_NAME;
	for (size_t i = 0; i < s->n_streams; i++)
		if (strlen(s->streams[i]->name) > longest)
			longest = strlen(s->streams[i]->name);
	return (int)(longest < LONGEST_NAME ? longest : LONGEST_NAME);
}

/* Shown where it fits together with all those of lower rank. */
static bool fits(const struct top_canvas *c, const struct column *k, int name)
{
	int width = 1 + name + STATE_WIDTH;
	for (size_t i = 0; i < N_COLUMNS; i++)
		width += columns[i].rank <= k->rank ? columns[i].width : 0;
	return width <= c->columns;
}

void top_table_titles(struct top_canvas *c, const Bcid__V1__Status *s)
{
	int name = name_width(s);
	top_canvas_line(c);
	top_canvas_text(c, TOP_DIM, " %-*s %-*s", name, "stream", STATE_WIDTH - 1, "state");
	for (size_t i = 0; i < N_COLUMNS; i++)
		if (fits(c, &columns[i], name))
			top_canvas_text(c, TOP_DIM, "%*s", columns[i].width, columns[i].title);
}

static void put_row(struct top_canvas *c, const struct row *r, int name, bool selected)
{
	char text[CELL_SIZE];
	enum top_style style = state_cell(r, text);
	top_canvas_line(c);
	top_canvas_text(c, TOP_BOLD, selected ? ">" : " ");
	top_canvas_text(c, selected ? TOP_BOLD : TOP_PLAIN, "%-*.*s ", name, name, r->s->name);
	top_canvas_text(c, style, "%s", text);
	top_canvas_to(c, TOP_PLAIN, 1 + name + STATE_WIDTH);
	for (size_t i = 0; i < N_COLUMNS; i++) {
		if (!fits(c, &columns[i], name))
			continue;
		style = columns[i].text(r, text);
		top_canvas_to(c, TOP_PLAIN, c->column + columns[i].width - (int)strlen(text));
		top_canvas_text(c, style, "%s", text);
	}
}

void top_table_rows(struct top_canvas *c, const Bcid__V1__Status *s, const struct top_history *h, int first,
		    int end, int selected)
{
	int name = name_width(s);
	for (int i = first; i < end && i < (int)s->n_streams; i++) {
		struct row r = { s->streams[i], h };
		put_row(c, &r, name, i == selected);
	}
}
