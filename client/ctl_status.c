#include "ctl_status.h"

#include <stdio.h>
#include <string.h>

#include "ctl_message.h"
#include "ctl_text.h"
#include "ctl_units.h"
#include "types.h"

#define UNITS_A_ROW 6

static void print_counters(const char *label, Bcid__V1__Counter **counter, size_t n)
{
	struct ctl_text t;
	size_t seen = 0;
	for (size_t i = 0; i < n; i++) {
		if (counter[i]->value == 0)
			continue;
		if (seen++ == 0)
			ctl_text_begin(&t, label);
		ctl_text_item(&t, "%s %llu", counter[i]->name, (unsigned long long)counter[i]->value);
	}
	if (seen)
		ctl_text_end(&t);
}

static void print_heading(const Bcid__V1__Status *s)
{
	char up[CTL_DURATION_SIZE], hash[CTL_HASH_DIGITS + 1];
	struct ctl_text t;
	printf("%s: bcid %s, pid %u, up %s\n", s->rig, s->version, s->pid,
	       ctl_text_duration(s->uptime_ns, up));
	ctl_text_begin(&t, "config");
	ctl_text_item(&t, "%s", s->config_path);
	ctl_text_item(&t, "%s", ctl_text_hash(s->config_hash.data, s->config_hash.len, hash));
	ctl_text_end(&t);
	if (s->clock_speed > 0 && s->clock_speed != 1)
		printf("  SIMULATION: the clock runs %g times as fast\n", s->clock_speed);
	print_counters("messages", s->messages, s->n_messages);
}

static void print_worker(const char *label, const Bcid__V1__WorkerStatus *w)
{
	struct ctl_text t;
	ctl_text_begin(&t, label);
	ctl_text_item(&t, "%s", w->name);
	ctl_text_item(&t, "wait %s", w->wait);
	for (size_t i = 0; i < w->n_granted; i++)
		ctl_text_item(&t, "%s", w->granted[i]);
	for (size_t i = 0; i < w->n_refused; i++)
		ctl_text_item(&t, "REFUSED %s", w->refused[i]);
	ctl_text_end(&t);
}

/* ---- one stream ---- */

static void print_state(const Bcid__V1__StreamStatus *s)
{
	char age[CTL_DURATION_SIZE];
	printf("\n%s: %s, epoch %u, bin %llu of %g ms, ", s->name,
	       ctl_message_word(&bcid__v1__state__descriptor, (int)s->state), s->epoch,
	       (unsigned long long)s->bin, s->bin_us / 1000.0);
	if (s->last_data_age_ns < 0)
		printf("no data yet\n");
	else
		printf("last data %s ago\n", ctl_text_duration(s->last_data_age_ns, age));
	if (s->state == BCID__V1__STATE__STATE_FAULT)
		printf("  FAULT: %s (bcictl clear --stream %s)\n", s->fault, s->name);
	else if (*s->why)
		printf("  %-10s%s\n", "because", s->why);
}

static void print_model(const Bcid__V1__StreamStatus *s)
{
	char hash[CTL_HASH_DIGITS + 1];
	struct ctl_text t;
	ctl_text_begin(&t, "model");
	ctl_text_item(&t, "%s", ctl_text_hash(s->model_hash.data, s->model_hash.len, hash));
	ctl_text_item(&t, "decoder %s", *s->decoder ? s->decoder : "none");
	ctl_text_item(&t, "forecaster %s", *s->forecaster ? s->forecaster : "none");
	if (*s->worker)
		ctl_text_item(&t, "worker %s", s->worker);
	ctl_text_end(&t);
	if (s->n_output == 0)
		return;
	ctl_text_begin(&t, "outputs");
	for (size_t i = 0; i < s->n_output; i++)
		ctl_text_item(&t, "%s%s%s", s->output[i],
			      i < s->n_output_unit && *s->output_unit[i] ? " " : "",
			      i < s->n_output_unit ? s->output_unit[i] : "");
	ctl_text_end(&t);
}

static void add_count(struct ctl_text *t, const char *what, uint64_t n)
{
	if (n > 0)
		ctl_text_item(t, "%s %llu", what, (unsigned long long)n);
}

