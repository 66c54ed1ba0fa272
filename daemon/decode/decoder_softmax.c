#include "decoder_softmax.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commander.h"
#include "decoder_linear.h"

/* A linear decoder whose values are logits. */
struct decoder_softmax {
	struct decoder base;
	struct decoder *logits;
	struct commander commander;
};

static struct decoder *logits_of(const struct decoder *d)
{
	return ((const struct decoder_softmax *)d)->logits;
}

/* The largest is taken off first, so that nothing overflows. */
static void softmax(float *x, int n)
{
	float most = x[0];
	double sum = 0, each[MAX_OUTPUTS];
	for (int i = 1; i < n; i++)
		most = fmaxf(most, x[i]);
	for (int i = 0; i < n; i++) {
		each[i] = exp((double)x[i] - most);
		sum += each[i];
	}
	for (int i = 0; i < n; i++)
		x[i] = (float)(each[i] / sum);
}

static void softmax_step(struct decoder *d, const float *counts, const float *rates, bool lost,
			 struct estimate *out)
{
	struct decoder *logits = logits_of(d);
	logits->class->step(logits, counts, rates, lost, out);
	softmax(out->value, d->n_outputs);
	out->command = commander_step(&((struct decoder_softmax *)d)->commander, lost ? NULL : out->value);
}

static void softmax_reset(struct decoder *d)
{
	logits_of(d)->class->reset(logits_of(d));
	commander_reset(&((struct decoder_softmax *)d)->commander);
}

static void softmax_set_mask(struct decoder *d, const uint8_t *masked)
{
	logits_of(d)->class->set_mask(logits_of(d), masked);
}

static size_t softmax_state_size(const struct decoder *d)
{
	return sizeof(struct commander) + logits_of(d)->class->state_size(logits_of(d));
}

static void softmax_state_save(const struct decoder *d, void *to)
{
	memcpy(to, &((const struct decoder_softmax *)d)->commander, sizeof(struct commander));
	logits_of(d)->class->state_save(logits_of(d), (char *)to + sizeof(struct commander));
}

static void softmax_state_load(struct decoder *d, const void *from)
{
	memcpy(&((struct decoder_softmax *)d)->commander, from, sizeof(struct commander));
	logits_of(d)->class->state_load(logits_of(d), (const char *)from + sizeof(struct commander));
}

static void softmax_destroy(struct decoder *d)
{
	decoder_destroy(logits_of(d));
	free(d);
}

static const struct decoder_class class = {
	"softmax",          softmax_step,       softmax_reset,      softmax_set_mask,
	softmax_state_size, softmax_state_save, softmax_state_load, softmax_destroy,
};

int decoder_softmax_create(const struct tensor_set *set, const struct decoder *common, struct failure *f,
			   struct decoder **ret)
{
	if (common->n_outputs < 2)
		return failure_set(f, -EINVAL, "%s: a softmax wants two classes at least", set->origin);
	struct decoder *logits;
	struct commander commander;
	int r = commander_from_notes(set, common->n_outputs, common->bin_us, f, &commander);
	if (r == 0)
		r = decoder_linear_create(set, common, f, &logits);
	if (r < 0)
		return r;
	struct decoder_softmax *s = calloc(1, sizeof(*s));
	if (!s) {
		decoder_destroy(logits);
		return failure_set(f, -ENOMEM, "%s: no memory for the decoder", set->origin);
	}
	s->base = *logits;
	s->base.class = &class;
	s->logits = logits;
	s->commander = commander;
	*ret = &s->base;
	return 0;
}
