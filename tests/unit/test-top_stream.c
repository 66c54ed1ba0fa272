#include "../support/top_case.h"
#include "top_stream.h"

static struct top_canvas c;
static struct top_history h;
static struct stream_case m1;
static Bcid__V1__StreamStatus *streams[] = { &m1.s };
static Bcid__V1__Status status;

static void draw(void)
{
	top_canvas_begin(&c, 80, false);
	top_stream_draw(&c, &m1.s, &h);
}

static void begin(void)
{
	stream_of(&m1, "m1");
	status_of(&status, streams, 1);
	top_history_take(&h, &status);
	status.uptime_ns += MS(1000);
}

TestSuite(top_stream, .init = begin);

struct line_case {
	char text[80];
};

ParameterizedTestParameters(top_stream, says)
{
	static struct line_case cases[] = {
		{ "m1         ARMED: by request  data 8 ms ago" },
		{ "gate       pass 1234  hold 29" },
		{ "held for   not-armed 29" },
		{ "trouble    overruns 0  gaps 0" },
		{ "effectors  hand alive (12 ms ago)" },
		{ "units      4  good 2  dead 1  noisy 1  masked 1" },
		{ "input      epoch 1  bin 1262 of 50 ms  messages 1300  late 2" },
		{ "model      3ef92d000000  decoder d.safetensors  forecaster mean  on w1" },
	};
	return cr_make_param_array(struct line_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct line_case *l, top_stream, says)
{
	draw();
	int line = find_line(&c, l->text);
	cr_assert(ge(int, line, 0), "%s", l->text);
	cr_expect(eq(str, (char *)line_text(&c, line), l->text));
}

Test(top_stream, shows_what_goes_on_now)
{
	m1.counter[1].value += 19;
	m1.counter[4].value += 1;
	m1.s.overruns += 1;
	top_history_take(&h, &status);
	draw();
	cr_expect(ge(int, find_line(&c, "pass 1253 (19.0/s)  hold 29"), 0));
	cr_expect(ge(int, find_line(&c, "not-armed 29  late 1 (1.0/s)"), 0));
	cr_expect(eq(int, style_of(&c, "late 1"), TOP_WARNING), "an armed stream that holds");
	cr_expect(eq(int, style_of(&c, "overruns 1 (1.0/s)"), TOP_ALARM));
}

Test(top_stream, shows_who_is_missing)
{
	m1.effector.alive = false;
	m1.effector.age_ns = MS(2600);
	draw();
	cr_expect(eq(int, style_of(&c, "hand MISSING (2.6 s ago)"), TOP_ALARM));
	m1.effector.age_ns = -1;
	draw();
	cr_expect(eq(int, style_of(&c, "hand MISSING (never heard)"), TOP_ALARM));
	m1.s.n_effectors = 0;
	draw();
	cr_expect(ge(int, find_line(&c, "effectors  none required"), 0));
}

Test(top_stream, shows_what_is_left_of_the_enable)
{
	m1.s.effector_kind = "stimulation";
	m1.s.enabled_for_ns = 0;
	draw();
	cr_expect(eq(int, style_of(&c, "stimulation NOT ENABLED"), TOP_ALARM));
	m1.s.enabled_for_ns = MS(12300);
	draw();
	cr_expect(eq(int, style_of(&c, "stimulation enabled for 12.3 s"), TOP_WARNING));
	m1.s.enabled_for_ns = MS(61000);
	draw();
	cr_expect(eq(int, style_of(&c, "stimulation enabled for 1 min 1 s"), TOP_GOOD));
}

Test(top_stream, shows_a_fault_and_a_silence)
{
	m1.s.state = BCID__V1__STATE__STATE_FAULT;
	m1.s.fault = "the worker is stuck";
	m1.s.last_data_age_ns = MS(5000);
	draw();
	cr_expect(eq(int, style_of(&c, "FAULT: the worker is stuck"), TOP_ALARM));
	cr_expect(eq(int, style_of(&c, "data 5.0 s ago"), TOP_ALARM));
	m1.s.last_data_age_ns = -1;
	draw();
	cr_expect(ge(int, find_line(&c, "no data yet"), 0));
}

Test(top_stream, shows_the_way_to_the_disk)
{
	Bcid__V1__RecordStatus r = BCID__V1__RECORD_STATUS__INIT;
	r.on = true;
	r.file = "/var/lib/bcid/rig1/m1/2026.session";
	r.recorded = 812;
	m1.s.record = &r;
	draw();
	cr_expect(ge(int, find_line(&c, "record     on  812 records  2026.session"), 0));
	r.troubled = true;
	r.trouble = "No space left on device";
	r.fill = 0.25f;
	r.lost = 3;
	draw();
	cr_expect(eq(int, style_of(&c, "THE DISK REFUSES, memory 25 % full: No space"), TOP_ALARM));
	cr_expect(eq(int, style_of(&c, "3 LOST"), TOP_ALARM));
	r.on = r.troubled = false;
	draw();
	cr_expect(eq(int, style_of(&c, "OFF"), TOP_WARNING));
	r.closing = true;
	draw();
	cr_expect(ge(int, find_line(&c, "record     closing"), 0));
}

Test(top_stream, shows_the_trial)
{
	m1.s.cue_trial = 17;
	m1.s.cue_phase = "go";
	draw();
	cr_expect(ge(int, find_line(&c, "trial 17 go"), 0));
	m1.s.cue_trial = 0;
	draw();
	cr_expect(ge(int, find_line(&c, "between trials"), 0));
}

Test(top_stream, takes_a_status_without_anything)
{
	Bcid__V1__StreamStatus none = BCID__V1__STREAM_STATUS__INIT;
	for (int columns = 1; columns < 130; columns++) {
		top_canvas_begin(&c, columns, true);
		top_stream_draw(&c, &none, &h);
	}
	cr_expect(ge(int, find_line(&c, "no intent yet"), 0));
	cr_expect(ge(int, find_line(&c, "held for   nothing"), 0));
}
