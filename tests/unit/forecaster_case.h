/* forecaster_case: the tests that all stacked forecasters share. FORECASTER_TESTS() makes them of a twin,
 * with every set of kernels. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>

#include "kernels_set.h"
#include "twin.h"

struct sizes_case {
	char name[24];
	struct twin_sizes sizes;
	int history_bins;
};

static inline void expect_twin_with(const struct kernels_set *set, const struct twin *twin,
				    const struct sizes_case *c, enum forecaster_context context)
{
	struct checkpoint file;
	float counts[TWIN_WIDTH], rates[TWIN_WIDTH];
	double should_h[TWIN_WIDTH], should[TWIN_WIDTH];
	char history[8];
	kernels_use(set);
	twin_checkpoint(twin, &file, c->sizes);
	snprintf(history, sizeof(history), "%d", c->history_bins);
	if (c->history_bins != 10)
		checkpoint_note(&file, "history_bins", history);
	struct forecaster *m = twin_create(&file, context);
	cr_expect(eq(int, m->history_bins, context == CONTEXT_WINDOW ? c->history_bins : 0));
	for (int t = 0; t < TWIN_BINS; t++) {
		int from = context == CONTEXT_STREAM || t < c->history_bins ? 0 : t - c->history_bins + 1;
		int width;
		twin_bin(&file, t, counts);
		forecaster_step(m, counts, rates);
		twin_run(twin, &file, from, t + 1, should_h, should);
		twin_expect(rates, should, c->sizes.n_units, t, set->name);
		twin_expect(m->class->hidden(m, &width), should_h, c->sizes.width, t, "hidden");
		cr_expect(eq(int, width, c->sizes.width));
	}
	forecaster_destroy(m);
	checkpoint_finish(&file);
}

static inline void expect_twin(const struct twin *twin, const struct sizes_case *c,
			       enum forecaster_context context)
{
	expect_twin_with(&kernels_plain, twin, c, context);
	if (kernels_avx2())
		expect_twin_with(kernels_avx2(), twin, c, context);
	if (kernels_avx512())
		expect_twin_with(kernels_avx512(), twin, c, context);
}

static inline void twin_steps(struct forecaster *m, const struct checkpoint *file, int from, int until,
			      float *rates)
{
	float counts[TWIN_WIDTH];
	for (int t = from; t < until; t++) {
		twin_bin(file, t, counts);
		forecaster_step(m, counts, rates);
	}
}

static inline void expect_bits_of_a_stream(const struct twin *twin, struct twin_sizes sizes)
{
	struct checkpoint file;
	float w[TWIN_WIDTH], s[TWIN_WIDTH];
	twin_checkpoint(twin, &file, sizes);
	struct forecaster *window = twin_create(&file, CONTEXT_WINDOW);
	struct forecaster *stream = twin_create(&file, CONTEXT_STREAM);
	for (int t = 0; t < 10; t++) {
		twin_steps(window, &file, t, t + 1, w);
		twin_steps(stream, &file, t, t + 1, s);
		cr_expect(memcmp(w, s, (size_t)sizes.n_units * sizeof(float)) == 0, "bin %d", t);
	}
	forecaster_destroy(window);
	forecaster_destroy(stream);
	checkpoint_finish(&file);
}

static inline void expect_saved_state(const struct twin *twin, struct twin_sizes sizes,
				      enum forecaster_context context)
{
	struct checkpoint file;
	float ra[TWIN_WIDTH], rb[TWIN_WIDTH];
	int width;
	size_t size = (size_t)sizes.n_units * sizeof(float);
	twin_checkpoint(twin, &file, sizes);
	struct forecaster *a = twin_create(&file, context), *b = twin_create(&file, context);
	twin_steps(a, &file, 0, 17, ra);
	void *state = malloc(a->class->state_size(a));
	a->class->state_save(a, state);
	twin_steps(b, &file, 40, 45, rb);
	b->class->state_load(b, state);
	cr_expect(memcmp(a->class->hidden(a, &width), b->class->hidden(b, &width),
			 (size_t)sizes.width * sizeof(float)) == 0);
	twin_steps(a, &file, 17, 25, ra);
	twin_steps(b, &file, 17, 25, rb);
	cr_expect(memcmp(ra, rb, size) == 0, "a copy");
	twin_steps(a, &file, 50, 60, ra);
	a->class->state_load(a, state);
	twin_steps(a, &file, 17, 25, ra);
	cr_expect(memcmp(ra, rb, size) == 0, "back in time");
	free(state);
	forecaster_destroy(a);
	forecaster_destroy(b);
	checkpoint_finish(&file);
}

static inline void expect_reset(const struct twin *twin, struct twin_sizes sizes,
				enum forecaster_context context)
{
	struct checkpoint file;
	float ra[TWIN_WIDTH], rb[TWIN_WIDTH];
	twin_checkpoint(twin, &file, sizes);
	struct forecaster *a = twin_create(&file, context), *b = twin_create(&file, context);
	twin_steps(a, &file, 0, 23, ra);
	forecaster_reset(a);
	twin_steps(a, &file, 5, 12, ra);
	twin_steps(b, &file, 5, 12, rb);
	cr_expect(memcmp(ra, rb, (size_t)sizes.n_units * sizeof(float)) == 0);
	forecaster_destroy(a);
	forecaster_destroy(b);
	checkpoint_finish(&file);
}

static inline void expect_not_a_number(const struct twin *twin, struct twin_sizes sizes,
				       enum forecaster_context context)
{
	struct checkpoint file;
	float counts[TWIN_WIDTH] = {0}, rates[TWIN_WIDTH];
	twin_checkpoint(twin, &file, sizes);
	struct forecaster *m = twin_create(&file, context);
	counts[4] = NAN;
	forecaster_step(m, counts, rates);
	for (int u = 0; u < sizes.n_units; u++)
		cr_expect(isnan(rates[u]), "%d", u);
	forecaster_reset(m);
	twin_steps(m, &file, 0, 3, rates);
	cr_expect(isfinite(rates[0]));
	forecaster_destroy(m);
	checkpoint_finish(&file);
}

static inline void expect_named(const struct twin *twin, struct twin_sizes sizes,
				enum forecaster_context context)
{
	struct checkpoint file;
	struct forecaster *m = NULL;
	struct failure f = {0};
	twin_checkpoint(twin, &file, sizes);
	checkpoint_note(&file, "architecture", twin->architecture);
	int r = forecaster_create(&file.set, 0, context, &f, &m);
	if (context == CONTEXT_STREAM && !twin->has_stream) {
		cr_expect(eq(int, r, -ENOTSUP));
		cr_expect(strstr(f.text, twin->architecture) && strstr(f.text, "has no stream context"), "%s",
			  f.text);
	} else {
		cr_assert(eq(int, r, 0), "%s", f.text);
		cr_expect(eq(int, m->n_units, sizes.n_units));
		cr_expect(eq(str, (char *)m->class->architecture, (char *)twin->architecture));
		cr_expect(m->weights &&
			  m->weights_bytes >= (size_t)(sizes.n_units * 2 * sizes.width) * sizeof(float));
	}
	forecaster_destroy(m);
	checkpoint_finish(&file);
}

enum spoil { MISSING, SURPLUS, LONGER, DIMS, NOT_FINITE, VALUE, NOTE, NONE };

struct refused_case {
	char name[64]; /* a tensor or a note */
	enum spoil spoil;
	char value[64]; /* of the note, or of the tensor's first element */
	int code;
	char line[80];
};

