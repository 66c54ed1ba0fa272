/* train_data: recordings with the stretch of each that is fitted, as rows of features made by the code that
 * runs live. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arguments.h"
#include "failure.h"
#include "feature_set.h"
#include "forecaster.h"
#include "normaliser.h"
#include "recording.h"

#define TRAIN_CHECK_PART 0.15 /* the end of each stretch that chooses the penalty */

struct train_stretch {
	struct recording recording;
	const char *path;
	int64_t from, until; /* bins */
	int64_t check_from;  /* bins from here on choose the penalty */
};

/* All have the same units and bin width. */
struct train_data {
	struct train_stretch *stretch;
	int n_stretches;
	int n_units;
	int bin_us;
	int64_t n_bins;     /* of all stretches */
	/* (n_units) over all stretches; of a unit that never varies the scale is 1 */
	float *counts_mean, *counts_scale;
};

/* `from` and `until` are positions as recording_position() reads them, NULL for the ends. */
int train_data_open(const struct argument_list *paths, const char *from, const char *until, struct failure *f,
		    struct train_data **ret);
void train_data_close(struct train_data *d);

/* Does `bin` begin a run of its own, which no history enters? [trials, bins, units] are runs; [bins, units]
 * is one, as a rig would send it, whatever trials it was cut from. */
bool train_stretch_begins(const struct train_stretch *s, int64_t bin);

/* The bin that the features of `bin` are to foretell with this lag: in the stretch and in the same run, or
 * -1. */
int64_t train_stretch_label(const struct train_stretch *s, int64_t bin, int lag);

/* "a.safetensors[0:1200], b.safetensors[0:900]" into a new string. NULL: out of memory. */
char *train_data_text(const struct train_data *d);

/* What makes the features. */
struct train_rows {
	struct forecaster *forecaster; /* or NULL */
	struct normaliser *normaliser;
	struct feature_set *features;
	int n_features;
	float *counts, *rates; /* (n_units) */
};

/* `model` is a forecaster's file, "mean" or NULL; normalise_tau_s 0: no running normalisation. */
int train_rows_create(const struct train_data *d, const char *features, double normalise_tau_s,
		      const char *model, struct failure *f, struct train_rows **ret);
void train_rows_destroy(struct train_rows *x);

/* Step through all stretches, calling `row` after each bin with the features up to it; stops at the first
 * that is not 0. */
struct train_row {
	const struct train_stretch *stretch;
	int64_t bin;
	bool check;
	const float *features; /* (n_features) */
	const float *counts;   /* (n_units), not normalised */
	const float *rates;    /* (n_units), the same; NULL where there is no forecaster */
};
int train_rows_each(struct train_rows *x, const struct train_data *d, const char *what,
		    int (*row)(void *arg, const struct train_row *row), void *arg);
