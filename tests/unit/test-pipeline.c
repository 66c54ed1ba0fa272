#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline.h"

#define UNITS 3

/* A decoder that tells what it was given: value[0..2] = counts, [3..5] = rates, [6] = lost, [7] = steps since
 * the reset. */
struct spy {
	struct decoder base;
	int n_steps;
	uint8_t masked[UNITS];
	int *destroyed;
};

static void spy_step(struct decoder *d, const float *counts, const float *rates, bool lost,
		     struct estimate *out)
{
	struct spy *s = (struct spy *)d;
	for (int u = 0; u < UNITS; u++) {
		out->value[u] = counts[u];
		out->value[UNITS + u] = rates ? rates[u] : -1;
	}
	out->value[6] = lost;
	out->value[7] = (float)++s->n_steps;
	out->n_outputs = 8;
	out->has_sd = false;
}

static void spy_reset(struct decoder *d)
{
	((struct spy *)d)->n_steps = 0;
}

static void spy_set_mask(struct decoder *d, const uint8_t *masked)
{
	memcpy(((struct spy *)d)->masked, masked, UNITS);
}

static size_t spy_state_size(const struct decoder *d)
{
	return sizeof(((const struct spy *)d)->n_steps);
}

static void spy_state_save(const struct decoder *d, void *to)
{
	memcpy(to, &((const struct spy *)d)->n_steps, sizeof(int));
}

static void spy_state_load(struct decoder *d, const void *from)
{
	memcpy(&((struct spy *)d)->n_steps, from, sizeof(int));
}

static void spy_destroy(struct decoder *d)
{
	++*((struct spy *)d)->destroyed;
}

static const struct decoder_class spy_class = {
	"spy", spy_step, spy_reset, spy_set_mask, spy_state_size, spy_state_save, spy_state_load, spy_destroy,
};

struct rig {
	struct spy spy;
	int destroyed;
	struct forecaster *mean;
	struct pipeline *pipeline;
	struct spike_bin *bin;
	struct result *result;
};

static void rig_init(struct rig *r)
{
	struct failure f = {0};
	memset(r, 0, sizeof(*r));
	r->spy.base =
		(struct decoder){.class = &spy_class, .n_units = UNITS, .n_outputs = 8, .needs_rates = true};
	r->spy.destroyed = &r->destroyed;
	r->bin = calloc(1, spike_bin_size(UNITS));
	r->result = calloc(1, result_size(UNITS));
	r->bin->n_units = UNITS;
	cr_assert(eq(int, forecaster_create_mean(UNITS, &r->mean), 0));
	cr_assert(eq(int, pipeline_create(UNITS, r->mean, &r->spy.base, &f, &r->pipeline), 0), "%s", f.text);
}

static void rig_finish(struct rig *r)
{
	pipeline_destroy(r->pipeline);
	free(r->bin);
	free(r->result);
}

/* All units count `count` in bin `bin`. */
static void step(struct rig *r, int64_t bin, uint32_t flags, uint16_t count)
{
	r->bin->epoch = 7;
	r->bin->bin = bin;
	r->bin->flags = flags;
	for (int u = 0; u < UNITS; u++)
		r->bin->counts[u] = count;
	pipeline_step(r->pipeline, r->bin, r->result);
}

Test(pipeline, hands_a_bin_on_and_names_the_result)
{
	struct rig r;
	rig_init(&r);
	step(&r, 0, BIN_EPOCH_BEGIN, 2);
	step(&r, 1, BIN_CALIBRATING, 65535);
	cr_expect(eq(u32, r.result->epoch, 7));
	cr_expect(eq(i64, r.result->bin, 1));
	cr_expect(eq(u32, r.result->flags, BIN_CALIBRATING));
	cr_expect(eq(i32, r.result->horizon, 1));
	cr_expect(eq(i32, r.result->n_rates, UNITS));
	cr_expect(eq(i32, r.result->estimate.n_outputs, 8));
	for (int u = 0; u < UNITS; u++) {
		cr_expect(eq(flt, r.result->rates[u], 32768.5f));
		cr_expect(eq(flt, r.result->estimate.value[u], 65535.0f));
		cr_expect(eq(flt, r.result->estimate.value[UNITS + u], 32768.5f));
	}
	rig_finish(&r);
}

Test(pipeline, keeps_a_gap_from_the_forecaster)
{
	struct rig r;
	rig_init(&r);
	step(&r, 0, BIN_EPOCH_BEGIN, 2);
	step(&r, 1, BIN_GAP, 9);
	cr_expect(eq(flt, r.result->rates[0], 2.0f));
	cr_expect(eq(flt, r.result->estimate.value[3], 2.0f));
	cr_expect(eq(flt, r.result->estimate.value[6], 1.0f));
	step(&r, 2, 0, 4);
	cr_expect(eq(flt, r.result->rates[0], 3.0f));
	cr_expect(eq(flt, r.result->estimate.value[6], 0.0f));
	rig_finish(&r);
}

