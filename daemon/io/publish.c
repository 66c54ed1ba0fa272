/* publish: the way out of a stream: results and deadlines → the gate → exactly one intent a bin, in order. */
#include <string.h>
#include <zmq.h>

#include "clock.h"
#include "stream.h"

#define HEARTBEAT_BEHIND_NS \
	(500 * NS_PER_MS) /* a heartbeat counts while its last bin is this near to the newest */
#define INTENT_BYTES 8192

static struct pending *first_pending(struct stream *s)
{
	return s->n_pending ? &s->pending[s->pending_first] : NULL;
}

static void pop_pending(struct stream *s)
{
	s->pending_first = (s->pending_first + 1) % PENDING_BINS;
	s->n_pending--;
}

/* ---- one intent ---- */

static void judge(struct stream *s, const struct pending *p, const struct result *r,
		  struct gate_input *ret_in, struct intent *out)
{
	int64_t now = clock_now_ns();
	*ret_in = (struct gate_input){
		.estimate = r ? &r->estimate : NULL,
		.flags = p->flags,
		.missing = p->missing,
		.state = s->state.now,
		.edge_ns = p->edge_ns,
		.now_ns = now,
		.heartbeat_age_ns = stream_heartbeat_age_ns(s, now),
		.enabled_until_ns = s->enabled_until_ns,
	};
	gate_apply(&s->gate, ret_in, out);
}

static size_t pack(const struct stream *s, const struct pending *p, const struct result *r,
		   const struct intent *intent, uint8_t *to, size_t size)
{
	struct wire_intent w = {
		.epoch = p->epoch,
		.bin = p->bin,
		.flags = p->flags,
		.late = intent->sent_ns - p->edge_ns > s->deadline_ns,
		.acquired_ns = p->acquired_ns,
		.edge_ns = p->edge_ns,
		.received_ns = p->received_ns,
		.closed_ns = p->closed_ns,
		.start_ns = r ? r->start_ns : 0,
		.done_ns = r ? r->done_ns : 0,
		.estimate_for_ns = p->edge_ns + s->lag_bins * s->bin_wall_ns,
		.estimate = r ? &r->estimate : NULL,
		.intent = intent,
	};
	return wire_pack_intent(&s->frame, &w, to, size);
}

static void count(struct stream *s, const struct intent *intent)
{
	s->intents_out++;
	s->by_verdict[intent->verdict]++;
	if (intent->verdict != GATE_HOLD)
		return;
	s->holds++;
	s->by_reason[intent->reason]++;
}

static void measure(struct stream *s, const struct pending *p, const struct result *r, int64_t sent_ns,
		    int64_t queued_ns)
{
	struct stamps t = {
		.edge_ns = p->edge_ns,
		.received_ns = p->received_ns,
		.closed_ns = p->closed_ns,
		.start_ns = r ? r->start_ns : 0,
		.done_ns = r ? r->done_ns : 0,
		.sent_ns = sent_ns,
		.queued_ns = queued_ns,
	};
	latency_record(&s->latency, &t);
}

/* What ends an armed state: a required effector that fell silent, a gap that lasted too long. */
static void watch_armed(struct stream *s, const struct pending *p, int64_t now_ns)
{
	bool gap = p->missing || (p->flags & (BIN_GAP | BIN_CONCEALED));
	if (!gap)
		s->gap_since_ns = 0;
	else if (!s->gap_since_ns)
		s->gap_since_ns = p->edge_ns - s->bin_wall_ns;
	if (s->state.now != STREAM_ARMED)
		return;
	if (stream_heartbeat_age_ns(s, now_ns) > s->gate.limits.heartbeat_timeout_ns)
		stream_event(s, EVENT_DISARM, "an effector's heartbeat was lost");
	else if (s->gap_since_ns && now_ns - s->gap_since_ns > s->disarm_after_ns)
		stream_event(s, EVENT_DISARM, "a gap longer than disarm_after_ms");
}

/* libzmq looks but once a millisecond at what subscribers have read, and with room for four intents it takes
 * one that reads all of them for one that does not. Asking for events makes it look. */
static void look_at_subscribers(void *intents)
{
	int events;
	size_t size = sizeof(events);
	if (intents)
		zmq_getsockopt(intents, ZMQ_EVENTS, &events, &size);
}

void publish_warm(struct stream *s)
{
	look_at_subscribers(s->intents);
}

static void send_intent(struct stream *s, const struct pending *p, const struct result *r)
{
	uint8_t bytes[INTENT_BYTES];
	struct gate_input in;
	struct intent intent;
	int64_t queued_ns = 0;
	if (p->flags & BIN_EPOCH_BEGIN || p->bin == 0)
		gate_begin_epoch(&s->gate);
	judge(s, p, r, &in, &intent);
	if (s->frame.n_outputs > 0) {
		size_t n = pack(s, p, r, &intent, bytes, sizeof(bytes));
		telemetry_send(s->intents, "intent", s->options->name, bytes, n);
		queued_ns = clock_now_ns();
		count(s, &intent);
	}
	measure(s, p, r, intent.sent_ns, queued_ns ? queued_ns : clock_now_ns());
	if (r)
		stream_record_result(s, r, false);
	stream_record_intent(s, p, &in, &intent, queued_ns);
	s->newest_epoch = p->epoch;
	s->newest_bin = p->bin;
	watch_armed(s, p, intent.sent_ns);
	look_at_subscribers(s->intents); /* for the next one; this one is on its way */
}

