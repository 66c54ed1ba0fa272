#include "units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

int units_create(int n_units, int64_t bin_us, struct units **ret)
{
	struct units *u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->n_units = n_units;
	u->bin_s = (double)bin_us / 1e6;
	u->rate_hz = calloc((size_t)n_units, sizeof(*u->rate_hz));
	u->last_bin = malloc((size_t)n_units * sizeof(*u->last_bin));
	u->masked = calloc((size_t)n_units, sizeof(*u->masked));
	if (!u->rate_hz || !u->last_bin || !u->masked) {
		units_destroy(u);
		return -ENOMEM;
	}
	for (int i = 0; i < n_units; i++)
		u->last_bin[i] = -1;
	*ret = u;
	return 0;
}

void units_destroy(struct units *u)
{
	if (!u)
		return;
	free(u->rate_hz);
	free(u->last_bin);
	free(u->masked);
	free(u);
}

void units_observe(struct units *u, const uint16_t *counts)
{
	/* The plain mean at first, so that a young stream is not shown as silent. */
	double newest = fmax(u->bin_s / UNITS_RATE_TAU_S, 1.0 / (double)(u->n_bins + 1));
	float gain = (float)(newest < 1 ? newest : 1);
	float per_bin_to_hz = (float)(1 / u->bin_s);
	for (int i = 0; i < u->n_units; i++) {
		u->rate_hz[i] += gain * ((float)counts[i] * per_bin_to_hz - u->rate_hz[i]);
		if (counts[i])
			u->last_bin[i] = u->n_bins;
	}
	u->n_bins++;
}

enum unit_condition units_condition(const struct units *u, int unit, double dead_after_s, double noisy_hz)
{
	if ((double)(u->n_bins - 1 - u->last_bin[unit]) * u->bin_s >= dead_after_s)
		return UNIT_DEAD;
	return u->rate_hz[unit] > noisy_hz ? UNIT_NOISY : UNIT_GOOD;
}
