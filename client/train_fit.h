/* train_fit: fitting one kind of decoder each, for bcitrain fit-decoder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "train_commands.h"
#include "train_data.h"
#include "train_file.h"
#include "types.h"

struct train_fit_request {
	const char *target;
	const char *kind;
	const char *features;
	const char *model;
	const char *output;
	const char *state; /* kalman: names of kinematics, comma-separated; NULL: all */
	const char *gain;  /* kalman: full or steady */
	int lag_bins;
	double normalise_tau_s; /* 0: off */
	bool none;              /* softmax: bins outside trials are a class, too */
	double guard_s;         /* outside: more than this from any trial */
	double max_false_per_min;
};

/* What is told to a person or a script afterwards. */
struct train_fit_report {
	int n_outputs;
	char output[MAX_OUTPUTS][48];
	/* judged on the part that chose the penalty: */
	bool classes;
	double r2[MAX_OUTPUTS];      /* of kinematics */
	double accuracy, loss;       /* of classes; loss in nats a bin */
	struct train_commands commands; /* of classes, judged on held-out parts of all stretches */
	double penalty[MAX_OUTPUTS]; /* of each output; one for all classes */
	int n_features;
	int64_t n_bins; /* fitted */
};

/* Fit on `d` and write the decoder. */
int train_fit_ridge(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		    struct train_fit_report *ret);
int train_fit_softmax(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		      struct train_fit_report *ret);
int train_fit_kalman(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
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

/* What every decoder's file has: notes features, units, bin_us, lag_bins, normalise_tau_s, trained_on;
 * tensors features.mean, features.scale, counts.mean, counts.scale, which are the caller's. */
void train_note_common(struct train_file *file, const struct train_fit_request *q,
		       const struct train_data *d);
void train_put_scaling(struct train_file *file, const struct train_fit_request *q, const struct train_data *d,
		       const struct train_scaling *s);
/* One more output in the notes outputs, output_units and holds, from a name of kinematics: a velocity holds
 * zero, anything else its last value. */
void train_note_output(struct train_file *file, const struct train_data *d, const char *name);

/* Mean and standard deviation (1 where there is none) of column `column` of the kinematics over all
 * stretches. */
void train_kinematics_scale(const struct train_data *d, int column, double *ret_mean, double *ret_scale);
