#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bcid/v1/control.pb-c.h"
#include "clock.h"
#include "log.h"
#include "sockets.h"
#include "status.h"

#define MAX_REQUEST (64 * 1024)
#define ARENA_BYTES (64 * 1024)

struct control {
	void *socket;
	struct zpoll zpoll;
	struct server_state *state;
	struct wire_arena *arena;
	struct log_limit heartbeat_limit;
};

static struct stream *find_stream(const struct server_state *state, const char *name)
{
	for (int i = 0; i < state->n_streams; i++)
		if (strcmp(state->streams[i]->options->name, name) == 0)
			return state->streams[i];
	return NULL;
}

/* ---- what is asked: each returns 0, or -errno with the line for the caller in `f` ---- */

static bool is_hash(const ProtobufCBinaryData *data, const struct hash *h)
{
	return data->len == HASH_BYTES && memcmp(data->data, h->bytes, HASH_BYTES) == 0;
}

static int arm(struct server_state *state, struct stream *s, const Bcid__V1__Arm *a, int64_t now_ns,
	       struct failure *f)
{
	const char *why;
	const char *name = s->options->name;
	if (!is_hash(&a->config_hash, &state->options->hash))
		return failure_set(f, -EPERM,
				   "stream %s runs with another configuration than the one you saw", name);
	if (!is_hash(&a->model_hash, &s->frame.model_hash))
		return failure_set(f, -EPERM, "stream %s runs with another model than the one you saw", name);
	if (s->frame.n_outputs == 0)
		return failure_set(f, -EPERM, "stream %s has no decoder: nothing to arm", name);
	if (!state_may_arm(&s->state, &why))
		return failure_set(f, -EPERM, "stream %s: %s", name, why);
	for (int i = 0; i < s->n_effectors; i++) {
		const struct effector *e = &s->effectors[i];
		if (!e->seen_ns || now_ns - e->seen_ns > s->gate.limits.heartbeat_timeout_ns)
			return failure_set(f, -EPERM, "stream %s: no heartbeat from effector %s", name,
					   e->name);
	}
	stream_event(s, EVENT_ARM, "by request");
	return 0;
}

static int enable(struct stream *s, const Bcid__V1__Enable *e, int64_t now_ns, struct failure *f)
{
	if (!s->gate.limits.needs_enable)
		return failure_set(f, -EINVAL, "stream %s drives a cursor: it needs no enable",
				   s->options->name);
	s->enabled_until_ns = e->for_ms ? now_ns + e->for_ms * NS_PER_MS : 0;
	return 0;
}

static int mask(struct stream *s, const Bcid__V1__UnitMask *m, struct failure *f)
{
	int n_units = (int)s->options->n_units;
	uint8_t masked[MAX_UNITS] = { 0 };
	for (size_t i = 0; i < m->n_unit; i++) {
		if (m->unit[i] >= (uint32_t)n_units)
			return failure_set(f, -EINVAL, "stream %s has no unit %u: its last is %d",
					   s->options->name, m->unit[i], n_units - 1);
		masked[m->unit[i]] = 1;
	}
	int r = stream_set_mask(s, masked);
	return r < 0 ? failure_set(f, r, "stream %s: the worker is busy; try again", s->options->name) : 0;
}

static int clear(struct stream *s, struct failure *f)
{
	if (s->state.now != STREAM_FAULT)
		return failure_set(f, -EINVAL, "stream %s is not in fault", s->options->name);
	if (s->shedding && lane_waiting(s->lane) > 0)
		return failure_set(f, -EBUSY, "stream %s: the worker has not caught up yet",
				   s->options->name);
	stream_event(s, EVENT_CLEAR, "by request");
	return 0;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			return false;
	return true;
}

static int mark(struct server_state *state, const char *stream, const char *text, struct failure *f)
{
	if (!*text || strlen(text) > 400 || !is_printable(text))
		return failure_set(f, -EINVAL, "a mark is one line of 1 to 400 characters");
	telemetry_event(&state->telemetry, SEVERITY_INFO, stream, "mark", "%s", text);
	return 0;
}

