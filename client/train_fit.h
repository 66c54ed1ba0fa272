/* train_fit: fitting one kind of decoder each, for bcitrain fit-decoder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "train_data.h"
#include "train_file.h"
#include "types.h"

struct train_fit_request {
	const char *target;
	const char *kind;
	const char *features;
	const char *model;
	const char *output;
	int lag_bins;
};

/* What is told to a person or a script afterwards. */
struct train_fit_report {
	int n_outputs;
	char output[MAX_OUTPUTS][48];
	double r2[MAX_OUTPUTS]; /* on the part that chose the penalty */
	double penalty[MAX_OUTPUTS];
	int n_features;
	int64_t n_bins; /* fitted */
};

/* Fit on `d` and write the decoder. */
int train_fit_ridge(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		    struct train_fit_report *ret);

/* ---- shared by the kinds ---- */

/* Means and scales of features, (n_features) each; a feature that never varies has the scale 1. */
struct train_scaling {
	int n;
	float *mean, *scale;
};
int train_scaling_create(struct train_rows *x, const struct train_data *d, struct failure *f,
			 struct train_scaling *ret);
void train_scaling_free(struct train_scaling *s);

/* The kinematics that are fitted: the same names in all recordings, all finite. */
int train_check_kinematics(const struct train_data *d, struct failure *f);

/* Notes that every decoder has: features, units, bin_us, lag_bins, trained_on. */
void train_note_common(struct train_file *file, const struct train_fit_request *q,
		       const struct train_data *d);
/* Notes outputs, output_units, holds, from names of kinematics: velocities hold zero, anything else its
 * last value. */
void train_note_outputs(struct train_file *file, const struct train_data *d);
