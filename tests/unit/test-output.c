#include "output.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#define BIN_US 50000

struct name_case {
	char text[64];
	char name[OUTPUT_NAME_SIZE];
	char unit[OUTPUT_UNIT_SIZE];
	enum output_kind kind;
	double to_mm;
};

ParameterizedTestParameters(output, is_read_from_a_name)
{
	static struct name_case cases[] = {
		{ "hand_vx_m_per_s", "hand_vx_m_per_s", "m/s", OUTPUT_VELOCITY, 1000 },
		{ "vx_mm_per_s", "vx_mm_per_s", "mm/s", OUTPUT_VELOCITY, 1 },
		{ "vx_cm_per_bin", "vx_cm_per_bin", "cm/bin", OUTPUT_VELOCITY, 200 },
		{ "tip_um_per_ms", "tip_um_per_ms", "um/ms", OUTPUT_VELOCITY, 1 },
		{ "x_mm", "x_mm", "mm", OUTPUT_POSITION, 1 },
		{ "hand_x_m", "hand_x_m", "m", OUTPUT_POSITION, 1000 },
		{ "x_cm", "x_cm", "cm", OUTPUT_POSITION, 10 },
		{ "x_pixel", "x_pixel", "pixel", OUTPUT_POSITION, 0 },
		{ "x_pixel_per_s", "x_pixel_per_s", "pixel/s", OUTPUT_VELOCITY, 0 },
		{ "joystick_x", "joystick_x", "", OUTPUT_POSITION, 0 },
		{ "joystick_y (converter value / 1000)", "joystick_y", "", OUTPUT_POSITION, 0 },
		{ "grip", "grip", "", OUTPUT_OTHER, 0 },
		{ "spikes_per_s", "spikes_per_s", "spikes/s", OUTPUT_OTHER, 0 },
		{ "Velocity-x", "Velocity-x", "", OUTPUT_VELOCITY, 0 },
		{ "vy", "vy", "", OUTPUT_VELOCITY, 0 },
		{ "vxy", "vxy", "", OUTPUT_OTHER, 0 },
		{ "m", "m", "", OUTPUT_OTHER, 0 },
		{ "", "", "", OUTPUT_OTHER, 0 },
		{ "_per_s", "_per_s", "", OUTPUT_OTHER, 0 },
		{ "a_much_too_long_unit_name_here_per_s", "a_much_too_long_unit_name_here_per_s", "here/s",
		  OUTPUT_OTHER, 0 },
		{ "force_kilogrammetrespersecond_per_s", "force_kilogrammetrespersecond_per_s", "",
		  OUTPUT_OTHER, 0 },
		{ "0123456789012345678901234567890123456789012345\xc3\xa9", /* é would be cut in two */
		  "0123456789012345678901234567890123456789012345", "", OUTPUT_OTHER, 0 },
	};
	return cr_make_param_array(struct name_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct name_case *c, output, is_read_from_a_name)
{
	struct output o;
	output_from_name(c->text, BIN_US, &o);
	cr_expect(eq(str, o.name, c->name));
	cr_expect(eq(str, o.unit, c->unit), "%s", c->text);
	cr_expect(eq(int, o.kind, c->kind), "%s", c->text);
	cr_expect(epsilon_eq(dbl, o.to_mm, c->to_mm, 1e-9), "%s", c->text);
	cr_expect(eq(int, o.hold, c->kind == OUTPUT_VELOCITY ? HOLD_ZERO : HOLD_UNSTATED), "%s", c->text);
}

struct unit_case {
	char unit[40];
	int result;
	enum output_kind kind;
	double to_mm;
};

ParameterizedTestParameters(output, takes_a_unit)
{
	static struct unit_case cases[] = {
		{ "mm/s", 0, OUTPUT_VELOCITY, 1 },
		{ "m/bin", 0, OUTPUT_VELOCITY, 20000 },
		{ "µm", 0, OUTPUT_POSITION, 0.001 },
		{ "", 0, OUTPUT_OTHER, 0 },
		{ "mm/s/s", 0, OUTPUT_OTHER, 0 },
		{ "mm/", 0, OUTPUT_OTHER, 0 },
		{ "/s", 0, OUTPUT_OTHER, 0 },
		{ "N", 0, OUTPUT_OTHER, 0 },
		{ "deg/s", 0, OUTPUT_OTHER, 0 },
		{ "a\nb", -EINVAL, OUTPUT_OTHER, 0 },
		{ "\xff", -EINVAL, OUTPUT_OTHER, 0 },
		{ "123456789012345678901234", -EINVAL, OUTPUT_OTHER, 0 },
	};
	return cr_make_param_array(struct unit_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct unit_case *c, output, takes_a_unit)
{
	struct output o;
	struct failure f = { "" };
	output_from_name("grip", BIN_US, &o);
	cr_expect(eq(int, output_set_unit(&o, c->unit, BIN_US, &f), c->result), "%s", c->unit);
	cr_expect(eq(str, o.unit, c->result ? "" : c->unit));
	cr_expect(eq(int, o.kind, c->kind), "%s", c->unit);
	cr_expect(epsilon_eq(dbl, o.to_mm, c->to_mm, 1e-9), "%s", c->unit);
	cr_expect(eq(int, f.text[0] != '\0', c->result < 0));
}

struct hold_case {
	char text[24];
	int result;
	enum output_hold hold;
	int ramp_ms;
};

ParameterizedTestParameters(output, takes_a_hold)
{
	static struct hold_case cases[] = {
		{ "zero", 0, HOLD_ZERO, 0 },       { "last", 0, HOLD_LAST, 0 },
		{ "ramp:200", 0, HOLD_RAMP, 200 }, { "ramp:60000", 0, HOLD_RAMP, 60000 },
		{ "ramp:60001", -EINVAL, 0, 0 },   { "ramp:0", -EINVAL, 0, 0 },
		{ "ramp:-5", -EINVAL, 0, 0 },      { "ramp:5s", -EINVAL, 0, 0 },
		{ "ramp:", -EINVAL, 0, 0 },        { "ramp", -EINVAL, 0, 0 },
		{ "Zero", -EINVAL, 0, 0 },         { "", -EINVAL, 0, 0 },
		{ "\xff\n", -EINVAL, 0, 0 },
	};
	return cr_make_param_array(struct hold_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct hold_case *c, output, takes_a_hold)
{
	struct output o = { .name = "grip" };
	struct failure f = { "" };
	char text[16];
	cr_expect(eq(int, output_set_hold(&o, c->text, &f), c->result), "%s", c->text);
	cr_expect(eq(int, o.hold, c->hold));
	cr_expect(eq(int, o.ramp_ms, c->ramp_ms));
	cr_expect(eq(int, f.text[0] != '\0', c->result < 0));
	cr_expect(eq(ptr, strchr(f.text, '\n'), NULL));
	output_hold_text(&o, text, sizeof(text));
	cr_expect(eq(str, text, c->result ? "" : c->text));
}

/* ---- lists ---- */

struct notes_case {
	char name[24];
	char outputs[80], units[40], holds[40]; /* "-": there is no such note */
	int result;
	char says[24];
};

ParameterizedTestParameters(output, is_read_from_notes)
{
	static struct notes_case cases[] = {
		{ "as it should be", "vx,x,grip", "m/s,m,", ",last,ramp:200", 0, "" },
		{ "with spaces", " vx , x,grip", "m/s, m , ", " , last,ramp:200 ", 0, "" },
		{ "no outputs", "-", "m/s,m,", "-", -ENOENT, "note outputs" },
		{ "no units", "vx,x,grip", "-", "-", -ENOENT, "note output_units" },
		{ "too few", "vx,x", "m/s,m,", "-", -EINVAL, "2 entries" },
		{ "too many units", "vx,x,grip", "m/s,m,,", "-", -EINVAL, "4 entries" },
		{ "too few holds", "vx,x,grip", "m/s,m,", "zero", -EINVAL, "note holds" },
		{ "unknown hold", "vx,x,grip", "m/s,m,", ",stay,", -EINVAL, "note holds" },
		{ "empty name", "vx,,grip", "m/s,m,", "-", -EINVAL, "entry 2" },
		{ "name twice", "vx,x,vx", "m/s,m,", "-", -EINVAL, "vx is there twice" },
		{ "name with a colon", "vx,x,a:b", "m/s,m,", "-", -EINVAL, "entry 3" },
		{ "name with a comment", "vx,x,grip (N)", "m/s,m,", "-", -EINVAL, "entry 3" },
		{ "not text", "vx,x,\x01", "m/s,m,", "-", -EINVAL, "entry 3" },
		{ "long name", "vx,x,012345678901234567890123456789012345678901234567", "m/s,m,", "-",
		  -EINVAL, "entry 3" },
		{ "long unit", "vx,x,grip", "m/s,m,012345678901234567890123", "-", -EINVAL, "output_units" },
	};
	return cr_make_param_array(struct notes_case, cases, sizeof(cases) / sizeof(*cases));
}

static int read_notes(const struct notes_case *c, struct failure *f, struct output *ret)
{
	struct tensor_note notes[3];
	struct tensor_set set = { .origin = "d.safetensors", .notes = notes };
	const struct tensor_note all[] = { { "outputs", c->outputs },
					   { "output_units", c->units },
					   { "holds", c->holds } };
	for (int i = 0; i < 3; i++)
		if (strcmp(all[i].value, "-") != 0)
			notes[set.n_notes++] = all[i];
	return outputs_from_notes(&set, 3, BIN_US, f, ret);
}

ParameterizedTest(struct notes_case *c, output, is_read_from_notes)
{
	struct output o[MAX_OUTPUTS] = { { .name = "before" } };
	struct failure f = { "" };
	cr_assert(eq(int, read_notes(c, &f, o), c->result), "%s: %s", c->name, f.text);
	cr_expect(ne(ptr, strstr(f.text, c->says), NULL), "%s: %s", c->name, f.text);
	if (c->result < 0) {
		cr_expect(eq(int, strncmp(f.text, "d.safetensors: ", 15), 0), "%s", f.text);
		cr_expect(eq(str, o[0].name, "before"));
		return;
	}
	cr_expect(eq(str, o[0].name, "vx"));
	cr_expect(eq(str, o[1].unit, "m"));
	cr_expect(eq(int, o[0].hold, HOLD_ZERO));
	cr_expect(eq(int, o[1].hold, HOLD_LAST));
	cr_expect(eq(int, o[2].hold, HOLD_RAMP));
	cr_expect(eq(int, o[2].ramp_ms, 200));
	cr_expect(eq(dbl, o[0].to_mm, 1000));
}

Test(output, without_a_hold_is_refused_by_name)
{
	struct notes_case c = { "", "vx,x,grip", "m/s,m,", "-", 0, "" };
	struct output o[MAX_OUTPUTS];
	struct failure f = { "" };
	cr_assert(eq(int, read_notes(&c, &f, o), 0));
	cr_expect(eq(int, outputs_check_holds(o, 3, &f), -EINVAL));
	cr_expect(ne(ptr, strstr(f.text, "output x "), NULL), "%s", f.text);
	cr_assert(eq(int, outputs_override_holds(o, 3, "x:last,grip:zero", &f), 0));
	cr_expect(eq(int, outputs_check_holds(o, 3, &f), 0));
}

struct override_case {
	char text[40];
	int result;
	enum output_hold hold[3];
};

ParameterizedTestParameters(output, takes_holds_of_the_configuration)
{
	static struct override_case cases[] = {
		{ "", 0, { HOLD_ZERO, HOLD_UNSTATED, HOLD_UNSTATED } },
		{ "x:last", 0, { HOLD_ZERO, HOLD_LAST, HOLD_UNSTATED } },
		{ " grip:ramp:100 , vx:ramp:50 ", 0, { HOLD_RAMP, HOLD_UNSTATED, HOLD_RAMP } },
		{ "x:last,y:last", -EINVAL, { HOLD_ZERO, HOLD_UNSTATED, HOLD_UNSTATED } },
		{ "x:last,x:zero", -EINVAL, { HOLD_ZERO, HOLD_UNSTATED, HOLD_UNSTATED } },
		{ "x:last,", -EINVAL, { HOLD_ZERO, HOLD_UNSTATED, HOLD_UNSTATED } },
		{ "x", -EINVAL, { HOLD_ZERO, HOLD_UNSTATED, HOLD_UNSTATED } },
		{ "x:", -EINVAL, { HOLD_ZERO, HOLD_UNSTATED, HOLD_UNSTATED } },
		{ "x:last:100", -EINVAL, { HOLD_ZERO, HOLD_UNSTATED, HOLD_UNSTATED } },
	};
	return cr_make_param_array(struct override_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct override_case *c, output, takes_holds_of_the_configuration)
{
	struct notes_case notes = { "", "vx,x,grip", "m/s,m,", "-", 0, "" };
	struct output o[MAX_OUTPUTS];
	struct failure f = { "" };
	cr_assert(eq(int, read_notes(&notes, &f, o), 0));
	cr_expect(eq(int, outputs_override_holds(o, 3, c->text, &f), c->result), "%s: %s", c->text, f.text);
	cr_expect(eq(int, f.text[0] != '\0', c->result < 0));
	for (int i = 0; i < 3; i++)
		cr_expect(eq(int, o[i].hold, c->hold[i]), "%s", c->text);
}
