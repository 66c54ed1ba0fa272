#include "session_take.h"

#include <errno.h>
#include <string.h>

#include "session_schema.h"

#define DURATION  (INT64_C(1) << 52) /* a hundred days */
#define STATE_MAX ((size_t)1 << 30)

static int64_t take_any(struct session_columns *t)
{
	return session_column_int(t, INT64_MIN, INT64_MAX);
}

static bool take_flag(struct session_columns *t)
{
	return session_column_int(t, 0, 1);
}

static void take_floats_into(struct session_columns *t, float *to, int max, int *ret_n)
{
	const float *from = session_column_floats(t, max, ret_n);
	if (from && *ret_n > 0)
		memcpy(to, from, (size_t)*ret_n * sizeof(*to));
}

static const uint8_t *take_mask(struct session_columns *t, size_t *ret_n)
{
	size_t n_units = (size_t)t->info->n_units;
	return session_column_bytes(t, n_units, n_units, ret_n);
}

/* ---- the kinds ---- */

static const char *state_text(int i)
{
	return stream_state_text((enum stream_state)i);
}

static const char *verdict_text(int i)
{
	return gate_verdict_text((enum gate_verdict)i);
}

static const char *reason_text(int i)
{
	return gate_reason_text((enum gate_reason)i);
}

static void take_bin(struct session_columns *t, struct session_bin *b)
{
	size_t n, bytes = (size_t)t->info->n_units * sizeof(*b->counts);
	b->epoch = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	b->flags = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	b->bin = session_column_int(t, 0, SESSION_TIME_MAX);
	b->step = session_column_is_null(t) ? -1 : session_column_int(t, 0, SESSION_TIME_MAX);
	b->acquired_ns = take_any(t);
	b->edge_ns = session_column_time(t);
	b->received_ns = session_column_time(t);
	b->closed_ns = session_column_time(t);
	b->counts = session_column_bytes(t, bytes, bytes, &n);
	b->n_counts = t->info->n_units;
}

static int take_command(struct session_columns *t)
{
	return session_column_is_null(t) ? -1 : (int)session_column_int(t, 0, MAX_OUTPUTS - 1);
}

static void take_result(struct session_columns *t, struct session_result *s)
{
	int n_sd = 0;
	s->epoch = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	s->flags = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	s->bin = session_column_int(t, 0, SESSION_TIME_MAX);
	s->start_ns = session_column_time(t);
	s->done_ns = session_column_time(t);
	s->late = take_flag(t);
	s->horizon = (int)session_column_int(t, 0, 1000);
	s->value = session_column_floats(t, MAX_OUTPUTS, &s->n_outputs);
	s->command = take_command(t);
	s->sd = session_column_is_null(t) ? NULL : session_column_floats(t, MAX_OUTPUTS, &n_sd);
	if (s->sd && n_sd != s->n_outputs)
		session_column_refuse(t, "another number of outputs than the estimate");
	s->rates = session_column_floats(t, t->info->n_units, &s->n_rates);
	if (s->n_rates != 0 && s->n_rates != t->info->n_units)
		session_column_refuse(t, "another number of rates than units");
}

static void take_intent(struct session_columns *t, struct session_intent *i)
{
	i->epoch = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	i->bin = session_column_int(t, 0, SESSION_TIME_MAX);
	i->has_estimate = take_flag(t);
	i->flags = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	i->missing = take_flag(t);
	i->state = (enum stream_state)session_column_named(t, state_text, STREAM_CALIBRATING + 1);
	i->edge_ns = session_column_time(t);
	i->now_ns = session_column_time(t);
	i->heartbeat_age_ns = session_column_int(t, -1, INT64_MAX);
	i->enabled_until_ns = take_any(t);
	i->verdict = (enum gate_verdict)session_column_named(t, verdict_text, GATE_CLAMP + 1);
	i->reason = (enum gate_reason)session_column_named(t, reason_text, N_REASONS);
	i->value = session_column_floats(t, MAX_OUTPUTS, &i->n_outputs);
	i->valid_for_ns = session_column_int(t, 0, DURATION);
	i->command = take_command(t);
	i->command_ns = session_column_time(t);
	i->queued_ns = session_column_time(t);
}

static void take_order(struct session_columns *t, struct session_order *o)
{
	o->step = session_column_int(t, 0, SESSION_TIME_MAX);
	o->kind = (enum session_order_kind)session_column_word(t, session_order_words, 2);
	o->n_masked = 0;
	o->masked = session_column_is_null(t) ? NULL : take_mask(t, &o->n_masked);
	if ((o->kind == SESSION_ORDER_MASK) != (o->masked != NULL))
		session_column_refuse(t, "a mask with another order, or an order without its mask");
}

