#include "wire.h"

#include <assert.h>

#include "bcid/v1/cue.pb-c.h"
#include "bcid/v1/intent.pb-c.h"
#include "bcid/v1/neural.pb-c.h"
#include "bcid/v1/telemetry.pb-c.h"

/* protobuf-c's structs have no const; packing only reads. */
#define MUTABLE(type, pointer) ((type *)(uintptr_t)(pointer))

static size_t pack(const ProtobufCMessage *m, void *to, size_t size)
{
	if (protobuf_c_message_get_packed_size(m) > size)
		return 0;
	return protobuf_c_message_pack(m, to);
}

/* Rounded up: an intent of a millisecond's fraction is not born expired. */
static uint32_t to_ms(int64_t ns)
{
	int64_t ms = ns > 0 ? (ns - 1) / 1000000 + 1 : 0;
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static void set_flags(Bcid__V1__Intent *m, const struct wire_intent *i)
{
	m->gap = (i->flags & BIN_GAP) != 0;
	m->concealed = (i->flags & BIN_CONCEALED) != 0;
	m->calibrating = (i->flags & BIN_CALIBRATING) != 0;
	m->late = i->late;
}

static void set_estimate(Bcid__V1__Intent *m, const struct estimate *e)
{
	m->n_estimate = (size_t)e->n_outputs;
	m->estimate = MUTABLE(float, e->value);
	if (e->has_sd) {
		m->n_estimate_sd = (size_t)e->n_outputs;
		m->estimate_sd = MUTABLE(float, e->sd);
	}
}

static void set_frame(Bcid__V1__Intent *m, const struct wire_intent_frame *f, char **names, char **units)
{
	for (int i = 0; i < f->n_outputs; i++) {
		names[i] = MUTABLE(char, f->outputs[i].name);
		units[i] = MUTABLE(char, f->outputs[i].unit);
	}
	m->stream = MUTABLE(char, f->stream);
	m->n_output = m->n_unit = (size_t)f->n_outputs;
	m->output = names;
	m->unit = units;
	m->model_hash = (ProtobufCBinaryData){ HASH_BYTES, MUTABLE(uint8_t, f->model_hash.bytes) };
	m->bin_us = f->bin_us;
	m->config_hash = (ProtobufCBinaryData){ HASH_BYTES, MUTABLE(uint8_t, f->config_hash.bytes) };
}

size_t wire_pack_intent(const struct wire_intent_frame *frame, const struct wire_intent *intent, void *to,
			size_t size)
{
	assert(frame->n_outputs <= MAX_OUTPUTS && intent->intent->n_outputs == frame->n_outputs);
	char *names[MAX_OUTPUTS], *units[MAX_OUTPUTS];
	Bcid__V1__Intent m = BCID__V1__INTENT__INIT;

	set_frame(&m, frame, names, units);
	set_flags(&m, intent);
	if (intent->estimate)
		set_estimate(&m, intent->estimate);
	m.epoch = intent->epoch;
	m.bin = (uint64_t)intent->bin;
	m.acquired_ns = intent->acquired_ns;
	m.edge_ns = intent->edge_ns;
	m.received_ns = intent->received_ns;
	m.closed_ns = intent->closed_ns;
	m.start_ns = intent->start_ns;
	m.done_ns = intent->done_ns;
	m.sent_ns = intent->intent->sent_ns;
	m.estimate_for_ns = intent->estimate_for_ns;
	m.valid_for_ms = to_ms(intent->intent->valid_for_ns);
	m.n_value = (size_t)intent->intent->n_outputs;
	m.value = MUTABLE(float, intent->intent->value);
	m.command = (uint32_t)(intent->intent->command + 1);
	m.command_ns = intent->intent->command_ns;
	m.verdict = (Bcid__V1__Verdict)intent->intent->verdict;
	m.reason = (Bcid__V1__Reason)intent->intent->reason;
	return pack(&m.base, to, size);
}

size_t wire_pack_heartbeat(const struct wire_heartbeat *h, void *to, size_t size)
{
	Bcid__V1__Heartbeat m = BCID__V1__HEARTBEAT__INIT;

	m.client = MUTABLE(char, h->client);
	m.stream = MUTABLE(char, h->stream);
	m.epoch = h->epoch;
	m.last_bin_applied = (uint64_t)h->last_bin_applied;
	return pack(&m.base, to, size);
}

size_t wire_pack_cue(const struct wire_cue *c, void *to, size_t size)
{
	assert(c->n_position <= WIRE_MAX_TARGET);
	Bcid__V1__Cue m = BCID__V1__CUE__INIT;

	m.source_id = c->source_id;
	m.seq = c->seq;
	m.time_ns = c->time_ns;
	m.trial = c->trial;
	m.phase = (Bcid__V1__Phase)c->phase;
	m.n_target_position_mm = (size_t)c->n_position;
	m.target_position_mm = MUTABLE(float, c->position_mm);
	m.target_radius_mm = c->radius_mm;
	if (c->target_class >= 0) {
		m.target_case = BCID__V1__CUE__TARGET_TARGET_CLASS;
		m.target_class = (uint32_t)c->target_class;
	}
	return pack(&m.base, to, size);
}

static size_t pack_spikes(const struct wire_neural *n, int n_units, void *to, size_t size)
{
	Bcid__V1__SpikeEvents m = BCID__V1__SPIKE_EVENTS__INIT;
	Bcid__V1__Neural neural = BCID__V1__NEURAL__INIT;

	m.source_id = n->source_id;
	m.seq = n->seq;
	m.begin_ns = n->begin_ns;
	m.end_ns = n->end_ns;
	m.n_units = (uint32_t)n_units;
	m.n_unit = m.n_offset_ns = (size_t)n->n_spikes;
	m.unit = MUTABLE(uint32_t, n->unit);
	m.offset_ns = MUTABLE(uint32_t, n->offset_ns);
	neural.kind_case = BCID__V1__NEURAL__KIND_SPIKE_EVENTS;
	neural.spike_events = &m;
	return pack(&neural.base, to, size);
}

static size_t pack_counts(const struct wire_neural *n, int n_units, void *to, size_t size)
{
	Bcid__V1__BinnedCounts m = BCID__V1__BINNED_COUNTS__INIT;
	Bcid__V1__Neural neural = BCID__V1__NEURAL__INIT;

	m.source_id = n->source_id;
	m.seq = n->seq;
	m.begin_ns = n->begin_ns;
	m.end_ns = n->end_ns;
	m.n_counts = (size_t)n_units;
	m.counts = MUTABLE(uint32_t, n->counts);
	neural.kind_case = BCID__V1__NEURAL__KIND_BINNED_COUNTS;
	neural.binned_counts = &m;
	return pack(&neural.base, to, size);
}

size_t wire_pack_neural(const struct wire_neural *m, int n_units, void *to, size_t size)
{
	return m->kind == WIRE_SPIKES ? pack_spikes(m, n_units, to, size) : pack_counts(m, n_units, to, size);
}

size_t wire_pack_forecast(const char *stream, uint32_t epoch, int64_t bin, uint32_t horizon,
			  const float *rates, int n_rates, void *to, size_t size)
{
	Bcid__V1__Forecast m = BCID__V1__FORECAST__INIT;

	m.stream = MUTABLE(char, stream);
	m.epoch = epoch;
	m.bin = (uint64_t)bin;
	m.horizon = horizon;
	m.n_rates = (size_t)n_rates;
	m.rates = MUTABLE(float, rates);
	return pack(&m.base, to, size);
}
