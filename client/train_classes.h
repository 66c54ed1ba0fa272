/* train_classes: labels of a recording as the numbers of the classes that an estimate has columns for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "recording.h"
#include "train_input.h"
#include "types.h"

struct train_classes {
	struct recording recording;
	int n_classes;              /* columns of the estimate */
	int none;                   /* the column of "none"; -1: there is none such */
	int32_t value[MAX_OUTPUTS]; /* (n_classes) the label of each */
	int32_t *label;             /* (bins of the recording) number of the class, -1: none of them */
	int32_t *trial;             /* (bins of the recording) -1: in none; NULL: there are no trials */
};

/* Is this an estimate of classes? By its note `outputs`: class_3,class_7,class_none. */
bool train_classes_in(const struct train_input *estimate);

/* `truth` is FILE or FILE:labels/NAME (labels/target), with as many bins as `estimate` has rows. */
int train_classes_open(const char *truth, const struct train_input *estimate, struct failure *f,
		       struct train_classes *ret);
void train_classes_close(struct train_classes *c);
