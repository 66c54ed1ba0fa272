#include "top_history.h"

#include <stdio.h>
#include <string.h>

static uint64_t counter(Bcid__V1__Counter **list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->name, name) == 0)
			return list[i]->value;
	return 0;
}

static void fill(struct top_sample *ret, const Bcid__V1__StreamStatus *s, int64_t at_ns)
{
	*ret = (struct top_sample){ .at_ns = at_ns };
	ret->count[TOP_BINS] = s->bins_in;
	ret->count[TOP_MESSAGES] = counter(s->messages, s->n_messages, "received");
	ret->count[TOP_INTENTS] = s->intents_out;
	ret->count[TOP_HOLD] = s->holds;
	ret->count[TOP_PASS] = counter(s->verdicts, s->n_verdicts, "pass");
	ret->count[TOP_CLAMP] = counter(s->verdicts, s->n_verdicts, "clamp");
	ret->count[TOP_GAPS] = s->gaps;
	ret->count[TOP_OVERRUNS] = s->overruns;
	ret->count[TOP_MISSING] = s->missing;
	ret->count[TOP_LATE] = s->late_results;
	for (size_t i = 0; i < s->n_holds_by_reason && i < TOP_REASONS; i++)
		ret->count[TOP_REASON + i] = s->holds_by_reason[i]->value;
}

/* The newest sample is replaced until it is far enough from the one before it. */
static void add(struct top_past *p, const struct top_sample *sample)
{
	if (p->n >= 2 && p->sample[p->n - 1].at_ns - p->sample[p->n - 2].at_ns < TOP_APART_NS)
		p->n--;
	if (p->n == TOP_SAMPLES) {
		memmove(p->sample, p->sample + 1, (TOP_SAMPLES - 1) * sizeof(*p->sample));
		p->n--;
	}
	p->sample[p->n++] = *sample;
}

static int find(const struct top_history *h, const char *name)
{
	int i = 0;
	while (i < h->n && strncmp(h->past[i].name, name, TOP_NAME - 1) != 0)
		i++;
	return i;
}

static bool started_again(const struct top_history *h, const Bcid__V1__Status *s)
{
	const struct top_past *p = &h->past[0];
	return h->pid != s->pid || (h->n > 0 && s->uptime_ns < p->sample[p->n - 1].at_ns);
}

void top_history_take(struct top_history *h, const Bcid__V1__Status *s)
{
	struct top_sample sample;
	if (started_again(h, s))
		*h = (struct top_history){ .pid = s->pid };
	for (size_t i = 0; i < s->n_streams; i++) {
		int at = find(h, s->streams[i]->name);
		if (at == TOP_STREAMS)
			continue;
		if (at == h->n)
			snprintf(h->past[h->n++].name, TOP_NAME, "%s", s->streams[i]->name);
		fill(&sample, s->streams[i], s->uptime_ns);
		add(&h->past[at], &sample);
	}
}

double top_history_rate(const struct top_history *h, const char *stream, int count)
{
	int at = find(h, stream);
	if (at == h->n || h->past[at].n < 2)
		return 0;
	const struct top_past *p = &h->past[at];
	const struct top_sample *last = &p->sample[p->n - 1], *first = last - 1;
	while (first > p->sample && last->at_ns - first[-1].at_ns <= TOP_OLD_NS)
		first--;
	int64_t ns = last->at_ns - first->at_ns;
	if (ns <= 0 || last->count[count] < first->count[count])
		return 0;
	return (double)(last->count[count] - first->count[count]) / ((double)ns / 1e9);
}
