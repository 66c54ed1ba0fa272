#include "state.h"

#include <assert.h>
#include <stdio.h>

#define N_STATES (STREAM_CALIBRATING + 1)

#define STAY 0 /* an event that means nothing in this state */
#define TO(state) (1 + (state))

static const char next[N_STATES][N_STATE_EVENTS] = {
	[STREAM_IDLE] = {
		[EVENT_DATA] = TO(STREAM_SHADOW),
		[EVENT_FAULT] = TO(STREAM_FAULT),
	},
	[STREAM_SHADOW] = {
		[EVENT_EPOCH_END] = TO(STREAM_IDLE),
		[EVENT_ARM] = TO(STREAM_ARMED),
		[EVENT_CALIBRATE] = TO(STREAM_CALIBRATING),
		[EVENT_FAULT] = TO(STREAM_FAULT),
	},
	[STREAM_ARMED] = {
		[EVENT_EPOCH_END] = TO(STREAM_IDLE),
		[EVENT_DISARM] = TO(STREAM_SHADOW),
		[EVENT_FAULT] = TO(STREAM_FAULT),
	},
	[STREAM_CALIBRATING] = {
		[EVENT_EPOCH_END] = TO(STREAM_IDLE),
		[EVENT_CALIBRATION_END] = TO(STREAM_SHADOW),
		[EVENT_FAULT] = TO(STREAM_FAULT),
	},
	[STREAM_FAULT] = {
		[EVENT_CLEAR] = TO(STREAM_SHADOW), /* or idle, where no epoch is live */
	},
};

bool state_step(struct state *s, enum state_event event, const char *why)
{
	assert((unsigned)s->now < N_STATES && (unsigned)event < N_STATE_EVENTS);
	if (event == EVENT_DATA)
		s->live = true;
	if (event == EVENT_EPOCH_END)
		s->live = false;
	if (next[s->now][event] == STAY)
		return false;

	s->now = (enum stream_state)(next[s->now][event] - 1);
	if (event == EVENT_CLEAR && !s->live)
		s->now = STREAM_IDLE;
	snprintf(s->why, sizeof(s->why), "%s", why);
	return true;
}

bool state_may_arm(const struct state *s, const char **ret_why_not)
{
	switch (s->now) {
	case STREAM_SHADOW:
		return true;
	case STREAM_IDLE:
		*ret_why_not = "no data are coming in";
		break;
	case STREAM_ARMED:
		*ret_why_not = "it is armed already";
		break;
	case STREAM_FAULT:
		*ret_why_not = "it is in fault: clear that first";
		break;
	case STREAM_CALIBRATING:
		*ret_why_not = "a calibration is under way";
		break;
	}
	return false;
}