/* ---- what is due ---- */

static bool is_before(const struct result *r, const struct pending *p)
{
	return r->epoch != p->epoch ? r->epoch < p->epoch : r->bin < p->bin;
}

static bool is_of(const struct result *r, const struct pending *p)
{
	return r->epoch == p->epoch && r->bin == p->bin;
}

static void finish(struct stream *s, const struct pending *p, const struct result *r)
{
	if (!p->missing && clock_now_ns() - p->edge_ns > s->deadline_ns)
		s->overruns++;
	send_intent(s, p, r);
	pop_pending(s);
}

static void take_returned(struct stream *s)
{
	const struct order *o;
	while ((o = lane_peek_returned(s->lane))) {
		stream_record_order(s, o);
		lane_dispose_returned(s->lane);
	}
}

static void use_result(struct stream *s, const struct result *r)
{
	struct pending *p = first_pending(s);
	take_returned(s); /* in the record, what had an effect on this result stands before it */
	if (p && is_of(r, p)) {
		finish(s, p, r);
	} else {
		s->late_results++; /* its intent is out already: a hold at the deadline */
		stream_record_result(s, r, true);
	}
	if (r->n_rates > 0)
		telemetry_forecast(s->telemetry, s->options->name, r->epoch, r->bin, (uint32_t)r->horizon,
				   r->rates, r->n_rates);
	s->progress_ns = r->done_ns;
	lane_release(s->lane);
}

/* The worker answers in order: once it has answered a later bin, the answer to this one found no free slot,
 * and never comes. To wait for it until its deadline would fill the slots again, and lose further answers. */
static bool is_passed_over(const struct pending *p, const struct result *r)
{
	return r && !is_before(r, p) && !is_of(r, p);
}

/* One step nearer to nothing being due. False: nothing is. */
static bool publish_one(struct stream *s, int64_t now_ns)
{
	const struct result *r = lane_peek(s->lane);
	struct pending *p = first_pending(s);
	if (r && (!p || is_before(r, p) || is_of(r, p))) {
		use_result(s, r);
		return true;
	}
	if (p && (p->missing || is_passed_over(p, r) || now_ns - p->edge_ns > s->deadline_ns)) {
		finish(s, p, NULL);
		return true;
	}
	return false;
}

void publish_due(struct stream *s, int64_t now_ns)
{
	while (publish_one(s, now_ns))
		;
	take_returned(s);
}

int64_t publish_next_ns(const struct stream *s)
{
	return s->n_pending ? s->pending[s->pending_first].edge_ns + s->deadline_ns + 1 : INT64_MAX;
}

void publish_push(struct stream *s, const struct pending *p)
{
	if (s->n_pending == PENDING_BINS)
		finish(s, first_pending(s), NULL); /* a hold now, so that none is lost */
	s->pending[(s->pending_first + s->n_pending) % PENDING_BINS] = *p;
	s->n_pending++;
}

/* ---- heartbeats and states ---- */

static struct effector *find_effector(struct stream *s, const char *name)
{
	for (int i = 0; i < s->n_effectors; i++)
		if (strcmp(s->effectors[i].name, name) == 0)
			return &s->effectors[i];
	return NULL;
}

bool stream_heartbeat(struct stream *s, const struct wire_heartbeat *h, int64_t now_ns,
		      const char **ret_why_not)
{
	struct effector *e = find_effector(s, h->client);
	if (!e)
		*ret_why_not = "not in effectors";
	else if (h->epoch != s->newest_epoch || s->newest_bin < 0 || h->last_bin_applied > s->newest_bin)
		*ret_why_not = "of another epoch";
	else if ((s->newest_bin - h->last_bin_applied) * s->bin_wall_ns > HEARTBEAT_BEHIND_NS)
		*ret_why_not = "more than 500 ms behind";
	else {
		e->seen_ns = now_ns;
		return true;
	}
	return false;
}

int64_t stream_heartbeat_age_ns(const struct stream *s, int64_t now_ns)
{
	int64_t oldest = -1;
	for (int i = 0; i < s->n_effectors; i++) {
		int64_t age = s->effectors[i].seen_ns ? now_ns - s->effectors[i].seen_ns : INT64_MAX;
		if (age > oldest)
			oldest = age;
	}
	return oldest;
}

void stream_event(struct stream *s, enum state_event event, const char *why)
{
	enum stream_state before = s->state.now;
	if (!state_step(&s->state, event, why))
		return;
	bool grave = s->state.now == STREAM_FAULT || before == STREAM_ARMED;
	telemetry_event(s->telemetry, grave ? SEVERITY_ALARM : SEVERITY_INFO, s->options->name, "state",
			"%s -> %s: %s", stream_state_text(before), stream_state_text(s->state.now), why);
}
