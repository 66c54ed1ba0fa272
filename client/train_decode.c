#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "bcitrain.h"
#include "model.h"
#include "progress.h"
#include "train_file.h"
#include "train_input.h"

struct decode {
	struct train_input in;
	struct pipeline *pipeline;
	const struct decoder *decoder; /* the pipeline's */
	struct hash hash;
	struct spike_bin *bin;
	struct result *result;
	float *estimate;  /* (n_runs * n_rows, n_outputs) */
	int32_t *command; /* (n_runs * n_rows) number of the output, -1: none */
};

static int decode_create(const char *model, const char *forecaster, const char *input, struct failure *f,
			 struct decode *d)
{
	static const char *const names[] = { "counts", "input", NULL };
	int r = train_input_open(input, names, f, &d->in);
	if (r == 0)
		r = model_load_pipeline(forecaster, model, d->in.n_columns, d->in.bin_us, CONTEXT_STREAM, f,
					&d->pipeline, &d->hash);
	if (r < 0)
		return r;
	d->decoder = pipeline_decoder(d->pipeline);
	if (!d->decoder)
		return failure_set(f, -EINVAL, "--model: there is no decoder in \"%.80s\"", model);
	size_t n_frames = (size_t)(d->in.n_runs * d->in.n_rows);
	d->bin = calloc(1, spike_bin_size(d->in.n_columns));
	d->result = calloc(1, result_size(d->in.n_columns));
	d->estimate = calloc(n_frames * (size_t)d->decoder->n_outputs, sizeof(*d->estimate));
	d->command = calloc(n_frames, sizeof(*d->command));
	if (!d->bin || !d->result || !d->estimate || !d->command)
		return failure_set(f, -ENOMEM, "out of memory for %zu frames", n_frames);
	d->bin->n_units = d->in.n_columns;
	return 0;
}

static void decode_destroy(struct decode *d)
{
	free(d->bin);
	free(d->result);
	free(d->estimate);
	free(d->command);
	pipeline_destroy(d->pipeline);
	train_input_close(&d->in);
}

/* Each run is an epoch of its own. */
static int decode_run(struct decode *d, int64_t run, struct failure *f)
{
	size_t n_outputs = (size_t)d->decoder->n_outputs;
	for (int64_t t = 0; t < d->in.n_rows; t++) {
		int64_t frame = run * d->in.n_rows + t;
		d->bin->epoch = (uint32_t)run;
		d->bin->bin = t;
		d->bin->flags = t == 0 ? BIN_EPOCH_BEGIN : 0;
		int r = train_input_counts(&d->in, run, t, f, d->bin->counts);
		if (r < 0)
			return r;
		pipeline_step(d->pipeline, d->bin, d->result);
		memcpy(d->estimate + (size_t)frame * n_outputs, d->result->estimate.value,
		       n_outputs * sizeof(float));
		d->command[frame] = d->result->estimate.command;
		if (frame % 64 == 0)
			progress_show("decoding", frame, d->in.n_runs * d->in.n_rows);
	}
	return 0;
}

static int decode_write(const struct decode *d, const char *path, struct failure *f)
{
	struct train_file file = { 0 };
	char hex[HASH_HEX];
	hash_to_hex(&d->hash, hex);
	train_file_tensor(&file, "estimate", d->estimate, d->in.n_runs * d->in.n_rows, d->decoder->n_outputs);
	if (d->decoder->outputs[0].kind == OUTPUT_CLASS)
		train_file_numbers(&file, "command", d->command, d->in.n_runs * d->in.n_rows);
	for (int j = 0; j < d->decoder->n_outputs; j++) {
		train_file_note_item(&file, "outputs", d->decoder->outputs[j].name);
		train_file_note_item(&file, "output_units", d->decoder->outputs[j].unit);
	}
	train_file_note(&file, "lag_bins", "%d", d->decoder->lag_bins);
	train_file_note(&file, "bin_us", "%d", d->decoder->bin_us);
	train_file_note(&file, "model", "%s", hex);
	int r = train_file_write(&file, path, f);
	train_file_finish(&file);
	return r;
}

static int decode(const char *model, const char *forecaster, const char *input, const char *output,
		  struct failure *f)
{
	struct decode d = { 0 };
	int r = decode_create(model, forecaster, input, f, &d);
	for (int64_t run = 0; r == 0 && run < d.in.n_runs; run++)
		r = decode_run(&d, run, f);
	progress_show("decoding", 1, 1);
	if (r == 0)
		r = decode_write(&d, output, f);
	if (r == 0)
		printf("%s: estimate [%lld, %d]\n", output, (long long)(d.in.n_runs * d.in.n_rows),
		       d.decoder->n_outputs);
	decode_destroy(&d);
	return r;
}

int train_decode(int argc, char **argv, struct failure *f)
{
	const char *model = NULL, *forecaster = "", *input = NULL, *output = NULL;
	const struct argument table[] = {
		{ "model", ARGUMENT_TEXT, &model, "FILE", "the decoder", true },
		{ "forecaster", ARGUMENT_TEXT, &forecaster, "FILE",
		  "a forecaster, or the word mean, where the decoder needs rates" },
		{ "input", ARGUMENT_TEXT, &input, "FILE[:TENSOR]",
		  "spike counts [bins, units] (default: counts, or input)", true },
		{ "output", ARGUMENT_TEXT, &output, "FILE",
		  "gets the tensor estimate [bins, outputs], and of classes command [bins]: number of the "
		  "output, "
		  "or -1",
		  true },
		{ NULL },
	};
	const struct arguments args = {
		argv[0],
		"Estimates of a decoder for every bin, by the very steps that run live. Row t is made from "
		"bins up\n"
		"to t and is about bin t + lag_bins (a note of the file). Of [trials, bins, units] each "
		"trial starts afresh.",
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
	return decode(model, forecaster, input, output, f);
}