static void print_gate(const Bcid__V1__StreamStatus *s)
{
	struct ctl_text t;
	ctl_text_begin(&t, "intents");
	ctl_text_item(&t, "%llu for %llu bins", (unsigned long long)s->intents_out,
		      (unsigned long long)s->bins_in);
	for (size_t i = 0; i < s->n_verdicts; i++)
		add_count(&t, s->verdicts[i]->name, s->verdicts[i]->value);
	ctl_text_end(&t);
	ctl_text_begin(&t, "trouble");
	ctl_text_item(&t, "overruns %llu", (unsigned long long)s->overruns);
	ctl_text_item(&t, "gaps %llu", (unsigned long long)s->gaps);
	add_count(&t, "never decoded", s->missing);
	add_count(&t, "decoded too late", s->late_results);
	ctl_text_end(&t);
	print_counters("held", s->holds_by_reason, s->n_holds_by_reason);
	print_counters("messages", s->messages, s->n_messages);
	print_counters("cues", s->cues, s->n_cues);
	if (*s->cue_phase)
		printf("  %-10strial %u, %s\n", "", s->cue_trial, s->cue_phase);
}

void ctl_status_print_record(const Bcid__V1__StreamStatus *s)
{
	const Bcid__V1__RecordStatus *r = s->record;
	struct ctl_text t;
	if (!r)
		return;
	ctl_text_begin(&t, "record");
	ctl_text_item(&t, "%s", r->on ? "on" : r->closing ? "closing" : "OFF (bcictl record start)");
	if (*r->file)
		ctl_text_item(&t, "%s", r->file);
	if (r->recorded)
		ctl_text_item(&t, "%llu records", (unsigned long long)r->recorded);
	if (r->lost)
		ctl_text_item(&t, "%llu LOST", (unsigned long long)r->lost);
	if (r->troubled)
		ctl_text_item(&t, "THE DISK REFUSES, memory %.0f %% full:", (double)r->fill * 100);
	if (r->troubled)
		ctl_text_item(&t, "%s", r->trouble);
	ctl_text_end(&t);
}

static void print_safety(const Bcid__V1__StreamStatus *s)
{
	char text[CTL_DURATION_SIZE];
	struct ctl_text t;
	ctl_text_begin(&t, "effectors");
	if (s->n_effectors == 0)
		ctl_text_item(&t, "none required");
	for (size_t i = 0; i < s->n_effectors; i++) {
		const Bcid__V1__Effector *e = s->effectors[i];
		ctl_text_item(&t, "%s %s (%s%s)", e->name, e->alive ? "alive" : "MISSING",
			      e->age_ns < 0 ? "never heard" : ctl_text_duration(e->age_ns, text),
			      e->age_ns < 0 ? "" : " ago");
	}
	ctl_text_end(&t);
	ctl_text_begin(&t, "enable");
	if (s->enabled_for_ns < 0)
		ctl_text_item(&t, "not needed (%s)", *s->effector_kind ? s->effector_kind : "effector");
	else if (s->enabled_for_ns == 0)
		ctl_text_item(&t, "MISSING (%s: bcictl enable --for S)", s->effector_kind);
	else
		ctl_text_item(&t, "%s left (%s)", ctl_text_duration(s->enabled_for_ns, text),
			      s->effector_kind);
	ctl_text_end(&t);
}

/* ---- units ---- */

/* The units of one kind, as "3 dead: 4 17-19". */
static void print_units_that(const Bcid__V1__StreamStatus *s, const char *word,
			     bool (*is)(const Bcid__V1__Unit *u))
{
	static uint32_t unit[MAX_UNITS];
	size_t n = 0;
	struct ctl_text t;
	for (size_t u = 0; u < s->n_unit && u < MAX_UNITS; u++)
		if (is(s->unit[u]))
			unit[n++] = (uint32_t)u;
	if (n == 0)
		return;
	ctl_text_begin(&t, "");
	ctl_text_item(&t, "%zu %s:", n, word);
	for (size_t i = 0, run; i < n; i += run) {
		run = ctl_units_run(unit + i, n - i);
		if (run == 1)
			ctl_text_item(&t, "%u", unit[i]);
		else
			ctl_text_item(&t, "%u-%u", unit[i], unit[i + run - 1]);
	}
	ctl_text_end(&t);
}

