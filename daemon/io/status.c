#include "status.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bcid/v1/control.pb-c.h"
#include "clock.h"

/* Everything that a reply points at lies in one block. */
struct shelf {
	char *bytes;
	size_t used, size;
};

static void *take(struct shelf *shelf, size_t n)
{
	n = (n + 15) & ~(size_t)15;
	if (shelf->used + n > shelf->size)
		abort(); /* shelf_size() is ours to get right */
	void *p = shelf->bytes + shelf->used;
	shelf->used += n;
	return p;
}

#define TAKE_LIST(shelf, n, type) ((type **)list_of(shelf, (size_t)(n), sizeof(type)))

/* An array of pointers to `n` zeroed structs. */
static void **list_of(struct shelf *shelf, size_t n, size_t size)
{
	void **list = take(shelf, n * sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i] = take(shelf, size);
	return list;
}

static size_t shelf_size(const struct server_state *state)
{
	size_t n = 64 * 1024;
	for (int i = 0; i < state->n_streams; i++)
		n += 16 * 1024 + (size_t)state->streams[i]->options->n_units * (sizeof(Bcid__V1__Unit) + 32);
	return n + (size_t)state->n_workers * 4096;
}

static ProtobufCBinaryData bytes_of(const struct hash *h)
{
	return (ProtobufCBinaryData){ .len = HASH_BYTES, .data = (uint8_t *)h->bytes };
}

static void set_counter(Bcid__V1__Counter *c, const char *name, uint64_t value)
{
	bcid__v1__counter__init(c);
	c->name = (char *)name;
	c->value = value;
}

/* received, used, then each reason that occurred, then what is not a message of its own. */
static size_t fill_counters(struct shelf *shelf, const struct counters *c, Bcid__V1__Counter ***ret)
{
	Bcid__V1__Counter **list = TAKE_LIST(shelf, N_DROPS + 4, Bcid__V1__Counter);
	size_t n = 0;
	set_counter(list[n++], "received", c->received);
	for (int i = 0; i < N_DROPS; i++)
		if (i != COUNT_BINNER + BINNER_USED)
			set_counter(list[n++], counter_name(i), c->by[i]);
	set_counter(list[n++], "lost", c->lost);
	set_counter(list[n++], "reordered", c->reordered);
	set_counter(list[n++], "late-spikes", c->late_spikes);
	*ret = list;
	return n;
}

static void fill_stages(struct shelf *shelf, const struct latency *l, int64_t now_ns,
			Bcid__V1__StreamStatus *s)
{
	s->n_stages = N_STAGES;
	s->stages = TAKE_LIST(shelf, N_STAGES, Bcid__V1__StageLatency);
	for (int i = 0; i < N_STAGES; i++) {
		Bcid__V1__Percentiles *run = take(shelf, sizeof(*run)), *recent = take(shelf, sizeof(*recent));
		telemetry_fill_stage(s->stages[i], run, recent, l, (enum stage)i, now_ns);
	}
	s->n_worst_us = LATENCY_SECONDS;
	s->worst_us = take(shelf, LATENCY_SECONDS * sizeof(*s->worst_us));
	latency_worst_us(l, now_ns, s->worst_us);
}

static void fill_units(struct shelf *shelf, const struct stream *from, Bcid__V1__StreamStatus *s)
{
	const struct units *u = from->units;
	s->n_unit = (size_t)u->n_units;
	s->unit = TAKE_LIST(shelf, u->n_units, Bcid__V1__Unit);
	for (int i = 0; i < u->n_units; i++) {
		bcid__v1__unit__init(s->unit[i]);
		s->unit[i]->rate_hz = u->rate_hz[i];
		s->unit[i]->masked = u->masked[i];
		s->unit[i]->condition = (Bcid__V1__UnitCondition)units_condition(
			u, i, from->options->dead_after_s, from->options->noisy_hz);
	}
}

static void fill_effectors(struct shelf *shelf, const struct stream *from, int64_t now_ns,
			   Bcid__V1__StreamStatus *s)
{
	s->n_effectors = (size_t)from->n_effectors;
	s->effectors = TAKE_LIST(shelf, from->n_effectors, Bcid__V1__Effector);
	for (int i = 0; i < from->n_effectors; i++) {
		const struct effector *e = &from->effectors[i];
		bcid__v1__effector__init(s->effectors[i]);
		s->effectors[i]->name = (char *)e->name;
		s->effectors[i]->age_ns = e->seen_ns ? now_ns - e->seen_ns : -1;
		s->effectors[i]->alive =
			e->seen_ns && now_ns - e->seen_ns <= from->gate.limits.heartbeat_timeout_ns;
	}
}

