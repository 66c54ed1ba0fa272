/* Every forecaster against the outputs of its authors' own module. A folder of vectors is a line in `models`;
 * it lies in tests/golden/data or in BCID_SHARED/golden, and is skipped where it is in neither. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "forecaster.h"
#include "kernels_set.h"
#include "safetensors.h"

struct model {
	char name[32]; /* the folder */
	char output[16];
	double atol, rtol;
	bool has_stream;
};

static struct model models[] = {
	{"sp_mamba_small", "output", 1e-5, 1e-5, true},
	{"sp_mamba_paper", "output", 1e-5, 1e-5, true},
	{"sp_hgrn2_small", "output", 1e-5, 1e-5, true},
	{"sp_gated_delta_small", "output", 1e-5, 1e-5, true},
	{"sp_lru_small", "output_f64", 1e-5, 1e-5, true},
	{"sp_lstm_small", "output", 1e-5, 1e-5, true},
	{"sp_transformer_small", "output", 1e-5, 1e-5, false},
	{"sp_snn_small", "output", 1e-5, 1e-5, true},
	{"sp_snn_rleaky_small", "output", 1e-5, 1e-5, false},
};

#define FOR_EACH_MODEL(test)                                                                                 \
	ParameterizedTestParameters(forecasters, test)                                                       \
	{                                                                                                    \
		return cr_make_param_array(struct model, models, sizeof(models) / sizeof(*models));          \
	}                                                                                                    \
	ParameterizedTest(struct model *c, forecasters, test)

static bool find(const struct model *c, const char *file, char *ret, size_t size)
{
	const char *shared = getenv("BCID_SHARED"), *data = getenv("GOLDEN_DATA");
	snprintf(ret, size, "%s/%s/%s.safetensors", data ? data : ".", c->name, file);
	if (access(ret, R_OK) == 0)
		return true;
	snprintf(ret, size, "%s/golden/%s/%s.safetensors", shared ? shared : ".", c->name, file);
	return access(ret, R_OK) == 0;
}

static struct safetensors *open_vectors(const struct model *c, const char *file)
{
	char path[512];
	struct failure f = {0};
	struct safetensors *s = NULL;
	if (!find(c, file, path, sizeof(path)))
		cr_skip_test("%s has no %s", c->name, file);
	cr_assert(eq(int, safetensors_open(path, &f, &s), 0), "%s", f.text);
	return s;
}

static struct forecaster *open_model(const struct model *c, enum forecaster_context context)
{
	struct failure f = {0};
	struct forecaster *forecaster = NULL;
	struct safetensors *s = open_vectors(c, "model");
	cr_assert(eq(int, forecaster_create(safetensors_tensors(s), 0, context, &f, &forecaster), 0), "%s",
		  f.text);
	safetensors_close(s);
	return forecaster;
}

static const struct tensor *tensor(struct safetensors *s, const char *name)
{
	const struct tensor *t = tensor_find(safetensors_tensors(s), name);
	cr_assert(ne(ptr, (void *)t, NULL), "%s", name);
	return t;
}

/* One row of rates against row `at` of the published outputs. */
static void expect_rates(const struct model *c, const struct tensor *output, int64_t at, const float *rates,
			 int n_units)
{
	double worst = 0, is = 0, should = 0;
	for (int u = 0; u < n_units; u++) {
		double published = tensor_at(output, at * n_units + u);
		double excess = fabs((double)rates[u] - published) - c->rtol * fabs(published);
		if (!(excess <= worst)) {
			worst = excess;
			is = (double)rates[u];
			should = published;
		}
	}
	cr_expect(worst <= c->atol, "%s, row %lld: %.8g, not %.8g", c->name, (long long)at, is, should);
}

static void run_windows(const struct model *c, enum forecaster_context context)
{
	struct forecaster *f = open_model(c, context);
	struct safetensors *s = open_vectors(c, "windows");
	const struct tensor *input = tensor(s, "input"), *output = tensor(s, c->output);
	const float *counts = input->data;
	float *rates = malloc((size_t)f->n_units * sizeof(*rates));
	cr_assert(eq(i64, input->shape[2], f->n_units));
	for (int64_t w = 0; w < input->shape[0]; w++) {
		forecaster_reset(f);
		for (int64_t t = 0; t < input->shape[1]; t++, counts += f->n_units)
			forecaster_step(f, counts, rates);
		expect_rates(c, output, w, rates, f->n_units);
	}
	free(rates);
	safetensors_close(s);
	forecaster_destroy(f);
}

FOR_EACH_MODEL(give_the_published_windows)
{
	run_windows(c, CONTEXT_WINDOW);
}

FOR_EACH_MODEL(give_the_published_windows_from_a_fresh_stream)
{
	if (!c->has_stream)
		cr_skip_test("%s has no stream", c->name);
	run_windows(c, CONTEXT_STREAM);
}

