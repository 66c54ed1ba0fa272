#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>

#include "forecaster.h"
#include "mamba_twin.h"

#define BINS 30

static const struct twin_sizes odd = {13, 20, 3, 40, 5, 2};

static struct forecaster *create(struct checkpoint *c, enum forecaster_context context)
{
	struct failure f = {0};
	struct forecaster *m = NULL;
	cr_assert(eq(int, forecaster_create(&c->set, c->sizes.n_units, context, &f, &m), 0), "%s", f.text);
	return m;
}

/* Counts of bin t, many of them zero. */
static void bin_at(const struct checkpoint *c, int t, float *counts)
{
	unsigned seed = 77 + (unsigned)t * 1001;
	for (int u = 0; u < c->sizes.n_units; u++) {
		float x = twin_random(&seed);
		counts[u] = x < 0 ? 0 : floorf(x * 4);
	}
}

static void expect_close(const float *is, const double *should, int n, int t, const char *what)
{
	for (int i = 0; i < n; i++)
		cr_expect(fabs((double)is[i] - should[i]) <= 1e-5 + 1e-5 * fabs(should[i]),
			  "bin %d, %s %d: %g, not %g", t, what, i, (double)is[i], should[i]);
}

struct sizes_case {
	char name[24];
	struct twin_sizes sizes;
	int history_bins;
};

static struct sizes_case sizes_cases[] = {
	{"published, small", {24, 32, 2, 64, 8, 2}, 10},
	{"all ones", {1, 1, 1, 1, 1, 1}, 10},
	{"odd", {13, 20, 3, 40, 5, 2}, 10},
	{"one layer", {130, 33, 1, 66, 16, 3}, 7},
	{"window of one", {17, 16, 2, 32, 4, 1}, 1},
	{"window of three", {17, 16, 2, 48, 4, 1}, 3},
	{"window of four", {70, 48, 2, 100, 7, 20}, 4},
	{"long window", {5, 6, 2, 12, 3, 1}, 25},
};

#define FOR_EACH_SIZE(test)                                                                                  \
	ParameterizedTestParameters(forecaster_mamba, test)                                                  \
	{                                                                                                    \
		return cr_make_param_array(struct sizes_case, sizes_cases,                                   \
					   sizeof(sizes_cases) / sizeof(*sizes_cases));                      \
	}                                                                                                    \
	ParameterizedTest(struct sizes_case *c, forecaster_mamba, test)

FOR_EACH_SIZE(stream_equals_its_twin)
{
	struct checkpoint file;
	float counts[TWIN_MAX], rates[TWIN_MAX];
	struct twin *twin = calloc(1, sizeof(*twin));
	checkpoint_init(&file, c->sizes);
	twin->c = &file;
	struct forecaster *m = create(&file, CONTEXT_STREAM);
	for (int t = 0; t < BINS; t++) {
		int width;
		bin_at(&file, t, counts);
		forecaster_step(m, counts, rates);
		twin_step(twin, counts);
		expect_close(rates, twin->rates, c->sizes.n_units, t, "rate");
		expect_close(m->class->hidden(m, &width), twin->h, c->sizes.width, t, "hidden");
		cr_expect(eq(int, width, c->sizes.width));
	}
	forecaster_destroy(m);
	checkpoint_finish(&file);
	free(twin);
}

FOR_EACH_SIZE(window_equals_a_fresh_twin)
{
	struct checkpoint file;
	float counts[TWIN_MAX], rates[TWIN_MAX];
	char history[8];
	struct twin *twin = malloc(sizeof(*twin));
	checkpoint_init(&file, c->sizes);
	snprintf(history, sizeof(history), "%d", c->history_bins);
	if (c->history_bins != 10)
		checkpoint_note(&file, "history_bins", history);
	struct forecaster *m = create(&file, CONTEXT_WINDOW);
	cr_expect(eq(int, m->history_bins, c->history_bins));
	for (int t = 0; t < BINS; t++) {
		int width;
		memset(twin, 0, sizeof(*twin));
		twin->c = &file;
		for (int b = t < c->history_bins ? 0 : t - c->history_bins + 1; b <= t; b++) {
			bin_at(&file, b, counts);
			twin_step(twin, counts);
		}
		forecaster_step(m, counts, rates);
		expect_close(rates, twin->rates, c->sizes.n_units, t, "rate");
		expect_close(m->class->hidden(m, &width), twin->h, c->sizes.width, t, "hidden");
	}
	forecaster_destroy(m);
	checkpoint_finish(&file);
	free(twin);
}