static inline void twin_spoil(struct checkpoint *file, const struct refused_case *c)
{
	switch (c->spoil) {
	case MISSING:
		((char *)checkpoint_tensor(file, c->name)->name)[0] = '_';
		break;
	case SURPLUS:
		checkpoint_add(file, c->name, 2, 0, 0, 1, 0);
		break;
	case LONGER:
		checkpoint_tensor(file, c->name)->shape[0]++;
		break;
	case DIMS:
		checkpoint_tensor(file, c->name)->n_dims = 1;
		break;
	case NOT_FINITE:
		((float *)checkpoint_tensor(file, c->name)->data)[3] = INFINITY;
		break;
	case VALUE:
		((float *)checkpoint_tensor(file, c->name)->data)[0] = strtof(c->value, NULL);
		break;
	case NOTE:
		file->set.n_notes = 0;
		if (c->value[0])
			checkpoint_note(file, c->name, c->value);
		break;
	case NONE:
		break;
	}
}

static inline void expect_refused(const struct twin *twin, struct twin_sizes sizes,
				  const struct refused_case *c)
{
	for (int context = twin->has_stream ? CONTEXT_STREAM : CONTEXT_WINDOW; context <= CONTEXT_WINDOW;
	     context++) {
		struct checkpoint file;
		struct failure f = {0};
		struct forecaster *m = NULL;
		twin_checkpoint(twin, &file, sizes);
		twin_spoil(&file, c);
		int r = forecaster_create(&file.set, sizes.n_units + (c->spoil == NONE),
					  (enum forecaster_context)context, &f, &m);
		cr_expect(eq(int, r, c->code), "%s", f.text);
		cr_expect(eq(ptr, m, NULL));
		cr_expect(strstr(f.text, c->line) != NULL, "%s", f.text);
		cr_expect(strncmp(f.text, "m.safetensors: ", 15) == 0, "%s", f.text);
		forecaster_destroy(m);
		checkpoint_finish(&file);
	}
}

