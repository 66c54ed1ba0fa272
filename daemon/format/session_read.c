#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session_facts.h"
#include "session_schema.h"
#include "session_take.h"

struct session_reader {
	sqlite3 *db;
	char origin[SESSION_NAME_MAX];
	struct session_info info;
	struct session_end end;
	unsigned kinds;
	sqlite3_stmt *rows[SESSION_N_KINDS];
	int64_t next_n[SESSION_N_KINDS]; /* of the row that it stands on; 0: at its end */
	bool begun;
	int newest; /* kind of the record given out last, whose row is still stood on; -1: none */
	int64_t last_n;
	struct session_columns columns;
};

static int fail(struct session_reader *r, struct failure *f)
{
	return session_failure(r->db, r->origin, f);
}

static int prepare(struct session_reader *r, const char *sql, struct failure *f, sqlite3_stmt **ret)
{
	return sqlite3_prepare_v2(r->db, sql, -1, ret, NULL) == SQLITE_OK ? 0 : fail(r, f);
}

/* One whole number of one row. */
static int ask(struct session_reader *r, const char *sql, struct failure *f, int64_t *ret)
{
	sqlite3_stmt *s;
	int e = prepare(r, sql, f, &s);
	if (e < 0)
		return e;
	if (sqlite3_step(s) == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	else
		e = fail(r, f);
	sqlite3_finalize(s);
	return e;
}

/* ---- is it one of ours? ---- */

/* A table that is not word for word ours could be a view, or compute its columns. */
static int check_tables(struct session_reader *r, struct failure *f)
{
	sqlite3_stmt *s;
	int e = prepare(r, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND sql = ?", f, &s);
	for (int i = 0; e == 0 && session_schema[i]; i++) {
		if (strncmp(session_schema[i], "CREATE TABLE ", 13) != 0)
			continue;
		sqlite3_bind_text(s, 1, session_schema[i], -1, SQLITE_STATIC);
		if (sqlite3_step(s) != SQLITE_ROW)
			e = fail(r, f);
		else if (sqlite3_column_int64(s, 0) != 1)
			e = failure_set(f, -EBADMSG, "%s: its table %.*s is missing or another one",
					r->origin, (int)strcspn(session_schema[i] + 13, " "),
					session_schema[i] + 13);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	return e;
}

static int check_version(struct session_reader *r, struct failure *f)
{
	int64_t id = 0, version = 0;
	int e = ask(r, "PRAGMA application_id", f, &id);
	if (e == 0)
		e = ask(r, "PRAGMA user_version", f, &version);
	if (e == 0 && id != SESSION_ID)
		return failure_set(f, -EBADMSG, "%s: no recording of bcid", r->origin);
	if (e == 0 && version > SESSION_SCHEMA)
		return failure_set(f, -ENOTSUP, "%s: of a newer bcid (schema %lld, this one reads up to %d)",
				   r->origin, (long long)version, SESSION_SCHEMA);
	return e;
}

/* ---- life ---- */

static int prepare_rows(struct session_reader *r, struct failure *f)
{
	char sql[512];
	int e = prepare(r,
			"SELECT position,name,unit,kind,hold,ramp_ms,to_mm FROM outputs WHERE gate_n = ? "
			"ORDER BY position",
			f, &r->columns.outputs);
	for (int k = 0; e == 0 && k < SESSION_N_KINDS; k++) {
		if (!(r->kinds & (1u << k)))
			continue;
		snprintf(sql, sizeof(sql), "SELECT %s FROM %s NOT INDEXED ORDER BY n",
			 session_tables[k].columns, session_tables[k].name);
		e = prepare(r, sql, f, &r->rows[k]);
	}
	return e;
}

/* A hostile file may not run code of its choice; and one look at a file that is still written to. */
static int set_up(struct session_reader *r, struct failure *f)
{
	static const char *const pragmas[] = { "PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON",
					       "BEGIN", NULL };
	sqlite3_extended_result_codes(r->db, 1);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_busy_timeout(r->db, 1000);
	for (int i = 0; pragmas[i]; i++)
		if (sqlite3_exec(r->db, pragmas[i], NULL, NULL, NULL) != SQLITE_OK)
			return fail(r, f);
	int e = check_version(r, f);
	if (e == 0)
		e = check_tables(r, f);
	if (e == 0)
		e = session_facts_read(r->db, r->origin, f, &r->info, &r->end);
	return e == 0 ? prepare_rows(r, f) : e;
}

static struct session_reader *create(const char *origin, unsigned kinds)
{
	struct session_reader *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	snprintf(r->origin, sizeof(r->origin), "%s", origin);
	r->kinds = kinds;
	r->newest = -1;
	r->columns.info = &r->info;
	return r;
}

static int finish_open(struct session_reader *r, int e, struct failure *f, struct session_reader **ret)
{
	if (e == 0)
		e = set_up(r, f);
	if (e < 0)
		session_close(r);
	else
		*ret = r;
	return e;
}

int session_open(const char *path, unsigned kinds, struct failure *f, struct session_reader **ret)
{
	if (access(path, R_OK) != 0)
		return failure_set(f, -errno, "%s: %s", path, strerror(errno));
	struct session_reader *r = create(path, kinds);
	if (!r)
		return failure_set(f, -ENOMEM, "%s: out of memory", path);
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	int e = sqlite3_open_v2(path, &r->db, flags, NULL) == SQLITE_OK ? 0 : fail(r, f);
	return finish_open(r, e, f, ret);
}

int session_parse(const void *bytes, size_t n, unsigned kinds, struct failure *f, struct session_reader **ret)
{
	struct session_reader *r = create("memory", kinds);
	if (!r)
		return failure_set(f, -ENOMEM, "out of memory");
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
	int e = sqlite3_open_v2(":memory:", &r->db, flags, NULL) == SQLITE_OK ? 0 : fail(r, f);
	if (e == 0 && sqlite3_deserialize(r->db, "main", (unsigned char *)bytes, (int64_t)n, (int64_t)n,
					  SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
		e = fail(r, f);
	return finish_open(r, e, f, ret);
}

void session_close(struct session_reader *r)
{
	if (!r)
		return;
	for (int k = 0; k < SESSION_N_KINDS; k++)
		sqlite3_finalize(r->rows[k]);
	sqlite3_finalize(r->columns.outputs);
	sqlite3_close_v2(r->db);
	session_columns_finish(&r->columns);
	free(r);
}

const struct session_info *session_info(const struct session_reader *r)
{
	return &r->info;
}

const struct session_end *session_how_ended(const struct session_reader *r)
{
	return &r->end;
}

int session_check(struct session_reader *r, struct failure *f)
{
	sqlite3_stmt *s;
	int e = prepare(r, "PRAGMA quick_check(1)", f, &s);
	if (e < 0)
		return e;
	if (sqlite3_step(s) != SQLITE_ROW) {
		e = fail(r, f);
	} else {
		const char *said = (const char *)sqlite3_column_text(s, 0);
		if (!said || strcmp(said, "ok") != 0)
			e = failure_set(f, -EBADMSG, "%s: damaged: %.200s", r->origin,
					said ? said : "unreadable");
	}
	sqlite3_finalize(s);
	return e;
}

/* ---- records in order ---- */

/* Stand on the next row of a kind. */
static int advance(struct session_reader *r, int kind, struct failure *f)
{
	switch (sqlite3_step(r->rows[kind])) {
	case SQLITE_ROW:
		r->next_n[kind] = sqlite3_column_int64(r->rows[kind], 0);
		break;
	case SQLITE_DONE: r->next_n[kind] = 0; return 0;
	default: return fail(r, f);
	}
	if (r->next_n[kind] <= r->last_n)
		return failure_set(f, -EBADMSG, "%s: damaged: %s, record %lld: out of order", r->origin,
				   session_tables[kind].name, (long long)r->next_n[kind]);
	return 0;
}

static int advance_all(struct session_reader *r, struct failure *f)
{
	int e = 0;
	if (!r->begun) {
		for (int k = 0; e == 0 && k < SESSION_N_KINDS; k++)
			if (r->rows[k])
				e = advance(r, k, f);
		r->begun = e == 0;
	} else if (r->newest >= 0) {
		e = advance(r, r->newest, f);
		r->newest = -1;
	}
	return e;
}

/* -1: all are at their end. */
static int oldest(const struct session_reader *r)
{
	int found = -1;
	for (int k = 0; k < SESSION_N_KINDS; k++)
		if (r->next_n[k] > 0 && (found < 0 || r->next_n[k] < r->next_n[found]))
			found = k;
	return found;
}

/* Numbers are missing before the next record, and it is not the row that says why. */
static bool is_hole(const struct session_reader *r, const struct session_record *next)
{
	bool goes_on = r->last_n == 0 && *r->info.continues; /* its first number is any */
	if (r->kinds != SESSION_ALL || goes_on || next->n == r->last_n + 1)
		return false;
	return next->kind != SESSION_LOSS || next->loss.first_n != r->last_n + 1 ||
	       next->loss.last_n != next->n - 1;
}

int session_next(struct session_reader *r, struct failure *f, struct session_record *ret)
{
	struct session_record next;
	int e = advance_all(r, f);
	int kind = oldest(r);
	if (e < 0 || kind < 0)
		return e;
	r->columns.from = r->rows[kind];
	e = session_take(&r->columns, (enum session_kind)kind, f, &next);
	if (e < 0)
		return failure_prefix(f, e, "%s: damaged", r->origin);
	if (is_hole(r, &next)) { /* and then the record itself, once more */
		*ret = (struct session_record){ .kind = SESSION_LOSS };
		ret->loss = (struct session_loss){ .first_n = r->last_n + 1, .last_n = next.n - 1,
						   .first_bin = -1, .last_bin = -1 };
		r->last_n = next.n - 1;
		return 1;
	}
	r->last_n = next.n;
	r->newest = kind;
	*ret = next;
	return 1;
}

/* ---- files in it, and summaries ---- */

static int copy_blob(struct session_reader *r, sqlite3_stmt *s, const struct hash *h, struct failure *f,
		     void **ret, size_t *ret_size)
{
	const void *bytes = sqlite3_column_blob(s, 0);
	size_t n = (size_t)sqlite3_column_bytes(s, 0);
	struct hash found = hash_of(bytes ? bytes : "", bytes ? n : 0);
	if (sqlite3_column_type(s, 0) != SQLITE_BLOB || memcmp(&found, h, sizeof(found)) != 0)
		return failure_set(f, -EBADMSG, "%s: damaged: a stored file is not the one of its hash",
				   r->origin);
	void *copy = malloc(n + 1);
	if (!copy)
		return failure_set(f, -ENOMEM, "%s: out of memory", r->origin);
	if (n > 0)
		memcpy(copy, bytes, n);
	((char *)copy)[n] = '\0';
	*ret = copy;
	*ret_size = n;
	return 0;
}

int session_blob(struct session_reader *r, const struct hash *h, struct failure *f, void **ret,
		 size_t *ret_size)
{
	char hex[HASH_HEX];
	sqlite3_stmt *s;
	int e = prepare(r, "SELECT bytes FROM blobs WHERE hash = ?", f, &s);
	if (e < 0)
		return e;
	hash_to_hex(h, hex);
	sqlite3_bind_text(s, 1, hex, -1, SQLITE_STATIC);
	switch (sqlite3_step(s)) {
	case SQLITE_ROW: e = copy_blob(r, s, h, f, ret, ret_size); break;
	case SQLITE_DONE:
		e = failure_set(f, -ENOENT, "%s: the file %.12s is not in it", r->origin, hex);
		break;
	default: e = fail(r, f);
	}
	sqlite3_finalize(s);
	return e;
}

int session_count(struct session_reader *r, enum session_kind kind, struct failure *f, int64_t *ret)
{
	char sql[80];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", session_tables[kind].name);
	return ask(r, sql, f, ret);
}

int session_span(struct session_reader *r, struct failure *f, int64_t *ret_first_ns, int64_t *ret_last_ns)
{
	*ret_first_ns = *ret_last_ns = 0;
	int e = ask(r, "SELECT coalesce((SELECT edge_ns FROM bins ORDER BY n LIMIT 1), 0)", f, ret_first_ns);
	return e == 0 ? ask(r, "SELECT coalesce((SELECT edge_ns FROM bins ORDER BY n DESC LIMIT 1), 0)", f,
			    ret_last_ns)
		      : e;
}
