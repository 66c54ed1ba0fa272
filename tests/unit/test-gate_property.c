/* Random streams against the rules of gate.h, told here once more and in another way. */
#include "gate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "clock.h"

#define STREAMS 400
#define BINS 1000

static uint64_t seed = 20240607;

static uint64_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int below(int n)
{
	return (int)((draw() >> 11) % (uint64_t)n);
}

static bool once_in(int n)
{
	return below(n) == 0;
}

static double between(double a, double b)
{
	return a + (b - a) * (double)(draw() >> 11) * 0x1p-53;
}

/* What the rules know of the past. */
struct past {
	int gap_run, good_run;
	bool distrust; /* after a long gap */
	bool holding;
	int64_t hold_since_ns, sent_ns, edge_ns;
	float from[MAX_OUTPUTS], at[MAX_OUTPUTS];
	int passed, clamped, held;
};

static struct gate_limits random_limits(void)
{
	return (struct gate_limits){
		.max_speed_mm_s = once_in(20) ? 0 : pow(10, between(-2, 5)),
		.max_acceleration_mm_s2 = once_in(20) ? 0 : pow(10, between(0, 7)),
		.deadline_ns = 20 * NS_PER_MS,
		.heartbeat_timeout_ns = 300 * NS_PER_MS,
		.valid_for_ns = 100 * NS_PER_MS,
		.bin_ns = once_in(2) ? 50 * NS_PER_MS : NS_PER_MS,
		.conceal_max_bins = below(6),
		.resume_bins = below(4),
		.needs_enable = once_in(2),
	};
}

static int random_outputs(struct output *o)
{
	static const double factors[] = { 0, 1, 10, 1000, 0.001 };
	int n = 1 + below(5);
	for (int i = 0; i < n; i++)
		o[i] = (struct output){ .kind = (enum output_kind)below(3),
					.hold = (enum output_hold)below(4),
					.ramp_ms = below(400),
					.to_mm = factors[below(5)] };
	return n;
}

static float random_value(void)
{
	switch (below(400)) {
	case 0:
		return NAN;
	case 1:
		return INFINITY;
	case 2:
		return -INFINITY;
	case 3:
		return 3.4e38f;
	case 4:
		return -3.4e38f;
	case 5:
		return 1e-45f;
	}
	return (float)(between(-1, 1) * pow(10, between(-3, 4)));
}

static void random_estimate(struct estimate *e, int n_outputs)
{
	e->n_outputs = once_in(200) ? below(MAX_OUTPUTS + 1) : n_outputs;
	for (int i = 0; i < MAX_OUTPUTS; i++)
		e->value[i] = random_value();
}

/* Mostly in order, each kind of trouble now and then, sometimes all of it. */
static void random_input(struct gate_input *in, int64_t now_ns, struct estimate *e)
{
	int rare = once_in(20) ? 2 : 60;
	in->now_ns = now_ns;
	in->edge_ns = once_in(rare) ? (int64_t)draw() >> below(64) : now_ns - (int64_t)between(0, 20e6);
	in->estimate = once_in(rare) ? NULL : e;
	in->flags = (once_in(8) ? BIN_GAP : 0) | (once_in(8) ? BIN_CONCEALED : 0) |
		    (once_in(9) ? BIN_EPOCH_BEGIN : 0);
	in->missing = once_in(rare);
	in->state = once_in(rare) ? (enum stream_state)below(6) : STREAM_ARMED;
	in->heartbeat_age_ns = once_in(rare) ? (int64_t)draw() : once_in(3) ? -1 : below(300000000);
	in->enabled_until_ns = once_in(rare) ? now_ns - below(2) : now_ns + 1;
}

/* By the rules for gaps: is this bin to be held? */
static bool in_gap(struct past *p, const struct gate_limits *l, const struct gate_input *in)
{
	if (in->missing || in->flags & (BIN_GAP | BIN_CONCEALED)) {
		p->good_run = 0;
		if (++p->gap_run > l->conceal_max_bins)
			p->distrust = true;
		return in->missing || !(in->flags & BIN_CONCEALED) || p->distrust;
	}
	p->gap_run = 0;
	p->good_run++;
	bool resuming = p->distrust && p->good_run <= l->resume_bins;
	if (p->good_run >= l->resume_bins)
		p->distrust = false;
	return resuming;
}

static bool must_hold(const struct gate_limits *l, const struct gate_input *in, int n_outputs)
{
	__int128 age = (__int128)in->now_ns - in->edge_ns;
	if (in->state != STREAM_ARMED || !in->estimate || age > l->deadline_ns || age < -l->deadline_ns)
		return true;
	if (in->heartbeat_age_ns < -1 || in->heartbeat_age_ns > l->heartbeat_timeout_ns)
		return true;
	if ((l->needs_enable && in->enabled_until_ns <= in->now_ns) || in->estimate->n_outputs != n_outputs)
		return true;
	for (int i = 0; i < n_outputs; i++)
		if (!isfinite(in->estimate->value[i]))
			return true;
	return false;
}

