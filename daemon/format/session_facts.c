#include "session_facts.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "session_bind.h"
#include "session_column.h"
#include "session_schema.h"

enum type { FACT_TEXT, FACT_INT, FACT_UNITS, FACT_REAL, FACT_HASH };

static const struct fact {
	const char *key;
	enum type type;
	size_t offset, size;
	int64_t min, max;
} facts[] = {
#define FIELD(field) offsetof(struct session_info, field), sizeof(((struct session_info *)0)->field)
	{ "bcid", FACT_TEXT, FIELD(version), 0, 0 },
	{ "rig", FACT_TEXT, FIELD(rig), 0, 0 },
	{ "stream", FACT_TEXT, FIELD(stream), 0, 0 },
	{ "host", FACT_TEXT, FIELD(host), 0, 0 },
	{ "pid", FACT_INT, FIELD(pid), 0, INT64_MAX },
	{ "kernels", FACT_TEXT, FIELD(kernels), 0, 0 },
	{ "n_units", FACT_UNITS, FIELD(n_units), 1, MAX_UNITS },
	{ "bin_us", FACT_INT, FIELD(bin_us), 1, 100000000 },
	{ "bin_wall_ns", FACT_INT, FIELD(bin_wall_ns), 1, INT64_C(1) << 52 },
	{ "clock_speed", FACT_REAL, FIELD(clock_speed), 0, 0 },
	{ "started_unix_ns", FACT_INT, FIELD(started_unix_ns), 0, SESSION_TIME_MAX },
	{ "started_ns", FACT_INT, FIELD(started_ns), 0, SESSION_TIME_MAX },
	{ "config_path", FACT_TEXT, FIELD(config_path), 0, 0 },
	{ "config_hash", FACT_HASH, FIELD(config_hash), 0, 0 },
	{ "continues", FACT_TEXT, FIELD(continues), 0, 0 },
#undef FIELD
};
#define N_FACTS (sizeof(facts) / sizeof(*facts))

/* ---- writing ---- */

static int put(struct session_row *row)
{
	int r = sqlite3_step(row->to) == SQLITE_DONE ? 0 : -EIO;
	sqlite3_reset(row->to);
	return r;
}

static void bind_fact(struct session_row *row, const struct fact *k, const void *at)
{
	switch (k->type) {
	case FACT_TEXT: session_bind_text(row, at); break;
	case FACT_INT: session_bind_int(row, *(const int64_t *)at); break;
	case FACT_UNITS: session_bind_int(row, *(const int *)at); break;
	case FACT_REAL: session_bind_real(row, *(const double *)at); break;
	case FACT_HASH: session_bind_hash(row, at, false); break;
	}
}

int session_facts_put(sqlite3_stmt *to, const struct session_info *info)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < N_FACTS; i++) {
		struct session_row row = { to, 0 };
		session_bind_text(&row, facts[i].key);
		bind_fact(&row, &facts[i], (const char *)info + facts[i].offset);
		r = put(&row);
	}
	return r;
}

int session_facts_put_end(sqlite3_stmt *to, const struct session_end *end)
{
	struct session_row time = { to, 0 }, why = { to, 0 };
	session_bind_text(&time, "ended_unix_ns");
	session_bind_int(&time, end->unix_ns);
	int r = put(&time);
	session_bind_text(&why, "ended_why");
	session_bind_text(&why, end->why);
	return r == 0 ? put(&why) : r;
}

/* ---- reading ---- */

/* Stand the columns on the value of a fact; false where there is none. */
static bool find(struct session_columns *c, const char *key)
{
	sqlite3_reset(c->from);
	sqlite3_bind_text(c->from, 1, key, -1, SQLITE_STATIC);
	c->column = -1;
	return !c->wrong && sqlite3_step(c->from) == SQLITE_ROW;
}

static void take_fact(struct session_columns *c, const struct fact *k, void *to)
{
	if (!find(c, k->key)) {
		session_column_refuse(c, "missing");
		return;
	}
	switch (k->type) {
	case FACT_TEXT: session_column_text_into(c, to, k->size); break;
	case FACT_INT: *(int64_t *)to = session_column_int(c, k->min, k->max); break;
	case FACT_UNITS: *(int *)to = (int)session_column_int(c, k->min, k->max); break;
	case FACT_REAL: *(double *)to = session_column_real(c, 1e-6, 1e6); break;
	case FACT_HASH: *(struct hash *)to = session_column_hash(c, false); break;
	}
}

/* The key of what is wrong, where something is. */
static const char *take_facts(struct session_columns *c, struct session_info *info, struct session_end *end)
{
	for (size_t i = 0; i < N_FACTS; i++) {
		take_fact(c, &facts[i], (char *)info + facts[i].offset);
		if (c->wrong)
			return facts[i].key;
	}
	end->closed = find(c, "ended_unix_ns");
	if (end->closed)
		end->unix_ns = session_column_int(c, 0, SESSION_TIME_MAX);
	if (end->closed && find(c, "ended_why"))
		session_column_text_into(c, end->why, sizeof(end->why));
	return "ended_unix_ns or ended_why";
}

int session_facts_read(sqlite3 *db, const char *origin, struct failure *f, struct session_info *ret_info,
		       struct session_end *ret_end)
{
	struct session_columns c = { .info = ret_info };
	if (sqlite3_prepare_v2(db, "SELECT value FROM session WHERE key = ?", -1, &c.from, NULL) != SQLITE_OK)
		return session_failure(db, origin, f);
	const char *key = take_facts(&c, ret_info, ret_end);
	sqlite3_finalize(c.from);
	return c.wrong ? failure_set(f, -EBADMSG, "%s: session, %s: %s", origin, key, c.wrong) : 0;
}