static bool is_good(const Bcid__V1__Unit *u)
{
	return u->condition == BCID__V1__UNIT_CONDITION__UNIT_CONDITION_GOOD;
}

static bool is_dead(const Bcid__V1__Unit *u)
{
	return u->condition == BCID__V1__UNIT_CONDITION__UNIT_CONDITION_DEAD;
}

static bool is_noisy(const Bcid__V1__Unit *u)
{
	return u->condition == BCID__V1__UNIT_CONDITION__UNIT_CONDITION_NOISY;
}

static bool is_masked(const Bcid__V1__Unit *u)
{
	return u->masked;
}

static void print_units(const Bcid__V1__StreamStatus *s)
{
	struct ctl_text t;
	size_t good = 0;
	for (size_t u = 0; u < s->n_unit; u++)
		good += is_good(s->unit[u]);
	ctl_text_begin(&t, "units");
	ctl_text_item(&t, "%u, %zu of them good", s->n_units, good);
	ctl_text_end(&t);
	print_units_that(s, "dead", is_dead);
	print_units_that(s, "noisy", is_noisy);
	print_units_that(s, "masked", is_masked);
}

static void print_rates(const Bcid__V1__StreamStatus *s)
{
	printf("  rates in Hz, over about 10 s (d dead, n noisy, m masked)\n");
	for (size_t u = 0; u < s->n_unit; u++) {
		const Bcid__V1__Unit *unit = s->unit[u];
		char mark = unit->masked ? 'm' : is_dead(unit) ? 'd' : is_noisy(unit) ? 'n' : ' ';
		bool last = (u + 1) % UNITS_A_ROW == 0 || u + 1 == s->n_unit;
		printf("%6zu %5.1f%c%s", u, (double)unit->rate_hz, mark, last ? "\n" : "");
	}
}

/* ---- latencies ---- */

static void print_percentiles(const Bcid__V1__Percentiles *p)
{
	char us[CTL_MICROSECONDS_SIZE];
	if (!p || p->count == 0) {
		printf("%32s", "-");
		return;
	}
	const int64_t ns[] = { p->p50_ns, p->p99_ns, p->p999_ns, p->max_ns };
	for (int i = 0; i < 4; i++)
		printf("%8s", ctl_text_microseconds(ns[i], us));
}

static void print_latencies(const Bcid__V1__StreamStatus *s)
{
	if (s->n_stages == 0)
		return;
	printf("  %-14s%32s%32s\n  %-14s", "latency, us", "-------- last 10 s --------",
	       "-------- whole run --------", "");
	printf("%8s%8s%8s%8s%8s%8s%8s%8s\n", "p50", "p99", "p99.9", "max", "p50", "p99", "p99.9", "max");
	for (size_t i = 0; i < s->n_stages; i++) {
		const Bcid__V1__StageLatency *l = s->stages[i];
		printf("  %-14.14s", l->stage);
		print_percentiles(l->recent);
		print_percentiles(l->run);
		putchar('\n');
	}
}

static void print_stream(const Bcid__V1__StreamStatus *s, bool units)
{
	print_state(s);
	print_model(s);
	print_gate(s);
	ctl_status_print_record(s);
	print_safety(s);
	print_units(s);
	if (units)
		print_rates(s);
	print_latencies(s);
}

void ctl_status_print(const Bcid__V1__Status *s, const char *stream, bool units)
{
	print_heading(s);
	if (s->loop && (s->loop->n_granted || s->loop->n_refused))
		print_worker("daemon", s->loop);
	for (size_t i = 0; i < s->n_workers; i++)
		print_worker("worker", s->workers[i]);
	for (size_t i = 0; i < s->n_streams; i++)
		if (!*stream || strcmp(stream, s->streams[i]->name) == 0)
			print_stream(s->streams[i], units);
}