Test(forecaster_mamba, window_that_is_not_full_gives_the_bits_of_a_stream)
{
	struct checkpoint file;
	float counts[TWIN_MAX], w[TWIN_MAX], s[TWIN_MAX];
	checkpoint_init(&file, odd);
	struct forecaster *window = create(&file, CONTEXT_WINDOW), *stream = create(&file, CONTEXT_STREAM);
	for (int t = 0; t < 10; t++) {
		bin_at(&file, t, counts);
		forecaster_step(window, counts, w);
		forecaster_step(stream, counts, s);
		cr_expect(memcmp(w, s, (size_t)odd.n_units * sizeof(float)) == 0, "bin %d", t);
	}
	forecaster_destroy(window);
	forecaster_destroy(stream);
	checkpoint_finish(&file);
}

struct context_case {
	char name[24];
	enum forecaster_context context;
};

#define FOR_EACH_CONTEXT(test)                                                                               \
	ParameterizedTestParameters(forecaster_mamba, test)                                                  \
	{                                                                                                    \
		static struct context_case cases[] = {{"stream", CONTEXT_STREAM},                            \
						      {"window", CONTEXT_WINDOW}};                           \
		return cr_make_param_array(struct context_case, cases, 2);                                   \
	}                                                                                                    \
	ParameterizedTest(struct context_case *c, forecaster_mamba, test)

static void run(struct forecaster *m, const struct checkpoint *file, int from, int until, float *rates)
{
	float counts[TWIN_MAX];
	for (int t = from; t < until; t++) {
		bin_at(file, t, counts);
		forecaster_step(m, counts, rates);
	}
}

FOR_EACH_CONTEXT(goes_on_from_a_saved_state)
{
	struct checkpoint file;
	float ra[TWIN_MAX], rb[TWIN_MAX];
	int width;
	checkpoint_init(&file, odd);
	size_t size = (size_t)odd.n_units * sizeof(float);
	struct forecaster *a = create(&file, c->context), *b = create(&file, c->context);
	run(a, &file, 0, 17, ra);
	void *state = malloc(a->class->state_size(a));
	a->class->state_save(a, state);
	run(b, &file, 40, 45, rb);
	b->class->state_load(b, state);
	cr_expect(memcmp(a->class->hidden(a, &width), b->class->hidden(b, &width), 20 * sizeof(float)) == 0);
	run(a, &file, 17, 25, ra);
	run(b, &file, 17, 25, rb);
	cr_expect(memcmp(ra, rb, size) == 0, "a copy");
	run(a, &file, 50, 60, ra);
	a->class->state_load(a, state);
	run(a, &file, 17, 25, ra);
	cr_expect(memcmp(ra, rb, size) == 0, "back in time");
	free(state);
	forecaster_destroy(a);
	forecaster_destroy(b);
	checkpoint_finish(&file);
}

FOR_EACH_CONTEXT(starts_anew_after_a_reset)
{
	struct checkpoint file;
	float ra[TWIN_MAX], rb[TWIN_MAX];
	checkpoint_init(&file, odd);
	struct forecaster *a = create(&file, c->context), *b = create(&file, c->context);
	run(a, &file, 0, 23, ra);
	forecaster_reset(a);
	run(a, &file, 5, 12, ra);
	run(b, &file, 5, 12, rb);
	cr_expect(memcmp(ra, rb, (size_t)odd.n_units * sizeof(float)) == 0);
	forecaster_destroy(a);
	forecaster_destroy(b);
	checkpoint_finish(&file);
}

FOR_EACH_CONTEXT(shows_what_is_not_a_number)
{
	struct checkpoint file;
	float counts[TWIN_MAX] = {0}, rates[TWIN_MAX];
	checkpoint_init(&file, odd);
	struct forecaster *m = create(&file, c->context);
	counts[4] = NAN;
	forecaster_step(m, counts, rates);
	for (int u = 0; u < odd.n_units; u++)
		cr_expect(isnan(rates[u]), "%d", u);
	forecaster_reset(m);
	run(m, &file, 0, 3, rates);
	cr_expect(isfinite(rates[0]));
	forecaster_destroy(m);
	checkpoint_finish(&file);
}

enum spoil { MISSING, SURPLUS, LONGER, DIMS, NOT_FINITE, TOO_LARGE, NOTE, NONE };

