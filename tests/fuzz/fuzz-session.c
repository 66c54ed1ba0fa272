/* Any bytes as a recording: refused with a line, or every record of it can be read to its end. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static volatile uint64_t sum;

static void touch(const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += ((const uint8_t *)bytes)[i];
}

static void check(int good)
{
	if (!good)
		abort();
}

static void read_record(const struct session_info *info, const struct session_record *r)
{
	size_t n_units = (size_t)info->n_units, floats = sizeof(float);
	switch (r->kind) {
	case SESSION_BIN: touch(r->bin.counts, n_units * sizeof(uint16_t)); break;
	case SESSION_RESULT:
		check(r->result.n_outputs >= 0 && r->result.n_outputs <= MAX_OUTPUTS);
		touch(r->result.value, (size_t)r->result.n_outputs * floats);
		if (r->result.sd)
			touch(r->result.sd, (size_t)r->result.n_outputs * floats);
		touch(r->result.rates, (size_t)r->result.n_rates * floats);
		break;
	case SESSION_INTENT: touch(r->intent.value, (size_t)r->intent.n_outputs * floats); break;
	case SESSION_ORDER: touch(r->order.masked, r->order.n_masked); break;
	case SESSION_SNAPSHOT:
		touch(r->snapshot.masked, n_units);
		touch(r->snapshot.state, r->snapshot.size);
		break;
	case SESSION_MODEL: touch(r->model->decoder, strlen(r->model->decoder)); break;
	case SESSION_GATE: check(r->gate->n_outputs >= 0 && r->gate->n_outputs <= MAX_OUTPUTS); break;
	case SESSION_CUE: check(r->cue.cue.n_position <= WIRE_MAX_TARGET); break;
	case SESSION_EFFECTOR: check(r->effector.n_position <= SESSION_MAX_AXES); break;
	case SESSION_EVENT:
		touch(r->event.kind, strlen(r->event.kind));
		touch(r->event.text, strlen(r->event.text));
		break;
	case SESSION_LOG: touch(r->log.text, strlen(r->log.text)); break;
	case SESSION_COUNTER: touch(r->counter.name, strlen(r->counter.name)); break;
	case SESSION_PACKET: touch(r->packet.bytes, r->packet.size); break;
	case SESSION_LOSS: check(r->loss.first_n <= r->loss.last_n); break;
	case SESSION_N_KINDS: abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct failure f = { "" };
	struct session_reader *s;
	struct session_record record;
	struct hash h = { { 0 } };
	void *blob;
	size_t size;
	int64_t first, last, count, newest = 0;
	int r = session_parse(bytes, n, SESSION_ALL, &f, &s);
	if (r < 0) {
		check(f.text[0] != '\0');
		return 0;
	}
	check(session_check(s, &f) == 0 || f.text[0]);
	while ((r = session_next(s, &f, &record)) > 0) {
		check(record.n > newest || record.n == 0);
		newest = record.n ? record.n : newest;
		read_record(session_info(s), &record);
		if (record.kind == SESSION_MODEL)
			h = record.model->decoder_hash;
	}
	if (session_blob(s, &h, &f, &blob, &size) == 0)
		free(blob);
	session_count(s, SESSION_BIN, &f, &count);
	session_span(s, &f, &first, &last);
	session_close(s);
	return 0;
}
