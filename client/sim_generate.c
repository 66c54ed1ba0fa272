#include "sim_generate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "safetensors.h"
#include "sim_population.h"
#include "sim_reach.h"
#include "types.h"

#define FINE_MS 10
#define MAX_STEPS INT64_C(10000000)
#define MAX_BYTES (INT64_C(1) << 32)

struct session {
	int n_units, ratio; /* fine steps a bin */
	int64_t n_bins, n_fine;
	double half_s;                   /* half a fine step: `hand` has one moment each */
	struct sim_moment *hand;         /* (2 n_fine + lead) */
	struct sim_unit *units;          /* (n_units) */
	uint8_t *counts;                 /* (n_bins, n_units) */
	float *kinematics;               /* (n_bins, 4) */
	int32_t *trial, *target, *phase; /* (n_bins) */
	float *rate_hz;                  /* (n_units) */
	int32_t *start;                  /* (n_fine + 1), with events only */
	int16_t *event_unit;             /* (start[n_fine]) */
	int64_t event_room;
};

static void session_free(struct session *s)
{
	free(s->hand);
	free(s->units);
	free(s->counts);
	free(s->kinematics);
	free(s->trial);
	free(s->target);
	free(s->phase);
	free(s->rate_hz);
	free(s->start);
	free(s->event_unit);
}

static int check(const struct sim_recipe *c, const struct session *s, struct failure *f)
{
	if (c->events && c->bin_ms % FINE_MS != 0)
		return failure_set(f, -EINVAL, "--events: bins of %d ms are no multiple of the events' 10 ms",
				   c->bin_ms);
	if (s->n_bins < 1)
		return failure_set(f, -EINVAL, "--seconds: %g s are less than one bin", c->seconds);
	if (s->n_fine > MAX_STEPS || s->n_bins * s->n_units > MAX_BYTES)
		return failure_set(f, -EINVAL, "%g s of %d units in bins of %d ms are too much for one file",
				   c->seconds, c->units, c->bin_ms);
	return 0;
}

static int session_init(struct session *s, const struct sim_recipe *c, struct failure *f)
{
	int fine_ms = c->bin_ms % FINE_MS == 0 ? FINE_MS : c->bin_ms;
	s->n_units = c->units;
	s->ratio = c->bin_ms / fine_ms;
	s->n_bins = (int64_t)floor(c->seconds * 1000.0 / c->bin_ms + 1e-6);
	s->n_fine = s->n_bins * s->ratio;
	s->half_s = fine_ms / 2000.0;
	int r = check(c, s, f);
	if (r < 0)
		return r;

	size_t bins = (size_t)s->n_bins, units = (size_t)s->n_units;
	int64_t n_hand = 2 * s->n_fine + lround(SIM_LEAD_MAX_S / s->half_s) + 1;
	s->hand = calloc((size_t)n_hand, sizeof(*s->hand));
	s->units = calloc(units, sizeof(*s->units));
	s->counts = calloc(bins, units);
	s->kinematics = calloc(bins, 4 * sizeof(float));
	s->trial = calloc(bins, sizeof(int32_t));
	s->target = calloc(bins, sizeof(int32_t));
	s->phase = calloc(bins, sizeof(int32_t));
	s->rate_hz = calloc(units, sizeof(float));
	s->start = c->events ? calloc((size_t)s->n_fine + 1, sizeof(int32_t)) : NULL;
	if (!s->hand || !s->units || !s->counts || !s->kinematics || !s->trial || !s->target || !s->phase ||
	    !s->rate_hz || (c->events && !s->start))
		return failure_set(f, -ENOMEM, "out of memory");

	sim_reach_run(c->seed, s->half_s, n_hand, s->hand);
	for (int u = 0; u < s->n_units; u++)
		sim_unit_init(&s->units[u], c->seed, u);
	return 0;
}

/* A row: where the hand is at the middle of the bin, and the labels there. */
static void label_bins(struct session *s)
{
	for (int64_t b = 0; b < s->n_bins; b++) {
		const struct sim_moment *m = &s->hand[(2 * b + 1) * s->ratio];
		for (int i = 0; i < 2; i++) {
			s->kinematics[4 * b + i] = (float)m->position_m[i];
			s->kinematics[4 * b + 2 + i] = (float)m->velocity_m_s[i];
		}
		s->trial[b] = m->trial;
		s->target[b] = m->target;
		s->phase[b] = m->phase;
	}
}

