#include "top_latency.h"

#include <string.h>

#include "ctl_text.h"

#define NAME_WIDTH 13
#define NUMBER_WIDTH 8
#define LEAST_BAR 6
#define LONGEST_BAR 60
#define WORST_WIDTH 12 /* of the text behind the sparkline */

#define OF(field) offsetof(Bcid__V1__Percentiles, field)

static const struct number {
	const char *title;
	int least_columns; /* of the terminal */
	bool run;          /* over the whole run, else over the last 10 s */
	size_t of;
} numbers[] = {
	{ "p50", 46, false, OF(p50_ns) },     { "p99", 0, false, OF(p99_ns) },
	{ "p99.9", 60, false, OF(p999_ns) },  { "max", 0, false, OF(max_ns) },
	{ "run p99", 100, true, OF(p99_ns) }, { "p99.9", 100, true, OF(p999_ns) },
	{ "run max", 72, true, OF(max_ns) },
};
#define N_NUMBERS (sizeof(numbers) / sizeof(*numbers))

static int64_t value_of(const Bcid__V1__Percentiles *p, const struct number *n)
{
	return *(const int64_t *)(const void *)((const char *)p + n->of);
}

static void put_titles(struct top_canvas *c, int64_t deadline_ns)
{
	top_canvas_line(c);
	top_canvas_text(c, TOP_DIM, "%-*s", NAME_WIDTH, "last 10 s, us");
	for (size_t i = 0; i < N_NUMBERS; i++)
		if (numbers[i].least_columns <= c->columns)
			top_canvas_text(c, TOP_DIM, "%*s", NUMBER_WIDTH, numbers[i].title);
	if (c->columns - c->column > LEAST_BAR)
		top_canvas_text(c, TOP_DIM, " of %g ms", (double)deadline_ns / 1e6);
}

static void put_number(struct top_canvas *c, const Bcid__V1__StageLatency *l, const struct number *n,
		       int64_t deadline_ns)
{
	char us[CTL_MICROSECONDS_SIZE] = "-";
	const Bcid__V1__Percentiles *p = n->run ? l->run : l->recent;
	bool any = p && p->count > 0;
	if (any)
		ctl_text_microseconds(value_of(p, n), us);
	top_canvas_to(c, TOP_PLAIN, c->column + NUMBER_WIDTH - (int)strlen(us));
	top_canvas_text(c, any && value_of(p, n) > deadline_ns ? TOP_ALARM : TOP_PLAIN, "%s", us);
}

static void put_stage(struct top_canvas *c, const Bcid__V1__StageLatency *l, bool all, int64_t deadline_ns)
{
	const Bcid__V1__Percentiles *p = l->recent;
	top_canvas_line(c);
	top_canvas_text(c, all ? TOP_BOLD : TOP_PLAIN, "%s%.*s", all ? "" : "  ", NAME_WIDTH - 1, l->stage);
	top_canvas_to(c, TOP_PLAIN, NAME_WIDTH);
	for (size_t i = 0; i < N_NUMBERS; i++)
		if (numbers[i].least_columns <= c->columns)
			put_number(c, l, &numbers[i], deadline_ns);
	int room = c->columns - c->column - 1;
	if (!p || p->count == 0 || deadline_ns <= 0 || room < LEAST_BAR)
		return;
	top_canvas_text(c, TOP_PLAIN, " ");
	top_canvas_bar(c, room < LONGEST_BAR ? room : LONGEST_BAR, (double)p->p99_ns / (double)deadline_ns,
		       (double)p->max_ns / (double)deadline_ns);
}

/* The last minute, or as much of its end as there is room for. */
static void put_worst(struct top_canvas *c, const Bcid__V1__StreamStatus *s)
{
	char took[CTL_DURATION_SIZE];
	uint32_t largest = 0, limit = (uint32_t)(s->deadline_ns / 1000);
	top_canvas_label(c, "last 60 s");
	int room = c->columns - c->column - WORST_WIDTH;
	size_t n = room < 1 ? 0 : s->n_worst_us < (size_t)room ? s->n_worst_us : (size_t)room;
	const uint32_t *worst = s->worst_us + (s->n_worst_us - n);
	for (size_t i = 0; i < n; i++)
		largest = worst[i] > largest ? worst[i] : largest;
	top_canvas_spark(c, worst, n, limit);
	top_canvas_text(c, largest > limit ? TOP_ALARM : TOP_PLAIN, " max %s",
			ctl_text_duration((int64_t)largest * 1000, took));
}

void top_latency_draw(struct top_canvas *c, const Bcid__V1__StreamStatus *s)
{
	if (s->n_stages == 0)
		return;
	put_titles(c, s->deadline_ns);
	for (int all = 1; all >= 0; all--)
		for (size_t i = 0; i < s->n_stages; i++)
			if ((strcmp(s->stages[i]->stage, "edge_to_sent") == 0) == all)
				put_stage(c, s->stages[i], all, s->deadline_ns);
	if (s->n_worst_us > 0)
		put_worst(c, s);
}
