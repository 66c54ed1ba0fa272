#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define LANE_BURST (LANE_SLOTS / 2)
#define STUCK_NS   (250 * NS_PER_MS)

/* ---- epochs ---- */

static void end_epoch(struct stream *s, const char *why)
{
	s->live = false;
	telemetry_event(s->telemetry, SEVERITY_WARNING, s->options->name, "epoch-end",
			"epoch %u, after bin %lld: %s", s->epoch, (long long)binner_bin(s->binner) - 1, why);
	stream_event(s, EVENT_EPOCH_END, why);
}

static void begin_epoch(struct stream *s, const struct wire_neural *m, const char *why)
{
	if (s->live)
		end_epoch(s, why);
	s->epoch++;
	s->live = true;
	s->empty_bins = 0;
	s->warmed_bin = -1;
	s->gap_since_ns = 0;
	s->why_begun = why;
	binner_begin(s->binner, m->begin_ns);
	clock_map_reset(&s->map);
}

/* An epoch whose very first packet was refused has not begun: the next packet begins it. */
static void confirm_epoch(struct stream *s, bool used)
{
	if (used) {
		telemetry_event(s->telemetry, SEVERITY_INFO, s->options->name, "epoch-begin", "epoch %u: %s",
				s->epoch, s->why_begun);
	} else {
		s->live = false;
		s->epoch--;
	}
}

/* ---- closing bins ---- */

/* More than eight bins wait, and the worker has not finished one for a quarter of a second. (At 20 Hz the
 * first implies the second; faster than real time a busy machine may well hold a worker up for eight bins.)
 */
static bool worker_is_stuck(const struct stream *s, int64_t now_ns)
{
	return lane_waiting(s->lane) > LANE_MAX_WAITING && now_ns - s->progress_ns > STUCK_NS;
}

static void fall_behind(struct stream *s)
{
	s->shedding = true;
	stream_event(s, EVENT_FAULT, "more than 8 bins waiting for the worker");
}

/* Once the worker has caught up it starts from zero state: it has not seen the bins in between. */
static void catch_up(struct stream *s)
{
	if (lane_waiting(s->lane) == 0 && lane_order(s->lane, ORDER_RESET, NULL) == 0)
		s->shedding = false;
}

static struct spike_bin *slot_for_next_bin(struct stream *s)
{
	if (s->shedding)
		catch_up(s);
	return s->shedding ? NULL : lane_claim(s->lane);
}

static void note_empty(struct stream *s, bool touched)
{
	s->empty_bins = touched ? 0 : s->empty_bins + 1;
}

/* Into a slot of the lane; where there is none, the bin is missing. */
static void hand_over(struct stream *s, struct pending *p)
{
	struct spike_bin *slot = slot_for_next_bin(s);
	if (!slot) {
		p->missing = true;
		s->missing++;
		stream_record_bin(s, p, binner_counts(s->binner));
		binner_close(s->binner, NULL);
		return;
	}
	binner_close(s->binner, slot);
	slot->epoch = s->epoch;
	slot->edge_ns = p->edge_ns;
	slot->closed_ns = p->closed_ns;
	p->flags = slot->flags;
	p->received_ns = slot->received_ns;
	if (lane_waiting(s->lane) == 0)
		s->progress_ns = p->closed_ns;
	lane_commit(s->lane);
	/* The worker only reads the slot, and nobody but us fills it again. */
	if (!(p->flags & BIN_GAP))
		units_observe(s->units, slot->counts);
	stream_record_bin(s, p, slot->counts);
}

static void close_bin(struct stream *s, int64_t now_ns)
{
	struct pending p = {
		.epoch = s->epoch,
		.bin = binner_bin(s->binner),
		.acquired_ns = binner_edge_ns(s->binner),
		.edge_ns = clock_map_to_monotonic(&s->map, binner_edge_ns(s->binner)),
		.closed_ns = now_ns,
		.flags = binner_complete(s->binner) ? 0 : BIN_GAP,
	};
	note_empty(s, binner_touched(s->binner));
	hand_over(s, &p);
	s->bins_in++;
	s->gaps += (p.flags & BIN_GAP) != 0;
	if (s->state.now == STREAM_IDLE || !s->state.live)
		stream_event(s, EVENT_DATA, "data");
	publish_push(s, &p);
}

static int64_t grace_end_ns(const struct stream *s)
{
	return clock_map_to_monotonic(&s->map, binner_edge_ns(s->binner)) + s->grace_ns;
}

/* A burst after a stall is handed over piece by piece: what does not fit stays open until results come back,
 * or until it is clear that none will. */
static bool may_close(struct stream *s, int64_t now_ns)
{
	if (s->shedding)
		return true;
	if (worker_is_stuck(s, now_ns)) {
		fall_behind(s);
		return true;
	}
	return lane_waiting(s->lane) < LANE_BURST;
}