static void fill_verdicts(struct shelf *shelf, const struct stream *from, Bcid__V1__StreamStatus *s)
{
	s->n_verdicts = GATE_CLAMP + 1;
	s->verdicts = TAKE_LIST(shelf, s->n_verdicts, Bcid__V1__Counter);
	for (int i = 0; i <= GATE_CLAMP; i++)
		set_counter(s->verdicts[i], gate_verdict_text((enum gate_verdict)i), from->by_verdict[i]);
	s->n_holds_by_reason = 0;
	s->holds_by_reason = TAKE_LIST(shelf, N_REASONS, Bcid__V1__Counter);
	for (int i = REASON_NONE + 1; i < N_REASONS; i++)
		if (i != REASON_SPEED && i != REASON_ACCELERATION)
			set_counter(s->holds_by_reason[s->n_holds_by_reason++],
				    gate_reason_text((enum gate_reason)i), from->by_reason[i]);
}

static void fill_outputs(struct shelf *shelf, const struct stream *from, Bcid__V1__StreamStatus *s)
{
	size_t n = (size_t)from->frame.n_outputs;
	s->n_output = s->n_output_unit = n;
	s->output = take(shelf, n * sizeof(char *));
	s->output_unit = take(shelf, n * sizeof(char *));
	for (size_t i = 0; i < n; i++) {
		s->output[i] = (char *)from->frame.outputs[i].name;
		s->output_unit[i] = (char *)from->frame.outputs[i].unit;
	}
}

static void fill_cues(struct shelf *shelf, const struct stream *from, Bcid__V1__StreamStatus *s)
{
	static const char *const phases[] = { "idle", "cue", "go", "hold", "reward" };
	s->n_cues = fill_counters(shelf, &from->cue_counters, &s->cues);
	if (!from->have_cue)
		return;
	s->cue_trial = from->cue.trial;
	s->cue_phase =
		from->cue.phase >= 0 && from->cue.phase < 5 ? (char *)phases[from->cue.phase] : "other";
}

static void fill_record(struct shelf *shelf, const struct stream *from, Bcid__V1__StreamStatus *s)
{
	struct recorder_status r;
	recorder_status(from->record.recorder, &r);
	s->record = take(shelf, sizeof(*s->record));
	bcid__v1__record_status__init(s->record);
	s->record->on = r.on;
	s->record->closing = r.closing;
	s->record->troubled = r.troubled;
	s->record->file = (char *)r.file;
	s->record->trouble = (char *)r.trouble;
	s->record->recorded = r.recorded;
	s->record->lost = r.lost;
	s->record->fill = (float)r.fill;
}

static int64_t enabled_for_ns(const struct stream *s, int64_t now_ns)
{
	if (!s->gate.limits.needs_enable)
		return -1;
	return s->enabled_until_ns > now_ns ? s->enabled_until_ns - now_ns : 0;
}

static void fill_counts(const struct stream *from, Bcid__V1__StreamStatus *s)
{
	s->bins_in = from->bins_in;
	s->intents_out = from->intents_out;
	s->holds = from->holds;
	s->overruns = from->overruns;
	s->gaps = from->gaps;
	s->missing = from->missing;
	s->late_results = from->late_results;
}

static void fill_stream(struct shelf *shelf, const struct stream *from, int64_t now_ns,
			Bcid__V1__StreamStatus *s)
{
	const struct stream_options *o = from->options;
	bcid__v1__stream_status__init(s);
	s->name = (char *)o->name;
	s->state = (Bcid__V1__State)from->state.now;
	s->why = (char *)from->state.why;
	s->fault = from->state.now == STREAM_FAULT ? (char *)from->state.why : "";
	s->epoch = from->epoch;
	s->bin = from->newest_bin >= 0 ? (uint64_t)from->newest_bin : 0;
	s->n_units = (uint32_t)o->n_units;
	s->bin_us = (uint32_t)o->bin_us;
	s->worker = (char *)o->worker;
	s->forecaster = *o->forecaster ? (char *)o->forecaster : "none";
	s->decoder = *o->decoder ? (char *)o->decoder : "none";
	s->model_hash = bytes_of(&from->frame.model_hash);
	s->effector_kind = (char *)effector_kinds[from->gate_options->effector_kind];
	s->enabled_for_ns = enabled_for_ns(from, now_ns);
	s->deadline_ns = from->deadline_ns;
	s->last_data_age_ns = from->last_data_ns ? now_ns - from->last_data_ns : -1;
	fill_counts(from, s);
	fill_outputs(shelf, from, s);
	fill_verdicts(shelf, from, s);
	fill_stages(shelf, &from->latency, now_ns, s);
	fill_effectors(shelf, from, now_ns, s);
	fill_units(shelf, from, s);
	fill_cues(shelf, from, s);
	fill_record(shelf, from, s);
	s->n_messages = fill_counters(shelf, &from->counters, &s->messages);
}