FOR_EACH_MODEL(give_the_published_windows_with_plain_kernels)
{
	kernels_use(&kernels_plain);
	run_windows(c, CONTEXT_WINDOW);
}

FOR_EACH_MODEL(give_the_published_windows_with_avx2)
{
	if (!kernels_avx2())
		cr_skip_test("this processor has no AVX2");
	kernels_use(kernels_avx2());
	run_windows(c, CONTEXT_WINDOW);
}

/* A whole run of bins; its output begins with bin `first`. */
static void run_bins(const struct model *c, enum forecaster_context context, const char *file, int64_t first)
{
	struct forecaster *f = open_model(c, context);
	struct safetensors *s = open_vectors(c, file);
	const struct tensor *input = tensor(s, "input"), *output = tensor(s, c->output);
	const float *counts = input->data;
	float *rates = malloc((size_t)f->n_units * sizeof(*rates));
	int64_t n_bins = tensor_n_elements(input) / f->n_units;
	cr_assert(eq(i64, output->shape[0], n_bins - first));
	for (int64_t t = 0; t < n_bins; t++, counts += f->n_units) {
		forecaster_step(f, counts, rates);
		if (t >= first)
			expect_rates(c, output, t - first, rates, f->n_units);
	}
	free(rates);
	safetensors_close(s);
	forecaster_destroy(f);
}

FOR_EACH_MODEL(give_the_published_sliding_windows)
{
	run_bins(c, CONTEXT_WINDOW, "sliding", 9);
}

FOR_EACH_MODEL(give_the_published_stream)
{
	if (!c->has_stream)
		cr_skip_test("%s has no stream", c->name);
	run_bins(c, CONTEXT_STREAM, "stateful", 0);
}

FOR_EACH_MODEL(without_a_stream_refuse_it)
{
	struct failure f = {0};
	struct forecaster *forecaster = NULL;
	struct safetensors *s = open_vectors(c, "model");
	int r = forecaster_create(safetensors_tensors(s), 0, CONTEXT_STREAM, &f, &forecaster);
	cr_expect(eq(int, r, c->has_stream ? 0 : -ENOTSUP), "%s", f.text);
	forecaster_destroy(forecaster);
	safetensors_close(s);
}

struct spiking {
	char name[32];
	bool exponential; /* readout */
};

/* What the newest of n rows adds to the readout, and with which weight: the others are known. */
static double newest_spike(const struct spiking *c, const double *spikes, int n, double mean)
{
	double sum = 0, known = 0, weight = 1;
	for (int t = 0; t < n; t++) {
		weight = c->exponential && n > 1 ? exp(t / (n - 1.0)) : 1;
		sum += weight;
		known += t < n - 1 ? weight * spikes[t] : 0;
	}
	return (mean * sum - known) / weight;
}

static void expect_spikes(const struct spiking *c, struct forecaster *f, const float *counts, int n_bins,
			  const struct tensor *published, int64_t at)
{
	int width;
	const float *mean = f->class->hidden(f, &width);
	double *spikes = calloc((size_t)(width * n_bins), sizeof(*spikes));
	float *rates = malloc((size_t)f->n_units * sizeof(*rates));
	cr_assert(eq(int, width, (int)published->shape[2]));
	forecaster_reset(f);
	for (int t = 0; t < n_bins; t++) {
		forecaster_step(f, counts + t * f->n_units, rates);
		for (int d = 0; d < width; d++) {
			double *of = spikes + d * n_bins;
			double spike = newest_spike(c, of, t + 1, (double)mean[d]);
			of[t] = round(spike);
			cr_expect(fabs(spike - of[t]) < 1e-3, "neuron %d, bin %d: %g", d, t, spike);
			cr_expect(of[t] == tensor_at(published, at + t * width + d), "neuron %d, bin %d", d,
				  t);
		}
	}
	free(spikes);
	free(rates);
}

ParameterizedTestParameters(forecasters, give_the_published_spikes)
{
	static struct spiking cases[] = {{"sp_snn_small", false}, {"sp_snn_rleaky_small", true}};
	return cr_make_param_array(struct spiking, cases, 2);
}

ParameterizedTest(struct spiking *c, forecasters, give_the_published_spikes)
{
	struct model model = {.output = "output"};
	strcpy(model.name, c->name);
	struct forecaster *f = open_model(&model, CONTEXT_WINDOW);
	struct safetensors *s = open_vectors(&model, "windows");
	const struct tensor *input = tensor(s, "input"), *published = tensor(s, "last_layer_spikes");
	int n_bins = (int)input->shape[1];
	for (int64_t w = 0; w < input->shape[0]; w++)
		expect_spikes(c, f, (const float *)input->data + w * n_bins * f->n_units, n_bins, published,
			      w * n_bins * published->shape[2]);
	safetensors_close(s);
	forecaster_destroy(f);
}
