#include "commander.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Number of the entry "none" in a comma-separated list; -1 where it is not there. */
static int find_none(const char *classes)
{
	for (int i = 0; classes; i++) {
		size_t n = strcspn(classes, ",");
		if (n == 4 && strncmp(classes, "none", 4) == 0)
			return i;
		classes = classes[n] ? classes + n + 1 : NULL;
	}
	return -1;
}

int commander_from_notes(const struct tensor_set *set, int n_classes, int bin_us, struct failure *f,
			 struct commander *ret)
{
	double leak = 0, threshold = 0, refractory_ms = 0;
	int r = tensor_note_number(set, "command_leak", 0, 0.999, 0.9, f, &leak);
	if (r == 0)
		r = tensor_note_number(set, "command_threshold", 0.01, 1e6, 5, f, &threshold);
	if (r == 0)
		r = tensor_note_number(set, "refractory_ms", 0, 600000, 1000, f, &refractory_ms);
	if (r < 0)
		return r;
	int none = find_none(tensor_note(set, "classes"));
	*ret = (struct commander){
		.n_classes = n_classes,
		.none = none < n_classes ? none : -1,
		.leak = (float)leak,
		.threshold = (float)threshold,
		.refractory_bins = (int)ceil(refractory_ms * 1000 / bin_us),
	};
	return 0;
}

void commander_reset(struct commander *c)
{
	memset(c->evidence, 0, sizeof(c->evidence));
	c->refractory_left = 0;
}

void commander_evidence(const float *p, int n_classes, float *ret)
{
	for (int k = 0; k < n_classes; k++)
		ret[k] = logf(p[k] > COMMANDER_LEAST_P ? p[k] : COMMANDER_LEAST_P);
}

static void gather(struct commander *c, const float *evidence)
{
	for (int k = 0; k < c->n_classes; k++)
		c->evidence[k] = c->evidence[k] * c->leak + (evidence ? evidence[k] : 0);
}

/* The class that leads every other one by the threshold, or -1. */
static int leader(const struct commander *c)
{
	int best = 0;
	for (int k = 1; k < c->n_classes; k++)
		if (c->evidence[k] > c->evidence[best])
			best = k;
	for (int k = 0; k < c->n_classes; k++)
		if (k != best && !(c->evidence[best] - c->evidence[k] >= c->threshold))
			return -1;
	return best;
}

int commander_step_on(struct commander *c, const float *evidence)
{
	if (c->refractory_left > 0) {
		c->refractory_left--;
		return -1;
	}
	gather(c, evidence);
	int class = evidence ? leader(c) : -1;
	if (class < 0 || class == c->none)
		return -1;
	commander_reset(c);
	c->refractory_left = c->refractory_bins;
	return class;
}

int commander_step(struct commander *c, const float *p)
{
	float evidence[MAX_OUTPUTS];
	if (p)
		commander_evidence(p, c->n_classes, evidence);
	return commander_step_on(c, p ? evidence : NULL);
}
