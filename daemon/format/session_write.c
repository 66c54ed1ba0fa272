#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session_bind.h"
#include "session_facts.h"
#include "session_schema.h"

enum { PUT_BLOB = SESSION_N_KINDS, PUT_OUTPUT, PUT_FACT, N_PUTS };

struct session_writer {
	sqlite3 *db;
	char path[SESSION_NAME_MAX];
	bool open; /* a transaction is */
	ino_t inode;
	dev_t device;
	sqlite3_stmt *put[N_PUTS];
};

static int fail(struct session_writer *w, struct failure *f)
{
	return session_failure(w->db, w->path, f);
}

static int execute(struct session_writer *w, const char *sql, struct failure *f)
{
	return sqlite3_exec(w->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(w, f);
}

static int begin(struct session_writer *w, struct failure *f)
{
	if (w->open)
		return 0;
	int r = execute(w, "BEGIN IMMEDIATE", f);
	w->open = r == 0;
	return r;
}

static int run(struct session_writer *w, struct session_row *row, struct failure *f)
{
	int r = sqlite3_step(row->to) == SQLITE_DONE ? 0 : fail(w, f);
	sqlite3_reset(row->to);
	return r;
}

static int put_outputs(struct session_writer *w, int64_t n, const struct gate *g, struct failure *f)
{
	int r = 0;
	for (int i = 0; r == 0 && i < g->n_outputs; i++) {
		const struct output *o = &g->outputs[i];
		struct session_row row = { w->put[PUT_OUTPUT], 0 };
		session_bind_int(&row, n);
		session_bind_int(&row, i);
		session_bind_text(&row, o->name);
		session_bind_text(&row, o->unit);
		session_bind_text(&row, session_output_kinds[o->kind]);
		session_bind_text(&row, session_holds[o->hold]);
		session_bind_int(&row, o->ramp_ms);
		session_bind_real(&row, o->to_mm);
		r = run(w, &row, f);
	}
	return r;
}

int session_put(struct session_writer *w, const struct session_record *record, struct failure *f)
{
	struct session_row row = { w->put[record->kind], 0 };
	int r = begin(w, f);
	if (r < 0)
		return r;
	session_bind(&row, record);
	r = run(w, &row, f);
	if (r == 0 && record->kind == SESSION_GATE)
		r = put_outputs(w, record->n, record->gate, f);
	return r;
}

int session_put_blob(struct session_writer *w, const struct hash *h, const char *name, const void *content,
		     size_t n, struct failure *f)
{
	struct session_row row = { w->put[PUT_BLOB], 0 };
	int r = begin(w, f);
	if (r < 0)
		return r;
	session_bind_hash(&row, h, false);
	session_bind_text(&row, name);
	session_bind_bytes(&row, content, n);
	return run(w, &row, f);
}

int session_commit(struct session_writer *w, struct failure *f)
{
	if (!w->open)
		return 0;
	int r = execute(w, "COMMIT", f);
	if (r == 0)
		w->open = false;
	return r;
}

void session_rollback(struct session_writer *w)
{
	if (!sqlite3_get_autocommit(w->db)) /* a full disk has rolled back by itself */
		sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	w->open = false;
}

bool session_is_there(const struct session_writer *w)
{
	struct stat st;
	return stat(w->path, &st) == 0 && st.st_ino == w->inode && st.st_dev == w->device;
}

/* ---- life ---- */

static int put_facts(struct session_writer *w, int r, struct failure *f)
{
	return r < 0 ? fail(w, f) : 0;
}

static int prepare(struct session_writer *w, struct failure *f)
{
	char sql[512];
	for (int k = 0; k < N_PUTS; k++) {
		const struct session_table extra[] = {
			{ "blobs", "hash,name,bytes", 3 },
			{ SESSION_OUTPUTS, "gate_n,position,name,unit,kind,hold,ramp_ms,to_mm", 8 },
			{ "session", "key,value", 2 },
		};
		const struct session_table *t =
			k < SESSION_N_KINDS ? &session_tables[k] : &extra[k - PUT_BLOB];
		int n = snprintf(sql, sizeof(sql), "INSERT %sINTO %s (%s) VALUES (?",
				 k == PUT_BLOB ? "OR IGNORE " : k == PUT_FACT ? "OR REPLACE " : "", t->name,
				 t->columns);
		for (int i = 1; i < t->n_columns; i++)
			n += snprintf(sql + n, sizeof(sql) - (size_t)n, ",?");
		snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
		if (sqlite3_prepare_v3(w->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &w->put[k], NULL) !=
		    SQLITE_OK)
			return fail(w, f);
	}
	return 0;
}

static int set_up(struct session_writer *w, enum session_sync sync, struct failure *f)
{
	char sql[200];
	snprintf(sql, sizeof(sql),
		 "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = %d;"
		 "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 (int)sync, SESSION_ID, SESSION_SCHEMA);
	int r = execute(w, sql, f);
	if (r == 0)
		r = begin(w, f);
	for (int i = 0; r == 0 && session_schema[i]; i++)
		r = execute(w, session_schema[i], f);
	return r;
}

/* Our own, and new: sqlite3_open() would take what is there. */
static int create_file(struct session_writer *w, struct failure *f)
{
	struct stat st;
	int fd = open(w->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int r = -errno;
		if (fd >= 0)
			close(fd);
		return failure_set(f, r, "%s: %s", w->path, strerror(-r));
	}
	close(fd);
	w->inode = st.st_ino;
	w->device = st.st_dev;
	return 0;
}

static void remove_file(const char *path)
{
	static const char *const ends[] = { "-wal", "-shm", "" };
	char name[SESSION_NAME_MAX + 8];
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static int open_database(struct session_writer *w, struct failure *f)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	if (sqlite3_open_v2(w->path, &w->db, flags, NULL) != SQLITE_OK)
		return fail(w, f);
	sqlite3_extended_result_codes(w->db, 1);
	sqlite3_busy_timeout(w->db, 1000);
	return 0;
}

int session_create(const char *path, const struct session_info *info, enum session_sync sync,
		   struct failure *f, struct session_writer **ret)
{
	struct session_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return failure_set(f, -ENOMEM, "%s: out of memory", path);
	if (snprintf(w->path, sizeof(w->path), "%s", path) >= (int)sizeof(w->path)) {
		free(w);
		return failure_set(f, -ENAMETOOLONG, "%.60s...: the path is too long", path);
	}
	int r = create_file(w, f);
	if (r < 0) {
		free(w);
		return r;
	}
	r = open_database(w, f);
	if (r == 0)
		r = set_up(w, sync, f);
	if (r == 0)
		r = prepare(w, f);
	if (r == 0)
		r = put_facts(w, session_facts_put(w->put[PUT_FACT], info), f);
	if (r < 0) {
		session_abandon(w);
		remove_file(path);
		return r;
	}
	*ret = w;
	return 0;
}

void session_abandon(struct session_writer *w)
{
	if (!w)
		return;
	for (int k = 0; k < N_PUTS; k++)
		sqlite3_finalize(w->put[k]);
	sqlite3_close_v2(w->db);
	free(w);
}

int session_end(struct session_writer *w, int64_t unix_ns, const char *why, struct failure *f)
{
	struct session_end end = { .unix_ns = unix_ns };
	snprintf(end.why, sizeof(end.why), "%s", why);
	int r = begin(w, f);
	if (r == 0)
		r = put_facts(w, session_facts_put_end(w->put[PUT_FACT], &end), f);
	if (r == 0)
		r = session_commit(w, f);
	for (int k = 0; k < N_PUTS; k++) {
		sqlite3_finalize(w->put[k]);
		w->put[k] = NULL;
	}
	/* Without its journal it can be read from any medium. Where somebody reads it now, it keeps it. */
	if (r == 0)
		sqlite3_exec(w->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	session_abandon(w);
	return r;
}