static void take_snapshot(struct session_columns *t, struct session_snapshot *s)
{
	s->step = session_column_int(t, 0, SESSION_TIME_MAX);
	s->masked = take_mask(t, &s->n_masked);
	s->state = session_column_bytes(t, 0, STATE_MAX, &s->size);
}

static void take_model(struct session_columns *t, struct session_model *m)
{
	m->step = session_column_int(t, 0, SESSION_TIME_MAX);
	session_column_text_into(t, m->forecaster, sizeof(m->forecaster));
	m->forecaster_hash = session_column_hash(t, true);
	session_column_text_into(t, m->decoder, sizeof(m->decoder));
	m->decoder_hash = session_column_hash(t, true);
	m->hash = session_column_hash(t, false);
	m->context = session_column_word(t, session_contexts, 2);
}

static void take_limits(struct session_columns *t, struct gate_limits *l)
{
	l->max_speed_mm_s = session_column_real(t, 0, 1e30);
	l->max_acceleration_mm_s2 = session_column_real(t, 0, 1e30);
	l->deadline_ns = session_column_int(t, 0, DURATION);
	l->heartbeat_timeout_ns = session_column_int(t, 0, DURATION);
	l->valid_for_ns = session_column_int(t, 0, DURATION);
	l->bin_ns = session_column_int(t, 0, DURATION);
	l->conceal_max_bins = (int)session_column_int(t, 0, INT32_MAX);
	l->resume_bins = (int)session_column_int(t, 0, INT32_MAX);
	l->command_interval_ns = session_column_int(t, 0, DURATION);
	l->needs_enable = take_flag(t);
}

static void take_output(struct session_columns *t, int position, struct output *o)
{
	if (session_column_int(t, 0, MAX_OUTPUTS - 1) != position)
		session_column_refuse(t, "not the next output");
	session_column_text_into(t, o->name, sizeof(o->name));
	session_column_text_into(t, o->unit, sizeof(o->unit));
	o->kind = (enum output_kind)session_column_word(t, session_output_kinds, 4);
	o->hold = (enum output_hold)session_column_word(t, session_holds, 4);
	o->ramp_ms = (int)session_column_int(t, 0, INT32_MAX);
	o->to_mm = session_column_real(t, 0, 1e30);
}

/* They lie in a table of their own. */
static void take_outputs(struct session_columns *t, int64_t n, struct gate *g)
{
	struct session_columns rows = { .info = t->info, .from = t->outputs };
	int step;
	g->n_outputs = 0;
	sqlite3_reset(t->outputs);
	sqlite3_bind_int64(t->outputs, 1, n);
	while ((step = sqlite3_step(t->outputs)) == SQLITE_ROW && !rows.wrong && g->n_outputs < MAX_OUTPUTS) {
		rows.column = -1;
		take_output(&rows, g->n_outputs, &g->outputs[g->n_outputs]);
		g->n_outputs++;
	}
	if (rows.wrong)
		session_column_refuse(t, rows.wrong);
	else if (step != SQLITE_DONE)
		session_column_refuse(t, "its outputs cannot be read, or are too many");
	sqlite3_reset(t->outputs);
}

static void take_gate(struct session_columns *t, int64_t n, struct gate *g)
{
	int n_last, n_from;
	memset(g, 0, sizeof(*g));
	take_limits(t, &g->limits);
	take_floats_into(t, g->last, MAX_OUTPUTS, &n_last);
	g->last_ns = session_column_int(t, 0, SESSION_TIME_MAX);
	g->last_edge_ns = session_column_time(t);
	take_floats_into(t, g->hold_from, MAX_OUTPUTS, &n_from);
	g->hold_since_ns = session_column_int(t, 0, SESSION_TIME_MAX);
	g->gap_bins = (int)session_column_int(t, 0, INT32_MAX);
	g->command_ns = session_column_int(t, 0, SESSION_TIME_MAX);
	g->command = (int32_t)session_column_int(t, -1, MAX_OUTPUTS - 1);
	g->command_stands = take_flag(t);
	g->resume_left = (int)session_column_int(t, 0, INT32_MAX);
	if (!t->wrong)
		take_outputs(t, n, g);
	if (n_last != g->n_outputs || n_from != g->n_outputs)
		session_column_refuse(t, "another number of outputs than its memory has");
}

