/* mamba_twin: a checkpoint of Mamba of any size, and Mamba in naive double precision over its tensors. */
#pragma once

#include "checkpoint.h"

static inline void checkpoint_add_block(struct checkpoint *c, int i)
{
	const struct twin_sizes *s = &c->sizes;
	const struct {
		const char *name;
		int a, b, d;
		float spread, middle;
	} all[] = {
		{"in_proj.weight", 2 * s->channels, s->width, 0, 1.5f / sqrtf((float)s->width), 0},
		{"conv1d.weight", s->channels, 1, 4, 0.7f, 0},
		{"conv1d.bias", s->channels, 0, 0, 0.3f, 0},
		{"x_proj.weight", s->rank + 2 * s->n_state, s->channels, 0, 1.5f / sqrtf((float)s->channels),
		 0},
		{"dt_proj.weight", s->channels, s->rank, 0, 0.5f, 0},
		{"dt_proj.bias", s->channels, 0, 0, 1.0f, -1.5f},
		{"A_log", s->channels, s->n_state, 0, 1.2f, 0.8f},
		{"D", s->channels, 0, 0, 0.3f, 1.0f},
		{"out_proj.weight", s->width, s->channels, 0, 1.5f / sqrtf((float)s->channels), 0},
	};
	char name[64];
	snprintf(name, sizeof(name), "mamba_blocks.%d.norm", i);
	checkpoint_add_norm(c, name);
	for (size_t t = 0; t < sizeof(all) / sizeof(*all); t++) {
		snprintf(name, sizeof(name), "mamba_blocks.%d.mamba.%s", i, all[t].name);
		checkpoint_add(c, name, all[t].a, all[t].b, all[t].d, all[t].spread, all[t].middle);
	}
}

static inline void checkpoint_init(struct checkpoint *c, struct twin_sizes sizes)
{
	*c = (struct checkpoint){.sizes = sizes, .seed = 5};
	c->set = (struct tensor_set){"m.safetensors", c->tensors, 0, c->notes, 0};
	checkpoint_add(c, "input_proj.weight", sizes.width, sizes.n_units, 0, 1.0f, 0);
	checkpoint_add(c, "input_proj.bias", sizes.width, 0, 0, 0.5f, 0);
	checkpoint_add_norm(c, "input_norm");
	for (int i = 0; i < sizes.n_layers; i++)
		checkpoint_add_block(c, i);
	checkpoint_add_norm(c, "final_norm");
	checkpoint_add_norm(c, "output_norm");
	checkpoint_add(c, "output_proj.weight", sizes.n_units, sizes.width, 0,
		       1.0f / sqrtf((float)sizes.width), 0);
	checkpoint_add(c, "output_proj.bias", sizes.n_units, 0, 0, 0.5f, 0);
}

/* --- the twin; all sizes are small --- */

#define TWIN_MAX 300
#define TWIN_MAX_LAYERS 4
#define TWIN_MAX_STATE 16

struct twin {
	struct checkpoint *c;
	double conv[TWIN_MAX_LAYERS][4][TWIN_MAX];
	double S[TWIN_MAX_LAYERS][TWIN_MAX][TWIN_MAX_STATE];
	double h[TWIN_MAX], rates[TWIN_MAX];
};

static inline const float *twin_data(const struct twin *t, int block, const char *name)
{
	char text[64];
	snprintf(text, sizeof(text), block < 0 ? "%.0d%s" : "mamba_blocks.%d.%s", block < 0 ? 0 : block,
		 name);
	return checkpoint_tensor(t->c, text)->data;
}

static inline void twin_convolve(struct twin *t, int i, const double *xi, double *x)
{
	const float *weight = twin_data(t, i, "mamba.conv1d.weight"),
		    *bias = twin_data(t, i, "mamba.conv1d.bias");
	for (int d = 0; d < t->c->sizes.channels; d++) {
		double sum = (double)bias[d];
		for (int k = 0; k < 4; k++) {
			t->conv[i][k][d] = k < 3 ? t->conv[i][k + 1][d] : xi[d];
			sum += (double)weight[d * 4 + k] * t->conv[i][k][d];
		}
		x[d] = twin_silu(sum);
	}
}

static inline void twin_block(struct twin *t, int i)
{
	const struct twin_sizes *s = &t->c->sizes;
	const float *A_log = twin_data(t, i, "mamba.A_log"), *skip = twin_data(t, i, "mamba.D");
	double v[TWIN_MAX], xz[2 * TWIN_MAX], x[TWIN_MAX], bc[TWIN_MAX], dt[TWIN_MAX], y[TWIN_MAX];
	twin_norm(v, t->h, twin_data(t, i, "norm.weight"), twin_data(t, i, "norm.bias"), s->width);
	twin_matrix(xz, twin_data(t, i, "mamba.in_proj.weight"), NULL, v, 2 * s->channels, s->width);
	twin_convolve(t, i, xz, x);
	twin_matrix(bc, twin_data(t, i, "mamba.x_proj.weight"), NULL, x, s->rank + 2 * s->n_state,
		    s->channels);
	twin_matrix(dt, twin_data(t, i, "mamba.dt_proj.weight"), twin_data(t, i, "mamba.dt_proj.bias"), bc,
		    s->channels, s->rank);
	for (int d = 0; d < s->channels; d++) {
		double delta = twin_softplus(dt[d]);
		y[d] = (double)skip[d] * x[d];
		for (int n = 0; n < s->n_state; n++) {
			double decay = exp(-delta * exp((double)A_log[d * s->n_state + n]));
			t->S[i][d][n] = decay * t->S[i][d][n] + delta * x[d] * bc[s->rank + n];
			y[d] += t->S[i][d][n] * bc[s->rank + s->n_state + n];
		}
		y[d] *= twin_silu(xz[s->channels + d]);
	}
	twin_matrix(v, twin_data(t, i, "mamba.out_proj.weight"), NULL, y, s->width, s->channels);
	for (int w = 0; w < s->width; w++)
		t->h[w] += v[w];
}

static inline void twin_step(struct twin *t, const float *counts)
{
	const struct twin_sizes *s = &t->c->sizes;
	double x[TWIN_MAX], c[TWIN_MAX];
	for (int u = 0; u < s->n_units; u++)
		x[u] = (double)counts[u];
	twin_matrix(t->h, twin_data(t, -1, "input_proj.weight"), twin_data(t, -1, "input_proj.bias"), x,
		    s->width, s->n_units);
	twin_norm(t->h, t->h, twin_data(t, -1, "input_norm.weight"), twin_data(t, -1, "input_norm.bias"),
		  s->width);
	for (int i = 0; i < s->n_layers; i++)
		twin_block(t, i);
	twin_norm(c, t->h, twin_data(t, -1, "final_norm.weight"), twin_data(t, -1, "final_norm.bias"),
		  s->width);
	twin_norm(c, c, twin_data(t, -1, "output_norm.weight"), twin_data(t, -1, "output_norm.bias"),
		  s->width);
	twin_matrix(t->rates, twin_data(t, -1, "output_proj.weight"), twin_data(t, -1, "output_proj.bias"), c,
		    s->n_units, s->width);
	for (int u = 0; u < s->n_units; u++)
		t->rates[u] = twin_softplus(t->rates[u]);
}
