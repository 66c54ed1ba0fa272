#include "replay_score.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add(struct replay_sums *s, double truth, double value)
{
	if (!isfinite(truth) || !isfinite(value))
		return;
	s->n++;
	s->truth += truth;
	s->truth2 += truth * truth;
	s->squared += (value - truth) * (value - truth);
	s->absolute += fabs(value - truth);
}

void replay_score_begin(struct replay_score *s, const struct output *recorded, int n_recorded,
			const struct output *other, int n_other)
{
	int axis = 0;
	s->n_outputs = 0;
	for (int i = 0; i < n_recorded; i++) {
		int own_axis = recorded[i].kind == OUTPUT_VELOCITY ? axis++ : -1;
		for (int k = 0; k < n_other; k++) {
			if (strcmp(recorded[i].name, other[k].name) != 0)
				continue;
			struct replay_score_output *o = &s->outputs[s->n_outputs++];
			*o = (struct replay_score_output){ .recorded = i,
							   .other = k,
							   .axis = own_axis,
							   .to_mm = recorded[i].to_mm > 0 ? recorded[i].to_mm
											  : 1 };
			memcpy(o->name, recorded[i].name, sizeof(o->name));
			memcpy(o->unit, recorded[i].unit, sizeof(o->unit));
		}
	}
}

void replay_score_add(struct replay_score *s, const float *recorded, const float *other,
		      const struct session_effector *effector)
{
	for (int i = 0; i < s->n_outputs; i++) {
		struct replay_score_output *o = &s->outputs[i];
		double a = (double)recorded[o->recorded], b = (double)other[o->other];
		add(&o->apart, a, b);
		if (!effector || o->axis < 0 || o->axis >= effector->n_velocity)
			continue;
		double truth = (double)effector->velocity_mm_s[o->axis];
		add(&o->recorded_effector, truth, a * o->to_mm);
		add(&o->other_effector, truth, b * o->to_mm);
	}
}

double replay_score_r2(const struct replay_sums *s)
{
	double variance = s->n ? s->truth2 - s->truth * s->truth / (double)s->n : 0;
	return variance > 0 ? 1 - s->squared / variance : (double)NAN;
}

double replay_score_difference(const struct replay_sums *s)
{
	return s->n ? s->absolute / (double)s->n : (double)NAN;
}
