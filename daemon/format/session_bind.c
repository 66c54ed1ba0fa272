#include "session_bind.h"

#include <string.h>

#include "session_schema.h"

void session_bind_int(struct session_row *r, int64_t value)
{
	sqlite3_bind_int64(r->to, ++r->column, value);
}

void session_bind_real(struct session_row *r, double value)
{
	sqlite3_bind_double(r->to, ++r->column, value);
}

void session_bind_text(struct session_row *r, const char *text)
{
	sqlite3_bind_text(r->to, ++r->column, text, -1, SQLITE_STATIC);
}

/* An empty blob is no NULL. */
void session_bind_bytes(struct session_row *r, const void *bytes, size_t n)
{
	if (n > 0)
		sqlite3_bind_blob64(r->to, ++r->column, bytes, n, SQLITE_STATIC);
	else
		sqlite3_bind_zeroblob(r->to, ++r->column, 0);
}

static void bind_null(struct session_row *r)
{
	sqlite3_bind_null(r->to, ++r->column);
}

static void bind_floats(struct session_row *r, const float *value, int n)
{
	session_bind_bytes(r, value, (size_t)n * sizeof(*value));
}

void session_bind_hash(struct session_row *r, const struct hash *h, bool may_be_none)
{
	static const struct hash none;
	char hex[HASH_HEX];
	if (may_be_none && memcmp(h, &none, sizeof(none)) == 0) {
		bind_null(r);
		return;
	}
	hash_to_hex(h, hex);
	sqlite3_bind_text(r->to, ++r->column, hex, -1, SQLITE_TRANSIENT);
}

static void bind_command(struct session_row *r, int command)
{
	if (command < 0)
		bind_null(r);
	else
		session_bind_int(r, command);
}

/* ---- the kinds ---- */

/* A replay gives the same bits only while all of it is recorded: whoever adds a field adds a column. */
_Static_assert(sizeof(struct gate_input) == 56, "struct gate_input has changed: record it");
_Static_assert(sizeof(struct estimate) == 12 + 2 * MAX_OUTPUTS * 4, "struct estimate has changed: record it");
_Static_assert(sizeof(struct intent) == 16 + MAX_OUTPUTS * 4 + 32, "struct intent has changed: record it");
_Static_assert(sizeof(struct gate_limits) == 72, "struct gate_limits has changed: record it");
_Static_assert(sizeof(struct gate) - sizeof(struct gate_limits) - MAX_OUTPUTS * sizeof(struct output) ==
		       2 * MAX_OUTPUTS * 4 + 64,
	       "the gate's memory has changed: record it");

static void bind_bin(struct session_row *r, const struct session_bin *b)
{
	session_bind_int(r, b->epoch);
	session_bind_int(r, b->flags);
	session_bind_int(r, b->bin);
	if (b->step < 0)
		bind_null(r);
	else
		session_bind_int(r, b->step);
	session_bind_int(r, b->acquired_ns);
	session_bind_int(r, b->edge_ns);
	session_bind_int(r, b->received_ns);
	session_bind_int(r, b->closed_ns);
	session_bind_bytes(r, b->counts, (size_t)b->n_counts * sizeof(*b->counts));
}

static void bind_result(struct session_row *r, const struct session_result *s)
{
	session_bind_int(r, s->epoch);
	session_bind_int(r, s->flags);
	session_bind_int(r, s->bin);
	session_bind_int(r, s->start_ns);
	session_bind_int(r, s->done_ns);
	session_bind_int(r, s->late);
	session_bind_int(r, s->horizon);
	bind_floats(r, s->value, s->n_outputs);
	bind_command(r, s->command);
	if (s->sd)
		bind_floats(r, s->sd, s->n_outputs);
	else
		bind_null(r);
	bind_floats(r, s->rates, s->n_rates);
}

static void bind_intent(struct session_row *r, const struct session_intent *i)
{
	session_bind_int(r, i->epoch);
	session_bind_int(r, i->bin);
	session_bind_int(r, i->has_estimate);
	session_bind_int(r, i->flags);
	session_bind_int(r, i->missing);
	session_bind_text(r, stream_state_text(i->state));
	session_bind_int(r, i->edge_ns);
	session_bind_int(r, i->now_ns);
	session_bind_int(r, i->heartbeat_age_ns);
	session_bind_int(r, i->enabled_until_ns);
	session_bind_text(r, gate_verdict_text(i->verdict));
	session_bind_text(r, gate_reason_text(i->reason));
	bind_floats(r, i->value, i->n_outputs);
	session_bind_int(r, i->valid_for_ns);
	bind_command(r, i->command);
	session_bind_int(r, i->command_ns);
	session_bind_int(r, i->queued_ns);
}

static void bind_order(struct session_row *r, const struct session_order *o)
{
	session_bind_int(r, o->step);
	session_bind_text(r, session_order_words[o->kind]);
	if (o->masked)
		session_bind_bytes(r, o->masked, o->n_masked);
	else
		bind_null(r);
}

static void bind_snapshot(struct session_row *r, const struct session_snapshot *s)
{
	session_bind_int(r, s->step);
	session_bind_bytes(r, s->masked, s->n_masked);
	session_bind_bytes(r, s->state, s->size);
}