static int keep_events(struct session *s, int64_t fine, int unit, int n)
{
	int64_t used = s->start[fine + 1];
	if (used + n > INT32_MAX)
		return -EFBIG;
	if (used + n > s->event_room) {
		int64_t room = 2 * (used + n) + 4096;
		int16_t *more = realloc(s->event_unit, (size_t)room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		s->event_unit = more;
		s->event_room = room;
	}
	for (int i = 0; i < n; i++)
		s->event_unit[used + i] = (int16_t)unit;
	s->start[fine + 1] = (int32_t)(used + n);
	return 0;
}

/* All units in one fine step. A count in the file stops at 255. */
static int fire_step(struct session *s, int64_t fine)
{
	uint8_t *counts = &s->counts[fine / s->ratio * s->n_units];
	double step_s = 2.0 * s->half_s;
	if (s->start)
		s->start[fine + 1] = s->start[fine];
	for (int u = 0; u < s->n_units; u++) {
		struct sim_unit *unit = &s->units[u];
		int64_t ahead = lround(unit->lead_s / s->half_s);
		double mean = sim_unit_rate(unit, &s->hand[2 * fine + 1 + ahead]) * step_s;
		int n = sim_random_poisson(&unit->random, mean);
		if (n > 255 - counts[u])
			n = 255 - counts[u];
		counts[u] = (uint8_t)(counts[u] + n);
		s->rate_hz[u] += (float)n;
		int r = s->start ? keep_events(s, fine, u, n) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int fire(struct session *s, struct failure *f)
{
	for (int64_t fine = 0; fine < s->n_fine; fine++) {
		int r = fire_step(s, fine);
		if (r < 0)
			return failure_set(f, r, "too many spikes for one file: %s", strerror(-r));
	}
	double seconds = (double)s->n_fine * 2.0 * s->half_s;
	for (int u = 0; u < s->n_units; u++)
		s->rate_hz[u] /= (float)seconds;
	return 0;
}

static int write_session(const struct session *s, const struct sim_recipe *c, struct failure *f)
{
	char name[64], source[160], bin_ms[16];
	snprintf(name, sizeof(name), "sim_u%d_s%llu", c->units, (unsigned long long)c->seed);
	snprintf(source, sizeof(source), "bcisim %s generate --units %d --seconds %g --seed %llu --bin-ms %d",
		 BCID_VERSION, c->units, c->seconds, (unsigned long long)c->seed, c->bin_ms);
	snprintf(bin_ms, sizeof(bin_ms), "%d", c->bin_ms);
	int64_t bins = s->n_bins, units = s->n_units;
	const struct tensor tensors[] = {
		{"kinematics", TENSOR_F32, 2, {bins, 4}, s->kinematics},
		{"labels/phase", TENSOR_I32, 1, {bins}, s->phase},
		{"labels/target", TENSOR_I32, 1, {bins}, s->target},
		{"labels/trial", TENSOR_I32, 1, {bins}, s->trial},
		{"unit/rate_hz", TENSOR_F32, 1, {units}, s->rate_hz},
		{"counts", TENSOR_U8, 2, {bins, units}, s->counts},
		{"events/start", TENSOR_I32, 1, {s->n_fine + 1}, s->start},
		{"events/unit", TENSOR_I16, 1, {s->start ? s->start[s->n_fine] : 0}, s->event_unit},
	};
	const struct tensor_note notes[] = {
		{"session", name},
		{"dataset", "simulated: centre-out reaching, a tuned Poisson population"},
		{"bin_ms", bin_ms},
		{"kinematics_names", "hand_x_m,hand_y_m,hand_vx_m_per_s,hand_vy_m_per_s"},
		{"labels_target", "0..7, index of the reach target, -1 outside trials"},
		{"labels_phase", "0 idle, 1 cue, 2 go, 3 hold, 4 reward"},
		{"target_angles_deg", "0,45,90,135,180,225,270,315"},
		{"source", source},
		{"licence", "simulated, free of any"},
		{"events_bin_ms", "10"},
	};
	struct tensor_set set = {c->output, tensors, s->start ? 8 : 6, notes, s->start ? 10 : 9};
	return safetensors_write(c->output, &set, f);
}

int sim_generate(const struct sim_recipe *c, struct failure *f)
{
	struct session s = {0};
	int r = session_init(&s, c, f);
	if (r < 0)
		goto out;
	label_bins(&s);
	r = fire(&s, f);
	if (r < 0)
		goto out;
	r = write_session(&s, c, f);
out:
	session_free(&s);
	return r;
}

static int parse(int argc, char **argv, struct sim_recipe *c, bool *json, struct failure *f,
		 enum arguments_next *next)
{
	int64_t units = 0, seed = 1, bin_ms = 50;
	const struct argument table[] = {
		{"units", ARGUMENT_INT, &units, "N", "units", true, 1, MAX_UNITS},
		{"seconds", ARGUMENT_NUMBER, &c->seconds, "S", "length", true, 0.001, 86400},
		{"seed", ARGUMENT_INT, &seed, "K", "of all random numbers (1)", false, 0, 1e15},
		{"output", ARGUMENT_TEXT, &c->output, "FILE", "the recording, a safetensors file", true},
		{"bin-ms", ARGUMENT_INT, &bin_ms, "MS", "width of a bin (50)", false, 1, 200},
		{"events", ARGUMENT_FLAG, &c->events, NULL, "also the spikes at 10 ms"},
		{"json", ARGUMENT_FLAG, json, NULL, "one object, the last line on stdout"},
		{0},
	};
	const struct arguments a = {
		"bcisim generate",
		"A tuned Poisson population during centre-out reaching: counts, kinematics, trials and "
		"targets.\n"
		"The same seed gives the same file; more units or seconds leave those that are there "
		"unchanged.",
		NULL,
		0,
		0,
		table,
	};
	int operand, r = arguments_parse(&a, argc, argv, f, next, &operand);
	c->units = (int)units;
	c->seed = (uint64_t)seed;
	c->bin_ms = (int)bin_ms;
	return r;
}

int sim_generate_main(int argc, char **argv)
{
	struct sim_recipe c = {0};
	struct failure f = {0};
	bool json = false;
	enum arguments_next next = ARGUMENTS_GO;
	int r = parse(argc, argv, &c, &json, &f, &next), code = 2;
	if (r == 0 && next == ARGUMENTS_DONE)
		return 0;
	if (r == 0) {
		code = 1;
		r = sim_generate(&c, &f);
	}
	if (r < 0) {
		fprintf(stderr, "bcisim generate: %s\n", f.text);
		return code;
	}
	if (json)
		printf("{\"units\": %d, \"seconds\": %g, \"seed\": %llu, \"bin_ms\": %d}\n", c.units,
		       c.seconds, (unsigned long long)c.seed, c.bin_ms);
	return 0;
}