struct context_case {
	char name[24];
	enum forecaster_context context;
};

#define FORECASTER_CASES(suite, test, type, cases)                                                           \
	ParameterizedTestParameters(suite, test)                                                             \
	{                                                                                                    \
		return cr_make_param_array(type, cases, sizeof(cases) / sizeof(*cases));                     \
	}                                                                                                    \
	ParameterizedTest(type *c, suite, test)

/* `sizes`: an array of struct sizes_case; its first is the one of the smaller tests and has five units at
 * least. `refused`: an array of struct refused_case, for that one. */
#define FORECASTER_TESTS(suite, twin, sizes_cases, refused)                                                  \
	static struct context_case suite##_contexts[] = {{"window", CONTEXT_WINDOW},                         \
							 {"stream", CONTEXT_STREAM}};                        \
	static void suite##_skip(enum forecaster_context context)                                            \
	{                                                                                                    \
		if (context == CONTEXT_STREAM && !(twin).has_stream)                                         \
			cr_skip_test("it has no stream context");                                            \
	}                                                                                                    \
	FORECASTER_CASES(suite, window_equals_a_fresh_twin, struct sizes_case, sizes_cases)                  \
	{                                                                                                    \
		expect_twin(&(twin), c, CONTEXT_WINDOW);                                                     \
	}                                                                                                    \
	FORECASTER_CASES(suite, stream_equals_its_twin, struct sizes_case, sizes_cases)                      \
	{                                                                                                    \
		suite##_skip(CONTEXT_STREAM);                                                                \
		expect_twin(&(twin), c, CONTEXT_STREAM);                                                     \
	}                                                                                                    \
	FORECASTER_CASES(suite, window_that_is_not_full_gives_the_bits_of_a_stream, struct sizes_case,       \
			 sizes_cases)                                                                        \
	{                                                                                                    \
		suite##_skip(CONTEXT_STREAM);                                                                \
		expect_bits_of_a_stream(&(twin), c->sizes);                                                  \
	}                                                                                                    \
	FORECASTER_CASES(suite, goes_on_from_a_saved_state, struct context_case, suite##_contexts)           \
	{                                                                                                    \
		suite##_skip(c->context);                                                                    \
		expect_saved_state(&(twin), sizes_cases[0].sizes, c->context);                               \
	}                                                                                                    \
	FORECASTER_CASES(suite, starts_anew_after_a_reset, struct context_case, suite##_contexts)            \
	{                                                                                                    \
		suite##_skip(c->context);                                                                    \
		expect_reset(&(twin), sizes_cases[0].sizes, c->context);                                     \
	}                                                                                                    \
	FORECASTER_CASES(suite, shows_what_is_not_a_number, struct context_case, suite##_contexts)           \
	{                                                                                                    \
		suite##_skip(c->context);                                                                    \
		expect_not_a_number(&(twin), sizes_cases[0].sizes, c->context);                              \
	}                                                                                                    \
	FORECASTER_CASES(suite, refuses, struct refused_case, refused)                                       \
	{                                                                                                    \
		expect_refused(&(twin), sizes_cases[0].sizes, c);                                            \
	}                                                                                                    \
	FORECASTER_CASES(suite, tells_its_name_and_units, struct context_case, suite##_contexts)             \
	{                                                                                                    \
		expect_named(&(twin), sizes_cases[0].sizes, c->context);                                     \
	}
