/* commander: from a class in every bin to a command now and then. [pure]
 *
 * A classifier that must answer in every bin commands a move in half of the bins outside trials. So each
 * class gathers evidence: e[k] = leak e[k] + ln p[k], p not below COMMANDER_LEAST_P. Once the best class
 * leads every other one by `threshold` (nats), and is not the one called "none", it becomes one command; all
 * evidence starts from zero again, and nothing is commanded for the refractory time. A lost bin adds nothing;
 * what was gathered leaks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "tensor.h"
#include "types.h"

#define COMMANDER_LEAST_P 1e-6f /* one bin alone proves nothing beyond this */

struct commander {
	/* the rule */
	int n_classes;
	int none; /* the class that is no command; -1 where there is none */
	float leak;
	float threshold;
	int refractory_bins;
	/* recurrent state */
	float evidence[MAX_OUTPUTS];
	int refractory_left;
};

/* Notes command_leak (0 .. 0.999, default 0.9), command_threshold (above 0, default 5), refractory_ms
 * (default 1000) of a decoder file; `classes` names the classes, one of which may be "none". */
int commander_from_notes(const struct tensor_set *set, int n_classes, int bin_us, struct failure *f,
			 struct commander *ret);

void commander_reset(struct commander *c);

/* p (n_classes): probabilities of this bin, NULL for a lost one. The class that is commanded now, or -1. */
int commander_step(struct commander *c, const float *p);

/* The same with what commander_evidence() makes of p. */
int commander_step_on(struct commander *c, const float *evidence);
void commander_evidence(const float *p, int n_classes, float *ret);
