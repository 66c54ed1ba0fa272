/* cursor: a 2-D cursor on bcid's intents. The effector client that a lab starts from.
 *
 * Every frame, 60 a second, it does four things and nothing else:
 *   1. drain the socket and keep the newest intent only;
 *   2. ask effector_rule whether that intent may still be acted on;
 *   3. move by its velocity, or stand still;
 *   4. tell bcid which bin it applied: without these heartbeats bcid does not stay armed.
 * cursor.py is the same in Python. proto/README.md has the rules of the wire. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "arguments.h"
#include "clock.h"
#include "effector_rule.h"
#include "link.h"
#include "output.h"
#include "wire.h"

#define DIMS 2
#define MAX_FRAMES_A_STEP 3 /* a cursor that was stopped goes on from where it stood, it does not catch up */

static const char *intents_endpoint, *control_endpoint, *stream, *name = "cursor", *log_path;
static double seconds, rate_hz = 60, workspace_mm = 300;
static bool json, same_host;

static const struct argument table[] = {
	{ "intents", ARGUMENT_TEXT, &intents_endpoint, "ENDPOINT", "where bcid publishes intents", true },
	{ "control", ARGUMENT_TEXT, &control_endpoint, "ENDPOINT", "where bcid takes heartbeats", true },
	{ "stream", ARGUMENT_TEXT, &stream, "NAME", "whose intents", true },
	{ "name", ARGUMENT_TEXT, &name, "NAME", "in the heartbeats, as in `effectors =` (cursor)" },
	{ "same-host", ARGUMENT_FLAG, &same_host, NULL, "bcid runs on this host: its clock is ours" },
	{ "workspace", ARGUMENT_NUMBER, &workspace_mm, "MM", "width and height, centred on 0 (300)", false, 1,
	  1e6 },
	{ "rate", ARGUMENT_NUMBER, &rate_hz, "HZ", "frames a second (60)", false, 1, 1000 },
	{ "seconds", ARGUMENT_NUMBER, &seconds, "S", "end after this long (0: never)", false, 0, 1e9 },
	{ "log", ARGUMENT_TEXT, &log_path, "FILE", "a line a frame" },
	{ "json", ARGUMENT_FLAG, &json, NULL, "a summary, the last line on stdout" },
	{ NULL },
};

/* What moves an axis of the cursor. */
struct axis {
	int output;   /* number of the decoder's output; -1: none */
	double to_mm; /* its unit in mm/s */
};

struct cursor {
	void *context, *intents, *control;
	FILE *log;
	struct wire_arena *arena;
	struct effector_rule rule;
	struct wire_intent_read intent; /* the newest */
	struct axis axis[DIMS];
	int64_t frame_ns; /* of the last frame */
	double position_mm[DIMS], velocity_mm_s[DIMS];
	uint64_t frames, words[4], taken, refused, heartbeats;
};

static volatile sig_atomic_t stopping;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* ---- what the outputs mean ---- */

/* The output named like vx or vy, else the first or second velocity. */
static struct axis find_axis(const struct cursor *c, int axis)
{
	struct axis found = { -1, 0 };
	int bin_us = (int)c->intent.bin_us;
	for (int i = 0, nth = 0; i < c->intent.n_value; i++) {
		struct output o;
		output_from_name(c->intent.output[i], bin_us, &o);
		if (output_set_unit(&o, c->intent.unit[i], bin_us, NULL) < 0)
			continue;
		if (o.kind != OUTPUT_VELOCITY || o.to_mm <= 0 || !isfinite(o.to_mm))
			continue;
		if (strstr(o.name, axis == 0 ? "vx" : "vy"))
			return (struct axis){ i, o.to_mm };
		if (nth++ == axis)
			found = (struct axis){ i, o.to_mm };
	}
	return found;
}

static void find_axes(struct cursor *c)
{
	for (int i = 0; i < DIMS; i++) {
		struct axis last = c->axis[i], next = find_axis(c, i);
		c->axis[i] = next;
		if (c->taken > 1 && next.output == last.output && next.to_mm == last.to_mm)
			continue;
		fprintf(stderr, "cursor: %c is %s of %s, 1 %s = %g mm/s\n", "xy"[i],
			next.output < 0 ? "no output" : c->intent.output[next.output], stream,
			next.output < 0 ? "?" : c->intent.unit[next.output], next.to_mm);
	}
}

