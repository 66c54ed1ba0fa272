#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "bcitrain.h"
#include "forecaster.h"
#include "model.h"
#include "progress.h"
#include "train_file.h"
#include "train_input.h"

struct forecast {
	struct train_input in;
	struct forecaster *forecaster;
	struct hash hash;
	int horizon;
	bool last_only; /* a row for each window, not for each bin */
	float *counts;  /* (n_units) */
	float *ahead;   /* (n_units) rates that are fed back */
	void *state;    /* the forecaster's, while it looks ahead */
	float *rates;   /* (n_rates, n_units) */
	int64_t n_rates;
};

static int forecast_create(const char *model, const char *input, enum forecaster_context context,
			   struct failure *f, struct forecast *p)
{
	static const char *const names[] = { "counts", "input", NULL };
	int r = train_input_open(input, names, f, &p->in);
	if (r == 0)
		r = model_load_forecaster(model, p->in.n_columns, context, f, &p->forecaster, &p->hash);
	if (r < 0)
		return r;
	if (!p->forecaster)
		return failure_set(f, -EINVAL, "--model: there is no forecaster in \"%.80s\"", model);
	size_t n_units = (size_t)p->in.n_columns;
	p->last_only = context == CONTEXT_WINDOW && p->in.tensor->n_dims == 3;
	p->n_rates = p->in.n_runs * (p->last_only ? 1 : p->in.n_rows);
	p->counts = calloc(2 * n_units, sizeof(*p->counts));
	p->state = malloc(p->forecaster->class->state_size(p->forecaster) + 1);
	p->rates = calloc((size_t)p->n_rates * n_units, sizeof(*p->rates));
	if (!p->counts || !p->state || !p->rates)
		return failure_set(f, -ENOMEM, "out of memory for %lld forecasts", (long long)p->n_rates);
	p->ahead = p->counts + n_units;
	return 0;
}

static void forecast_destroy(struct forecast *p)
{
	free(p->counts);
	free(p->state);
	free(p->rates);
	forecaster_destroy(p->forecaster);
	train_input_close(&p->in);
}

/* Its own rates stand in for bins that have not come yet; afterwards it stands where it stood. */
static void look_ahead(struct forecast *p, float *rates)
{
	const struct forecaster_class *class = p->forecaster->class;
	if (p->horizon == 1)
		return;
	class->state_save(p->forecaster, p->state);
	for (int k = 1; k < p->horizon; k++) {
		memcpy(p->ahead, rates, (size_t)p->in.n_columns * sizeof(*rates));
		class->step(p->forecaster, p->ahead, rates);
	}
	class->state_load(p->forecaster, p->state);
}

static int forecast_run(struct forecast *p, int64_t run, struct failure *f)
{
	forecaster_reset(p->forecaster);
	for (int64_t t = 0; t < p->in.n_rows; t++) {
		int64_t row = p->last_only ? run : run * p->in.n_rows + t;
		float *rates = p->rates + (size_t)row * (size_t)p->in.n_columns;
		int r = train_input_row(&p->in, run, t, f, p->counts);
		if (r < 0)
			return r;
		forecaster_step(p->forecaster, p->counts, rates);
		if (!p->last_only || t == p->in.n_rows - 1)
			look_ahead(p, rates);
		if (t % 64 == 0)
			progress_show("forecasting", run * p->in.n_rows + t, p->in.n_runs * p->in.n_rows);
	}
	return 0;
}

static int forecast_write(const struct forecast *p, const char *path, struct failure *f)
{
	struct train_file file = { 0 };
	char hex[HASH_HEX];
	hash_to_hex(&p->hash, hex);
	train_file_tensor(&file, "rates", p->rates, p->n_rates, p->in.n_columns);
	if (!p->last_only) /* a window's target is not a row of the input */
		train_file_note(&file, "horizon_bins", "%d", p->horizon);
	if (p->in.bin_us)
		train_file_note(&file, "bin_us", "%d", p->in.bin_us);
	train_file_note(&file, "context", "%s",
			p->forecaster->context == CONTEXT_WINDOW ? "window" : "stream");
	train_file_note(&file, "model", "%s", hex);
	int r = train_file_write(&file, path, f);
	train_file_finish(&file);
	return r;
}

static int forecast(const char *model, const char *input, enum forecaster_context context, int horizon,
		    const char *output, struct failure *f)
{
	struct forecast p = { .horizon = horizon };
	int r = forecast_create(model, input, context, f, &p);
	for (int64_t run = 0; r == 0 && run < p.in.n_runs; run++)
		r = forecast_run(&p, run, f);
	progress_show("forecasting", 1, 1);
	if (r == 0)
		r = forecast_write(&p, output, f);
	if (r == 0)
		printf("%s: rates [%lld, %d]\n", output, (long long)p.n_rates, p.in.n_columns);
	forecast_destroy(&p);
	return r;
}

int train_forecast(int argc, char **argv, struct failure *f)
{
	const char *model = NULL, *input = NULL, *context = "stream", *output = NULL;
	int64_t horizon = 1;
	const struct argument table[] = {
		{ "model", ARGUMENT_TEXT, &model, "FILE", "a forecaster, or the word mean", true },
		{ "input", ARGUMENT_TEXT, &input, "FILE[:TENSOR]",
		  "[bins, units] or [windows, bins, units] (default: counts, or input)", true },
		{ "context", ARGUMENT_TEXT, &context, "C",
		  "stream (default): one state carried through; window: a fresh window for each forecast" },
		{ "horizon", ARGUMENT_INT, &horizon, "K", "bins ahead, own rates fed back (default 1)", false,
		  1, 1000 },
		{ "output", ARGUMENT_TEXT, &output, "FILE", "gets the tensor rates, one row a forecast",
		  true },
		{ NULL },
	};
	const struct arguments args = {
		argv[0],
		"Rates of a forecaster. Row t is made from bins up to t and is about bin t + horizon. In "
		"window context\n"
		"[windows, bins, units] gives one row a window.",
		NULL,
		0,
		0,
		table,
	};
	enum arguments_next next;
	int operand;
	int r = arguments_parse(&args, argc, argv, f, &next, &operand);
	if (r < 0 || next == ARGUMENTS_DONE)
		return r;
	bool window = strcmp(context, "window") == 0;
	if (!window && strcmp(context, "stream") != 0)
		return failure_set(f, -EINVAL, "--context: \"%.40s\" is neither window nor stream", context);
	return forecast(model, input, window ? CONTEXT_WINDOW : CONTEXT_STREAM, (int)horizon, output, f);
}
