/* state: the one state machine of a stream. [pure]
 *
 *             data             arm              fault (too many bins waiting)
 *     idle ---------> shadow ---------> armed -----------------.
 *      ^               |  ^               |                     v
 *      |  epoch ends   |  |    disarm, heartbeat lost,        fault   (from any state; latched)
 *      '---------------+--'    long gap, model swap             |
 *                      |  ^                                     |  clear
 *         calibrate    v  |  calibration ends                   v
 *                    calibrating                              idle or shadow
 *
 * Default after any start: not armed. An epoch's end disarms: armed → shadow → idle. */
#pragma once

#include <stdbool.h>

#include "gate.h"

enum state_event {
	EVENT_DATA, /* a bin closed */
	EVENT_EPOCH_END,
	EVENT_ARM,
	EVENT_DISARM, /* by request, lost heartbeat, long gap, swap */
	EVENT_FAULT,
	EVENT_CLEAR,
	EVENT_CALIBRATE,
	EVENT_CALIBRATION_END,
	N_STATE_EVENTS,
};

struct state {
	enum stream_state now;
	bool live;    /* between EVENT_DATA and EVENT_EPOCH_END: where clear goes to */
	char why[96]; /* of the newest change */
};

/* Zeroed is valid: idle. True where the state changed; `why` is then copied (cut to its place). An event that
 * means nothing in a state changes nothing, so a fault keeps its first reason. */
bool state_step(struct state *s, enum state_event event, const char *why);

/* May it be armed now? Otherwise a line for the operator, static text. */
bool state_may_arm(const struct state *s, const char **ret_why_not);
