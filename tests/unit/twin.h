/* forecaster_case: what the tests of the stacked forecasters share. Each gives a checkpoint of any size and
 * one layer in naive double precision; FORECASTER_TESTS() makes the tests of it, with every set of kernels.
 */
#pragma once

#include "checkpoint.h"
#include "forecaster.h"

#define TWIN_BINS 30
#define TWIN_WIDTH 160

struct twin {
	const char *architecture;
	bool has_stream;
	/* All tensors of c->sizes but those of the frame; a norm of the frame where the model has it. */
	void (*add)(struct checkpoint *c);
	/* h (n, width) of the bins since zero state, through layer i in place. */
	void (*layer)(struct checkpoint *c, int i, double (*h)[TWIN_WIDTH], int n);
};

/* The name of a layer's tensor. */
static inline const char *twin_name(const char *format, int layer)
{
	static char name[80];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(name, sizeof(name), format, layer);
#pragma GCC diagnostic pop
	return name;
}

static inline const float *twin_tensor(struct checkpoint *c, const char *format, int layer)
{
	return checkpoint_tensor(c, twin_name(format, layer))->data;
}

static inline void twin_add(struct checkpoint *c, const char *format, int layer, int a, int b, float spread,
			    float middle)
{
	checkpoint_add(c, twin_name(format, layer), a, b, 0, spread, middle);
}

static inline float twin_spread(int n)
{
	return 1.5f / sqrtf((float)n);
}

static inline double twin_sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static inline void twin_checkpoint(const struct twin *twin, struct checkpoint *c, struct twin_sizes sizes)
{
	*c = (struct checkpoint){.sizes = sizes, .seed = 5};
	c->set = (struct tensor_set){"m.safetensors", c->tensors, 0, c->notes, 0};
	checkpoint_add(c, "input_proj.weight", sizes.width, sizes.n_units, 0, 1.0f, 0);
	checkpoint_add(c, "input_proj.bias", sizes.width, 0, 0, 0.5f, 0);
	twin->add(c);
	checkpoint_add(c, "output_proj.weight", sizes.n_units, sizes.width, 0,
		       1.0f / sqrtf((float)sizes.width), 0);
	checkpoint_add(c, "output_proj.bias", sizes.n_units, 0, 0, 0.5f, 0);
}

/* Counts of bin t, many of them zero. */
static inline void twin_bin(const struct checkpoint *c, int t, float *counts)
{
	unsigned seed = 77 + (unsigned)t * 1001;
	for (int u = 0; u < c->sizes.n_units; u++) {
		float x = twin_random(&seed);
		counts[u] = x < 0 ? 0 : floorf(x * 4);
	}
}

static inline void twin_frame_norm(struct checkpoint *c, double *x, const char *name)
{
	char weight[40], bias[40];
	snprintf(weight, sizeof(weight), "%s.weight", name);
	snprintf(bias, sizeof(bias), "%s.bias", name);
	if (tensor_find(&c->set, weight))
		twin_norm(x, x, checkpoint_tensor(c, weight)->data, checkpoint_tensor(c, bias)->data,
			  c->sizes.width);
}

/* Bins from .. until from zero state: the last one's h (width) and rates (n_units). */
static inline void twin_run(const struct twin *twin, struct checkpoint *c, int from, int until, double *h,
			    double *rates)
{
	const struct twin_sizes *s = &c->sizes;
	static double rows[TWIN_BINS][TWIN_WIDTH], x[TWIN_WIDTH];
	float counts[TWIN_WIDTH];
	for (int t = from; t < until; t++) {
		twin_bin(c, t, counts);
		for (int u = 0; u < s->n_units; u++)
			x[u] = (double)counts[u];
		twin_matrix(rows[t - from], twin_tensor(c, "input_proj.weight", 0),
			    twin_tensor(c, "input_proj.bias", 0), x, s->width, s->n_units);
		twin_frame_norm(c, rows[t - from], "input_norm");
	}
	for (int i = 0; i < s->n_layers; i++)
		twin->layer(c, i, rows, until - from);
	memcpy(h, rows[until - from - 1], sizeof(rows[0]));
	memcpy(x, h, sizeof(x));
	twin_frame_norm(c, x, "final_norm");
	twin_frame_norm(c, x, "output_norm");
	twin_matrix(rates, twin_tensor(c, "output_proj.weight", 0), twin_tensor(c, "output_proj.bias", 0), x,
		    s->n_units, s->width);
	for (int u = 0; u < s->n_units; u++)
		rates[u] = twin_softplus(rates[u]);
}

static inline struct forecaster *twin_create(struct checkpoint *c, enum forecaster_context context)
{
	struct failure f = {0};
	struct forecaster *m = NULL;
	cr_assert(eq(int, forecaster_create(&c->set, c->sizes.n_units, context, &f, &m), 0), "%s", f.text);
	return m;
}

static inline void twin_expect(const float *is, const double *should, int n, int t, const char *what)
{
	for (int i = 0; i < n; i++)
		cr_expect(fabs((double)is[i] - should[i]) <= 1e-5 + 1e-5 * fabs(should[i]),
			  "bin %d, %s %d: %g, not %g", t, what, i, (double)is[i], should[i]);
}
