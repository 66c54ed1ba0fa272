#include "stream_record.h"

#include <string.h>

#include "clock.h"
#include "stream.h"

#define STATE_PERIOD_NS (60 * NS_PER_S)

/* ---- one record of each kind ---- */

static struct session_record *claim(struct stream *s, enum session_kind kind, size_t payload, void **ret)
{
	return recorder_claim(s->record.recorder, kind, payload, ret);
}

void stream_record_bin(struct stream *s, const struct pending *p, const uint16_t *counts)
{
	struct stream_record *k = &s->record;
	size_t bytes = (size_t)s->options->n_units * sizeof(*counts);
	void *to;
	if (!k->begun)
		return;
	recorder_at(k->recorder, p->epoch, p->bin);
	struct session_record *r = claim(s, SESSION_BIN, bytes, &to);
	if (!r)
		return;
	r->bin = (struct session_bin){
		.epoch = p->epoch, .flags = p->flags, .bin = p->bin,
		.step = p->missing ? -1 : lane_handed(s->lane) - 1 - k->first_step,
		.acquired_ns = p->acquired_ns, .edge_ns = p->edge_ns, .received_ns = p->received_ns,
		.closed_ns = p->closed_ns, .n_counts = (int)s->options->n_units, .counts = to,
	};
	memcpy(to, counts, bytes);
	recorder_commit(k->recorder);
}

static float *copy_floats(float **at, const float *from, int n)
{
	float *to = *at;
	memcpy(to, from, (size_t)n * sizeof(*to));
	*at += n;
	return to;
}

void stream_record_result(struct stream *s, const struct result *from, bool late)
{
	const struct estimate *e = &from->estimate;
	int n = (e->has_sd ? 2 : 1) * e->n_outputs + from->n_rates;
	void *to;
	struct session_record *r =
		s->record.begun ? claim(s, SESSION_RESULT, (size_t)n * sizeof(float), &to) : NULL;
	if (!r)
		return;
	float *at = to;
	r->result = (struct session_result){
		.epoch = from->epoch, .flags = from->flags, .bin = from->bin, .start_ns = from->start_ns,
		.done_ns = from->done_ns, .late = late, .horizon = from->horizon, .n_outputs = e->n_outputs,
		.command = e->command, .n_rates = from->n_rates,
	};
	r->result.value = copy_floats(&at, e->value, e->n_outputs);
	r->result.sd = e->has_sd ? copy_floats(&at, e->sd, e->n_outputs) : NULL;
	r->result.rates = copy_floats(&at, from->rates, from->n_rates);
	recorder_commit(s->record.recorder);
}

void stream_record_intent(struct stream *s, const struct pending *p, const struct gate_input *in,
			  const struct intent *out, int64_t queued_ns)
{
	size_t bytes = (size_t)out->n_outputs * sizeof(*out->value);
	void *to;
	struct session_record *r = s->record.begun ? claim(s, SESSION_INTENT, bytes, &to) : NULL;
	if (!r)
		return;
	r->intent = (struct session_intent){
		.epoch = p->epoch,
		.bin = p->bin,
		.has_estimate = in->estimate != NULL,
		.flags = in->flags,
		.missing = in->missing,
		.state = in->state,
		.edge_ns = in->edge_ns,
		.now_ns = in->now_ns,
		.heartbeat_age_ns = in->heartbeat_age_ns,
		.enabled_until_ns = in->enabled_until_ns,
		.verdict = out->verdict,
		.reason = out->reason,
		.n_outputs = out->n_outputs,
		.value = to,
		.valid_for_ns = out->valid_for_ns,
		.command = out->command,
		.command_ns = out->command_ns,
		.queued_ns = queued_ns,
	};
	memcpy(to, out->value, bytes);
	recorder_commit(s->record.recorder);
	recorder_hurry(s->record.recorder);
}

void stream_record_gate(struct stream *s)
{
	void *to;
	struct session_record *r = s->record.begun ? claim(s, SESSION_GATE, sizeof(s->gate), &to) : NULL;
	if (!r)
		return;
	r->gate = memcpy(to, &s->gate, sizeof(s->gate));
	recorder_commit(s->record.recorder);
}

static void record_model(struct stream *s, int64_t step)
{
	struct session_model *m;
	void *to;
	struct session_record *r = claim(s, SESSION_MODEL, sizeof(*m), &to);
	if (!r)
		return;
	m = memcpy(to, &s->record.model, sizeof(*m));
	m->step = step;
	r->model = m;
	recorder_commit(s->record.recorder);
}

static void record_snapshot(struct stream *s, int64_t step)
{
	const struct stream_record *k = &s->record;
	size_t n_units = (size_t)s->options->n_units;
	void *to;
	struct session_record *r = claim(s, SESSION_SNAPSHOT, k->state_size + n_units, &to);
	if (!r)
		return;
	uint8_t *masked = (uint8_t *)to + k->state_size;
	r->snapshot = (struct session_snapshot){ step, n_units, masked, k->state_size, to };
	memcpy(to, k->state, k->state_size);
	memcpy(masked, k->masked, n_units);
	recorder_commit(k->recorder);
}

static void record_change(struct stream *s, const struct order *o, int64_t step)
{
	size_t n = o->kind == ORDER_MASK ? (size_t)s->options->n_units : 0;
	void *to;
	struct session_record *r = claim(s, SESSION_ORDER, n, &to);
	if (!r)
		return;
	r->order = (struct session_order){ step, n ? SESSION_ORDER_MASK : SESSION_ORDER_RESET, n,
					   n ? to : NULL };
	if (n)
		memcpy(to, o->payload, n);
	recorder_commit(s->record.recorder);
}

