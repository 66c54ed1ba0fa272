#include "sim_cues.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bcid/v1/cue.pb-c.h"

int sim_cues_init(struct sim_cues *c, const struct recording *r, const char *label, struct failure *f)
{
	char name[96];
	snprintf(name, sizeof(name), "labels/%s", label);
	const struct tensor *target = tensor_find(r->tensors, name);
	if (!target)
		return failure_set(f, -EINVAL, "%s: no tensor %s to make cues from", r->tensors->origin,
				   name);
	int64_t n_trials = r->bins_a_trial > 0 ? r->n_bins / r->bins_a_trial : -1;
	int64_t n = tensor_n_elements(target);
	if (n != r->n_bins && n != n_trials)
		return failure_set(f, -EINVAL, "%s: %s has not one value a bin or a trial",
				   r->tensors->origin, name);
	for (int64_t i = 0; i < n; i++) {
		double value = tensor_at(target, i);
		if (!(value >= INT32_MIN && value <= INT32_MAX) || value != (double)(int32_t)value)
			return failure_set(f, -EINVAL, "%s: %s holds %g, which is no class",
					   r->tensors->origin, name, value);
	}
	const struct tensor *phase = tensor_find(r->tensors, "labels/phase");
	*c = (struct sim_cues){.recording = r, .target = target, .a_trial = n != r->n_bins};
	if (phase && tensor_n_elements(phase) == r->n_bins)
		c->phase = phase;
	return 0;
}

/* On the wire trials count from 1, and 0 lies outside; in a recording -1 does. */
static uint32_t trial_of(struct sim_cues *c, int64_t bin, int64_t target)
{
	const struct recording *r = c->recording;
	if (r->bins_a_trial > 0)
		return (uint32_t)(bin / r->bins_a_trial + 1);
	if (r->trial) {
		double trial = tensor_at(r->trial, bin);
		return trial >= 0 && trial < UINT32_MAX - 1 ? (uint32_t)trial + 1 : 0;
	}
	if (target < 0)
		return 0;
	if (!c->begun || target != c->last.target_class)
		c->n_seen++;
	return c->n_seen;
}

static int phase_of(const struct sim_cues *c, int64_t bin, uint32_t trial)
{
	if (!c->phase)
		return trial ? BCID__V1__PHASE__PHASE_GO : BCID__V1__PHASE__PHASE_IDLE;
	double phase = tensor_at(c->phase, bin);
	return phase >= 0 && phase <= BCID__V1__PHASE__PHASE_REWARD ? (int)phase
								    : BCID__V1__PHASE__PHASE_IDLE;
}

bool sim_cues_next(struct sim_cues *c, int64_t bin, struct wire_cue *ret)
{
	int64_t at = c->a_trial ? bin / c->recording->bins_a_trial : bin;
	int64_t target = (int64_t)tensor_at(c->target, at);
	struct wire_cue cue = {.target_class = target < 0 ? -1 : target};
	cue.trial = trial_of(c, bin, target);
	cue.phase = phase_of(c, bin, cue.trial);
	bool differs = !c->begun || cue.trial != c->last.trial || cue.phase != c->last.phase ||
		       cue.target_class != c->last.target_class;
	c->begun = true;
	c->last = cue;
	*ret = cue;
	return differs;
}