static void take_cue(struct session_columns *t, struct session_cue *c)
{
	c->received_ns = session_column_time(t);
	c->cue.source_id = (uint64_t)take_any(t);
	c->cue.seq = (uint64_t)take_any(t);
	c->cue.time_ns = take_any(t);
	c->cue.trial = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	c->cue.phase = (int)session_column_int(t, 0, INT32_MAX);
	take_floats_into(t, c->cue.position_mm, WIRE_MAX_TARGET, &c->cue.n_position);
	c->cue.radius_mm = (float)session_column_real(t, -1e30, 1e30);
	c->cue.target_class = session_column_is_null(t) ? -1 : session_column_int(t, 0, UINT32_MAX);
}

static void take_effector(struct session_columns *t, struct session_effector *e)
{
	e->received_ns = session_column_time(t);
	e->source_id = (uint64_t)take_any(t);
	e->seq = (uint64_t)take_any(t);
	e->time_ns = take_any(t);
	take_floats_into(t, e->position_mm, SESSION_MAX_AXES, &e->n_position);
	take_floats_into(t, e->velocity_mm_s, SESSION_MAX_AXES, &e->n_velocity);
	e->assist = (float)session_column_real(t, -1e30, 1e30);
	e->epoch = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	e->last_bin_applied = take_any(t);
}

static void take_event(struct session_columns *t, struct session_event *e)
{
	e->time_ns = session_column_time(t);
	e->unix_ns = session_column_time(t);
	e->severity = (int)session_column_int(t, 0, 2);
	e->kind = session_column_text(t);
	e->text = session_column_text(t);
	e->whole_daemon = take_flag(t);
}

static void take_loss(struct session_columns *t, int64_t n, struct session_loss *l)
{
	l->first_n = session_column_int(t, 1, n);
	l->last_n = session_column_int(t, l->first_n, n - 1);
	l->first_epoch = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	l->last_epoch = (uint32_t)session_column_int(t, 0, UINT32_MAX);
	l->first_bin = take_any(t);
	l->last_bin = take_any(t);
	l->time_ns = session_column_time(t);
	l->stated = true;
}

static void take_kind(struct session_columns *t, struct session_record *r)
{
	switch (r->kind) {
	case SESSION_BIN: take_bin(t, &r->bin); break;
	case SESSION_RESULT: take_result(t, &r->result); break;
	case SESSION_INTENT: take_intent(t, &r->intent); break;
	case SESSION_ORDER: take_order(t, &r->order); break;
	case SESSION_SNAPSHOT: take_snapshot(t, &r->snapshot); break;
	case SESSION_MODEL:
		take_model(t, &t->model);
		r->model = &t->model;
		break;
	case SESSION_GATE:
		take_gate(t, r->n, &t->gate);
		r->gate = &t->gate;
		break;
	case SESSION_CUE: take_cue(t, &r->cue); break;
	case SESSION_EFFECTOR: take_effector(t, &r->effector); break;
	case SESSION_EVENT: take_event(t, &r->event); break;
	case SESSION_LOG:
		r->log.time_ns = session_column_time(t);
		r->log.level = session_column_text(t);
		r->log.text = session_column_text(t);
		break;
	case SESSION_COUNTER:
		r->counter.time_ns = session_column_time(t);
		r->counter.name = session_column_text(t);
		r->counter.value = take_any(t);
		break;
	case SESSION_PACKET:
		r->packet.received_ns = session_column_time(t);
		r->packet.bytes = session_column_bytes(t, 0, WIRE_MAX_MESSAGE, &r->packet.size);
		break;
	case SESSION_LOSS: take_loss(t, r->n, &r->loss); break;
	case SESSION_N_KINDS: break;
	}
}

int session_take(struct session_columns *t, enum session_kind kind, struct failure *f,
		 struct session_record *ret)
{
	struct session_record r = { .kind = kind, .n = sqlite3_column_int64(t->from, 0) };
	t->column = 0;
	t->wrong = NULL;
	t->n_taken = 0;
	take_kind(t, &r);
	if (t->wrong)
		return failure_set(f, t->wrong == session_no_memory ? -ENOMEM : -EBADMSG,
				   "%s, record %lld, %s: %s", session_tables[kind].name, (long long)r.n,
				   sqlite3_column_name(t->from, t->column), t->wrong);
	*ret = r;
	return 0;
}
