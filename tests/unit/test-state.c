#include "state.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

enum { N_STATES = STREAM_CALIBRATING + 1 };

struct step_case {
	char name[24];
	enum stream_state from;
	bool live;
	enum stream_state after[N_STATE_EVENTS]; /* in the order of enum state_event */
};

#define IDLE STREAM_IDLE
#define SHDW STREAM_SHADOW
#define ARMD STREAM_ARMED
#define FAUL STREAM_FAULT
#define CALI STREAM_CALIBRATING

ParameterizedTestParameters(state, goes_only_along_the_arrows)
{
	static struct step_case cases[] = {
		/* data, end, arm, disarm, fault, clear, calibrate, its end */
		{ "idle", IDLE, false, { SHDW, IDLE, IDLE, IDLE, FAUL, IDLE, IDLE, IDLE } },
		{ "shadow", SHDW, true, { SHDW, IDLE, ARMD, SHDW, FAUL, SHDW, CALI, SHDW } },
		{ "armed", ARMD, true, { ARMD, IDLE, ARMD, SHDW, FAUL, ARMD, ARMD, ARMD } },
		{ "calibrating", CALI, true, { CALI, IDLE, CALI, CALI, FAUL, CALI, CALI, SHDW } },
		{ "fault, live", FAUL, true, { FAUL, FAUL, FAUL, FAUL, FAUL, SHDW, FAUL, FAUL } },
		{ "fault, no data", FAUL, false, { FAUL, FAUL, FAUL, FAUL, FAUL, IDLE, FAUL, FAUL } },
	};
	return cr_make_param_array(struct step_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct step_case *c, state, goes_only_along_the_arrows)
{
	for (int event = 0; event < N_STATE_EVENTS; event++) {
		struct state s = { .now = c->from, .live = c->live, .why = "before" };
		bool changed = state_step(&s, (enum state_event)event, "now");
		cr_expect(eq(int, s.now, c->after[event]), "%s, event %d", c->name, event);
		cr_expect(eq(int, changed, c->after[event] != c->from), "%s, event %d", c->name, event);
		cr_expect(eq(str, s.why, changed ? "now" : "before"), "%s, event %d", c->name, event);
	}
}

Test(state, is_idle_and_not_armed_at_the_start)
{
	struct state s = { 0 };
	cr_expect(eq(int, s.now, STREAM_IDLE));
	cr_expect(not(state_step(&s, EVENT_ARM, "")));
}

Test(state, clears_a_fault_to_where_the_data_are)
{
	struct state s = { 0 };
	state_step(&s, EVENT_DATA, "data");
	state_step(&s, EVENT_ARM, "operator");
	state_step(&s, EVENT_FAULT, "9 bins waiting");
	state_step(&s, EVENT_EPOCH_END, "no data");
	state_step(&s, EVENT_DATA, "data");
	state_step(&s, EVENT_FAULT, "another");
	cr_expect(eq(str, s.why, "9 bins waiting"));
	cr_expect(state_step(&s, EVENT_CLEAR, "operator"));
	cr_expect(eq(int, s.now, STREAM_SHADOW)); /* never back to armed */

	state_step(&s, EVENT_FAULT, "once more");
	state_step(&s, EVENT_EPOCH_END, "no data");
	state_step(&s, EVENT_CLEAR, "operator");
	cr_expect(eq(int, s.now, STREAM_IDLE));
}

Test(state, is_armed_by_the_event_alone)
{
	for (int from = 0; from < N_STATES; from++)
		for (int event = 0; event < N_STATE_EVENTS; event++) {
			struct state s = { .now = (enum stream_state)from, .live = true };
			if (state_step(&s, (enum state_event)event, ""))
				cr_expect(eq(int, s.now == STREAM_ARMED,
					     event == EVENT_ARM && from == STREAM_SHADOW));
		}
}

Test(state, may_be_armed_where_the_event_would_arm)
{
	for (int from = 0; from < N_STATES; from++) {
		struct state s = { .now = (enum stream_state)from, .live = true }, after = s;
		const char *why_not = NULL;
		bool may = state_may_arm(&s, &why_not);
		cr_expect(eq(int, may, state_step(&after, EVENT_ARM, "")));
		cr_expect(eq(int, may, why_not == NULL));
	}
}

Test(state, cuts_a_long_reason)
{
	char why[300];
	struct state s = { 0 };
	memset(why, 'x', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	state_step(&s, EVENT_FAULT, why);
	cr_expect(eq(sz, strlen(s.why), sizeof(s.why) - 1));
}
