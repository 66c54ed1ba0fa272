#include "train_labels.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

#define MAX_LABEL 1e6

static int read_stretch(const struct train_stretch *s, const char *target, struct failure *f, int32_t *ret)
{
	const struct tensor *t = recording_labels(&s->recording, target);
	if (!t)
		return failure_set(f, -EINVAL, "%s: there is no %s, one value a bin or a trial", s->path,
				   target);
	for (int64_t b = 0; b < s->recording.n_bins; b++) {
		double label = recording_label(&s->recording, t, b);
		if (label != floor(label) || fabs(label) > MAX_LABEL)
			return failure_set(f, -EINVAL, "%s: %s of bin %lld is %g, not the number of a class",
					   s->path, target, (long long)b, label);
		ret[b] = label < 0 ? -1 : (int32_t)label;
	}
	return 0;
}

static int add_class(struct train_labels *l, int32_t label, const char *target, struct failure *f)
{
	int at = 0;
	while (at < l->n_classes && l->value[at] < label)
		at++;
	if (label < 0 || (at < l->n_classes && l->value[at] == label))
		return 0;
	if (l->n_classes == MAX_OUTPUTS)
		return failure_set(f, -EINVAL, "%s has more than %d classes", target, MAX_OUTPUTS);
	memmove(l->value + at + 1, l->value + at, (size_t)(l->n_classes - at) * sizeof(*l->value));
	l->value[at] = label;
	l->n_classes++;
	return 0;
}

static int find_classes(struct train_labels *l, const struct train_data *d, const char *target,
			struct failure *f)
{
	int r = 0;
	for (int i = 0; r == 0 && i < d->n_stretches; i++)
		for (int64_t b = d->stretch[i].from; r == 0 && b < d->stretch[i].until; b++)
			r = add_class(l, l->class[i][b], target, f);
	if (r == 0 && l->n_classes < 2)
		r = failure_set(f, -EINVAL, "%s: a decoder wants two classes at least, there %s", target,
				l->n_classes ? "is one" : "are none");
	return r;
}

/* From labels to numbers of classes; labels that occur outside the stretch only are no class. */
static void number(const struct train_labels *l, int32_t *class, int64_t n_bins)
{
	for (int64_t b = 0; b < n_bins; b++) {
		int c = 0;
		while (c < l->n_classes && l->value[c] != class[b])
			c++;
		class[b] = c < l->n_classes ? c : -1;
	}
}

/* Bins of "none" in one recording. */
static int mark_none(const struct train_labels *l, const struct train_stretch *s, double guard_s,
		     int32_t *class, int64_t *ret_n)
{
	const struct recording *r = &s->recording;
	int32_t *trial = malloc((size_t)r->n_bins * (sizeof(*trial) + 1));
	if (!trial)
		return -ENOMEM;
	uint8_t *outside = (uint8_t *)(trial + r->n_bins);
	struct commands_view v = { .label = class, .trial = trial, .n_bins = r->n_bins };
	v.guard_bins = (int64_t)(guard_s * 1e6 / r->bin_us);
	for (int64_t b = 0; b < r->n_bins; b++)
		trial[b] = recording_trial(r, b);
	commands_outside(&v, outside);
	for (int64_t b = 0; b < r->n_bins; b++) {
		if (!outside[b])
			continue;
		class[b] = l->none;
		*ret_n += b >= s->from && b < s->until;
	}
	free(trial);
	return 0;
}

static int add_none(struct train_labels *l, const struct train_data *d, double guard_s, struct failure *f)
{
	int64_t n = 0;
	int r = 0;
	if (l->n_classes == MAX_OUTPUTS)
		return failure_set(f, -EINVAL, "more than %d classes with the one called none", MAX_OUTPUTS);
	l->none = l->n_classes++;
	l->value[l->none] = -1;
	for (int i = 0; r == 0 && i < d->n_stretches; i++)
		r = mark_none(l, &d->stretch[i], guard_s, l->class[i], &n);
	if (r < 0)
		return failure_set(f, r, "out of memory");
	if (n == 0)
		return failure_set(f, -EINVAL, "--none: no bin is more than %g s from a trial", guard_s);
	return 0;
}

int train_labels_create(const struct train_data *d, const char *target, double none_guard_s,
			struct failure *f, struct train_labels *ret)
{
	struct train_labels l = { .none = -1 };
	int r = 0;
	l.class = calloc((size_t)d->n_stretches, sizeof(*l.class));
	if (!l.class)
		return failure_set(f, -ENOMEM, "out of memory");
	for (int i = 0; r == 0 && i < d->n_stretches; i++) {
		l.class[i] = malloc((size_t)d->stretch[i].recording.n_bins * sizeof(**l.class));
		r = l.class[i] ? read_stretch(&d->stretch[i], target, f, l.class[i])
			       : failure_set(f, -ENOMEM, "out of memory");
	}
	if (r == 0)
		r = find_classes(&l, d, target, f);
	for (int i = 0; r == 0 && i < d->n_stretches; i++)
		number(&l, l.class[i], d -> stretch[i].recording.n_bins);
	if (r == 0 && none_guard_s >= 0)
		r = add_none(&l, d, none_guard_s, f);
	if (r < 0)
		train_labels_free(&l, d);
	else
		*ret = l;
	return r;
}

void train_labels_free(struct train_labels *l, const struct train_data *d)
{
	for (int i = 0; l->class && i < d->n_stretches; i++)
		free(l->class[i]);
	free(l->class);
	*l = (struct train_labels){ 0 };
}

void train_labels_text(const struct train_labels *l, int class, char *ret, size_t size)
{
	if (class == l->none)
		snprintf(ret, size, "none");
	else
		snprintf(ret, size, "%d", l->value[class]);
}
