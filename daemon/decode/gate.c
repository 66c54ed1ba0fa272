#include "gate.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

const char *gate_verdict_text(enum gate_verdict verdict)
{
	switch (verdict) {
	case GATE_HOLD:
		return "hold";
	case GATE_PASS:
		return "pass";
	case GATE_CLAMP:
		return "clamp";
	}
	return "unknown";
}

const char *gate_reason_text(enum gate_reason reason)
{
	static const char *const texts[N_REASONS] = {
		[REASON_NONE] = "none",
		[REASON_SPEED] = "speed",
		[REASON_ACCELERATION] = "acceleration",
		[REASON_IDLE] = "idle",
		[REASON_NOT_ARMED] = "not-armed",
		[REASON_CALIBRATING] = "calibrating",
		[REASON_FAULT] = "fault",
		[REASON_LATE] = "late",
		[REASON_MISSING] = "missing",
		[REASON_GAP] = "gap",
		[REASON_RESUMING] = "resuming",
		[REASON_NOT_FINITE] = "not-finite",
		[REASON_HEARTBEAT] = "heartbeat",
		[REASON_NOT_ENABLED] = "not-enabled",
		[REASON_OUTPUTS] = "outputs",
		[REASON_RATE] = "rate",
	};
	return (unsigned)reason < N_REASONS ? texts[reason] : "unknown";
}

const char *stream_state_text(enum stream_state state)
{
	switch (state) {
	case STREAM_IDLE:
		return "idle";
	case STREAM_SHADOW:
		return "shadow";
	case STREAM_ARMED:
		return "armed";
	case STREAM_FAULT:
		return "fault";
	case STREAM_CALIBRATING:
		return "calibrating";
	}
	return "unknown";
}

void gate_init(struct gate *g, const struct gate_limits *limits, const struct output *outputs, int n_outputs)
{
	assert(n_outputs >= 0 && n_outputs <= MAX_OUTPUTS);
	assert(limits->max_speed_mm_s >= 0 && isfinite(limits->max_speed_mm_s));
	assert(limits->max_acceleration_mm_s2 >= 0 && isfinite(limits->max_acceleration_mm_s2));
	*g = (struct gate){ .limits = *limits, .n_outputs = n_outputs };
	if (n_outputs > 0)
		memcpy(g->outputs, outputs, (size_t)n_outputs * sizeof(*outputs));
}

void gate_begin_epoch(struct gate *g)
{
	g->gap_bins = 0;
	g->resume_left = 0;
}

/* ---- why hold ---- */

static int64_t since(int64_t now_ns, int64_t then_ns)
{
	int64_t age;
	if (__builtin_sub_overflow(now_ns, then_ns, &age))
		return now_ns < then_ns ? INT64_MIN : INT64_MAX;
	return age;
}

static enum gate_reason check_state(enum stream_state state)
{
	switch (state) {
	case STREAM_ARMED:
		return REASON_NONE;
	case STREAM_FAULT:
		return REASON_FAULT;
	case STREAM_IDLE:
		return REASON_IDLE;
	case STREAM_CALIBRATING:
		return REASON_CALIBRATING;
	case STREAM_SHADOW:
		break;
	}
	return REASON_NOT_ARMED;
}

/* A gap among the good bins that a resumption waits for starts the wait again. */
static enum gate_reason track_gap(struct gate *g, const struct gate_input *in)
{
	bool concealed = in->flags & BIN_CONCEALED;
	if (in->missing || concealed || in->flags & BIN_GAP) {
		if (g->gap_bins < INT_MAX)
			g->gap_bins++;
		if (g->gap_bins > g->limits.conceal_max_bins || g->resume_left > 0)
			g->resume_left = g->limits.resume_bins;
		bool bridged = concealed && g->gap_bins <= g->limits.conceal_max_bins && g->resume_left == 0;
		return in->missing ? REASON_MISSING : bridged ? REASON_NONE : REASON_GAP;
	}
	g->gap_bins = 0;
	if (g->resume_left == 0)
		return REASON_NONE;
	g->resume_left--;
	return REASON_RESUMING;
}