static void bind_model(struct session_row *r, const struct session_model *m)
{
	session_bind_int(r, m->step);
	session_bind_text(r, m->forecaster);
	session_bind_hash(r, &m->forecaster_hash, true);
	session_bind_text(r, m->decoder);
	session_bind_hash(r, &m->decoder_hash, true);
	session_bind_hash(r, &m->hash, false);
	session_bind_text(r, session_contexts[m->context]);
}

static void bind_gate(struct session_row *r, const struct gate *g)
{
	session_bind_real(r, g->limits.max_speed_mm_s);
	session_bind_real(r, g->limits.max_acceleration_mm_s2);
	session_bind_int(r, g->limits.deadline_ns);
	session_bind_int(r, g->limits.heartbeat_timeout_ns);
	session_bind_int(r, g->limits.valid_for_ns);
	session_bind_int(r, g->limits.bin_ns);
	session_bind_int(r, g->limits.conceal_max_bins);
	session_bind_int(r, g->limits.resume_bins);
	session_bind_int(r, g->limits.command_interval_ns);
	session_bind_int(r, g->limits.needs_enable);
	bind_floats(r, g->last, g->n_outputs);
	session_bind_int(r, g->last_ns);
	session_bind_int(r, g->last_edge_ns);
	bind_floats(r, g->hold_from, g->n_outputs);
	session_bind_int(r, g->hold_since_ns);
	session_bind_int(r, g->gap_bins);
	session_bind_int(r, g->command_ns);
	session_bind_int(r, g->command);
	session_bind_int(r, g->command_stands);
	session_bind_int(r, g->resume_left);
}

static void bind_cue(struct session_row *r, const struct session_cue *c)
{
	session_bind_int(r, c->received_ns);
	session_bind_int(r, (int64_t)c->cue.source_id);
	session_bind_int(r, (int64_t)c->cue.seq);
	session_bind_int(r, c->cue.time_ns);
	session_bind_int(r, c->cue.trial);
	session_bind_int(r, c->cue.phase);
	bind_floats(r, c->cue.position_mm, c->cue.n_position);
	session_bind_real(r, (double)c->cue.radius_mm);
	if (c->cue.target_class < 0)
		bind_null(r);
	else
		session_bind_int(r, c->cue.target_class);
}

static void bind_effector(struct session_row *r, const struct session_effector *e)
{
	session_bind_int(r, e->received_ns);
	session_bind_int(r, (int64_t)e->source_id);
	session_bind_int(r, (int64_t)e->seq);
	session_bind_int(r, e->time_ns);
	bind_floats(r, e->position_mm, e->n_position);
	bind_floats(r, e->velocity_mm_s, e->n_velocity);
	session_bind_real(r, (double)e->assist);
	session_bind_int(r, e->epoch);
	session_bind_int(r, e->last_bin_applied);
}

static void bind_event(struct session_row *r, const struct session_event *e)
{
	session_bind_int(r, e->time_ns);
	session_bind_int(r, e->unix_ns);
	session_bind_int(r, e->severity);
	session_bind_text(r, e->kind);
	session_bind_text(r, e->text);
	session_bind_int(r, e->whole_daemon);
}

static void bind_log(struct session_row *r, const struct session_log *l)
{
	session_bind_int(r, l->time_ns);
	session_bind_text(r, l->level);
	session_bind_text(r, l->text);
}

static void bind_counter(struct session_row *r, const struct session_counter *c)
{
	session_bind_int(r, c->time_ns);
	session_bind_text(r, c->name);
	session_bind_int(r, c->value);
}

static void bind_packet(struct session_row *r, const struct session_packet *p)
{
	session_bind_int(r, p->received_ns);
	session_bind_bytes(r, p->bytes, p->size);
}

static void bind_loss(struct session_row *r, const struct session_loss *l)
{
	session_bind_int(r, l->first_n);
	session_bind_int(r, l->last_n);
	session_bind_int(r, l->first_epoch);
	session_bind_int(r, l->last_epoch);
	session_bind_int(r, l->first_bin);
	session_bind_int(r, l->last_bin);
	session_bind_int(r, l->time_ns);
}

void session_bind(struct session_row *row, const struct session_record *r)
{
	session_bind_int(row, r->n);
	switch (r->kind) {
	case SESSION_BIN: bind_bin(row, &r->bin); break;
	case SESSION_RESULT: bind_result(row, &r->result); break;
	case SESSION_INTENT: bind_intent(row, &r->intent); break;
	case SESSION_ORDER: bind_order(row, &r->order); break;
	case SESSION_SNAPSHOT: bind_snapshot(row, &r->snapshot); break;
	case SESSION_MODEL: bind_model(row, r->model); break;
	case SESSION_GATE: bind_gate(row, r->gate); break;
	case SESSION_CUE: bind_cue(row, &r->cue); break;
	case SESSION_EFFECTOR: bind_effector(row, &r->effector); break;
	case SESSION_EVENT: bind_event(row, &r->event); break;
	case SESSION_LOG: bind_log(row, &r->log); break;
	case SESSION_COUNTER: bind_counter(row, &r->counter); break;
	case SESSION_PACKET: bind_packet(row, &r->packet); break;
	case SESSION_LOSS: bind_loss(row, &r->loss); break;
	case SESSION_N_KINDS: break;
	}
}
