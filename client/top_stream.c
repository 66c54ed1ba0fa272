#include "top_stream.h"

#include <stdio.h>
#include <string.h>

#include "ctl_text.h"
#include "top_latency.h"
#include "top_table.h"

#define SILENT_NS INT64_C(1000000000)      /* data that are older are missed */
#define ENABLE_LOW_NS INT64_C(30000000000) /* left of the enable: time to look up */

/* "pass 1234 (20.0/s)"; the rate and the style only while it grows. */
static void put_count(struct top_canvas *c, const char *name, uint64_t value, double rate,
		      enum top_style growing)
{
	if (rate > 0)
		top_canvas_item(c, growing, "%s %llu (%.*f/s)", name, (unsigned long long)value,
				rate >= 999.95 ? 0 : 1, rate);
	else
		top_canvas_item(c, TOP_PLAIN, "%s %llu", name, (unsigned long long)value);
}

static void put_state(struct top_canvas *c, const Bcid__V1__StreamStatus *s)
{
	char age[CTL_DURATION_SIZE];
	const char *why = *s->fault ? s->fault : s->why;
	top_canvas_label(c, s->name);
	top_canvas_item(c, top_table_state_style((int)s->state), "%s%s%s", top_table_state((int)s->state),
			*why ? ": " : "", why);
	if (s->last_data_age_ns < 0)
		top_canvas_item(c, TOP_WARNING, "no data yet");
	else
		top_canvas_item(c, s->last_data_age_ns > SILENT_NS ? TOP_ALARM : TOP_PLAIN, "data %s ago",
				ctl_text_duration(s->last_data_age_ns, age));
	if (*s->cue_phase && s->cue_trial > 0)
		top_canvas_item(c, TOP_PLAIN, "trial %u %s", s->cue_trial, s->cue_phase);
	else if (*s->cue_phase)
		top_canvas_item(c, TOP_PLAIN, "between trials");
}

static void put_gate(struct top_canvas *c, const Bcid__V1__StreamStatus *s, const struct top_history *h)
{
	static const struct {
		const char *name;
		enum top_count count;
		enum top_style style;
	} verdicts[] = { { "pass", TOP_PASS, TOP_GOOD },
			 { "clamp", TOP_CLAMP, TOP_WARNING },
			 { "hold", TOP_HOLD, TOP_PLAIN } };
	top_canvas_label(c, "gate");
	if (s->intents_out == 0)
		top_canvas_item(c, TOP_PLAIN, "no intent yet");
	for (size_t k = 0; k < sizeof(verdicts) / sizeof(*verdicts); k++)
		for (size_t i = 0; i < s->n_verdicts; i++)
			if (s->verdicts[i]->value && strcmp(s->verdicts[i]->name, verdicts[k].name) == 0)
				put_count(c, verdicts[k].name, s->verdicts[i]->value,
					  top_history_rate(h, s->name, (int)verdicts[k].count),
					  verdicts[k].style);
}

static void put_holds(struct top_canvas *c, const Bcid__V1__StreamStatus *s, const struct top_history *h)
{
	bool armed = s->state == BCID__V1__STATE__STATE_ARMED, any = false;
	top_canvas_label(c, "held for");
	for (size_t i = 0; i < s->n_holds_by_reason; i++) {
		double rate = i < TOP_REASONS ? top_history_rate(h, s->name, TOP_REASON + (int)i) : 0;
		if (s->holds_by_reason[i]->value == 0)
			continue;
		put_count(c, s->holds_by_reason[i]->name, s->holds_by_reason[i]->value, rate,
			  armed ? TOP_WARNING : TOP_BOLD);
		any = true;
	}
	if (!any)
		top_canvas_item(c, TOP_PLAIN, "nothing");
}

static void put_trouble(struct top_canvas *c, const Bcid__V1__StreamStatus *s, const struct top_history *h)
{
	top_canvas_label(c, "trouble");
	put_count(c, "overruns", s->overruns, top_history_rate(h, s->name, TOP_OVERRUNS), TOP_ALARM);
	put_count(c, "gaps", s->gaps, top_history_rate(h, s->name, TOP_GAPS), TOP_WARNING);
	if (s->missing)
		put_count(c, "never decoded", s->missing, top_history_rate(h, s->name, TOP_MISSING),
			  TOP_ALARM);
	if (s->late_results)
		put_count(c, "decoded late", s->late_results, top_history_rate(h, s->name, TOP_LATE),
			  TOP_ALARM);
}

static void put_enable(struct top_canvas *c, const Bcid__V1__StreamStatus *s)
{
	char left[CTL_DURATION_SIZE];
	if (s->enabled_for_ns < 0)
		return;
	if (s->enabled_for_ns == 0)
		top_canvas_item(c, TOP_ALARM, "%s NOT ENABLED", s->effector_kind);
	else
		top_canvas_item(c, s->enabled_for_ns < ENABLE_LOW_NS ? TOP_WARNING : TOP_GOOD,
				"%s enabled for %s", s->effector_kind,
				ctl_text_duration(s->enabled_for_ns, left));
}