static size_t fill_lines(struct shelf *shelf, const char *lines, size_t width, int n, char ***ret)
{
	*ret = take(shelf, (size_t)n * sizeof(char *));
	for (int i = 0; i < n; i++)
		(*ret)[i] = (char *)lines + (size_t)i * width;
	return (size_t)n;
}

static void fill_grant(struct shelf *shelf, const char *name, const struct realtime_grant *g,
		       Bcid__V1__WorkerStatus *w)
{
	bcid__v1__worker_status__init(w);
	w->name = (char *)name;
	w->n_granted = fill_lines(shelf, g->granted[0], sizeof(g->granted[0]), g->n_granted, &w->granted);
	w->n_refused = fill_lines(shelf, g->refused[0], sizeof(g->refused[0]), g->n_refused, &w->refused);
}

static void sum_counters(const struct server_state *state, struct counters *sum)
{
	*sum = state->control_counters;
	for (int i = 0; i < state->n_inlets; i++) {
		const struct counters *c = inlet_counters(state->inlets[i]);
		sum->received += c->received;
		for (int k = 0; k < N_DROPS; k++)
			sum->by[k] += c->by[k];
	}
}

static void fill_status(struct shelf *shelf, const struct server_state *state, const struct counters *sum,
			int64_t now_ns, Bcid__V1__Status *s)
{
	const struct options *o = state->options;
	bcid__v1__status__init(s);
	s->rig = (char *)o->daemon.rig;
	s->version = BCID_VERSION;
	s->pid = (uint32_t)getpid();
	s->uptime_ns = now_ns - state->started_ns;
	s->clock_speed = o->daemon.clock_speed;
	s->config_hash = bytes_of(&o->hash);
	s->config_path = (char *)o->path;
	s->state_dir = (char *)o->daemon.state_dir;
	s->intents_endpoint = (char *)o->daemon.intents;
	s->monitor_endpoint = (char *)o->daemon.monitor;
	s->n_messages = fill_counters(shelf, sum, &s->messages);
	s->n_streams = (size_t)state->n_streams;
	s->streams = TAKE_LIST(shelf, state->n_streams, Bcid__V1__StreamStatus);
	for (int i = 0; i < state->n_streams; i++)
		fill_stream(shelf, state->streams[i], now_ns, s->streams[i]);
	s->loop = take(shelf, sizeof(*s->loop));
	fill_grant(shelf, "loop", &state->loop_grant, s->loop);
	s->loop->wait = "block";
	s->n_workers = (size_t)state->n_workers;
	s->workers = TAKE_LIST(shelf, state->n_workers, Bcid__V1__WorkerStatus);
	for (int i = 0; i < state->n_workers; i++) {
		fill_grant(shelf, worker_name(state->workers[i]), worker_grant(state->workers[i]),
			   s->workers[i]);
		s->workers[i]->wait = worker_spins(state->workers[i]) ? "spin" : "block";
	}
}

int status_pack_reply(const struct server_state *state, uint64_t id, const char *error, int64_t now_ns,
		      uint8_t **ret, size_t *ret_size)
{
	struct shelf shelf = { .size = shelf_size(state) };
	struct counters sum;
	shelf.bytes = calloc(1, shelf.size);
	if (!shelf.bytes)
		return -ENOMEM;
	Bcid__V1__Reply reply = BCID__V1__REPLY__INIT;
	Bcid__V1__Status status;
	sum_counters(state, &sum);
	fill_status(&shelf, state, &sum, now_ns, &status);
	reply.id = id;
	reply.error = (char *)error;
	reply.status = &status;
	size_t n = bcid__v1__reply__get_packed_size(&reply);
	uint8_t *bytes = malloc(n);
	if (bytes) {
		bcid__v1__reply__pack(&reply, bytes);
		*ret = bytes;
		*ret_size = n;
	}
	free(shelf.bytes);
	return bytes ? 0 : -ENOMEM;
}
