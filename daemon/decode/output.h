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
	OUTPUT_CLASS, /* one of several classes, named class_…: commanded now and then, at other times 0 */
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
	double to_mm; /* factor from the unit to mm or mm/s; 0 where the unit is not one of length (pixel,
			 none) */
};

/* From a name as recordings have it, "hand_vx_m_per_s", "x_mm", "vx_cm_per_bin", "x_pixel". Text from a '('
 * on is left out.
 *
 * Unit: from the suffix. Kind: a length or pixel by time is a velocity, and so is what is called vx, vy, vz
 * or velocity; a length or pixel, or what is called x, y, z or position, is a position. Lengths are m, cm,
 * mm, um; times are s, ms and bin, which bin_us turns into seconds. The hold of a velocity is zero, that of
 * anything else unstated. */
void output_from_name(const char *name, int bin_us, struct output *ret);

/* Set the unit from text, and with it kind, to_mm and the hold that goes with the kind; or the hold: "zero",
 * "last", "ramp:MS" (1 to 60000). -EINVAL with a line, and nothing changed. */
int output_set_unit(struct output *o, const char *unit, int bin_us, struct failure *f);
int output_set_hold(struct output *o, const char *hold, struct failure *f);

/* "zero", "last", "ramp:200" or "" into text. */
void output_hold_text(const struct output *o, char *ret, size_t size);

/* The notes `outputs`, `output_units`, `holds` (comma-separated, one entry an output; a unit may be empty,
 * and so may a hold: the kind's own) of a decoder file into ret[MAX_OUTPUTS]. `holds` may be missing. -EINVAL
 * for a wrong number, an unknown hold, or a name that is empty, too long, there twice or has a ':' in it;
 * -ENOENT for a missing note. */
int outputs_from_notes(const struct tensor_set *set, int n_outputs, int bin_us, struct failure *f,
		       struct output *ret);

/* "name:hold,name:hold" (or "") of the configuration on top of the file's. -EINVAL for a name that is none or
 * is there twice, or an unknown hold; nothing is changed then. */
int outputs_override_holds(struct output *outputs, int n_outputs, const char *text, struct failure *f);

/* -EINVAL naming the first output whose hold is unstated. */
int outputs_check_holds(const struct output *outputs, int n_outputs, struct failure *f);