static int record(struct stream *s, bool on, int64_t now_ns, struct failure *f)
{
	if (on)
		return stream_record_start(s, f);
	if (!recorder_is_on(s->record.recorder))
		return failure_set(f, -EINVAL, "stream %s is not being recorded", s->options->name);
	stream_record_stop(s, "by request", now_ns);
	return 0;
}

/* Of all the first refusal is told; the others go on. */
static int record_all(struct server_state *state, struct stream *only, bool on, int64_t now_ns,
		      struct failure *f)
{
	struct failure second;
	int r = 0;
	for (int i = 0; i < state->n_streams; i++) {
		if (only && only != state->streams[i])
			continue;
		int one = record(state->streams[i], on, now_ns, r == 0 ? f : &second);
		r = r < 0 ? r : one;
	}
	return r;
}

static void disarm_all(struct server_state *state, struct stream *only)
{
	for (int i = 0; i < state->n_streams; i++)
		if (!only || only == state->streams[i])
			stream_event(state->streams[i], EVENT_DISARM, "by request");
}

static const char *stream_of(const Bcid__V1__Request *q, bool *ret_may_be_all)
{
	*ret_may_be_all = false;
	switch (q->what_case) {
	case BCID__V1__REQUEST__WHAT_ARM: return q->arm->stream;
	case BCID__V1__REQUEST__WHAT_CLEAR: return q->clear->stream;
	case BCID__V1__REQUEST__WHAT_ENABLE: return q->enable->stream;
	case BCID__V1__REQUEST__WHAT_UNIT_MASK: return q->unit_mask->stream;
	case BCID__V1__REQUEST__WHAT_DISARM: *ret_may_be_all = true; return q->disarm->stream;
	case BCID__V1__REQUEST__WHAT_MARK: *ret_may_be_all = true; return q->mark->stream;
	case BCID__V1__REQUEST__WHAT_RECORD: *ret_may_be_all = true; return q->record->stream;
	default: *ret_may_be_all = true; return "";
	}
}

static int execute(struct server_state *state, const Bcid__V1__Request *q, int64_t now_ns, struct failure *f)
{
	bool may_be_all;
	const char *name = stream_of(q, &may_be_all);
	struct stream *s = find_stream(state, name);
	if (!s && !(may_be_all && !*name))
		return failure_set(f, -ENOENT, "there is no stream %.40s", *name ? name : "without a name");
	switch (q->what_case) {
	case BCID__V1__REQUEST__WHAT_STATUS: return 0;
	case BCID__V1__REQUEST__WHAT_ARM: return arm(state, s, q->arm, now_ns, f);
	case BCID__V1__REQUEST__WHAT_DISARM: disarm_all(state, s); return 0;
	case BCID__V1__REQUEST__WHAT_CLEAR: return clear(s, f);
	case BCID__V1__REQUEST__WHAT_ENABLE: return enable(s, q->enable, now_ns, f);
	case BCID__V1__REQUEST__WHAT_UNIT_MASK: return mask(s, q->unit_mask, f);
	case BCID__V1__REQUEST__WHAT_MARK: return mark(state, s ? name : NULL, q->mark->text, f);
	case BCID__V1__REQUEST__WHAT_RECORD: return record_all(state, s, q->record->on, now_ns, f);
	default: return failure_set(f, -ENOSYS, "this bcid (%s) does not know that request", BCID_VERSION);
	}
}

/* ---- messages ---- */

static void reply(struct control *c, zmq_msg_t *identity, uint64_t id, const char *error, int64_t now_ns)
{
	uint8_t *bytes;
	size_t n;
	if (status_pack_reply(c->state, id, error, now_ns, &bytes, &n) < 0)
		return;
	zmq_send(c->socket, zmq_msg_data(identity), zmq_msg_size(identity), ZMQ_SNDMORE | ZMQ_DONTWAIT);
	zmq_send(c->socket, "reply", 5, ZMQ_SNDMORE | ZMQ_DONTWAIT);
	zmq_send(c->socket, bytes, n, ZMQ_DONTWAIT);
	free(bytes);
}