void stream_record_order(struct stream *s, const struct order *o)
{
	struct stream_record *k = &s->record;
	int64_t step = o->step - k->first_step;
	if (o->kind == ORDER_SNAPSHOT)
		k->snapshot_out = false;
	if (!k->begun || step < 0) /* carried out before the session began */
		return;
	switch (o->kind) {
	case ORDER_SNAPSHOT:
		record_model(s, step); /* in front of the state that only it can read */
		record_snapshot(s, step);
		break;
	case ORDER_SWAP: record_model(s, step); break;
	case ORDER_RESET:
	case ORDER_MASK: record_change(s, o, step); break;
	}
}

void stream_record_cue(struct stream *s, const struct wire_cue *cue, int64_t received_ns)
{
	void *none;
	struct session_record *r = claim(s, SESSION_CUE, 0, &none);
	if (!r)
		return;
	r->cue = (struct session_cue){ received_ns, *cue };
	recorder_commit(s->record.recorder);
}

void stream_record_packet(struct stream *s, const void *bytes, size_t n, int64_t received_ns)
{
	void *to;
	struct session_record *r = s->record.packets ? claim(s, SESSION_PACKET, n, &to) : NULL;
	if (!r)
		return;
	r->packet = (struct session_packet){ received_ns, n, memcpy(to, bytes, n) };
	recorder_commit(s->record.recorder);
}

/* Of a text that is too long the begin, and no part of a character. */
static size_t text_size(const char *text)
{
	size_t n = strnlen(text, SESSION_TEXT_MAX - 1);
	if (text[n] != '\0')
		while (n > 0 && (text[n] & 0xc0) == 0x80)
			n--;
	return n;
}

static const char *copy_text(char *to, const char *text, size_t n)
{
	memcpy(to, text, n);
	to[n] = '\0';
	return to;
}

void stream_record_event(struct stream *s, const struct telemetry_event *e)
{
	size_t kind = text_size(e->kind), text = text_size(e->text);
	void *to;
	struct session_record *r = claim(s, SESSION_EVENT, kind + text + 2, &to);
	if (!r)
		return;
	r->event = (struct session_event){
		.time_ns = e->time_ns, .unix_ns = e->unix_ns, .severity = (int)e->severity,
		.kind = copy_text(to, e->kind, kind), .text = copy_text((char *)to + kind + 1, e->text, text),
		.whole_daemon = e->stream == NULL,
	};
	recorder_commit(s->record.recorder);
}

void stream_record_log(struct stream *s, const char *level, const char *text)
{
	size_t n = text_size(text);
	void *to;
	struct session_record *r = claim(s, SESSION_LOG, n + 1, &to);
	if (!r)
		return;
	r->log = (struct session_log){ clock_now_ns(), level, copy_text(to, text, n) };
	recorder_commit(s->record.recorder);
}

/* ---- counters ---- */

static void record_counter(struct stream *s, const char *name, uint64_t value, int64_t now_ns)
{
	void *none;
	struct session_record *r = claim(s, SESSION_COUNTER, 0, &none);
	if (!r)
		return;
	r->counter = (struct session_counter){ now_ns, name, (int64_t)value };
	recorder_commit(s->record.recorder);
}

static void record_counters(struct stream *s, int64_t now_ns)
{
	const struct counters *c = &s->counters;
	const struct {
		const char *name;
		uint64_t value;
	} own[] = {
		{ "received", c->received },     { "lost", c->lost },         { "reordered", c->reordered },
		{ "late-spikes", c->late_spikes }, { "bins", s->bins_in },    { "intents", s->intents_out },
		{ "holds", s->holds },           { "overruns", s->overruns }, { "gaps", s->gaps },
		{ "missing", s->missing },       { "late-results", s->late_results },
	};
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		record_counter(s, own[i].name, own[i].value, now_ns);
	for (int i = 0; i < N_DROPS; i++)
		if (i != COUNT_BINNER + BINNER_USED && (i == COUNT_WIRE + WIRE_OK || c->by[i] > 0))
			record_counter(s, counter_name(i), c->by[i], now_ns);
}

/* ---- the whole state ---- */

static bool order_snapshot(struct stream *s)
{
	struct stream_record *k = &s->record;
	if (k->snapshot_out || lane_order(s->lane, ORDER_SNAPSHOT, k->state) < 0)
		return false;
	/* masks are orders too, taken in turn: this is the one that the pipeline has then */
	memcpy(k->masked, s->units->masked, (size_t)s->options->n_units);
	k->snapshot_out = true;
	return true;
}

static void record_state(struct stream *s, int64_t now_ns)
{
	stream_record_gate(s);
	record_counters(s, now_ns);
	s->record.state_due_ns = now_ns + STATE_PERIOD_NS;
}

/* Nothing is under way: the next bin is the first step, and the gate has judged all others. */
static void begin(struct stream *s, int64_t now_ns)
{
	struct stream_record *k = &s->record;
	if (lane_waiting(s->lane) > 0 || lane_peek(s->lane) || s->n_pending > 0 || !order_snapshot(s))
		return;
	k->first_step = lane_handed(s->lane);
	k->begun = true;
	recorder_wants_state(k->recorder);
	record_state(s, now_ns);
}

void stream_record_tick(struct stream *s, int64_t now_ns)
{
	struct stream_record *k = &s->record;
	if (!recorder_is_on(k->recorder))
		k->begun = false;
	else if (!k->begun)
		begin(s, now_ns);
	else if ((now_ns >= k->state_due_ns || recorder_wants_state(k->recorder)) && order_snapshot(s))
		record_state(s, now_ns);
}

void stream_record_stop(struct stream *s, const char *why, int64_t now_ns)
{
	if (s->record.begun)
		record_counters(s, now_ns);
	s->record.begun = false;
	recorder_stop(s->record.recorder, why);
}
