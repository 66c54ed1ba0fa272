/* A training step: forward, loss, backward, clip, AdamW; Mamba of 200 units, width 64, two layers, 32
 * sequences, one thread. Prints milliseconds: the median of the repeats, the least and the largest. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adamw.h"
#include "clock.h"
#include "loss.h"
#include "trainee.h"

enum { UNITS = 200, WIDTH = 64, LAYERS = 2, STATES = 16, BATCH = 32 };

struct bench {
	struct trainee *t;
	struct trainee_pass *pass;
	struct trainee_batch batch;
	struct adamw adamw;
	float *gradient, *rate, *target;
};

static void *room(size_t n)
{
	void *p = calloc(n, sizeof(float));
	if (!p)
		abort();
	return p;
}

static void open_bench(struct bench *b, const char *architecture, int n_steps)
{
	const struct trainee_sizes sizes = { UNITS, UNITS, WIDTH, LAYERS, STATES };
	struct seed seed = { 1 };
	struct failure f;
	int n_out = n_steps > 10 ? n_steps : 1;
	float *input = room((size_t)BATCH * (size_t)n_steps * UNITS);
	if (trainee_create(architecture, &sizes, &f, &b->t) < 0 ||
	    trainee_pass_create(b->t, BATCH, n_steps, 0, &b->pass) < 0)
		abort();
	trainee_init(b->t, 1);
	for (int i = 0; i < BATCH * n_steps * UNITS; i++)
		input[i] = seed_uniform(&seed) < 0.2;
	b->batch = (struct trainee_batch){ BATCH, n_steps, n_steps <= 10, input };
	b->adamw = (struct adamw){ b->t->n_values, 0, room(b->t->n_values), room(b->t->n_values) };
	b->gradient = room(b->t->n_values);
	b->rate = room((size_t)BATCH * (size_t)n_out * UNITS);
	b->target = room((size_t)BATCH * (size_t)n_out * UNITS);
	for (int i = 0; i < BATCH * n_out * UNITS; i++)
		b->target[i] = seed_uniform(&seed) < 0.2;
}

static double step(struct bench *b)
{
	struct adamw_options o = adamw_defaults();
	int n = b->batch.n_sequences * (b->batch.last_only ? 1 : b->batch.n_steps);
	const struct loss_rows rows = { n, UNITS, NULL, 1.0f / (float)(n * UNITS) };
	o.clip = 1;
	memset(b->gradient, 0, b->t->n_values * sizeof(*b->gradient));
	trainee_forward(b->pass, &b->batch, true);
	double loss = loss_poisson_softplus(&rows, b->pass->output, b->target, b->rate, b->pass->slope);
	trainee_backward(b->pass, b->gradient);
	adamw_step(&b->adamw, &o, b->t->value, b->gradient);
	return loss / (n * UNITS);
}

static int rising(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void run(const char *architecture, int n_steps, int n_times)
{
	struct bench b = { 0 };
	double *ms = calloc((size_t)n_times, sizeof(*ms)), loss = 0;
	open_bench(&b, architecture, n_steps);
	for (int i = -2; i < n_times; i++) {
		int64_t begun_ns = clock_now_ns();
		loss = step(&b);
		if (i >= 0)
			ms[i] = (double)(clock_now_ns() - begun_ns) / NS_PER_MS;
	}
	qsort(ms, (size_t)n_times, sizeof(*ms), rising);
	printf("%-6s %3d bins: %8.2f ms a step (%.2f to %.2f, %d steps), loss %.4f\n", architecture, n_steps,
	       ms[n_times / 2], ms[0], ms[n_times - 1], n_times, loss);
	free(ms);
}

int main(void)
{
	static const char *const architectures[] = { "mamba", "lstm", "gru" };
	openblas_set_num_threads(1);
	printf("%s loops, BLAS for %s; %d units, width %d, %d layers, batch %d\n", inner_name(),
	       openblas_get_corename(), UNITS, WIDTH, LAYERS, BATCH);
	for (int i = 0; i < 3; i++) {
		run(architectures[i], 10, 100);
		run(architectures[i], 200, 10);
	}
	return 0;
}