static void close_due(struct stream *s, int64_t now_ns, bool sockets_dry)
{
	while (s->live && (binner_complete(s->binner) || (sockets_dry && now_ns >= grace_end_ns(s)))) {
		if (!may_close(s, now_ns))
			return;
		close_bin(s, now_ns);
		if (s->empty_bins >= s->options->lost_bins)
			end_epoch(s, "no data");
	}
}

/* When the loop wakes to go through the motions once before the next bin; INT64_MAX: it does not. */
static int64_t warm_at_ns(const struct stream *s)
{
	if (!s->prewarm_ns || s->warmed_bin == binner_bin(s->binner))
		return INT64_MAX;
	return grace_end_ns(s) - s->grace_ns - s->prewarm_ns;
}

static void warm(struct stream *s, int64_t now_ns)
{
	if (!s->live || now_ns < warm_at_ns(s))
		return;
	s->warmed_bin = binner_bin(s->binner);
	publish_warm(s);
}

static void set_alarm(struct stream *s)
{
	int64_t at = publish_next_ns(s);
	bool full = !s->shedding && lane_waiting(s->lane) >= LANE_BURST;
	/* When full, results wake the loop long before it comes to that. */
	int64_t close_ns = full ? s->progress_ns + STUCK_NS + 1 : grace_end_ns(s);
	if (s->live && close_ns < at)
		at = close_ns;
	if (s->live && warm_at_ns(s) < at)
		at = warm_at_ns(s);
	alarm_set(&s->alarm, at);
}

void stream_advance(struct stream *s, int64_t now_ns, bool sockets_dry)
{
	stream_record_tick(s, now_ns);
	close_due(s, now_ns, sockets_dry);
	publish_due(s, now_ns);
	set_alarm(s);
}

static void on_alarm(void *arg)
{
	struct stream *s = arg;
	bool dry = s->drain ? s->drain(s->drain_arg) : true; /* what lies in the socket is not late */
	warm(s, clock_now_ns());
	stream_advance(s, clock_now_ns(), dry);
}

/* ---- packets ---- */

/* False: the packet was dropped and counted. */
static bool admit(struct stream *s, const struct wire_neural *m, int64_t received_ns)
{
	uint64_t lost = s->source.lost;
	switch (source_judge(&s->source, m, received_ns, s->live, s->width_ns, s->speed)) {
	case SOURCE_USE:
		if (!s->live)
			begin_epoch(s, m, "data");
		break;
	case SOURCE_RESTARTED: begin_epoch(s, m, "the publisher was restarted"); break;
	case SOURCE_STEPPED: begin_epoch(s, m, "the acquisition clock stepped"); break;
	case SOURCE_DUPLICATE:
		counters_drop(&s->counters, COUNT_DUPLICATE, s->options->name, received_ns);
		return false;
	case SOURCE_BACKWARD:
		counters_drop(&s->counters, COUNT_BACKWARD, s->options->name, received_ns);
		return false;
	case SOURCE_REPLACED:
		counters_drop(&s->counters, COUNT_OTHER_SOURCE, s->options->name, received_ns);
		return false;
	}
	s->counters.lost += s->source.lost - lost;
	s->counters.reordered = s->source.reordered;
	return true;
}

static enum binner_refusal add(struct stream *s, const struct wire_neural *m, int64_t received_ns)
{
	if (m->kind == WIRE_COUNTS)
		return binner_add_counts(s->binner, m->begin_ns, m->end_ns, received_ns, m->counts);
	int late = 0;
	enum binner_refusal r = binner_add_spikes(s->binner, m->begin_ns, m->end_ns, received_ns, m->unit,
						  m->offset_ns, m->n_spikes, &late);
	if (r == BINNER_USED)
		s->counters.late_spikes += (uint64_t)late;
	return r;
}

void stream_receive(struct stream *s, const struct wire_neural *m, int64_t received_ns)
{
	if (!admit(s, m, received_ns))
		return;
	s->last_data_ns = received_ns;
	enum binner_refusal r = add(s, m, received_ns);
	if (!s->map.known)
		confirm_epoch(s, r == BINNER_USED);
	if (r == BINNER_USED) {
		clock_map_observe(&s->map, m->end_ns,
				  received_ns); /* a time that was not believed must not move the clock */
		counters_use(&s->counters);
	} else {
		counters_drop(&s->counters, COUNT_BINNER + (int)r, s->options->name, received_ns);
	}
	stream_advance(s, clock_now_ns(), false);
}

/* ---- orders ---- */

int stream_set_mask(struct stream *s, const uint8_t *masked)
{
	size_t n = (size_t)s->options->n_units;
	uint8_t *copy = malloc(n);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, masked, n);
	int r = lane_order(s->lane, ORDER_MASK, copy);
	if (r < 0) {
		free(copy);
		return r;
	}
	memcpy(s->units->masked, masked, n);
	if (s->keeper)
		keeper_save_masks(s->keeper, masked);
	return 0;
}

/* ---- life ---- */

