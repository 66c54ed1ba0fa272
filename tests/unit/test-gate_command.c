/* gate: what it makes of a class that is commanded. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "gate.h"

#define MS INT64_C(1000000)

static struct gate gate;
static int64_t now_ns;

static void start(void)
{
	struct gate_limits limits = {
		.deadline_ns = 20 * MS,
		.heartbeat_timeout_ns = 500 * MS,
		.valid_for_ns = 100 * MS,
		.bin_ns = 50 * MS,
		.command_interval_ns = 500 * MS,
	};
	struct output outputs[2];
	output_from_name("class_left", 50000, &outputs[0]);
	output_from_name("class_right", 50000, &outputs[1]);
	gate_init(&gate, &limits, outputs, 2);
	now_ns = 1000 * MS;
}

TestSuite(gate_command, .init = start);

static struct intent judge(int command, enum stream_state state)
{
	struct estimate e = { .n_outputs = 2, .command = command, .value = { .7f, .3f } };
	struct gate_input in = {
		.estimate = &e,
		.state = state,
		.edge_ns = now_ns,
		.now_ns = now_ns + MS,
		.heartbeat_age_ns = -1,
	};
	struct intent out;
	gate_apply(&gate, &in, &out);
	now_ns += 50 * MS;
	return out;
}

Test(gate_command, lets_a_command_out_and_no_probabilities)
{
	struct intent none = judge(-1, STREAM_ARMED), right = judge(1, STREAM_ARMED);
	cr_expect(eq(int, none.verdict, GATE_PASS));
	cr_expect(all(eq(flt, none.value[0], 0), eq(flt, none.value[1], 0), eq(int, none.command, -1)));
	cr_expect(eq(int, right.verdict, GATE_PASS));
	cr_expect(all(eq(flt, right.value[0], 0), eq(flt, right.value[1], 1), eq(int, right.command, 1)));
	cr_expect(eq(i64, right.command_ns, right.sent_ns));
}

Test(gate_command, repeats_it_for_clients_that_read_the_newest_only_until_it_has_expired)
{
	struct intent first = judge(0, STREAM_ARMED), next = judge(-1, STREAM_ARMED);
	cr_expect(all(eq(int, next.command, 0), eq(i64, next.command_ns, first.command_ns),
		      eq(flt, next.value[0], 0)));
	judge(-1, STREAM_ARMED);
	struct intent late = judge(-1, STREAM_ARMED);
	cr_expect(eq(int, late.command, -1));
}

Test(gate_command, takes_it_back_with_a_hold)
{
	judge(0, STREAM_ARMED);
	struct intent held = judge(-1, STREAM_SHADOW), after = judge(-1, STREAM_ARMED);
	cr_expect(all(eq(int, held.verdict, GATE_HOLD), eq(int, held.command, -1)));
	cr_expect(eq(int, after.command, -1), "a hold is not undone by arming again");
}

Test(gate_command, holds_a_command_that_comes_too_soon)
{
	judge(0, STREAM_ARMED);
	struct intent soon = judge(1, STREAM_ARMED);
	cr_expect(all(eq(int, soon.verdict, GATE_HOLD), eq(int, soon.reason, REASON_RATE),
		      eq(int, soon.command, -1)));
	now_ns += 500 * MS;
	cr_expect(eq(int, judge(1, STREAM_ARMED).command, 1));
}

Test(gate_command, commands_nothing_while_not_armed)
{
	struct intent held = judge(1, STREAM_SHADOW);
	cr_expect(
		all(eq(int, held.verdict, GATE_HOLD), eq(int, held.command, -1), eq(flt, held.value[1], 0)));
}

Test(gate_command, ignores_a_number_that_is_no_class)
{
	cr_expect(eq(int, judge(2, STREAM_ARMED).command, -1));
	cr_expect(eq(int, judge(INT32_MIN, STREAM_ARMED).command, -1));
}
