/* recording: a session for offline work (shared format: a safetensors file with `counts` and labels). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "tensor.h"

#define RECORDING_NAME_SIZE 48

struct recording {
	struct safetensors *file;
	const struct tensor_set *tensors;
	int64_t n_bins;            /* all trials end to end; at least 1 */
	int n_units;
	int64_t bins_a_trial;      /* 0: one unbroken run */
	int bin_us;                /* from the note `bin_ms`, 50 ms where there is none */
	const struct tensor *counts;     /* any integer or F32, [bins, units] or [trials, bins, units] */
	const struct tensor *kinematics; /* F32 [bins, dims], or NULL; elements may be NaN */
	int n_kinematics;
	/* (n_kinematics) from the note `kinematics_names` up to a '('; kinematics_1, … where there is none */
	char (*kinematics_names)[RECORDING_NAME_SIZE];
	const struct tensor *trial; /* labels/trial where it has a value a bin, or NULL */
};

/* -EINVAL names file and tensor: no counts; counts that are negative, not whole or above 65535; kinematics or
 * labels (labels/...: a value a bin, or a trial) of another length; names of another number. */
int recording_open(const char *path, struct failure *f, struct recording *ret);

/* The same of a file that is open; takes it over, also where it is refused. */
int recording_take(struct safetensors *file, struct failure *f, struct recording *ret);

void recording_close(struct recording *r);

/* Counts of one bin (n_units) as they come from a rig, or as floats. */
void recording_counts(const struct recording *r, int64_t bin, uint16_t *ret);
void recording_counts_f32(const struct recording *r, int64_t bin, float *ret);

/* The tensor of that name with one label a bin or a trial, NULL where there is none; and what it says of a
 * bin. */
const struct tensor *recording_labels(const struct recording *r, const char *name);
double recording_label(const struct recording *r, const struct tensor *labels, int64_t bin);

/* Number of the trial that a bin is in, by labels/trial or by [trials, bins, units]; -1: in none. */
bool recording_has_trials(const struct recording *r);
int32_t recording_trial(const struct recording *r, int64_t bin);

/* "0.85" = fraction of all bins, "12000b" = bin, "600s" = seconds, "" = fallback → a bin in 0 .. n_bins.
 * -EINVAL. */
int recording_position(const struct recording *r, const char *text, int64_t fallback, struct failure *f,
		       int64_t *ret);