static bool is_late(const struct gate *g, const struct gate_input *in)
{
	int64_t age = since(in->now_ns, in->edge_ns);
	return !in->estimate || age > g->limits.deadline_ns || age < -g->limits.deadline_ns;
}

static bool is_silent(const struct gate *g, const struct gate_input *in)
{
	int64_t age = in->heartbeat_age_ns;
	return age != -1 && (age < 0 || age == INT64_MAX || age > g->limits.heartbeat_timeout_ns);
}

static bool is_finite(const struct estimate *e)
{
	for (int i = 0; i < e->n_outputs; i++)
		if (!isfinite(e->value[i]))
			return false;
	return true;
}

static bool is_command(const struct gate *g, int command)
{
	return command >= 0 && command < g->n_outputs && g->outputs[command].kind == OUTPUT_CLASS;
}

static bool is_too_soon(const struct gate *g, int64_t now_ns)
{
	return g->command_ns && since(now_ns, g->command_ns) < g->limits.command_interval_ns;
}

static enum gate_reason why_hold(struct gate *g, const struct gate_input *in)
{
	enum gate_reason gap = track_gap(g, in); /* counted in every state */
	enum gate_reason state = check_state(in->state);
	if (state)
		return state;
	if (gap == REASON_MISSING || gap == REASON_GAP)
		return gap;
	if (is_late(g, in))
		return REASON_LATE;
	if (gap)
		return gap;
	if (is_silent(g, in))
		return REASON_HEARTBEAT;
	if (g->limits.needs_enable && in->enabled_until_ns <= in->now_ns)
		return REASON_NOT_ENABLED;
	if (g->n_outputs == 0 || in->estimate->n_outputs != g->n_outputs)
		return REASON_OUTPUTS;
	if (!is_finite(in->estimate))
		return REASON_NOT_FINITE;
	return is_command(g, in->estimate->command) && is_too_soon(g, in->now_ns) ? REASON_RATE : REASON_NONE;
}

/* ---- hold ---- */

static float ramp(float from, int64_t elapsed_ns, int ramp_ms)
{
	double whole_ns = ramp_ms * 1e6;
	if (elapsed_ns <= 0)
		return from;
	return (double)elapsed_ns >= whole_ns ? 0 : (float)(from * (1 - (double)elapsed_ns / whole_ns));
}

/* Take `last` to where it is at now_ns in a hold that began at since_ns, unless one began before. */
static void hold(struct gate *g, int64_t since_ns, int64_t now_ns)
{
	if (g->hold_since_ns == 0) {
		g->hold_since_ns = since_ns;
		memcpy(g->hold_from, g->last, sizeof(g->hold_from));
	}
	for (int i = 0; i < g->n_outputs; i++) {
		const struct output *o = &g->outputs[i];
		if (o->hold == HOLD_RAMP)
			g->last[i] = ramp(g->hold_from[i], since(now_ns, g->hold_since_ns), o->ramp_ms);
		else if (o->hold != HOLD_LAST)
			g->last[i] = 0;
	}
}

/* The newest intent ran out: the effector has been holding by itself since. */
static bool expire(struct gate *g, int64_t now_ns)
{
	if (g->last_ns == 0)
		return true;
	if (since(now_ns, g->last_ns) <= g->limits.valid_for_ns)
		return false;
	hold(g, g->last_ns + g->limits.valid_for_ns, now_ns);
	return true;
}

/* ---- limits ---- */

static double factor(const struct output *o)
{
	return o->to_mm > 0 ? o->to_mm : 1;
}

static bool is_velocity(const struct gate *g, int i)
{
	return g->outputs[i].kind == OUTPUT_VELOCITY;
}

/* In double: no float squared and summed overflows there. */
static double velocity_norm(const struct gate *g, const double *mm_s)
{
	double sum = 0;
	for (int i = 0; i < g->n_outputs; i++)
		if (is_velocity(g, i))
			sum += mm_s[i] * mm_s[i];
	return sqrt(sum);
}

