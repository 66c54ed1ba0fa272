#include "commands.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct trial {
	int64_t from, until; /* bins */
	int32_t label;
};

static bool is_inside(const struct commands_view *v, int64_t bin)
{
	return v->label[bin] >= 0 || (v->trial && v->trial[bin] >= 0);
}

void commands_outside(const struct commands_view *v, uint8_t *ret)
{
	int64_t last = -v->guard_bins - 1;
	for (int64_t t = 0; t < v->n_bins; t++) {
		last = is_inside(v, t) ? t : last;
		ret[t] = t - last > v->guard_bins;
	}
	last = v->n_bins + v->guard_bins;
	for (int64_t t = v->n_bins - 1; t >= 0; t--) {
		last = is_inside(v, t) ? t : last;
		ret[t] &= last - t > v->guard_bins;
	}
}

static bool same_trial(const struct commands_view *v, int64_t a, int64_t b)
{
	return v->trial ? v->trial[a] == v->trial[b] : v->label[a] == v->label[b];
}

/* The first trial from *at on; *at goes behind it. */
static bool next_trial(const struct commands_view *v, int64_t *at, struct trial *ret)
{
	int64_t from = *at, until;
	while (from < v->n_bins && (v->label[from] < 0 || (v->trial && v->trial[from] < 0)))
		from++;
	if (from == v->n_bins)
		return false;
	for (until = from + 1; until < v->n_bins && same_trial(v, from, until); until++)
		;
	*ret = (struct trial){ from, until, v->label[from] };
	*at = until;
	return true;
}

/* Bins from the trial's begin to the end of that of its first command; of `class`, where that is not below
 * 0. Its own length where there is none, and *ret_class is -1. */
static int64_t wait_for(const struct commands_view *v, const struct trial *t, int class, int *ret_class)
{
	for (int64_t bin = t->from; bin < t->until; bin++) {
		*ret_class = v->command[bin];
		if (*ret_class >= 0 && (class < 0 || *ret_class == class))
			return bin + 1 - t->from;
	}
	*ret_class = -1;
	return t->until - t->from;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* Of two in the middle the mean; NAN where it is infinite. */
static double median(double *x, int64_t n)
{
	qsort(x, (size_t)n, sizeof(*x), compare);
	double middle = (x[(n - 1) / 2] + x[n / 2]) / 2;
	return isfinite(middle) ? middle : NAN;
}

static double xlog2(double x, double y)
{
	return x > 0 ? x * log2(y) : 0;
}

static double bits(int n_classes, double p)
{
	if (n_classes < 2 || p * n_classes <= 1)
		return 0;
	return log2(n_classes) + xlog2(p, p) + xlog2(1 - p, (1 - p) / (n_classes - 1));
}

static void score_trials(const struct commands_view *v, double *times, struct commands_score *ret)
{
	struct trial t;
	int64_t right = 0, waited = 0;
	for (int64_t at = 0; next_trial(v, &at, &t); ret->n_trials++) {
		int class;
		waited += wait_for(v, &t, -1, &class);
		right += class == t.label;
		int64_t wait = wait_for(v, &t, t.label, &class);
		times[ret->n_trials] = class < 0 ? INFINITY : (double)wait * v->bin_s;
	}
	if (ret->n_trials == 0)
		return;
	double n = (double)ret->n_trials;
	ret->correct_first = (double)right / n;
	ret->time_s = median(times, ret->n_trials);
	ret->bits_per_s = bits(v->n_classes, ret->correct_first) / ((double)waited * v->bin_s / n);
}

static void score_outside(const struct commands_view *v, const uint8_t *outside, struct commands_score *ret)
{
	int64_t n = 0;
	for (int64_t t = 0; t < v->n_bins; t++) {
		ret->n_commands += v->command[t] >= 0;
		ret->n_false += outside[t] && v->command[t] >= 0;
		n += outside[t];
	}
	ret->outside_s = (double)n * v->bin_s;
	ret->false_per_min = n ? (double)ret->n_false / (ret->outside_s / 60) : NAN;
}

int commands_score(const struct commands_view *v, struct commands_score *ret)
{
	struct commands_score s = { 0 };
	size_t n = (size_t)v->n_bins;
	double *times = malloc(n * (sizeof(*times) + 1) + 1);
	if (!times)
		return -ENOMEM;
	uint8_t *outside = (uint8_t *)(times + n);
	commands_outside(v, outside);
	score_outside(v, outside, &s);
	score_trials(v, times, &s);
	free(times);
	if (s.n_trials == 0)
		return -EDOM;
	*ret = s;
	return 0;
}
