/* wire: protobuf messages ↔ structs. Hostile input ends here. [pure]
 *
 * Unpacking uses the caller's arena, never the heap: a message that needs more is refused. Every message is
 * checked whole before anything of it is used. One thread at a time an arena; packing is free of threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate.h"
#include "hash.h"
#include "types.h"

#define WIRE_MAX_MESSAGE (1 << 20) /* bytes, = ZMQ_MAXMSGSIZE */

enum wire_refusal {
	WIRE_OK,
	WIRE_TRUNCATED,   /* not a whole protobuf message of that kind */
	WIRE_OVERSIZED,   /* more than the arena or WIRE_MAX_MESSAGE holds */
	WIRE_EMPTY,       /* no kind set, source_id 0 */
	WIRE_UNITS,       /* wrong unit count, or a unit out of range */
	WIRE_TIME,        /* end not after begin, spikes outside, a span beyond WIRE_MAX_SPAN_NS */
	WIRE_VALUE,       /* a count above 65535, lists of unequal length, not a finite number, an unknown
			     phase, verdict or reason, a name that is none */
	WIRE_UNSUPPORTED, /* a kind that this stream does not take */
	WIRE_N_REFUSALS,
};
const char *wire_refusal_text(enum wire_refusal r); /* "truncated", … : a counter's name */

#define WIRE_MAX_SPAN_NS INT64_C(10000000000)

/* Enough for any message of WIRE_MAX_MESSAGE as our own packers write it: lists packed, four bytes an entry
 * once unpacked. */
#define WIRE_ARENA_SIZE (5 * (size_t)WIRE_MAX_MESSAGE)

struct wire_arena;
int wire_arena_create(size_t size, struct wire_arena **ret);
void wire_arena_destroy(struct wire_arena *a);

enum wire_neural_kind { WIRE_SPIKES, WIRE_COUNTS };

/* Arrays lie in the arena, valid until its next use. */
struct wire_neural {
	enum wire_neural_kind kind;
	uint64_t source_id;
	uint64_t seq;
	int64_t begin_ns, end_ns;
	int n_spikes;              /* WIRE_SPIKES */
	const uint32_t *unit;      /* (n_spikes) < n_units */
	const uint32_t *offset_ns; /* (n_spikes) < end - begin */
	const uint32_t *counts;    /* WIRE_COUNTS: (n_units) <= 65535 */
};
/* n_units is the stream's: another count is WIRE_UNITS. */
enum wire_refusal wire_unpack_neural(struct wire_arena *a, const void *bytes, size_t n, int n_units,
				     struct wire_neural *ret);

#define WIRE_MAX_TARGET 8
struct wire_cue {
	uint64_t source_id, seq;
	int64_t time_ns;
	uint32_t trial;
	int phase;
	int n_position;
	float position_mm[WIRE_MAX_TARGET];
	float radius_mm;
	int64_t target_class; /* -1: none */
};
enum wire_refusal wire_unpack_cue(struct wire_arena *a, const void *bytes, size_t n, struct wire_cue *ret);

/* Names: 1 to 31 printable ASCII characters, no blank, no '/'. */
struct wire_heartbeat {
	char client[STREAM_NAME_SIZE];
	char stream[STREAM_NAME_SIZE];
	uint32_t epoch;
	int64_t last_bin_applied;
};
enum wire_refusal wire_unpack_heartbeat(struct wire_arena *a, const void *bytes, size_t n,
					struct wire_heartbeat *ret);

/* Everything of an intent that does not change from bin to bin. The pointers outlive each pack. */
struct wire_intent_frame {
	const char *stream;
	const struct output *outputs; /* (n_outputs) */
	int n_outputs;
	struct hash model_hash, config_hash;
	uint32_t bin_us;
};
struct wire_intent {
	uint32_t epoch;
	int64_t bin;
	uint32_t flags;      /* enum bin_flag */
	bool late;
	int64_t acquired_ns, edge_ns, received_ns, closed_ns, start_ns, done_ns;
	int64_t estimate_for_ns;
	const struct estimate *estimate; /* NULL: none */
	const struct intent *intent;
};
/* Bytes written into `to`, or 0 where `size` is too small. No allocation. */
size_t wire_pack_intent(const struct wire_intent_frame *frame, const struct wire_intent *intent, void *to,
			size_t size);

/* What clients read; checked like everything from outside. Names are copied. */
struct wire_intent_read {
	char stream[STREAM_NAME_SIZE];
	uint32_t epoch;
	int64_t bin;
	int64_t acquired_ns, edge_ns, received_ns, closed_ns, start_ns, done_ns, sent_ns, estimate_for_ns;
	uint32_t valid_for_ms;
	uint32_t bin_us; /* up to that of WIRE_MAX_SPAN_NS; 0: not said */
	int verdict, reason;
	int command; /* number of the output that is commanded; -1: none stands */
	int64_t command_ns;
	int n_value, n_estimate;
	float value[MAX_OUTPUTS];
	float estimate[MAX_OUTPUTS];
	bool gap, concealed, late, calibrating;
	char output[MAX_OUTPUTS][OUTPUT_NAME_SIZE];
	char unit[MAX_OUTPUTS][OUTPUT_UNIT_SIZE];
	struct hash model_hash, config_hash;
};
enum wire_refusal wire_unpack_intent(struct wire_arena *a, const void *bytes, size_t n,
				     struct wire_intent_read *ret);

size_t wire_pack_heartbeat(const struct wire_heartbeat *h, void *to, size_t size);
size_t wire_pack_cue(const struct wire_cue *c, void *to, size_t size);
/* unit and offset_ns, or counts (n_units), as wire_neural says. */
size_t wire_pack_neural(const struct wire_neural *m, int n_units, void *to, size_t size);
size_t wire_pack_forecast(const char *stream, uint32_t epoch, int64_t bin, uint32_t horizon,
			  const float *rates, int n_rates, void *to, size_t size);
