/* A session in a folder of its own, with a record of every kind. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

#define CASE_UNITS 3
#define CASE_OUTPUTS 2

static char case_folder[64], case_path[128];

static inline void case_begin(void)
{
	snprintf(case_folder, sizeof(case_folder), "/tmp/bcid-session.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(case_folder), NULL));
	snprintf(case_path, sizeof(case_path), "%s/s.db", case_folder);
}

static inline void case_end(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[160];
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", case_path, ends[i]);
		unlink(name);
	}
	rmdir(case_folder);
}

static inline bool case_exists(const char *end)
{
	char name[160];
	snprintf(name, sizeof(name), "%s%s", case_path, end);
	return access(name, F_OK) == 0;
}

static const struct session_info case_info = {
	.version = "0.1", .rig = "rig1", .stream = "m1", .host = "here", .kernels = "avx2", .pid = 17,
	.n_units = CASE_UNITS, .bin_us = 50000, .bin_wall_ns = 50000000, .clock_speed = 1,
	.started_unix_ns = 1700000000123456789, .started_ns = 123456789, .config_path = "bcid.conf",
	.config_hash = { { 1, 2, 3 } },
};

static inline struct session_writer *case_writer(void)
{
	struct failure f = { "" };
	struct session_writer *w = NULL;
	cr_assert(eq(int, session_create(case_path, &case_info, SESSION_SYNC_OFF, &f, &w), 0), "%s", f.text);
	return w;
}

static inline void case_put(struct session_writer *w, const struct session_record *r)
{
	struct failure f = { "" };
	cr_assert(eq(int, session_put(w, r, &f), 0), "%s", f.text);
}

static inline void case_close(struct session_writer *w)
{
	struct failure f = { "" };
	cr_assert(eq(int, session_end(w, 1700000001000000000, "test", &f), 0), "%s", f.text);
}

static inline struct session_reader *case_reader(unsigned kinds)
{
	struct failure f = { "" };
	struct session_reader *r = NULL;
	cr_assert(eq(int, session_open(case_path, kinds, &f, &r), 0), "%s", f.text);
	return r;
}

static inline void case_next(struct session_reader *r, struct session_record *ret)
{
	struct failure f = { "" };
	cr_assert(eq(int, session_next(r, &f, ret), 1), "%s", f.text);
}

static inline struct session_record case_log(int64_t n)
{
	struct session_record r = { .kind = SESSION_LOG, .n = n };
	r.log = (struct session_log){ .time_ns = n * 10, .level = "info", .text = "a line" };
	return r;
}

static inline void case_sql(const char *text)
{
	sqlite3 *db;
	char *error = NULL;
	cr_assert(eq(int, sqlite3_open(case_path, &db), SQLITE_OK));
	cr_assert(eq(int, sqlite3_exec(db, text, NULL, NULL, &error), SQLITE_OK), "%s", error);
	sqlite3_close(db);
}

static inline struct gate case_some_gate(void)
{
	struct gate g = {
		.limits = { .max_speed_mm_s = 1000.5,
			    .max_acceleration_mm_s2 = 1e5,
			    .deadline_ns = 1,
			    .heartbeat_timeout_ns = 2,
			    .valid_for_ns = 3,
			    .bin_ns = 4,
			    .conceal_max_bins = 5,
			    .resume_bins = 6,
			    .command_interval_ns = 13,
			    .needs_enable = true },
		.n_outputs = CASE_OUTPUTS,
		.outputs = { { "vx", "mm/s", OUTPUT_VELOCITY, HOLD_ZERO, 0, 1 },
			     { "grip", "", OUTPUT_OTHER, HOLD_RAMP, 250, 0 } },
		.last = { 1.5f, -2.5f },
		.last_ns = 7,
		.last_edge_ns = 8,
		.hold_from = { 0.25f, 1e-30f },
		.hold_since_ns = 9,
		.gap_bins = 10,
		.command_ns = 12,
		.command = 1,
		.command_stands = true,
		.resume_left = 11,
	};
	return g;
}

static const uint16_t counts[CASE_UNITS] = { 0, 65535, 7 };
static const float estimate[CASE_OUTPUTS] = { 1.25f, -0.0f }, sd[CASE_OUTPUTS] = { 0.5f, 1e-40f };
static const float rates[CASE_UNITS] = { 0.1f, 3e38f, 1e-45f };
static const uint8_t masked[CASE_UNITS] = { 0, 1, 0 };

/* One of each kind, n = kind + 1. */
static inline void case_put_all(struct session_writer *w, const struct gate *gate,
				const struct session_model *model)
{
	struct session_record all[SESSION_N_KINDS] = {
		[SESSION_BIN].bin = { 1, BIN_GAP, 2, 3, -4, 5, 6, 7, CASE_UNITS, counts },
		[SESSION_RESULT].result = { 1, 0, 2, 3, 4, true, 1, CASE_OUTPUTS, estimate, 1, sd, CASE_UNITS,
					    rates },
		[SESSION_INTENT].intent = { 1, 2, true, BIN_GAP, true, STREAM_ARMED, 3, 4, INT64_MAX, 5,
					    GATE_CLAMP, REASON_SPEED, CASE_OUTPUTS, estimate, 6, -1, 8, 7 },
		[SESSION_ORDER].order = { 3, SESSION_ORDER_MASK, CASE_UNITS, masked },
		[SESSION_SNAPSHOT].snapshot = { 4, CASE_UNITS, masked, 5, "\0\1\2\3" },
		[SESSION_MODEL].model = model,
		[SESSION_GATE].gate = gate,
		[SESSION_CUE].cue = { 1, { UINT64_MAX, 2, 3, 4, 2, 2, { 1.5f, 2.5f }, 8, -1 } },
		[SESSION_EFFECTOR].effector = { 1, UINT64_MAX - 1, 3, 4, 2, 1, { 1, 2 }, { 3 }, 0.5f, 5, 6 },
		[SESSION_EVENT].event = { 1, 2, 2, "mark", "tübingen", true },
		[SESSION_LOG].log = { 1, "info", "" },
		[SESSION_COUNTER].counter = { 1, "used", 12345678901 },
		[SESSION_PACKET].packet = { 1, 0, NULL },
		[SESSION_LOSS].loss = { 2, 3, 1, 1, 4, 5, 6, true },
	};
	for (int k = 0; k < SESSION_N_KINDS; k++) {
		all[k].kind = (enum session_kind)k;
		all[k].n = k + 1;
		case_put(w, &all[k]);
	}
}

static inline struct session_model case_some_model(void)
{
	struct session_model m = { .step = 3, .forecaster = "mean", .decoder = "/a/b", .context = 1 };
	m.decoder_hash.bytes[5] = 9;
	m.hash.bytes[31] = 255;
	return m;
}

static inline void expect_same_floats(const float *a, const float *b, int n)
{
	cr_expect(zero(int, memcmp(a, b, (size_t)n * sizeof(*a))));
}
