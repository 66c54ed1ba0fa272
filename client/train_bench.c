#include "train_bench.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "bcitrain.h"
#include "kernels.h"
#include "model.h"
#include "safetensors.h"
#include "train_random.h"

struct request {
	const char *model, *context, *output;
	struct train_random_spec random;
	double seconds;
	bool json;
};

static json_t *times_json(const struct bench_times *t)
{
	return json_pack("{s:f, s:f, s:f, s:i}", "p50_us", t->p50_us, "p99_us", t->p99_us, "p999_us",
			 t->p999_us, "n", t->n);
}

static json_t *side_json(const struct bench_side *s)
{
	json_t *all = times_json(&s->step);
	json_object_set_new(all, "bound_us", json_real(s->bound_us));
	json_object_set_new(all, "over_bound", json_real(s->over_bound));
	return all;
}

static int print_json(const struct forecaster *m, int width, const struct bench_result *b, struct failure *f)
{
	json_t *prewarmed = times_json(&b->prewarmed);
	json_object_set_new(prewarmed, "over_hot", json_real(b->prewarmed.p50_us / b->hot.step.p50_us));
	json_t *all = json_pack(
		"{s:s, s:s, s:i, s:i, s:s, s:I, s:o, s:o, s:o}", "architecture", m->class->architecture,
		"context", m->context == CONTEXT_WINDOW ? "window" : "stream", "units", m->n_units, "width",
		width, "kernels", kernels_name(), "bytes", (json_int_t)b->bytes, "hot", side_json(&b->hot),
		"cold", side_json(&b->cold), "prewarmed", prewarmed);
	int r = json_dumpf(all, stdout, JSON_REAL_PRECISION(6)) < 0 || putchar('\n') < 0 ? -EIO : 0;
	json_decref(all);
	return r < 0 ? failure_set(f, r, "standard output: write error") : 0;
}

static void print_row(const char *name, const struct bench_times *t, double bound, double over)
{
	printf("%-10s %10.1f %10.1f %10.1f %10.1f %10.2f %8d\n", name, t->p50_us, t->p99_us, t->p999_us,
	       bound, over, t->n);
}

static void print_table(const struct forecaster *m, int width, const struct bench_result *b)
{
	printf("%s, %d units, width %d, %s context, %s kernels, %.0f kB a step; in us:\n",
	       m->class->architecture, m->n_units, width, m->context == CONTEXT_WINDOW ? "window" : "stream",
	       kernels_name(), (double)b->bytes / 1000);
	printf("%-10s %10s %10s %10s %10s %10s %8s\n", "", "p50", "p99", "p99.9", "bound", "p50/bound", "n");
	print_row("hot", &b->hot.step, b->hot.bound_us, b->hot.over_bound);
	print_row("cold", &b->cold.step, b->cold.bound_us, b->cold.over_bound);
	print_row("prewarmed", &b->prewarmed, b->hot.bound_us, b->prewarmed.p50_us / b->hot.bound_us);
}

static int measure(struct forecaster *m, const struct request *q, struct failure *f)
{
	struct bench_result result;
	int width;
	int r = m->weights ? bench_measure(m, q->seconds, &result)
			   : failure_set(f, -EINVAL, "%s has no weights to read", m->class->architecture);
	if (r == -ENOMEM)
		failure_set(f, r, "out of memory");
	if (r < 0)
		return r;
	m->class->hidden(m, &width);
	if (q->json)
		return print_json(m, width, &result, f);
	print_table(m, width, &result);
	return 0;
}

static int write_random(const struct train_random *random, const struct request *q, struct failure *f)
{
	const struct train_random_spec *s = &q->random;
	long long n = train_random_n_parameters(random);
	int r = safetensors_write(q->output, train_random_set(random), f);
	if (r < 0)
		return r;
	if (!q->json) {
		printf("%s: an untrained %s of %d units, width %d, %d layers: %lld parameters\n", q->output,
		       s->architecture, s->n_units, s->width, s->n_layers, n);
		return 0;
	}
	json_t *all = json_pack("{s:s, s:s, s:I}", "file", q->output, "architecture", s->architecture,
				"parameters", (json_int_t)n);
	r = json_dumpf(all, stdout, 0) < 0 || putchar('\n') < 0 ? -EIO : 0;
	json_decref(all);
	return r < 0 ? failure_set(f, r, "standard output: write error") : 0;
}