/* ---- 1. drain ---- */

static void take(struct cursor *c, const struct wire_intent_read *next)
{
	const struct wire_intent_read *last = &c->intent;
	bool same = c->taken > 0 && next->bin_us == last->bin_us && next->n_value == last->n_value &&
		    memcmp(&next->model_hash, &last->model_hash, sizeof(next->model_hash)) == 0;

	if (effector_rule_take(&c->rule, next->sent_ns, next->valid_for_ms, next->verdict == GATE_HOLD,
			       clock_now_ns()) < 0 &&
	    c->refused++ == 0)
		fprintf(stderr, "cursor: an intent from the future: is bcid on this host? "
				"Without --same-host, if not\n");
	c->intent = *next;
	c->taken++;
	if (!same)
		find_axes(c);
}

/* Until the socket is empty. True where a newer intent came. (ZMQ_CONFLATE keeps the newest by itself, but
 * not of messages with two frames.) */
static bool drain(struct cursor *c)
{
	static struct link_message m;
	static struct wire_intent_read next;
	uint64_t before = c->taken;
	int r;
	while (!stopping && ((r = link_receive(c->intents, &m)) >= 0 || r == -EINTR)) {
		if (r <= 0 || !link_topic_is(&m, "intent", stream))
			continue;
		if (wire_unpack_intent(c->arena, m.body, m.body_size, &next) == WIRE_OK &&
		    strcmp(next.stream, stream) == 0)
			take(c, &next);
		else
			c->refused++;
	}
	return c->taken > before;
}

/* ---- 3. move ---- */

static void move(struct cursor *c, enum effector_word word, double step_s)
{
	/* A held intent is bcid's own safe intent, which may be a ramp: do what it says. An expired one says
	 * nothing. */
	bool act = word == EFFECTOR_LIVE || word == EFFECTOR_HOLD;
	for (int i = 0; i < DIMS; i++) {
		int o = c->axis[i].output;
		double v = act && o >= 0 && o < c->intent.n_value ? c->intent.value[o] * c->axis[i].to_mm : 0;
		c->velocity_mm_s[i] = isfinite(v) ? v : 0;

		double half_mm = workspace_mm / 2, p = c->position_mm[i] + c->velocity_mm_s[i] * step_s;
		c->position_mm[i] = p > half_mm ? half_mm : p < -half_mm ? -half_mm : p;
	}
}

/* ---- 4. tell ---- */

static void send_heartbeat(struct cursor *c)
{
	char topic[80];
	uint8_t body[256];
	struct wire_heartbeat h = { .epoch = c->intent.epoch, .last_bin_applied = c->intent.bin };
	snprintf(h.client, sizeof(h.client), "%s", name);
	snprintf(h.stream, sizeof(h.stream), "%s", stream);
	snprintf(topic, sizeof(topic), "heartbeat/%s", stream);

	/* One that cannot go now is worth nothing later. */
	if (link_send(c->control, topic, body, wire_pack_heartbeat(&h, body, sizeof(body))) == 0)
		c->heartbeats++;
}

static void log_frame(const struct cursor *c, int64_t now_ns, enum effector_word word)
{
	if (!c->log)
		return;
	fprintf(c->log, "%" PRId64 " %.3f %.3f %.3f %.3f %" PRId64 " %s\n", now_ns, c->position_mm[0],
		c->position_mm[1], c->velocity_mm_s[0], c->velocity_mm_s[1], c->intent.bin,
		effector_word_text(word));
	fflush(c->log);
}

/* ---- the frames ---- */

