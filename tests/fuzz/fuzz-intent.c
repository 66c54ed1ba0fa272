/* Any bytes as an intent, as an effector reads it: refused, or safe to act on, and the same again after a
 * pack. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int is_good(const struct wire_intent_read *m)
{
	int good = m->verdict >= GATE_HOLD && m->verdict <= GATE_CLAMP && m->reason >= 0 &&
		   m->reason < N_REASONS && m->bin >= 0 && m->n_value >= 0 && m->n_value <= MAX_OUTPUTS &&
		   m->n_estimate >= 0 && m->n_estimate <= MAX_OUTPUTS;
	for (int i = 0; good && i < m->n_value; i++)
		good = isfinite(m->value[i]) && memchr(m->output[i], 0, OUTPUT_NAME_SIZE) &&
		       memchr(m->unit[i], 0, OUTPUT_UNIT_SIZE);
	return good;
}

static size_t pack(const struct wire_intent_read *m, void *to, size_t size)
{
	static struct output outputs[MAX_OUTPUTS];
	struct estimate e = { .n_outputs = m->n_estimate };
	struct intent i = { .verdict = (enum gate_verdict)m->verdict,
			    .reason = (enum gate_reason)m->reason,
			    .n_outputs = m->n_value,
			    .command = m->command,
			    .command_ns = m->command_ns,
			    .sent_ns = m->sent_ns,
			    .valid_for_ns = (int64_t)m->valid_for_ms * 1000000 };
	struct wire_intent_frame frame = { m->stream, outputs, m->n_value, m->model_hash,
					   m->config_hash, m->bin_us };
	struct wire_intent w = { .epoch = m->epoch,
				 .bin = m->bin,
				 .late = m->late,
				 .acquired_ns = m->acquired_ns,
				 .edge_ns = m->edge_ns,
				 .received_ns = m->received_ns,
				 .closed_ns = m->closed_ns,
				 .start_ns = m->start_ns,
				 .done_ns = m->done_ns,
				 .estimate_for_ns = m->estimate_for_ns,
				 .estimate = &e,
				 .intent = &i };

	w.flags = (m->gap ? BIN_GAP : 0) | (m->concealed ? BIN_CONCEALED : 0) |
		  (m->calibrating ? BIN_CALIBRATING : 0);
	memcpy(e.value, m->estimate, sizeof(e.value));
	memcpy(i.value, m->value, sizeof(i.value));
	for (int o = 0; o < m->n_value; o++) {
		memcpy(outputs[o].name, m->output[o], sizeof(outputs[o].name));
		memcpy(outputs[o].unit, m->unit[o], sizeof(outputs[o].unit));
	}
	return wire_pack_intent(&frame, &w, to, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct wire_arena *a;
	static uint8_t first[16384], second[16384];
	static struct wire_intent_read m, back;

	if (!a && wire_arena_create(WIRE_ARENA_SIZE, &a) < 0)
		abort();
	if (wire_unpack_intent(a, bytes, n, &m) != WIRE_OK)
		return 0;
	size_t size = pack(&m, first, sizeof(first));
	if (!is_good(&m) || size == 0 || wire_unpack_intent(a, first, size, &back) != WIRE_OK ||
	    pack(&back, second, sizeof(second)) != size || memcmp(first, second, size) != 0)
		abort();
	return 0;
}
