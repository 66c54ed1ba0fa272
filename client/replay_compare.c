#include <string.h>

#include "replay_parts.h"

static bool same_floats(const float *a, const float *b, int n)
{
	return memcmp(a, b, (size_t)n * sizeof(*a)) == 0;
}

static uint32_t bits_of(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* The first of n numbers that differ, told with its bits. */
static void differ_in(struct replay *r, uint32_t epoch, int64_t bin, const char *what, const float *now,
		      const float *was, int n)
{
	int i = 0;
	while (i < n - 1 && bits_of(now[i]) == bits_of(was[i]))
		i++;
	replay_differ(r, "epoch %u, bin %lld, %s %d: %.9g (%08x), recorded %.9g (%08x)", epoch,
		      (long long)bin, what, i, (double)now[i], bits_of(now[i]), (double)was[i],
		      bits_of(was[i]));
}

/* ---- the pipeline's answers ---- */

static void compare_estimate(struct replay *r, const struct result *now, const struct session_result *was)
{
	const struct estimate *e = &now->estimate;
	if (e->n_outputs != was->n_outputs || e->has_sd != (was->sd != NULL) ||
	    now->n_rates != was->n_rates || now->flags != was->flags || now->horizon != was->horizon ||
	    e->command != was->command)
		replay_differ(r, "epoch %u, bin %lld: an answer of another form or another command",
			      was->epoch, (long long)was->bin);
	else if (!same_floats(e->value, was->value, e->n_outputs))
		differ_in(r, was->epoch, was->bin, "estimate", e->value, was->value, e->n_outputs);
	else if (was->sd && !same_floats(e->sd, was->sd, e->n_outputs))
		differ_in(r, was->epoch, was->bin, "standard deviation", e->sd, was->sd, e->n_outputs);
	else if (!same_floats(now->rates, was->rates, now->n_rates))
		differ_in(r, was->epoch, was->bin, "rate of unit", now->rates, was->rates, now->n_rates);
}

static void keep_estimate(struct replay *r, const struct session_result *s)
{
	r->estimate_epoch = s->epoch;
	r->estimate_bin = s->bin;
	r->estimate.n_outputs = s->n_outputs;
	r->estimate.command = s->command;
	r->estimate.has_sd = s->sd != NULL;
	memcpy(r->estimate.value, s->value, (size_t)s->n_outputs * sizeof(*s->value));
	if (s->sd)
		memcpy(r->estimate.sd, s->sd, (size_t)s->n_outputs * sizeof(*s->sd));
}

static void score(struct replay *r, const struct session_result *s, const struct replay_bin *m)
{
	const struct decoder *other = pipeline_decoder(r->other), *own = pipeline_decoder(r->pipeline);
	if (other && own && s->n_outputs == own->n_outputs &&
	    m->other->estimate.n_outputs == other->n_outputs)
		replay_score_add(&r->report->score, s->value, m->other->estimate.value,
				 r->have_effector ? &r->effector : NULL);
}

void replay_compare_result(struct replay *r, const struct session_result *s)
{
	struct replay_bin *m = replay_find(r, s->epoch, s->bin);
	keep_estimate(r, s);
	if (m && m->beside && r->pipeline)
		score(r, s, m);
	if (!m || !m->known) {
		r->report->skipped++;
		return;
	}
	r->report->estimates++;
	compare_estimate(r, m->result, s);
}

/* ---- the gate's ---- */

/* NULL where there was none; false where there was one and nothing is known of it. */
static bool find_estimate(struct replay *r, const struct session_intent *i, const struct estimate **ret)
{
	*ret = NULL;
	if (!i->has_estimate)
		return true;
	struct replay_bin *m = replay_find(r, i->epoch, i->bin);
	if (m && m->known)
		*ret = &m->result->estimate;
	else if (r->estimate_bin == i->bin && r->estimate_epoch == i->epoch)
		*ret = &r->estimate;
	return *ret != NULL;
}

static void compare_verdict(struct replay *r, const struct intent *now, const struct session_intent *was)
{
	if (now->verdict != was->verdict || now->reason != was->reason)
		replay_differ(r, "epoch %u, bin %lld: %s (%s), recorded %s (%s)", was->epoch,
			      (long long)was->bin, gate_verdict_text(now->verdict),
			      gate_reason_text(now->reason), gate_verdict_text(was->verdict),
			      gate_reason_text(was->reason));
	else if (now->n_outputs != was->n_outputs || now->valid_for_ns != was->valid_for_ns ||
		 now->command != was->command || now->command_ns != was->command_ns)
		replay_differ(r, "epoch %u, bin %lld: an intent of another form or another command",
			      was->epoch, (long long)was->bin);
	else if (!same_floats(now->value, was->value, now->n_outputs))
		differ_in(r, was->epoch, was->bin, "intent", now->value, was->value, now->n_outputs);
}

void replay_compare_intent(struct replay *r, const struct session_intent *i)
{
	const struct estimate *estimate;
	struct intent now;
	if (!find_estimate(r, i, &estimate))
		r->gate_known = false;
	if (!r->gate_known) {
		r->report->skipped++;
		return;
	}
	struct gate_input in = {
		.estimate = estimate,
		.flags = i->flags,
		.missing = i->missing,
		.state = i->state,
		.edge_ns = i->edge_ns,
		.now_ns = i->now_ns,
		.heartbeat_age_ns = i->heartbeat_age_ns,
		.enabled_until_ns = i->enabled_until_ns,
	};
	if (i->flags & BIN_EPOCH_BEGIN || i->bin == 0)
		gate_begin_epoch(&r->gate);
	gate_apply(&r->gate, &in, &now);
	r->report->verdicts++;
	compare_verdict(r, &now, i);
}

static bool same_memory(const struct gate *a, const struct gate *b)
{
	return same_floats(a->last, b->last, a->n_outputs) && a->last_ns == b->last_ns &&
	       a->last_edge_ns == b->last_edge_ns && same_floats(a->hold_from, b->hold_from, a->n_outputs) &&
	       a->hold_since_ns == b->hold_since_ns && a->gap_bins == b->gap_bins &&
	       a->resume_left == b->resume_left && a->command_ns == b->command_ns &&
	       a->command == b->command && a->command_stands == b->command_stands;
}

/* Other outputs: it was set up anew, and starts from what is recorded. */
void replay_compare_gate(struct replay *r, const struct gate *recorded)
{
	if (r->gate_known && r->gate.n_outputs == recorded->n_outputs) {
		r->report->states++;
		if (!same_memory(&r->gate, recorded))
			replay_differ(r, "the gate's memory at record %lld", (long long)r->last_n);
	}
	r->gate = *recorded;
	r->gate_known = true;
}
