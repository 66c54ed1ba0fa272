#include "train_commands.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commander.h"

/* All bins of all stretches, end to end. */
struct rows {
	int32_t *command, *label, *trial; /* (n) */
	uint8_t *begins;                  /* (n) a run of its own begins here */
	float *evidence;                  /* (n, n_classes) */
	int64_t n;
};

static int rows_create(int64_t n, const float *p, int n_classes, struct rows *ret)
{
	int32_t *numbers = malloc((size_t)n * (3 * sizeof(*numbers) + 1));
	float *evidence = malloc((size_t)(n * n_classes) * sizeof(*evidence));
	*ret =
		(struct rows){ numbers, numbers + n, numbers + 2 * n, (uint8_t *)(numbers + 3 * n), evidence,
			       0 };
	if (!numbers || !evidence)
		return -ENOMEM;
	for (int64_t i = 0; i < n; i++)
		commander_evidence(p + i * n_classes, n_classes, evidence + i * n_classes);
	return 0;
}

/* Trials are counted anew over all stretches, so that none goes on from one into the next. */
static void add_stretch(struct rows *x, const struct train_stretch *s, const struct train_labels *l,
			const int32_t *class, int32_t *count)
{
	bool numbered = recording_has_trials(&s->recording);
	for (int64_t b = s->from; b < s->until; b++) {
		int32_t label = class[b] == l->none ? -1 : class[b];
		int32_t number = numbered ? recording_trial(&s->recording, b) : label;
		int32_t before = b == s->from ? -1
				 : numbered   ? recording_trial(&s->recording, b - 1)
					      : x->label[x->n - 1];
		*count += number >= 0 && (number != before || b == s->from);
		x->label[x->n] = label;
		x->trial[x->n] = number >= 0 ? *count : -1;
		x->begins[x->n++] = train_stretch_begins(s, b);
	}
}

static void run(const struct rows *x, struct commander *c, double none_bias)
{
	float evidence[MAX_OUTPUTS];
	for (int64_t i = 0; i < x->n; i++) {
		if (x->begins[i])
			commander_reset(c);
		memcpy(evidence, x->evidence + i * c->n_classes, (size_t)c->n_classes * sizeof(*evidence));
		if (c->none >= 0)
			evidence[c->none] += (float)none_bias;
		x->command[i] = commander_step_on(c, evidence);
	}
}

static double false_rate(const struct commands_score *s)
{
	return isfinite(s->false_per_min) ? s->false_per_min : 0;
}

static bool is_better(const struct commands_score *a, const struct commands_score *b, double max_false)
{
	bool good_a = false_rate(a) <= max_false && a->bits_per_s > 0,
	     good_b = false_rate(b) <= max_false && b->bits_per_s > 0;
	if (good_a != good_b)
		return good_a;
	return good_a ? a->bits_per_s > b->bits_per_s
		      : a->bits_per_s / (1 + false_rate(a)) > b->bits_per_s / (1 + false_rate(b));
}

/* Setting `i` of all that are tried; without a class "none" there is no bias. */
static bool setting(int i, bool none, struct train_commands *ret)
{
	static const double leaks[] = { 0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99 },
			    thresholds[] = { 1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200 },
			    refractory_ms[] = { 500, 1000, 2000 }, biases[] = { 0, -1, -2, -3, -4, -6, -8 };
	enum { LEAKS = 8, THRESHOLDS = 12, REFRACTORY = 3, BIASES = 7 };
	if (i >= LEAKS * THRESHOLDS * REFRACTORY * (none ? BIASES : 1))
		return false;
	*ret = (struct train_commands){ .leak = leaks[i % LEAKS],
					.threshold = thresholds[i / LEAKS % THRESHOLDS],
					.refractory_ms = refractory_ms[i / LEAKS / THRESHOLDS % REFRACTORY],
					.none_bias = biases[i / LEAKS / THRESHOLDS / REFRACTORY] };
	return true;
}

static int try_all(const struct rows *x, const struct commands_view *v, int none, double max_false,
		   struct train_commands *ret)
{
	struct train_commands try, best;
	for (int i = 0; setting(i, none >= 0, &try); i++) {
		struct commander c = { .n_classes = v->n_classes + (none >= 0),
				       .none = none,
				       .leak = (float)try.leak,
				       .threshold = (float)try.threshold,
				       .refractory_bins = (int)ceil(try.refractory_ms / 1e3 / v->bin_s) };
		run(x, &c, try.none_bias);
		int r = commands_score(v, &try.score);
		if (r < 0)
			return r;
		if (i == 0 || is_better(&try.score, &best.score, max_false))
			best = try;
	}
	*ret = best;
	return 0;
}

int train_commands_choose(const struct train_data *d, const struct train_labels *l, const float *p,
			  double guard_s, double max_false_per_min, struct train_commands *ret)
{
	struct rows x;
	int32_t count = 0;
	int r = rows_create(d->n_bins, p, l->n_classes, &x);
	if (r == 0) {
		for (int i = 0; i < d->n_stretches; i++)
			add_stretch(&x, &d->stretch[i], l, l->class[i], &count);
		struct commands_view v = { x.command, x.label, x.trial, x.n };
		v.bin_s = d->bin_us / 1e6;
		v.guard_bins = (int64_t)(guard_s / v.bin_s);
		v.n_classes = l->n_classes - (l->none >= 0);
		r = try_all(&x, &v, l->none, max_false_per_min, ret);
	}
	free(x.command);
	free(x.evidence);
	return r;
}