static void frame(struct cursor *c, int64_t period_ns)
{
	bool newer = drain(c);
	int64_t now_ns = clock_now_ns(), step_ns = now_ns - c->frame_ns;
	if (step_ns > MAX_FRAMES_A_STEP * period_ns)
		step_ns = MAX_FRAMES_A_STEP * period_ns;
	enum effector_word word = effector_rule_judge(&c->rule, now_ns);

	move(c, word, (double)step_ns / NS_PER_S);
	if (effector_rule_heartbeat(&c->rule, word, newer, now_ns))
		send_heartbeat(c);
	log_frame(c, now_ns, word);
	c->frame_ns = now_ns;
	c->frames++;
	c->words[word]++;
}

static void run(struct cursor *c)
{
	int64_t period_ns = (int64_t)(NS_PER_S / rate_hz), start_ns = clock_now_ns(), next_ns = start_ns;
	c->frame_ns = start_ns;
	while (!stopping && (seconds == 0 || c->frame_ns - start_ns < (int64_t)(seconds * NS_PER_S))) {
		int64_t now_ns = clock_now_ns();
		next_ns += period_ns;
		if (next_ns < now_ns) /* stopped for a while: no burst of frames afterwards */
			next_ns = now_ns;
		struct timespec at = { next_ns / NS_PER_S, next_ns % NS_PER_S };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		frame(c, period_ns);
	}
}

static int cursor_open(struct cursor *c, struct failure *f)
{
	if (strlen(stream) >= STREAM_NAME_SIZE || strlen(name) >= STREAM_NAME_SIZE || strchr(stream, '/'))
		return failure_set(f, -EINVAL, "a name has at most %d letters, and a stream's no '/'",
				   STREAM_NAME_SIZE - 1);
	c->rule.same_host = same_host;
	c->context = zmq_ctx_new();
	int r = wire_arena_create(WIRE_MAX_MESSAGE, &c->arena);
	if (r == 0)
		r = link_open(c->context, ZMQ_SUB, intents_endpoint, f, &c->intents);
	if (r == 0)
		r = link_open(c->context, ZMQ_DEALER, control_endpoint, f, &c->control);
	if (r == 0)
		r = link_subscribe(c->intents, "intent", stream);
	if (r < 0 || !log_path)
		return r;
	c->log = fopen(log_path, "we");
	if (!c->log)
		return failure_set(f, -errno, "%s: %s", log_path, strerror(errno));
	fprintf(c->log, "# monotonic_ns x_mm y_mm vx_mm_s vy_mm_s bin word\n");
	return 0;
}

static void cursor_close(struct cursor *c)
{
	if (c->log)
		fclose(c->log);
	zmq_close(c->intents); /* NULL is fine */
	zmq_close(c->control);
	zmq_ctx_term(c->context);
	wire_arena_destroy(c->arena);
}

static void summary(const struct cursor *c)
{
	printf("{\"frames\":%" PRIu64 ",\"none\":%" PRIu64 ",\"live\":%" PRIu64 ",\"hold\":%" PRIu64
	       ",\"expired\":%" PRIu64 ",\"intents\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"heartbeats\":%" PRIu64 ",\"last_bin\":%" PRId64 ",\"x_mm\":%.3f,\"y_mm\":%.3f}\n",
	       c->frames, c->words[EFFECTOR_NONE], c->words[EFFECTOR_LIVE], c->words[EFFECTOR_HOLD],
	       c->words[EFFECTOR_EXPIRED], c->taken, c->refused, c->heartbeats, c->intent.bin,
	       c->position_mm[0], c->position_mm[1]);
}

int main(int argc, char **argv)
{
	static const struct arguments a = { "cursor", "A 2-D cursor on bcid's intents; start from here.",
					    NULL, 0, 0, table };
	static struct cursor c;
	struct failure f = { 0 };
	enum arguments_next next;
	int operand;
	if (arguments_parse(&a, argc, argv, &f, &next, &operand) < 0) {
		fprintf(stderr, "cursor: %s\n", f.text);
		return 2;
	}
	if (next == ARGUMENTS_DONE)
		return 0;

	struct sigaction stop = { .sa_handler = on_signal };
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	int r = cursor_open(&c, &f);
	if (r < 0)
		fprintf(stderr, "cursor: %s\n", f.text);
	else
		run(&c);
	if (r == 0 && json)
		summary(&c);
	cursor_close(&c);
	return r < 0 ? 1 : 0;
}
