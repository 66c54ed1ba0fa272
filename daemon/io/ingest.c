#include "ingest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "redial.h"
#include "sockets.h"

#define ARENA_BYTES (8 << 20) /* virtual; touched only as far as messages need it */
#define MAX_TIME_NS (INT64_C(1) << 62)

struct inlet {
	void *socket;
	struct zpoll zpoll;
	struct redial redial;
	struct log_limit deaf_limit;
	enum inlet_kind kind;
	char endpoint[TEXT_SIZE];
	struct wire_arena *arena;
	int n_streams;
	struct stream *streams[MAX_STREAMS];
	struct counters counters;
};

static const char *const prefixes[] = { [INLET_NEURAL] = "neural/", [INLET_CUE] = "cue/" };

static struct stream *find_stream(struct inlet *in, const char *topic, size_t n)
{
	size_t prefix = strlen(prefixes[in->kind]);
	if (n <= prefix || memcmp(topic, prefixes[in->kind], prefix) != 0)
		return NULL;
	for (int i = 0; i < in->n_streams; i++) {
		const char *name = in->streams[i]->options->name;
		if (strlen(name) == n - prefix && memcmp(name, topic + prefix, n - prefix) == 0)
			return in->streams[i];
	}
	return NULL;
}

static void take_neural(struct inlet *in, struct stream *s, const void *bytes, size_t n, int64_t now_ns)
{
	struct wire_neural m;
	stream_record_packet(s, bytes, n, now_ns);
	enum wire_refusal r = wire_unpack_neural(in->arena, bytes, n, (int)s->options->n_units, &m);
	if (r == WIRE_OK && (m.begin_ns > MAX_TIME_NS || m.begin_ns < -MAX_TIME_NS))
		r = WIRE_TIME;
	if (r == WIRE_OK)
		stream_receive(s, &m, now_ns);
	else
		counters_drop(&s->counters, COUNT_WIRE + (int)r, s->options->name, now_ns);
}

static void take_cue(struct inlet *in, struct stream *s, const void *bytes, size_t n, int64_t now_ns)
{
	struct wire_cue cue;
	enum wire_refusal r = wire_unpack_cue(in->arena, bytes, n, &cue);
	if (r != WIRE_OK) {
		counters_drop(&s->cue_counters, COUNT_WIRE + (int)r, s->options->name, now_ns);
		return;
	}
	counters_use(&s->cue_counters);
	s->cue = cue;
	s->have_cue = true;
	stream_record_cue(s, &cue, now_ns);
}

/* Where one stream alone uses the endpoint, the mistake is its own; otherwise it is counted with the daemon.
 */
static void refuse(struct inlet *in, int counter, const char *topic, size_t n, int64_t now_ns)
{
	struct stream *only = in->n_streams == 1 ? in->streams[0] : NULL;
	struct counters *c = !only                      ? &in->counters
			     : in->kind == INLET_NEURAL ? &only->counters
							: &only->cue_counters;
	char where[TEXT_SIZE + 64];
	snprintf(where, sizeof(where), "%s, topic %.*s", only ? only->options->name : in->endpoint,
		 (int)(n < 48 ? n : 48), topic);
	counters_drop(c, counter, where, now_ns);
}

static void on_message(void *arg, zmq_msg_t *frames, int n)
{
	struct inlet *in = arg;
	int64_t now = clock_now_ns();
	const char *topic = zmq_msg_data(&frames[0]);
	size_t topic_size = zmq_msg_size(&frames[0]);
	if (n != 2) {
		refuse(in, COUNT_FRAMES, topic, topic_size, now);
		return;
	}
	struct stream *s = find_stream(in, topic, topic_size);
	if (!s)
		refuse(in, COUNT_TOPIC, topic, topic_size, now);
	else if (in->kind == INLET_NEURAL)
		take_neural(in, s, zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]), now);
	else
		take_cue(in, s, zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]), now);
}

static void on_redial(void *arg, bool spoke)
{
	struct inlet *in = arg;
	int64_t now = clock_now_ns();
	if (spoke)
		refuse(in, COUNT_WIRE + WIRE_OVERSIZED, "unknown", 7, now);
	else if (log_limit_pass(&in->deaf_limit, now, NULL))
		log_warning("%s: whoever listens there does not speak ZeroMQ", in->endpoint);
}

/* A socket that binds needs none: whoever connects to it comes again. */
static void watch(struct inlet *in, void *zmq, uv_loop_t *loop)
{
	if (*in->endpoint == '@')
		return;
	in->redial.on_redial = on_redial;
	in->redial.arg = in;
	int r = redial_start(&in->redial, zmq, loop, in->socket, in->endpoint);
	if (r < 0)
		log_warning("%s: cannot watch the connection: %s", in->endpoint, zmq_strerror(-r));
}

static bool drain(void *arg)
{
	struct inlet *in = arg;
	zpoll_drain(&in->zpoll);
	return !in->zpoll.idling;
}

int inlet_add(struct inlet *in, struct stream *s)
{
	if (in->n_streams == MAX_STREAMS)
		return -ENOSPC;
	in->streams[in->n_streams++] = s;
	if (in->kind == INLET_NEURAL) {
		s->drain = drain;
		s->drain_arg = in;
	}
	return 0;
}

int inlet_create(void *zmq, uv_loop_t *loop, enum inlet_kind kind, const char *endpoint, struct failure *f,
		 struct inlet **ret)
{
	struct inlet *in = calloc(1, sizeof(*in));
	if (!in)
		return failure_set(f, -ENOMEM, "%s: out of memory", endpoint);
	in->kind = kind;
	snprintf(in->endpoint, sizeof(in->endpoint), "%s", endpoint);
	int r = wire_arena_create(ARENA_BYTES, &in->arena);
	if (r < 0)
		failure_set(f, r, "%s: out of memory", endpoint);
	if (r == 0)
		r = socket_open_sub(zmq, endpoint, prefixes[kind], f, &in->socket);
	if (r == 0 && (r = zpoll_start(&in->zpoll, loop, in->socket, on_message, in)) < 0)
		failure_set(f, r, "%s: %s", endpoint, strerror(-r));
	if (r < 0)
		inlet_destroy(in);
	else
		watch(in, zmq, loop);
	if (r == 0)
		*ret = in;
	return r;
}

const char *inlet_endpoint(const struct inlet *in)
{
	return in->endpoint;
}

enum inlet_kind inlet_kind(const struct inlet *in)
{
	return in->kind;
}

const struct counters *inlet_counters(const struct inlet *in)
{
	return &in->counters;
}

void inlet_stop(struct inlet *in)
{
	redial_stop(&in->redial);
	zpoll_stop(&in->zpoll);
}

void inlet_destroy(struct inlet *in)
{
	if (!in)
		return;
	if (in->socket)
		zmq_close(in->socket);
	wire_arena_destroy(in->arena);
	free(in);
}