struct refused_case {
	char name[48]; /* a tensor or a note */
	enum spoil spoil;
	char value[16]; /* of the note */
	int n_units;
	int code;
	char line[72];
};

static void spoil(struct checkpoint *file, const struct refused_case *c)
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
	case TOO_LARGE:
		((float *)checkpoint_tensor(file, c->name)->data)[3] = 80;
		break;
	case NOTE:
		checkpoint_note(file, c->name, c->value);
		break;
	case NONE:
		break;
	}
}

ParameterizedTestParameters(forecaster_mamba, refuses)
{
	static struct refused_case cases[] = {
		{"input_proj.weight", MISSING, "", 13, -ENOENT, "input_proj.weight is missing"},
		{"output_norm.bias", MISSING, "", 13, -ENOENT, "output_norm.bias is missing"},
		{"mamba_blocks.1.mamba.D", MISSING, "", 13, -ENOENT, "mamba_blocks.1.mamba.D is missing"},
		{"mamba_blocks.0.norm.weight", MISSING, "", 13, -ENOENT,
		 "mamba_blocks.0.norm.weight is missing"},
		{"mamba_blocks.1.norm.weight", MISSING, "", 13, -EINVAL,
		 "tensor _amba_blocks.1.norm.weight has no place"},
		{"mamba_blocks.0.mamba.A_log", MISSING, "", 13, -EINVAL, "no architecture is known"},
		{"lm_head.weight", SURPLUS, "", 13, -EINVAL, "lm_head.weight has no place in this model"},
		{"mamba_blocks.3.mamba.D", SURPLUS, "", 13, -EINVAL, "mamba_blocks.3.mamba.D has no place"},
		{"mamba_blocks.2.mamba.conv1d.weight", LONGER, "", 13, -EINVAL, "[41, 1, 4], not [40, 1, 4]"},
		{"mamba_blocks.0.mamba.x_proj.weight", LONGER, "", 13, -EINVAL, "[13, 40], not [12, 40]"},
		{"output_proj.weight", LONGER, "", 13, -EINVAL,
		 "output_proj.weight is [14, 20], not [13, 20]"},
		{"input_proj.weight", DIMS, "", 13, -EINVAL, "input_proj.weight has 1 dimensions, not 2"},
		{"mamba_blocks.1.mamba.out_proj.weight", NOT_FINITE, "", 13, -EINVAL,
		 "out_proj.weight: element 3"},
		{"mamba_blocks.1.mamba.A_log", TOO_LARGE, "", 13, -EINVAL, "A_log: element 3 is too large"},
		{"architecture", NOTE, "mamba7", 13, -EINVAL, "unknown architecture \"mamba7\""},
		{"history_bins", NOTE, "0", 13, -EINVAL, "note history_bins"},
		{"other units", NONE, "", 14, -EINVAL, "m.safetensors: made for 13 units, the stream has 14"},
	};
	return cr_make_param_array(struct refused_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refused_case *c, forecaster_mamba, refuses)
{
	struct checkpoint file;
	for (int context = CONTEXT_STREAM; context <= CONTEXT_WINDOW; context++) {
		struct failure f = {0};
		struct forecaster *m = NULL;
		checkpoint_init(&file, odd);
		spoil(&file, c);
		cr_expect(
			eq(int,
			   forecaster_create(&file.set, c->n_units, (enum forecaster_context)context, &f, &m),
			   c->code),
			"%s", f.text);
		cr_expect(eq(ptr, m, NULL));
		cr_expect(strstr(f.text, c->line) != NULL, "%s", f.text);
		cr_expect(strncmp(f.text, "m.safetensors: ", 15) == 0, "%s", f.text);
		checkpoint_finish(&file);
	}
}

Test(forecaster_mamba, takes_the_units_of_the_file)
{
	struct checkpoint file;
	struct forecaster *m = NULL;
	checkpoint_init(&file, odd);
	checkpoint_note(&file, "architecture", "mamba");
	cr_assert(eq(int, forecaster_create(&file.set, 0, CONTEXT_STREAM, NULL, &m), 0));
	cr_expect(eq(int, m->n_units, 13));
	cr_expect(eq(str, (char *)m->class->architecture, "mamba"));
	cr_expect(m->weights != NULL && m->weights_bytes > 13 * 2 * 20 * sizeof(float));
	forecaster_destroy(m);
	checkpoint_finish(&file);
}