static void put_safety(struct top_canvas *c, const Bcid__V1__StreamStatus *s)
{
	char age[CTL_DURATION_SIZE];
	top_canvas_label(c, "effectors");
	if (s->n_effectors == 0)
		top_canvas_item(c, TOP_PLAIN, "none required");
	for (size_t i = 0; i < s->n_effectors; i++) {
		const Bcid__V1__Effector *e = s->effectors[i];
		if (e->age_ns < 0)
			top_canvas_item(c, TOP_ALARM, "%s MISSING (never heard)", e->name);
		else
			top_canvas_item(c, e->alive ? TOP_GOOD : TOP_ALARM, "%s %s (%s ago)", e->name,
					e->alive ? "alive" : "MISSING", ctl_text_duration(e->age_ns, age));
	}
	put_enable(c, s);
}

static const char *file_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* On its way to the disk, or not. */
static void put_record(struct top_canvas *c, const Bcid__V1__RecordStatus *r)
{
	if (!r)
		return;
	const char *word = r->on ? "on" : r->closing ? "closing" : "OFF";
	top_canvas_label(c, "record");
	top_canvas_item(c, r->on || r->closing ? TOP_PLAIN : TOP_WARNING, "%s", word);
	if (r->lost)
		top_canvas_item(c, TOP_ALARM, "%llu LOST", (unsigned long long)r->lost);
	if (r->troubled)
		top_canvas_item(c, TOP_ALARM, "THE DISK REFUSES, memory %.0f %% full: %s",
				100 * (double)r->fill, r->trouble);
	top_canvas_item(c, TOP_PLAIN, "%llu records", (unsigned long long)r->recorded);
	if (*r->file)
		top_canvas_item(c, TOP_PLAIN, "%s", file_of(r->file));
}

static void put_units(struct top_canvas *c, const Bcid__V1__StreamStatus *s)
{
	size_t dead = 0, noisy = 0, masked = 0;
	for (size_t i = 0; i < s->n_unit; i++) {
		dead += s->unit[i]->condition == BCID__V1__UNIT_CONDITION__UNIT_CONDITION_DEAD;
		noisy += s->unit[i]->condition == BCID__V1__UNIT_CONDITION__UNIT_CONDITION_NOISY;
		masked += s->unit[i]->masked != 0;
	}
	top_canvas_label(c, "units");
	top_canvas_item(c, TOP_PLAIN, "%u", s->n_units);
	top_canvas_item(c, TOP_PLAIN, "good %zu", s->n_unit - dead - noisy);
	top_canvas_item(c, dead ? TOP_WARNING : TOP_PLAIN, "dead %zu", dead);
	top_canvas_item(c, noisy ? TOP_WARNING : TOP_PLAIN, "noisy %zu", noisy);
	top_canvas_item(c, masked ? TOP_BOLD : TOP_PLAIN, "masked %zu", masked);
}

/* What came in, and what of it was not used, by reason. */
static void put_input(struct top_canvas *c, const Bcid__V1__StreamStatus *s, const struct top_history *h)
{
	top_canvas_label(c, "input");
	top_canvas_item(c, TOP_PLAIN, "epoch %u", s->epoch);
	top_canvas_item(c, TOP_PLAIN, "bin %llu of %g ms", (unsigned long long)s->bin, s->bin_us / 1000.0);
	for (size_t i = 0; i < s->n_messages; i++) {
		const Bcid__V1__Counter *m = s->messages[i];
		bool all = strcmp(m->name, "received") == 0;
		if (all)
			put_count(c, "messages", m->value, top_history_rate(h, s->name, TOP_MESSAGES),
				  TOP_PLAIN);
		else if (m->value > 0 && strcmp(m->name, "used") != 0)
			top_canvas_item(c, TOP_WARNING, "%s %llu", m->name, (unsigned long long)m->value);
	}
}

static void put_model(struct top_canvas *c, const Bcid__V1__StreamStatus *s)
{
	char hash[CTL_HASH_DIGITS + 1];
	top_canvas_label(c, "model");
	top_canvas_item(c, TOP_PLAIN, "%s", ctl_text_hash(s->model_hash.data, s->model_hash.len, hash));
	top_canvas_item(c, TOP_PLAIN, "decoder %s", file_of(s->decoder));
	top_canvas_item(c, TOP_PLAIN, "forecaster %s", file_of(s->forecaster));
	if (*s->worker)
		top_canvas_item(c, TOP_PLAIN, "on %s", s->worker);
}

void top_stream_draw(struct top_canvas *c, const Bcid__V1__StreamStatus *s, const struct top_history *h)
{
	put_state(c, s);
	put_gate(c, s, h);
	put_holds(c, s, h);
	put_trouble(c, s, h);
	put_safety(c, s);
	top_latency_draw(c, s);
	put_record(c, s->record);
	put_units(c, s);
	put_input(c, s, h);
	put_model(c, s);
}
