/* stimulator: a simulated current stimulator: trains of biphasic pulses, and what it refuses. [pure]
 *
 * It stands where the maker's library would stand in a client of yours. Limits are those of a cautious
 * cortical microstimulation; a real one has its own, and its own that no program can lift. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

#define STIMULATOR_MAX_UA 100.0
#define STIMULATOR_MAX_WIDTH_US 1000
#define STIMULATOR_MAX_NC 20.0 /* charge a phase: amplitude times width */
#define STIMULATOR_MAX_PULSES 100
#define STIMULATOR_MAX_HZ 300.0
#define STIMULATOR_INTERVAL_NS INT64_C(100000000) /* least from the end of a train to the next one */

/* A train. Each pulse is two phases of equal charge and opposite sign, one after the other. */
struct stimulus {
	double amplitude_ua;
	int width_us; /* of a phase */
	int pulses;
	double rate_hz;
};

/* "UA[,US[,PULSES[,HZ]]]", the rest of 200 us, one pulse, 100 Hz. "": 20 uA. -EINVAL with a line for what is
 * no number or beyond a limit. */
int stimulator_read(const char *text, struct failure *f, struct stimulus *ret);

double stimulator_charge_nc(const struct stimulus *s); /* a phase */

/* Zeroed is valid: at rest, never fired. */
struct stimulator {
	struct stimulus train; /* the newest */
	int64_t begun_ns, end_ns;
	bool fired;
	bool running;
	uint64_t trains, pulses, cut, refused;
	double charge_nc; /* of one sign, over all pulses */
};

/* Begin a train. -EBUSY: one runs, or the interval since the last one is not over; counted. */
int stimulator_fire(struct stimulator *x, const struct stimulus *s, int64_t now_ns);

/* Until now_ns: counts the pulses that went out. Call it each frame. */
void stimulator_run(struct stimulator *x, int64_t now_ns);

/* End the train that runs: no pulse begins from now_ns on. True where one was cut short. */
bool stimulator_stop(struct stimulator *x, int64_t now_ns);
