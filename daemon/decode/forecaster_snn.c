/* Each layer, with states spike, syn and mem:
 *   x = u, or inter_proj of the spikes below, with a norm where the model has norms
 *   syn = alpha syn + x + recurrent spike            (neurons without alpha: no syn, mem takes the rest)
 *   mem = beta mem + syn - (mem > threshold ? threshold : 0)
 *   spike = mem > threshold
 * The rates are read from the mean of the last layer's spikes over the bins since zero state, or, where
 * readout_mode is "exponential", from their sum with weights that rise to the newest. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels.h"
#include "stack.h"

enum { UNITS, WIDTH, SYNAPTIC, NORMS, EXPONENTIAL };

enum {
	INTER_BIAS,
	INTER,
	NORM_GAIN,
	NORM_SHIFT,
	RECURRENT_BIAS,
	RECURRENT,
	ALPHA,
	BETA,
	THRESHOLD,
	N_PARTS,
};

static const struct stack_part parts[N_PARTS] = {
	[INTER_BIAS] = {STACK_VECTOR, "inter_proj.%d.bias", WIDTH, .from = 1},
	[INTER] = {STACK_MATRIX, "inter_proj.%d.weight", WIDTH, WIDTH, .from = 1},
	[NORM_GAIN] = {STACK_VECTOR, "layer_norms.%d.weight", WIDTH, .when = NORMS, .from = 1},
	[NORM_SHIFT] = {STACK_VECTOR, "layer_norms.%d.bias", WIDTH, .when = NORMS, .from = 1},
	[RECURRENT_BIAS] = {STACK_VECTOR, "spiking_layers.%d.recurrent.bias", WIDTH},
	[RECURRENT] = {STACK_MATRIX, "spiking_layers.%d.recurrent.weight", WIDTH, WIDTH},
	[ALPHA] = {STACK_NUMBER, "spiking_layers.%d.alpha", .when = SYNAPTIC},
	[BETA] = {STACK_NUMBER, "spiking_layers.%d.beta"},
	[THRESHOLD] = {STACK_NUMBER, "spiking_layers.%d.threshold"},
};

static void sizes(struct stack_weights *w, struct weights_reader *r)
{
	char text[32] = "mean";
	weights_note(r->set, "readout_mode", text, sizeof(text));
	w->dims[SYNAPTIC] = tensor_find(r->set, "spiking_layers.0.alpha") != NULL;
	w->dims[NORMS] = tensor_find(r->set, "input_norm.weight") != NULL;
	w->dims[EXPONENTIAL] = strcmp(text, "exponential") == 0;
	if (!w->dims[EXPONENTIAL] && strcmp(text, "mean") != 0)
		weights_refuse(r, "note readout_mode is \"%s\"; mean and exponential are known", text);
	if (w->dims[EXPONENTIAL])
		w->no_stream = "an snn with an exponential readout";
	w->input_norm = w->dims[NORMS];
	w->ld_row = w->ld_work = w->frame.ld_width;
	w->state_size = 5 * w->frame.ld_width; /* spikes, syn, mem; sum of spikes, in double */
}

static void limit(float *x)
{
	*x = *x < 0 ? 0 : *x > 1 ? 1 : *x;
}

static void finish(struct stack_weights *w, struct weights_reader *r)
{
	char name[64];
	for (int i = 0; i < w->n_layers; i++) {
		snprintf(name, sizeof(name), "spiking_layers.%d.graded_spikes_factor", i);
		weights_expect(r, 1, name);
		snprintf(name, sizeof(name), "spiking_layers.%d.reset_mechanism_val", i);
		weights_expect(r, 0, name);
		if (!w->memory)
			continue;
		limit(stack_parts(w, i)[BETA]);
		if (w->dims[SYNAPTIC])
			limit(stack_parts(w, i)[ALPHA]);
	}
}

/* A row is x with the bias of the recurrent matrix. Few spike at a time: only their columns are read. */
static void project(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], ld = w->frame.ld_width;
	for (int t = 0; t < s->n; t++) {
		float *row = stack_row(s->row, t, ld), *h = stack_row(s->h, t, ld);
		if (s->layer == 0) {
			memcpy(row, h, (size_t)ld * sizeof(*row));
		} else {
			int n = frame_nonzero(h, width, s->index, s->value);
			kernel_sparse(row, p[INTER], p[INTER_BIAS], s->index, s->value, n, width, width);
			if (p[NORM_GAIN])
				kernel_layer_norm(row, row, p[NORM_GAIN], p[NORM_SHIFT], width);
		}
		for (int i = 0; i < width; i++)
			row[i] += p[RECURRENT_BIAS][i];
	}
}

/* Of row t among n; all of them together weigh n. */
static double weight_of(const struct stack_weights *w, int t, int n)
{
	double sum = 0;
	if (!w->dims[EXPONENTIAL] || n < 2)
		return 1;
	for (int k = 0; k < n; k++)
		sum += exp((double)k / (n - 1));
	return n * exp((double)t / (n - 1)) / sum;
}

static void advance(const struct stack_weights *w, const struct stack_span *s)
{
	float *const *p = stack_parts(w, s->layer);
	int width = w->dims[WIDTH], ld = w->frame.ld_width;
	float *spikes = s->state, *syn = spikes + ld, *mem = syn + ld;
	double *sum = (double *)(mem + ld);
	for (int t = 0; t < s->n; t++) {
		int n = frame_nonzero(spikes, width, s->index, s->value);
		kernel_sparse(s->work, p[RECURRENT], stack_row(s->row, t, ld), s->index, s->value, n, width,
			      width);
		kernel_spike(spikes, p[ALPHA] ? syn : NULL, mem, s->work, p[ALPHA] ? *p[ALPHA] : 0, *p[BETA],
			     *p[THRESHOLD], width);
		memcpy(stack_row(s->h, t, ld), spikes, (size_t)ld * sizeof(*spikes));
		double weight = weight_of(w, t, s->n);
		for (int i = 0; i < width; i++)
			sum[i] += weight * (double)spikes[i];
	}
	if (s->layer < w->n_layers - 1)
		return;
	float *mean = stack_row(s->h, s->n - 1, ld);
	for (int i = 0; i < width; i++)
		mean[i] = (float)(sum[i] / (double)(s->bin + (uint64_t)s->n));
}

const struct stack_class stack_snn = {
	"snn", parts, N_PARTS, sizes, finish, NULL, project, advance,
};
