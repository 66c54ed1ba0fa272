/* output: what one number of a decoder means: its name, unit, kind and safe value. [pure] */
#pragma once

#include <stdbool.h>

#include "failure.h"
#include "tensor.h"
#include "types.h"

#define OUTPUT_NAME_SIZE 48
#define OUTPUT_UNIT_SIZE 24

enum output_kind {
	OUTPUT_VELOCITY,
	OUTPUT_POSITION,
	OUTPUT_OTHER, /* grip, aperture, score, … */
};

enum output_hold {
	HOLD_UNSTATED,
	HOLD_ZERO, /* velocities */
	HOLD_LAST, /* positions, grip: stays where the last intent put it */
	HOLD_RAMP, /* from the last intent to zero within ramp_ms */
};

struct output {
	char name[OUTPUT_NAME_SIZE];
	char unit[OUTPUT_UNIT_SIZE]; /* "mm/s", "m", "cm/bin", "" */
	enum output_kind kind;
	enum output_hold hold;
	int ramp_ms;
	double to_mm; /* factor from the unit to mm or mm/s; 0 where the unit is not one of length (pixel, none) */
};

/* From a name as recordings have it, "hand_vx_m_per_s", "x_mm", "vx_cm_per_bin", "x_pixel": unit from the suffix, kind from the
 * unit (a length by time is a velocity) or from vx, vy, vz, velocity in the name. The hold of a velocity is zero, that of anything
 * else unstated. Text from a '(' on is left out. bin_us turns "/bin" into a second. */
void output_from_name(const char *name, int bin_us, struct output *ret);

/* Set unit (and with it kind and to_mm) or hold ("zero", "last", "ramp:MS") from text. -EINVAL with a line. */
int output_set_unit(struct output *o, const char *unit, int bin_us, struct failure *f);
int output_set_hold(struct output *o, const char *hold, struct failure *f);

/* "zero", "last", "ramp:200" or "" into text. */
void output_hold_text(const struct output *o, char *ret, size_t size);

/* The notes `outputs`, `output_units`, `holds` (comma-separated, one entry an output) of a decoder file into ret[MAX_OUTPUTS].
 * `holds` may be missing. -EINVAL for a wrong number, an empty name or an unknown hold. */
int outputs_from_notes(const struct tensor_set *set, int n_outputs, int bin_us, struct failure *f, struct output *ret);

/* "name:hold,name:hold" of the configuration on top of the file's. -EINVAL for a name that is none. */
int outputs_override_holds(struct output *outputs, int n_outputs, const char *text, struct failure *f);

/* -EINVAL naming the first output whose hold is unstated. */
int outputs_check_holds(const struct output *outputs, int n_outputs, struct failure *f);