Test(pipeline, starts_anew_with_an_epoch_even_with_a_gap)
{
	struct rig r;
	rig_init(&r);
	step(&r, 0, BIN_EPOCH_BEGIN, 2);
	step(&r, 0, BIN_EPOCH_BEGIN | BIN_GAP, 9);
	cr_expect(eq(flt, r.result->rates[0], 0.0f));
	cr_expect(eq(flt, r.result->estimate.value[7], 1.0f));
	step(&r, 1, 0, 5);
	cr_expect(eq(flt, r.result->rates[0], 5.0f));
	rig_finish(&r);
}

Test(pipeline, shows_masked_units_to_the_forecaster_as_zero)
{
	struct rig r;
	const uint8_t masked[UNITS] = {0, 1, 0}, none[UNITS] = {0};
	rig_init(&r);
	pipeline_set_mask(r.pipeline, masked);
	step(&r, 0, BIN_EPOCH_BEGIN, 2);
	cr_expect(eq(flt, r.result->rates[0], 2.0f));
	cr_expect(eq(flt, r.result->rates[1], 0.0f));
	cr_expect(eq(flt, r.result->estimate.value[1], 2.0f));
	cr_expect(eq(int, r.spy.masked[1], 1));
	pipeline_set_mask(r.pipeline, none);
	step(&r, 1, 0, 2);
	cr_expect(eq(flt, r.result->rates[1], 1.0f));
	rig_finish(&r);
}

Test(pipeline, goes_on_from_a_saved_state)
{
	struct rig r;
	rig_init(&r);
	step(&r, 0, BIN_EPOCH_BEGIN, 2);
	void *state = malloc(pipeline_state_size(r.pipeline));
	pipeline_state_save(r.pipeline, state);
	step(&r, 1, 0, 6);
	pipeline_state_load(r.pipeline, state);
	step(&r, 2, BIN_GAP, 0);
	cr_expect(eq(flt, r.result->rates[0], 2.0f));
	cr_expect(eq(flt, r.result->estimate.value[7], 2.0f));
	step(&r, 3, 0, 4);
	cr_expect(eq(flt, r.result->rates[0], 3.0f));
	free(state);
	rig_finish(&r);
}

Test(pipeline, owns_what_it_was_given)
{
	struct rig r;
	rig_init(&r);
	cr_expect(eq(int, pipeline_n_units(r.pipeline), UNITS));
	cr_expect(eq(ptr, (void *)pipeline_forecaster(r.pipeline), r.mean));
	cr_expect(eq(ptr, (void *)pipeline_decoder(r.pipeline), &r.spy));
	rig_finish(&r);
	cr_expect(eq(int, r.destroyed, 1));
}

Test(pipeline, runs_with_nothing)
{
	struct rig r;
	struct pipeline *empty = NULL;
	rig_init(&r);
	cr_assert(eq(int, pipeline_create(UNITS, NULL, NULL, NULL, &empty), 0));
	r.bin->bin = 3;
	pipeline_step(empty, r.bin, r.result);
	cr_expect(eq(i64, r.result->bin, 3));
	cr_expect(eq(i32, r.result->n_rates, 0));
	cr_expect(eq(i32, r.result->estimate.n_outputs, 0));
	pipeline_destroy(empty);
	rig_finish(&r);
}

Test(pipeline, refuses_what_does_not_fit)
{
	struct rig r;
	struct pipeline *p = NULL;
	struct failure f;
	rig_init(&r);
	cr_expect(eq(int, pipeline_create(UNITS + 1, r.mean, NULL, &f, &p), -EINVAL));
	cr_expect(strstr(f.text, "made for 3 units, the stream has 4") != NULL, "%s", f.text);
	cr_expect(eq(int, pipeline_create(UNITS + 1, NULL, &r.spy.base, &f, &p), -EINVAL));
	cr_expect(eq(int, pipeline_create(UNITS, NULL, &r.spy.base, &f, &p), -EINVAL));
	cr_expect(strstr(f.text, "need a forecaster") != NULL, "%s", f.text);
	cr_expect(eq(int, pipeline_create(0, NULL, NULL, &f, &p), -EINVAL));
	cr_expect(eq(ptr, p, NULL));
	cr_expect(eq(int, r.destroyed, 0));
	rig_finish(&r);
}
