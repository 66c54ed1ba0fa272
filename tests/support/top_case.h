/* A status as bcid sends it, and a canvas as a person reads it. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "bcid/v1/control.pb-c.h"
#include "top_canvas.h"

#define MS(x) ((int64_t)((x)*1000000LL))

/* A stream and all that it points at. */
struct stream_case {
	Bcid__V1__StreamStatus s;
	char name[32];
	Bcid__V1__Counter counter[8], *verdicts[3], *reasons[2], *messages[3];
	Bcid__V1__StageLatency stage[3], *stages[3];
	Bcid__V1__Percentiles percentiles[2];
	Bcid__V1__Effector effector, *effectors[1];
	Bcid__V1__Unit unit[4], *units[4];
	uint32_t worst_us[60];
};

static inline Bcid__V1__Counter *counter_case(Bcid__V1__Counter *c, const char *name, uint64_t value)
{
	bcid__v1__counter__init(c);
	c->name = (char *)(uintptr_t)name;
	c->value = value;
	return c;
}

static inline void counters_of(struct stream_case *c)
{
	c->verdicts[0] = counter_case(&c->counter[0], "hold", 29);
	c->verdicts[1] = counter_case(&c->counter[1], "pass", 1234);
	c->verdicts[2] = counter_case(&c->counter[2], "clamp", 0);
	c->reasons[0] = counter_case(&c->counter[3], "not-armed", 29);
	c->reasons[1] = counter_case(&c->counter[4], "late", 0);
	c->messages[0] = counter_case(&c->counter[5], "received", 1300);
	c->messages[1] = counter_case(&c->counter[6], "used", 1298);
	c->messages[2] = counter_case(&c->counter[7], "late", 2);
	c->s.n_verdicts = 3, c->s.verdicts = c->verdicts;
	c->s.n_holds_by_reason = 2, c->s.holds_by_reason = c->reasons;
	c->s.n_messages = 3, c->s.messages = c->messages;
}

/* edge_to_sent is the last one, as bcid has it: p99 5 ms and at most 10 ms of 20; nothing passed `step` of
 * late. */
static inline void stages_of(struct stream_case *c)
{
	static const char *const names[] = { "wire", "step", "edge_to_sent" };
	for (int i = 0; i < 3; i++) {
		bcid__v1__stage_latency__init(&c->stage[i]);
		c->stage[i].stage = (char *)(uintptr_t)names[i];
		c->stage[i].recent = c->stage[i].run = &c->percentiles[0];
		c->stages[i] = &c->stage[i];
	}
	for (int i = 0; i < 2; i++)
		bcid__v1__percentiles__init(&c->percentiles[i]);
	c->percentiles[0].count = 200;
	c->percentiles[0].p50_ns = MS(0.1);
	c->percentiles[0].p99_ns = MS(5);
	c->percentiles[0].p999_ns = MS(9);
	c->percentiles[0].max_ns = MS(10);
	c->stage[1].recent = &c->percentiles[1];
	c->s.n_stages = 3, c->s.stages = c->stages;
	c->s.n_worst_us = 60, c->s.worst_us = c->worst_us;
	for (uint32_t i = 0; i < 60; i++)
		c->worst_us[i] = 100 * (i + 1);
	c->s.deadline_ns = MS(20);
}

/* An armed stream of four units: good, dead, noisy, and a good one that is masked. */
static inline void stream_of(struct stream_case *c, const char *name)
{
	static const uint8_t model[32] = { 0x3e, 0xf9, 0x2d };
	memset(c, 0, sizeof(*c));
	bcid__v1__stream_status__init(&c->s);
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->s.name = c->name;
	c->s.state = BCID__V1__STATE__STATE_ARMED;
	c->s.why = "by request";
	c->s.epoch = 1, c->s.bin = 1262, c->s.bin_us = 50000;
	c->s.bins_in = 1263, c->s.intents_out = 1263, c->s.holds = 29;
	c->s.decoder = "models/d.safetensors", c->s.forecaster = "mean", c->s.worker = "w1";
	c->s.model_hash = (ProtobufCBinaryData){ 32, (uint8_t *)(uintptr_t)model };
	c->s.enabled_for_ns = -1;
	c->s.effector_kind = "cursor";
	c->s.last_data_age_ns = MS(8);
	counters_of(c);
	stages_of(c);
	bcid__v1__effector__init(&c->effector);
	c->effector.name = "hand";
	c->effector.alive = true;
	c->effector.age_ns = MS(12);
	c->effectors[0] = &c->effector;
	c->s.n_effectors = 1, c->s.effectors = c->effectors;
	c->s.n_units = 4, c->s.n_unit = 4, c->s.unit = c->units;
	for (int i = 0; i < 4; i++) {
		bcid__v1__unit__init(&c->unit[i]);
		c->units[i] = &c->unit[i];
	}
	c->unit[1].condition = BCID__V1__UNIT_CONDITION__UNIT_CONDITION_DEAD;
	c->unit[2].condition = BCID__V1__UNIT_CONDITION__UNIT_CONDITION_NOISY;
	c->unit[3].masked = true;
}

static inline void status_of(Bcid__V1__Status *s, Bcid__V1__StreamStatus **streams, size_t n)
{
	bcid__v1__status__init(s);
	s->rig = "rig1";
	s->version = "0.1.0";
	s->pid = 4242;
	s->uptime_ns = MS(200000);
	s->clock_speed = 1;
	s->n_streams = n;
	s->streams = streams;
}

/* A row's text without the blanks at its end; what is not ASCII as '~' (the right half of a wide letter not
 * at all). Static, until the next call. */
static inline const char *row_text(const struct top_cell *cell, int columns)
{
	static char text[TOP_COLUMNS + 1];
	int n = 0, end = 0;
	for (int i = 0; cell && i < columns; i++) {
		if (cell[i].letter)
			text[n++] = cell[i].letter < 0x7f ? (char)cell[i].letter : '~';
		if (cell[i].letter != ' ')
			end = n;
	}
	text[end] = '\0';
	return text;
}

static inline const char *line_text(const struct top_canvas *c, int line)
{
	return line < c->n_lines ? row_text(c->cell[line], c->columns) : "(no such line)";
}

/* The first line with such a text; -1: none. */
static inline int find_line(const struct top_canvas *c, const char *text)
{
	for (int i = 0; i < c->n_lines; i++)
		if (strstr(line_text(c, i), text))
			return i;
	return -1;
}

/* The style of that text, where it stands first. */
static inline int style_of(const struct top_canvas *c, const char *text)
{
	int line = find_line(c, text);
	cr_assert(ge(int, line, 0), "nowhere: \"%s\"", text);
	const char *all = line_text(c, line);
	return (int)c->cell[line][strstr(all, text) - all].style;
}