static int read_effectors(struct stream *s, struct failure *f)
{
	char text[TEXT_SIZE], *rest = NULL;
	snprintf(text, sizeof(text), "%s", s->options->effectors);
	for (char *name = strtok_r(text, " ,", &rest); name; name = strtok_r(NULL, " ,", &rest)) {
		if (s->n_effectors == MAX_EFFECTORS)
			return failure_set(f, -EINVAL, "stream %s: more than %d effectors", s->options->name,
					   MAX_EFFECTORS);
		if (strlen(name) >= NAME_SIZE)
			return failure_set(f, -EINVAL, "stream %s: effector %.40s: name too long",
					   s->options->name, name);
		memcpy(s->effectors[s->n_effectors++].name, name, strlen(name) + 1);
	}
	return 0;
}

static void read_options(struct stream *s, const struct stream_setup *setup)
{
	const struct stream_options *o = setup->stream;
	s->options = o;
	s->gate_options = options_gate(setup->options, o->name);
	s->speed = setup->options->daemon.clock_speed;
	s->width_ns = o->bin_us * NS_PER_US;
	s->bin_wall_ns = (int64_t)((double)s->width_ns / s->speed);
	s->prewarm_ns = options_worker(setup->options, o->worker)->prewarm_us * NS_PER_US / 2;
	s->grace_ns = (int64_t)(o->grace_ms * 1e6);
	s->deadline_ns = (int64_t)(o->deadline_ms * 1e6);
	s->disarm_after_ns = o->disarm_after_ms * NS_PER_MS;
	s->telemetry = setup->telemetry;
	s->intents = setup->intents;
	s->newest_bin = -1;
	s->frame.stream = o->name;
	s->frame.bin_us = (uint32_t)o->bin_us;
	s->frame.config_hash = setup->options->hash;
	clock_map_init(&s->map, s->speed);
}

int stream_create(const struct stream_setup *setup, struct failure *f, struct stream **ret)
{
	struct stream *s = calloc(1, sizeof(*s));
	if (!s)
		return failure_set(f, -ENOMEM, "stream %s: out of memory", setup->stream->name);
	read_options(s, setup);
	int r = read_effectors(s, f);
	if (r == 0 && (r = binner_create((int)s->options->n_units, s->width_ns, &s->binner)) < 0)
		failure_set(f, r, "stream %s: no memory for bins", s->options->name);
	if (r == 0 && (r = units_create((int)s->options->n_units, s->options->bin_us, &s->units)) < 0)
		failure_set(f, r, "stream %s: no memory for units", s->options->name);
	if (r == 0 && (r = alarm_start(&s->alarm, setup->loop, on_alarm, s)) < 0)
		failure_set(f, r, "stream %s: no timer: %s", s->options->name, strerror(-r));
	if (r < 0)
		stream_destroy(s);
	else
		*ret = s;
	return r;
}

void stream_stop(struct stream *s)
{
	alarm_stop(&s->alarm);
}

void stream_destroy(struct stream *s)
{
	if (!s)
		return;
	stream_record_destroy(s);
	keeper_destroy(s->keeper);
	binner_destroy(s->binner);
	units_destroy(s->units);
	free(s);
}

static struct gate_limits limits_of(const struct stream *s)
{
	const struct stream_options *o = s->options;
	const struct gate_options *g = s->gate_options;
	int64_t longer = s->width_ns > s->bin_wall_ns ? s->width_ns
						      : s->bin_wall_ns; /* a simulation may be slow or fast */
	return (struct gate_limits){
		.max_speed_mm_s = g->max_speed_mm_s,
		.max_acceleration_mm_s2 = g->max_acceleration_mm_s2,
		.deadline_ns = s->deadline_ns,
		.heartbeat_timeout_ns = o->heartbeat_timeout_ms * NS_PER_MS,
		.valid_for_ns = o->valid_for_ms ? o->valid_for_ms * NS_PER_MS : 2 * longer,
		.bin_ns = s->bin_wall_ns,
		.command_interval_ns = (int64_t)(1e9 / g->max_commands_per_s),
		.conceal_max_bins = (int)o->conceal_max_bins,
		.resume_bins = (int)o->resume_bins,
		.needs_enable = g->effector_kind != EFFECTOR_CURSOR,
	};
}

int stream_attach(struct stream *s, struct lane *lane, const struct pipeline *pipeline,
		  const struct hash *model, struct failure *f)
{
	const struct decoder *d = pipeline_decoder(pipeline);
	struct output outputs[MAX_OUTPUTS];
	int n = d ? d->n_outputs : 0;
	if (d)
		memcpy(outputs, d->outputs, sizeof(outputs));
	int r = outputs_override_holds(outputs, n, s->gate_options->holds, f);
	if (r == 0)
		r = outputs_check_holds(outputs, n, f);
	if (r < 0)
		return failure_prefix(f, r, "stream %s", s->options->name);
	struct gate_limits limits = limits_of(s);
	gate_init(&s->gate, &limits, outputs, n);
	s->lane = lane;
	s->lag_bins = d ? d->lag_bins : 0;
	s->frame.outputs = s->gate.outputs;
	s->frame.n_outputs = n;
	s->frame.model_hash = *model;
	return 0;
}
