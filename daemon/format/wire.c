#include "wire.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "bcid/v1/cue.pb-c.h"
#include "bcid/v1/intent.pb-c.h"
#include "bcid/v1/neural.pb-c.h"
#include "text.h"
#include "wire_arena.h"

#define MAX_COUNT 65535

const char *wire_refusal_text(enum wire_refusal r)
{
	static const char *const texts[WIRE_N_REFUSALS] = {
		[WIRE_OK] = "ok",
		[WIRE_TRUNCATED] = "truncated",
		[WIRE_OVERSIZED] = "oversized",
		[WIRE_EMPTY] = "empty",
		[WIRE_UNITS] = "units",
		[WIRE_TIME] = "time",
		[WIRE_VALUE] = "value",
		[WIRE_UNSUPPORTED] = "unsupported",
	};
	return (unsigned)r < WIRE_N_REFUSALS ? texts[r] : "unknown";
}

/* A stream or client: part of topics, of lists in the configuration, of file names and of log lines. */
static bool copy_name(const char *from, char ret[static STREAM_NAME_SIZE])
{
	size_t n = strnlen(from, STREAM_NAME_SIZE);
	if (n == 0 || n == STREAM_NAME_SIZE)
		return false;
	for (size_t i = 0; i < n; i++)
		if (from[i] <= ' ' || from[i] > '~' || from[i] == '/')
			return false;
	memcpy(ret, from, n + 1);
	return true;
}

static bool copy_text(const char *from, char *ret, size_t size)
{
	size_t n = strnlen(from, size);
	if (n == size)
		return false;
	for (size_t i = 0, length; i < n; i += length) {
		length = text_utf8(from + i, n - i);
		if (length == 0 || text_is_control(from + i, length))
			return false;
	}
	memcpy(ret, from, n + 1);
	return true;
}

static bool copy_hash(const ProtobufCBinaryData *from, struct hash *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (from->len == HASH_BYTES)
		memcpy(ret->bytes, from->data, HASH_BYTES);
	return from->len == HASH_BYTES || from->len == 0;
}

static bool all_finite(const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return false;
	return true;
}

static bool all_below(const uint32_t *v, size_t n, uint64_t limit)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] >= limit)
			return false;
	return true;
}

static bool span_is_good(int64_t begin_ns, int64_t end_ns)
{
	int64_t span;
	return !__builtin_sub_overflow(end_ns, begin_ns, &span) && span > 0 && span <= WIRE_MAX_SPAN_NS;
}

static enum wire_refusal take_spikes(const Bcid__V1__SpikeEvents *m, int n_units, struct wire_neural *ret)
{
	if (m->source_id == 0)
		return WIRE_EMPTY;
	if (m->n_units != (uint32_t)n_units || !all_below(m->unit, m->n_unit, (uint64_t)n_units))
		return WIRE_UNITS;
	if (m->n_unit != m->n_offset_ns)
		return WIRE_VALUE;
	if (!span_is_good(m->begin_ns, m->end_ns) ||
	    !all_below(m->offset_ns, m->n_offset_ns, (uint64_t)(m->end_ns - m->begin_ns)))
		return WIRE_TIME;
	*ret = (struct wire_neural){
		.kind = WIRE_SPIKES,
		.source_id = m->source_id,
		.seq = m->seq,
		.begin_ns = m->begin_ns,
		.end_ns = m->end_ns,
		.n_spikes = (int)m->n_unit,
		.unit = m->unit,
		.offset_ns = m->offset_ns,
	};
	return WIRE_OK;
}

static enum wire_refusal take_counts(const Bcid__V1__BinnedCounts *m, int n_units, struct wire_neural *ret)
{
	if (m->source_id == 0)
		return WIRE_EMPTY;
	if (m->n_counts != (size_t)n_units)
		return WIRE_UNITS;
	if (!all_below(m->counts, m->n_counts, MAX_COUNT + 1))
		return WIRE_VALUE;
	if (!span_is_good(m->begin_ns, m->end_ns))
		return WIRE_TIME;
	*ret = (struct wire_neural){
		.kind = WIRE_COUNTS,
		.source_id = m->source_id,
		.seq = m->seq,
		.begin_ns = m->begin_ns,
		.end_ns = m->end_ns,
		.counts = m->counts,
	};
	return WIRE_OK;
}

enum wire_refusal wire_unpack_neural(struct wire_arena *a, const void *bytes, size_t n, int n_units,
				     struct wire_neural *ret)
{
	assert(n_units > 0);
	Bcid__V1__Neural *m;
	enum wire_refusal r = wire_arena_unpack(a, &bcid__v1__neural__descriptor, bytes, n, &m);
	if (r != WIRE_OK)
		return r;
	switch (m->kind_case) {
	case BCID__V1__NEURAL__KIND_SPIKE_EVENTS:
		return take_spikes(m->spike_events, n_units, ret);
	case BCID__V1__NEURAL__KIND_BINNED_COUNTS:
		return take_counts(m->binned_counts, n_units, ret);
	case BCID__V1__NEURAL__KIND_SAMPLE_CHUNK:
		return WIRE_UNSUPPORTED;
	default:
		return WIRE_EMPTY;
	}
}

