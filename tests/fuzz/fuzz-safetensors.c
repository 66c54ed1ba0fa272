/* Any bytes as a safetensors file: refused with a line, or every element of every tensor can be read; then
 * the same as a recording, as a model, as what a stream keeps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "forecaster.h"
#include "kept.h"
#include "recording.h"
#include "safetensors.h"
#include "types.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int good)
{
	if (!good)
		abort();
}

static void read_all(const struct tensor_set *set)
{
	static volatile double sink __attribute__((unused)); /* so that each element is read */

	for (int i = 0; i < set->n_tensors; i++) {
		const struct tensor *t = &set->tensors[i];
		int64_t elements = tensor_n_elements(t);
		check(safetensors_name_is_good(t->name) && t->n_dims <= TENSOR_MAX_DIMS);
		check((uintptr_t)t->data % tensor_dtype_size(t->dtype) == 0);
		for (int64_t e = 0; e < elements; e++)
			sink = tensor_at(t, e);
	}
	for (int i = 0; i < set->n_notes; i++)
		check(tensor_note(set, set->notes[i].key) != NULL);
}

/* What loads also runs, whatever its numbers are. */
static void try_forecaster(const struct tensor_set *set, enum forecaster_context context)
{
	struct failure f = { "" };
	struct forecaster *m = NULL;
	static float counts[MAX_UNITS], rates[MAX_UNITS];

	if (forecaster_create(set, 0, context, &f, &m) < 0) {
		check(f.text[0] && !m);
		return;
	}
	check(m->n_units > 0 && m->n_units <= MAX_UNITS && m->context == context);
	counts[0] = 3;
	for (int t = 0; t < 4; t++)
		forecaster_step(m, counts, rates);
	void *state = malloc(m->class->state_size(m));
	m->class->state_save(m, state);
	forecaster_reset(m);
	m->class->state_load(m, state);
	forecaster_step(m, counts, rates);
	free(state);
	forecaster_destroy(m);
}

static void try_models(const struct tensor_set *set)
{
	struct failure f = { "" };
	struct decoder *decoder = NULL;

	try_forecaster(set, CONTEXT_STREAM);
	try_forecaster(set, CONTEXT_WINDOW);
	check(decoder_create(set, 0, 0, &f, &decoder) == 0 || f.text[0]);
	decoder_destroy(decoder);
}

static void try_recording(struct safetensors *file)
{
	struct failure f = { "" };
	struct recording r;
	static uint16_t counts[MAX_UNITS];
	int64_t bin = -1;

	if (recording_take(file, &f, &r) < 0) {
		check(f.text[0]);
		return;
	}
	check(r.n_bins > 0 && r.n_units > 0 && r.n_units <= MAX_UNITS && r.bin_us >= 100);
	for (int64_t b = 0; b < r.n_bins; b++)
		recording_counts(&r, b, counts);
	for (int i = 0; i < r.n_kinematics; i++)
		check(safetensors_name_is_good(r.kinematics_names[i]));
	check(recording_position(&r, "0.85", 0, &f, &bin) == 0 && bin >= 0 && bin <= r.n_bins);
	recording_close(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct failure f = { "" };
	struct safetensors *s = NULL;
	static struct kept kept;
	uint8_t *copy = malloc(n + 1); /* aligned, which the input itself need not be */

	if (n > 0)
		memcpy(copy, bytes, n);
	check(kept_parse(copy, n, "fuzz", "m1", 96, &f, &kept) == 0 || f.text[0]);
	f.text[0] = '\0';
	if (safetensors_parse(copy, n, "fuzz", &f, &s) < 0) {
		check(f.text[0] && !s);
	} else {
		read_all(safetensors_tensors(s));
		try_models(safetensors_tensors(s));
		try_recording(s);
	}
	free(copy);
	return 0;
}
