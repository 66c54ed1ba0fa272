/* train_labels: labels of recordings as the numbers of a decoder's classes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "train_data.h"
#include "types.h"

struct train_labels {
	int n_classes;              /* "none" included */
	int none;                   /* the last one; -1: there is none such */
	int32_t value[MAX_OUTPUTS]; /* (n_classes) the label of each, rising */
	int32_t **class;            /* (n_stretches) (bins of the whole recording) -1: no class */
};

/* Classes are the labels not below 0 that occur in the stretches of `d`. With none_guard_s not below 0, bins
 * in no trial that are more than that from any are of one more class, "none". -EINVAL names what is wrong:
 * no such labels, no whole numbers, fewer than two classes, too many, no bin of "none". */
int train_labels_create(const struct train_data *d, const char *target, double none_guard_s,
			struct failure *f, struct train_labels *ret);
void train_labels_free(struct train_labels *l, const struct train_data *d);

/* "3" or "none" into text. */
void train_labels_text(const struct train_labels *l, int class, char *ret, size_t size);
