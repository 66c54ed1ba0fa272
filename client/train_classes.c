#include "train_classes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "class_"
#define PREFIX_SIZE (sizeof(PREFIX) - 1)

bool train_classes_in(const struct train_input *estimate)
{
	const char *outputs = tensor_note(estimate->set, "outputs");
	return outputs && strncmp(outputs, PREFIX, PREFIX_SIZE) == 0;
}

/* One entry of the note from `at` on; where it ends, or NULL. */
static const char *read_class(const char *at, int32_t *ret)
{
	char *end;
	if (!at || strncmp(at, PREFIX, PREFIX_SIZE) != 0)
		return NULL;
	at += PREFIX_SIZE;
	*ret = -1;
	if (strncmp(at, "none", 4) == 0)
		return at + 4;
	*ret = (int32_t)strtol(at, &end, 10);
	return end == at ? NULL : end;
}

static int read_note(const struct train_input *estimate, struct failure *f, struct train_classes *c)
{
	const char *at = tensor_note(estimate->set, "outputs");
	c->none = -1;
	for (c->n_classes = 0; c->n_classes < estimate->n_columns; c->n_classes++) {
		if (c->n_classes == MAX_OUTPUTS || !(at = read_class(at, &c->value[c->n_classes])) ||
		    (*at != ',' && *at != '\0'))
			return failure_set(f, -EINVAL, "%s: note outputs does not name %d classes",
					   estimate->set->origin, estimate->n_columns);
		if (c->value[c->n_classes] < 0)
			c->none = c->n_classes;
		at += *at == ',';
	}
	return 0;
}

static int32_t number_of(const struct train_classes *c, double label)
{
	for (int i = 0; i < c->n_classes; i++)
		if (i != c->none && label == c->value[i])
			return i;
	return -1;
}

static int read_labels(struct train_classes *c, const struct tensor *labels, struct failure *f)
{
	const struct recording *r = &c->recording;
	bool trials = recording_has_trials(r);
	c->label = malloc((size_t)r->n_bins * sizeof(*c->label));
	c->trial = trials ? malloc((size_t)r->n_bins * sizeof(*c->trial)) : NULL;
	if (!c->label || (trials && !c->trial))
		return failure_set(f, -ENOMEM, "out of memory for %lld bins", (long long)r->n_bins);
	for (int64_t b = 0; b < r->n_bins; b++) {
		c->label[b] = number_of(c, recording_label(r, labels, b));
		if (trials)
			c->trial[b] = recording_trial(r, b);
	}
	return 0;
}

static int open_truth(struct train_classes *c, const char *truth, const struct train_input *estimate,
		      struct failure *f)
{
	char path[4096];
	const char *name = strstr(truth, ":labels/");
	int64_t n_rows = estimate->n_runs * estimate->n_rows;
	snprintf(path, sizeof(path), "%.*s", name ? (int)(name - truth) : (int)strlen(truth), truth);
	int r = recording_open(path, f, &c->recording);
	if (r < 0)
		return r;
	name = name ? name + 1 : "labels/target";
	const struct tensor *labels = recording_labels(&c->recording, name);
	if (!labels)
		return failure_set(f, -EINVAL, "%s: there is no %s, one value a bin or a trial", path, name);
	if (c->recording.n_bins != n_rows)
		return failure_set(f, -EINVAL, "%s has %lld bins, %s:%s has %lld rows", path,
				   (long long)c->recording.n_bins, estimate->set->origin,
				   estimate->tensor->name, (long long)n_rows);
	return read_labels(c, labels, f);
}

int train_classes_open(const char *truth, const struct train_input *estimate, struct failure *f,
		       struct train_classes *ret)
{
	struct train_classes c = { 0 };
	int r = read_note(estimate, f, &c);
	if (r == 0)
		r = open_truth(&c, truth, estimate, f);
	if (r < 0)
		train_classes_close(&c);
	else
		*ret = c;
	return r;
}

void train_classes_close(struct train_classes *c)
{
	free(c->label);
	free(c->trial);
	recording_close(&c->recording);
	*c = (struct train_classes){ 0 };
}