static bool cue_is_good(const Bcid__V1__Cue *m)
{
	return (int)m->phase >= BCID__V1__PHASE__PHASE_IDLE &&
	       (int)m->phase <= BCID__V1__PHASE__PHASE_REWARD && m->n_target_position_mm <= WIRE_MAX_TARGET &&
	       all_finite(m->target_position_mm, m->n_target_position_mm) && isfinite(m->target_radius_mm) &&
	       m->target_radius_mm >= 0;
}

enum wire_refusal wire_unpack_cue(struct wire_arena *a, const void *bytes, size_t n, struct wire_cue *ret)
{
	Bcid__V1__Cue *m;
	enum wire_refusal r = wire_arena_unpack(a, &bcid__v1__cue__descriptor, bytes, n, &m);
	if (r != WIRE_OK)
		return r;
	if (m->source_id == 0)
		return WIRE_EMPTY;
	if (!cue_is_good(m))
		return WIRE_VALUE;
	*ret = (struct wire_cue){
		.source_id = m->source_id,
		.seq = m->seq,
		.time_ns = m->time_ns,
		.trial = m->trial,
		.phase = (int)m->phase,
		.n_position = (int)m->n_target_position_mm,
		.radius_mm = m->target_radius_mm,
		.target_class = -1,
	};
	if (m->target_case == BCID__V1__CUE__TARGET_TARGET_CLASS)
		ret->target_class = m->target_class;
	for (int i = 0; i < ret->n_position; i++)
		ret->position_mm[i] = m->target_position_mm[i];
	return WIRE_OK;
}

enum wire_refusal wire_unpack_heartbeat(struct wire_arena *a, const void *bytes, size_t n,
					struct wire_heartbeat *ret)
{
	Bcid__V1__Heartbeat *m;
	enum wire_refusal r = wire_arena_unpack(a, &bcid__v1__heartbeat__descriptor, bytes, n, &m);
	if (r != WIRE_OK)
		return r;
	struct wire_heartbeat h = { .epoch = m->epoch, .last_bin_applied = (int64_t)m->last_bin_applied };
	if (m->last_bin_applied > INT64_MAX || !copy_name(m->client, h.client) ||
	    !copy_name(m->stream, h.stream))
		return WIRE_VALUE;
	*ret = h;
	return WIRE_OK;
}

static bool intent_is_good(const Bcid__V1__Intent *m)
{
	return m->bin <= INT64_MAX && m->n_value <= MAX_OUTPUTS && m->n_output == m->n_value &&
	       m->n_unit == m->n_value && m->n_estimate <= MAX_OUTPUTS && all_finite(m->value, m->n_value) &&
	       (int)m->verdict >= GATE_HOLD && (int)m->verdict <= GATE_CLAMP &&
	       (int)m->reason >= REASON_NONE && (int)m->reason < N_REASONS &&
	       m->bin_us <= WIRE_MAX_SPAN_NS / 1000 && m->command <= m->n_value;
}

static bool copy_outputs(const Bcid__V1__Intent *m, struct wire_intent_read *ret)
{
	ret->n_value = (int)m->n_value;
	ret->n_estimate = (int)m->n_estimate;
	for (size_t i = 0; i < m->n_estimate; i++)
		ret->estimate[i] = m->estimate[i];
	for (size_t i = 0; i < m->n_value; i++) {
		ret->value[i] = m->value[i];
		if (!copy_text(m->output[i], ret->output[i], OUTPUT_NAME_SIZE) ||
		    !copy_text(m->unit[i], ret->unit[i], OUTPUT_UNIT_SIZE))
			return false;
	}
	return true;
}

enum wire_refusal wire_unpack_intent(struct wire_arena *a, const void *bytes, size_t n,
				     struct wire_intent_read *ret)
{
	Bcid__V1__Intent *m;
	enum wire_refusal r = wire_arena_unpack(a, &bcid__v1__intent__descriptor, bytes, n, &m);
	if (r != WIRE_OK)
		return r;
	if (!intent_is_good(m))
		return WIRE_VALUE;
	struct wire_intent_read read = {
		.epoch = m->epoch,
		.bin = (int64_t)m->bin,
		.acquired_ns = m->acquired_ns,
		.edge_ns = m->edge_ns,
		.received_ns = m->received_ns,
		.closed_ns = m->closed_ns,
		.start_ns = m->start_ns,
		.done_ns = m->done_ns,
		.sent_ns = m->sent_ns,
		.estimate_for_ns = m->estimate_for_ns,
		.valid_for_ms = m->valid_for_ms,
		.bin_us = m->bin_us,
		.verdict = (int)m->verdict,
		.reason = (int)m->reason,
		.command = (int)m->command - 1,
		.command_ns = m->command_ns,
		.gap = m->gap,
		.concealed = m->concealed,
		.late = m->late,
		.calibrating = m->calibrating,
	};
	if (!copy_name(m->stream, read.stream) || !copy_outputs(m, &read) ||
	    !copy_hash(&m->model_hash, &read.model_hash) || !copy_hash(&m->config_hash, &read.config_hash))
		return WIRE_VALUE;
	*ret = read;
	return WIRE_OK;
}