/* v = from + (v - from) scaled to at most `limit`. */
static bool limit_change(const struct gate *g, const double *from, double limit, double *v)
{
	double change[MAX_OUTPUTS];
	for (int i = 0; i < g->n_outputs; i++)
		change[i] = v[i] - from[i];
	double norm = velocity_norm(g, change);
	if (norm <= limit)
		return false;
	for (int i = 0; i < g->n_outputs; i++)
		v[i] = from[i] + change[i] * (limit / norm);
	return true;
}

static double max_change_mm_s(const struct gate *g, const struct gate_input *in, bool expired)
{
	int64_t ns = expired ? 0 : since(in->edge_ns, g->last_edge_ns);
	if (ns > g->limits.valid_for_ns)
		ns = g->limits.valid_for_ns;
	if (ns < g->limits.bin_ns)
		ns = g->limits.bin_ns;
	return g->limits.max_acceleration_mm_s2 * (double)ns / 1e9;
}

/* The speed limit comes last: it holds whatever the acceleration limit made of the velocity, and pulling both
 * ends of an allowed change into the same ball does not make the change longer. */
static enum gate_reason clamp(const struct gate *g, const struct gate_input *in, bool expired, float *value)
{
	static const double zero[MAX_OUTPUTS];
	double from[MAX_OUTPUTS], v[MAX_OUTPUTS];
	for (int i = 0; i < g->n_outputs; i++) {
		from[i] = g->last[i] * factor(&g->outputs[i]);
		v[i] = value[i] * factor(&g->outputs[i]);
	}
	bool accelerated = limit_change(g, from, max_change_mm_s(g, in, expired), v);
	bool fast = limit_change(g, zero, g->limits.max_speed_mm_s, v);
	if (!accelerated && !fast)
		return REASON_NONE;
	for (int i = 0; i < g->n_outputs; i++)
		if (is_velocity(g, i))
			value[i] = (float)(v[i] / factor(&g->outputs[i]));
	return accelerated ? REASON_ACCELERATION : REASON_SPEED;
}

/* ---- commands ---- */

/* Probabilities do not leave the gate as values: a class is 1 in the intent that commands it, 0 in all
 * others. */
static void command(struct gate *g, const struct gate_input *in, struct intent *out)
{
	for (int i = 0; i < g->n_outputs; i++)
		if (g->outputs[i].kind == OUTPUT_CLASS)
			out->value[i] = i == in->estimate->command;
	if (is_command(g, in->estimate->command)) {
		g->command = in->estimate->command;
		g->command_ns = in->now_ns;
		g->command_stands = true;
	}
	if (!g->command_stands || since(in->now_ns, g->command_ns) > g->limits.valid_for_ns)
		return;
	out->command = g->command;
	out->command_ns = g->command_ns;
}

void gate_apply(struct gate *g, const struct gate_input *in, struct intent *out)
{
	bool expired = expire(g, in->now_ns);
	enum gate_reason reason = why_hold(g, in);
	*out = (struct intent){ .verdict = GATE_HOLD,
				.n_outputs = g->n_outputs,
				.sent_ns = in->now_ns,
				.command = -1,
				.valid_for_ns = g->limits.valid_for_ns };
	if (reason) {
		hold(g, in->now_ns, in->now_ns);
		memcpy(out->value, g->last, sizeof(g->last));
		g->command_stands = false;
	} else {
		memcpy(out->value, in->estimate->value, (size_t)g->n_outputs * sizeof(*out->value));
		reason = clamp(g, in, expired, out->value);
		command(g, in, out);
		out->verdict = reason ? GATE_CLAMP : GATE_PASS;
		memcpy(g->last, out->value, sizeof(g->last));
		g->hold_since_ns = 0;
	}
	out->reason = reason;
	g->last_ns = in->now_ns;
	g->last_edge_ns = in->edge_ns;
}