static int bench_random(const struct request *q, enum forecaster_context context, struct failure *f)
{
	struct train_random *random = NULL;
	struct forecaster *m = NULL;
	int r = train_random_create(&q->random, f, &random);
	if (r == 0 && !q->output)
		r = forecaster_create(train_random_set(random), 0, context, f, &m);
	else if (r == 0)
		r = write_random(random, q, f);
	train_random_destroy(random);
	if (m)
		r = measure(m, q, f);
	forecaster_destroy(m);
	return r;
}

static int bench_model(const struct request *q, enum forecaster_context context, struct failure *f)
{
	struct forecaster *m = NULL;
	struct hash hash;
	int r = model_load_forecaster(q->model, 0, context, f, &m, &hash);
	if (r == 0)
		r = m ? measure(m, q, f)
		      : failure_set(f, -EINVAL, "--model: there is no forecaster in \"%.80s\"", q->model);
	forecaster_destroy(m);
	return r;
}

static int bench(const struct request *q, struct failure *f)
{
	bool window = strcmp(q->context, "window") == 0;
	enum forecaster_context context = window ? CONTEXT_WINDOW : CONTEXT_STREAM;
	if (!window && strcmp(q->context, "stream") != 0)
		return failure_set(f, -EINVAL, "--context: \"%.40s\" is neither window nor stream",
				   q->context);
	if (!q->model == !q->random.architecture)
		return failure_set(f, -EINVAL, "one of --model and --architecture is needed");
	if (q->model && q->output)
		return failure_set(f, -EINVAL, "--write-random needs --architecture, not --model");
	return q->model ? bench_model(q, context, f) : bench_random(q, context, f);
}

static const char purpose[] =
	"How long a step of a forecaster takes on one thread. hot: back to back. cold: the first "
	"step\n"
	"after 50 ms of sleep, as a live bin comes. prewarmed: the same, the weights touched just\n"
	"before. bound: the bytes of a step (all weights, and a stream's state) at the speed at "
	"which\n"
	"the weights can be read at all, hot and cold, measured by turns with the steps. In the "
	"bins\n"
	"that are fed no count is zero, which is the most work there is. p99.9 of fewer than 1000\n"
	"steps is the largest.";

int train_bench(int argc, char **argv, struct failure *f)
{
	struct request q = { .context = "stream", .seconds = 30 };
	int64_t units = 200, width = 64, layers = 2, seed = 1;
	const struct argument table[] = {
		{ "model", ARGUMENT_TEXT, &q.model, "FILE", "the forecaster to measure" },
		{ "architecture", ARGUMENT_TEXT, &q.random.architecture, "A",
		  "or an untrained one: mamba, hgrn2, gated_delta, lru, transformer, lstm, snn" },
		{ "units", ARGUMENT_INT, &units, "N", "of the untrained one (default 200)", false, 1,
		  MAX_UNITS },
		{ "width", ARGUMENT_INT, &width, "W", "of the untrained one (default 64)", false, 1,
		  TRAIN_RANDOM_MAX_WIDTH },
		{ "layers", ARGUMENT_INT, &layers, "L", "of the untrained one (default 2)", false, 1,
		  TRAIN_RANDOM_MAX_LAYERS },
		{ "seed", ARGUMENT_INT, &seed, "K", "of the untrained one (default 1)", false, 0, INT32_MAX },
		{ "context", ARGUMENT_TEXT, &q.context, "C", "stream (default) or window" },
		{ "seconds", ARGUMENT_NUMBER, &q.seconds, "S", "of measuring (default 30)", false, 0.01,
		  3600 },
		{ "write-random", ARGUMENT_TEXT, &q.output, "FILE",
		  "write the untrained one there and measure nothing" },
		{ "json", ARGUMENT_FLAG, &q.json, NULL, "one JSON object as the last line" },
		{ NULL },
	};
	const struct arguments args = {
		argv[0], purpose, NULL, 0, 0, table,
	};
	enum arguments_next next;
	int operand;
	int r = arguments_parse(&args, argc, argv, f, &next, &operand);
	if (r < 0 || next == ARGUMENTS_DONE)
		return r;
	q.random.n_units = (int)units;
	q.random.width = (int)width;
	q.random.n_layers = (int)layers;
	q.random.seed = (uint64_t)seed;
	return bench(&q, f);
}