static float held_value(const struct past *p, const struct output *o, int i, int64_t now_ns)
{
	double left = o->ramp_ms == 0 ? 0 : 1 - (double)(now_ns - p->hold_since_ns) / (o->ramp_ms * 1e6);
	switch (o->hold) {
	case HOLD_LAST:
		return p->at[i];
	case HOLD_RAMP:
		return now_ns == p->hold_since_ns ? p->from[i] : left > 0 ? (float)(p->from[i] * left) : 0;
	default:
		return 0;
	}
}

static void begin_hold(struct past *p, int64_t since_ns)
{
	if (p->holding)
		return;
	p->holding = true;
	p->hold_since_ns = since_ns;
	memcpy(p->from, p->at, sizeof(p->from));
}

static void hold_until(struct past *p, const struct output *o, int n_outputs, int64_t now_ns)
{
	for (int i = 0; i < n_outputs; i++)
		p->at[i] = held_value(p, &o[i], i, now_ns);
}

/* |a - b| over the velocities, in mm/s */
static double distance(const struct output *o, int n_outputs, const float *a, const float *b)
{
	double sum = 0;
	for (int i = 0; i < n_outputs; i++) {
		double d = (a[i] - (double)b[i]) * (o[i].to_mm > 0 ? o[i].to_mm : 1);
		sum += o[i].kind == OUTPUT_VELOCITY ? d * d : 0;
	}
	return sqrt(sum);
}

static void check_limits(struct past *p, const struct gate_limits *l, const struct output *o, int n,
			 const struct gate_input *in, const struct intent *out, bool ran_out)
{
	static const float zero[MAX_OUTPUTS];
	__int128 dt = ran_out ? 0 : (__int128)in->edge_ns - p->edge_ns;
	dt = dt > l->valid_for_ns ? l->valid_for_ns : dt;
	dt = dt < l->bin_ns ? l->bin_ns : dt;
	double change = l->max_acceleration_mm_s2 * (double)dt / 1e9;
	double speed = distance(o, n, out->value, zero);
	cr_assert(le(dbl, distance(o, n, out->value, p->at), change * (1 + 1e-6) + 1e-6 * speed));

	bool within = distance(o, n, in->estimate->value, zero) <= l->max_speed_mm_s * (1 - 1e-9) &&
		      distance(o, n, in->estimate->value, p->at) <= change * (1 - 1e-9);
	if (within)
		cr_assert(eq(int, out->verdict, GATE_PASS));
	for (int i = 0; i < n; i++)
		if (out->verdict == GATE_PASS || o[i].kind != OUTPUT_VELOCITY)
			cr_assert(out->value[i] == in->estimate->value[i]);
}

static void check(struct past *p, const struct gate_limits *l, const struct output *o, int n,
		  const struct gate_input *in, const struct intent *out)
{
	static const float zero[MAX_OUTPUTS];
	bool ran_out = p->sent_ns == 0 || in->now_ns - p->sent_ns > l->valid_for_ns;
	if (ran_out && p->sent_ns) {
		begin_hold(p, p->sent_ns + l->valid_for_ns);
		hold_until(p, o, n, in->now_ns);
	}
	bool gap = in_gap(p, l, in), held = must_hold(l, in, n) || gap;
	cr_assert(eq(int, out->verdict == GATE_HOLD, held), "%s", gate_reason_text(out->reason));
	cr_assert(eq(int, out->reason == REASON_NONE, out->verdict == GATE_PASS));
	if (held) {
		begin_hold(p, in->now_ns);
		hold_until(p, o, n, in->now_ns);
		cr_assert(eq(int, memcmp(p->at, out->value, sizeof(p->at)), 0));
	} else {
		check_limits(p, l, o, n, in, out, ran_out);
		p->holding = false;
		memcpy(p->at, out->value, sizeof(p->at));
	}
	for (int i = 0; i < MAX_OUTPUTS; i++)
		cr_assert(isfinite(out->value[i]));
	cr_assert(le(dbl, distance(o, n, out->value, zero), l->max_speed_mm_s * (1 + 1e-6)));
	p->sent_ns = in->now_ns;
	p->edge_ns = in->edge_ns;
	p->held += out->verdict == GATE_HOLD;
	p->passed += out->verdict == GATE_PASS;
	p->clamped += out->verdict == GATE_CLAMP;
}

Test(gate_property, keeps_its_promises_on_random_streams)
{
	int held = 0, passed = 0, clamped = 0;
	for (int s = 0; s < STREAMS; s++) {
		struct gate g;
		struct output outputs[MAX_OUTPUTS] = { 0 };
		struct past p = { 0 };
		struct gate_limits l = random_limits();
		int n = random_outputs(outputs);
		int64_t now_ns = 1 + below(1000000000);
		gate_init(&g, &l, outputs, n);
		for (int b = 0; b < BINS; b++) {
			struct estimate e;
			struct gate_input in;
			struct intent out;
			now_ns += once_in(50) ? below(500000000) : l.bin_ns + below(1000);
			random_estimate(&e, n);
			random_input(&in, now_ns, &e);
			gate_apply(&g, &in, &out);
			check(&p, &l, outputs, n, &in, &out);
		}
		held += p.held;
		passed += p.passed;
		clamped += p.clamped;
	}
	cr_expect(gt(int, held, STREAMS *BINS / 10));
	cr_expect(gt(int, passed, STREAMS *BINS / 20));
	cr_expect(gt(int, clamped, STREAMS *BINS / 20));
}