static void drop(struct control *c, int counter, int64_t now_ns)
{
	counters_drop(&c->state->control_counters, counter, "control", now_ns);
}

static void on_request(struct control *c, zmq_msg_t *identity, zmq_msg_t *body, int64_t now_ns)
{
	if (zmq_msg_size(body) > MAX_REQUEST) {
		drop(c, COUNT_WIRE + WIRE_OVERSIZED, now_ns);
		return;
	}
	Bcid__V1__Request *q = bcid__v1__request__unpack(NULL, zmq_msg_size(body), zmq_msg_data(body));
	if (!q) {
		drop(c, COUNT_WIRE + WIRE_TRUNCATED, now_ns);
		return;
	}
	struct failure f = { "" };
	counters_use(&c->state->control_counters);
	if (execute(c->state, q, now_ns, &f) < 0)
		log_info("control: refused: %s", f.text);
	reply(c, identity, q->id, f.text, now_ns);
	bcid__v1__request__free_unpacked(q, NULL);
}

static void on_heartbeat(struct control *c, const char *name, size_t name_size, zmq_msg_t *body,
			 int64_t now_ns)
{
	struct wire_heartbeat h;
	const char *why;
	enum wire_refusal r = wire_unpack_heartbeat(c->arena, zmq_msg_data(body), zmq_msg_size(body), &h);
	if (r != WIRE_OK) {
		drop(c, COUNT_WIRE + (int)r, now_ns);
		return;
	}
	struct stream *s = find_stream(c->state, h.stream);
	if (!s || strlen(h.stream) != name_size || memcmp(h.stream, name, name_size) != 0) {
		drop(c, COUNT_TOPIC, now_ns);
		return;
	}
	counters_use(&c->state->control_counters);
	if (!stream_heartbeat(s, &h, now_ns, &why) && log_limit_pass(&c->heartbeat_limit, now_ns, NULL))
		log_debug("stream %s: a heartbeat of %s does not count: %s", h.stream, h.client, why);
}

static void dispatch(struct control *c, zmq_msg_t *identity, zmq_msg_t *topic, zmq_msg_t *body)
{
	static const char heartbeat[] = "heartbeat/";
	int64_t now = clock_now_ns();
	const char *text = zmq_msg_data(topic);
	size_t n = zmq_msg_size(topic), prefix = sizeof(heartbeat) - 1;
	if (n == 7 && memcmp(text, "request", 7) == 0)
		on_request(c, identity, body, now);
	else if (n > prefix && memcmp(text, heartbeat, prefix) == 0)
		on_heartbeat(c, text + prefix, n - prefix, body, now);
	else
		drop(c, COUNT_TOPIC, now);
}

static void on_message(void *arg, zmq_msg_t *frames, int n)
{
	struct control *c = arg;
	if (n == 3)
		dispatch(c, &frames[0], &frames[1], &frames[2]);
	else
		drop(c, COUNT_FRAMES, clock_now_ns());
}

int control_create(void *zmq, uv_loop_t *loop, struct server_state *state, struct failure *f,
		   struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));
	if (!c)
		return failure_set(f, -ENOMEM, "control: out of memory");
	c->state = state;
	int r = wire_arena_create(ARENA_BYTES, &c->arena);
	if (r < 0)
		failure_set(f, r, "control: out of memory");
	if (r == 0)
		r = socket_open_control(zmq, state->options->daemon.control, f, &c->socket);
	if (r == 0 && (r = zpoll_start(&c->zpoll, loop, c->socket, on_message, c)) < 0)
		failure_set(f, r, "control: %s", strerror(-r));
	if (r < 0)
		control_destroy(c);
	else
		*ret = c;
	return r;
}

void control_stop(struct control *c)
{
	zpoll_stop(&c->zpoll);
}

void control_destroy(struct control *c)
{
	if (!c)
		return;
	if (c->socket)
		zmq_close(c->socket);
	wire_arena_destroy(c->arena);
	free(c);
}
