#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pipeline {
	int n_units;
	struct forecaster *forecaster; /* or NULL */
	struct decoder *decoder;       /* or NULL */
	bool masking;
	uint8_t *masked; /* (n_units) */
	float *counts;   /* (n_units) of this bin */
	float *unmasked; /* (n_units) the same, masked units as 0: what the forecaster sees */
	float *rates;    /* (n_units) the newest: recurrent state, since they stand while bins are lost */
	float memory[];
};

static int check(int n_units, const struct forecaster *forecaster, const struct decoder *decoder,
		 struct failure *f)
{
	if (n_units < 1 || n_units > MAX_UNITS)
		return failure_set(f, -EINVAL, "%d units: 1 to %d are possible", n_units, MAX_UNITS);
	if (forecaster && forecaster->n_units != n_units)
		return failure_set(f, -EINVAL, "the forecaster is made for %d units, the stream has %d",
				   forecaster->n_units, n_units);
	if (decoder && decoder->n_units != n_units)
		return failure_set(f, -EINVAL, "the decoder is made for %d units, the stream has %d",
				   decoder->n_units, n_units);
	if (decoder && decoder->needs_rates && !forecaster)
		return failure_set(f, -EINVAL,
				   "the decoder's features (%s) need a forecaster, and there is none",
				   decoder->features);
	return 0;
}

int pipeline_create(int n_units, struct forecaster *forecaster, struct decoder *decoder, struct failure *f,
		    struct pipeline **ret)
{
	int r = check(n_units, forecaster, decoder, f);
	if (r < 0)
		return r;
	size_t n = (size_t)n_units;
	struct pipeline *p = calloc(1, sizeof(*p) + n * (3 * sizeof(float) + sizeof(uint8_t)));
	if (!p)
		return failure_set(f, -ENOMEM, "no memory for the pipeline");
	p->n_units = n_units;
	p->forecaster = forecaster;
	p->decoder = decoder;
	p->counts = p->memory;
	p->unmasked = p->counts + n;
	p->rates = p->unmasked + n;
	p->masked = (uint8_t *)(p->rates + n);
	pipeline_reset(p);
	*ret = p;
	return 0;
}

void pipeline_destroy(struct pipeline *p)
{
	if (!p)
		return;
	forecaster_destroy(p->forecaster);
	decoder_destroy(p->decoder);
	free(p);
}

static const float *forecaster_counts(struct pipeline *p)
{
	if (!p->masking)
		return p->counts;
	for (int u = 0; u < p->n_units; u++)
		p->unmasked[u] = p->masked[u] ? 0 : p->counts[u];
	return p->unmasked;
}

void pipeline_step(struct pipeline *p, const struct spike_bin *bin, struct result *out)
{
	bool lost = bin->flags & BIN_GAP;
	if (bin->flags & BIN_EPOCH_BEGIN)
		pipeline_reset(p);
	for (int u = 0; u < p->n_units; u++)
		p->counts[u] = bin->counts[u];

	out->epoch = bin->epoch;
	out->flags = bin->flags;
	out->bin = bin->bin;
	out->horizon = 1;
	out->n_rates = p->forecaster ? p->n_units : 0;
	if (p->forecaster) {
		if (!lost)
			forecaster_step(p->forecaster, forecaster_counts(p), p->rates);
		memcpy(out->rates, p->rates, (size_t)p->n_units * sizeof(*p->rates));
	}
	out->estimate.n_outputs = 0;
	out->estimate.has_sd = false;
	out->estimate.command = -1;
	if (p->decoder)
		p->decoder->class->step(p->decoder, p->counts, p->forecaster ? p->rates : NULL, lost,
					&out->estimate);
}

void pipeline_reset(struct pipeline *p)
{
	memset(p->rates, 0, (size_t)p->n_units * sizeof(*p->rates));
	if (p->forecaster)
		forecaster_reset(p->forecaster);
	if (p->decoder)
		p->decoder->class->reset(p->decoder);
}

void pipeline_set_mask(struct pipeline *p, const uint8_t *masked)
{
	p->masking = false;
	for (int u = 0; u < p->n_units; u++) {
		p->masked[u] = masked[u];
		p->masking |= masked[u] != 0;
	}
	if (p->decoder)
		p->decoder->class->set_mask(p->decoder, masked);
}

int pipeline_n_units(const struct pipeline *p)
{
	return p->n_units;
}

const struct forecaster *pipeline_forecaster(const struct pipeline *p)
{
	return p->forecaster;
}

const struct decoder *pipeline_decoder(const struct pipeline *p)
{
	return p->decoder;
}

/* The state is the last rates, the forecaster's and the decoder's, one after the other. */
static size_t rates_size(const struct pipeline *p)
{
	return (size_t)p->n_units * sizeof(*p->rates);
}

static size_t forecaster_size(const struct pipeline *p)
{
	return p->forecaster ? p->forecaster->class->state_size(p->forecaster) : 0;
}

size_t pipeline_state_size(const struct pipeline *p)
{
	return rates_size(p) + forecaster_size(p) +
	       (p->decoder ? p->decoder->class->state_size(p->decoder) : 0);
}

void pipeline_state_save(const struct pipeline *p, void *to)
{
	char *at = to;
	memcpy(at, p->rates, rates_size(p));
	at += rates_size(p);
	if (p->forecaster)
		p->forecaster->class->state_save(p->forecaster, at);
	at += forecaster_size(p);
	if (p->decoder)
		p->decoder->class->state_save(p->decoder, at);
}

void pipeline_state_load(struct pipeline *p, const void *from)
{
	const char *at = from;
	memcpy(p->rates, at, rates_size(p));
	at += rates_size(p);
	if (p->forecaster)
		p->forecaster->class->state_load(p->forecaster, at);
	at += forecaster_size(p);
	if (p->decoder)
		p->decoder->class->state_load(p->decoder, at);
}

void pipeline_touch(const struct pipeline *p)
{
	const struct forecaster *f = p->forecaster;
	const volatile char *weights = f ? f->weights : NULL;
	for (size_t i = 0; weights && i < f->weights_bytes; i += 64)
		(void)weights[i];
}
