/* session: a recording of one stream as bcid makes it: an SQLite file that any SQLite tool opens.
 *
 * The schema, with the unit of every column, stands in session_schema.c and in each file: `.schema` shows
 * it. Everything that pipeline_step() and gate_apply() consumed is in it,
 * in the order in which the loop saw it, so that a replay yields the same bits.
 *
 * A record has a number `n`, from 1, one more than the record before it, across all tables. Numbers that are
 * not there were lost, and a record of the kind loss says so. Files are untrusted: whatever is misshapen is
 * refused with a line. One thread at a time a writer or reader. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "gate.h"
#include "hash.h"
#include "types.h"
#include "wire.h"

#define SESSION_SCHEMA   1          /* PRAGMA user_version; readers refuse a higher one */
#define SESSION_ID       0x62636964 /* PRAGMA application_id: "bcid" */
#define SESSION_TEXT_MAX 1024       /* bytes of any text in a record */
#define SESSION_NAME_MAX 512        /* of a path or a name */

enum session_kind {
	SESSION_BIN,      /* a bin closed */
	SESSION_RESULT,   /* the worker's answer to it, in time or not */
	SESSION_INTENT,   /* the gate judged it: what it saw and what it let out */
	SESSION_ORDER,    /* what was done to the pipeline between two bins */
	SESSION_SNAPSHOT, /* the pipeline's whole state between two bins */
	SESSION_MODEL,    /* what the pipeline is made of, from a step on; also before each snapshot */
	SESSION_GATE,     /* the gate's limits, outputs and memory, before the next bin is judged */
	SESSION_CUE,
	SESSION_EFFECTOR,
	SESSION_EVENT, /* states, alarms, marks */
	SESSION_LOG,
	SESSION_COUNTER,
	SESSION_PACKET, /* a message as it came in */
	SESSION_LOSS,   /* records that could not be stored */
	SESSION_N_KINDS,
};
const char *session_kind_text(enum session_kind kind); /* "bins", …: the table's name */

/* A step: bins that the pipeline was given in this session, counted from 0. What carries a step happened
 * before the pipeline took the bin of that step. */
struct session_bin {
	uint32_t epoch, flags; /* enum bin_flag */
	int64_t bin;
	int64_t step; /* -1: missing, the pipeline never saw it */
	int64_t acquired_ns, edge_ns, received_ns, closed_ns;
	int n_counts;
	const uint16_t *counts;
};

struct session_result {
	uint32_t epoch, flags;
	int64_t bin;
	int64_t start_ns, done_ns;
	bool late; /* its intent had gone out as a hold */
	int horizon;
	int n_outputs;
	const float *value;
	int command;     /* -1: none */
	const float *sd; /* (n_outputs), or NULL */
	int n_rates;
	const float *rates;
};

struct session_intent {
	uint32_t epoch;
	int64_t bin;
	/* in: struct gate_input */
	bool has_estimate; /* that of the same bin */
	uint32_t flags;
	bool missing;
	enum stream_state state;
	int64_t edge_ns, now_ns, heartbeat_age_ns, enabled_until_ns;
	/* out: struct intent */
	enum gate_verdict verdict;
	enum gate_reason reason;
	int n_outputs;
	const float *value;
	int64_t valid_for_ns;
	int command; /* -1: none */
	int64_t command_ns;
	int64_t queued_ns; /* handed to ZeroMQ; 0: not sent, the stream has no decoder */
};

enum session_order_kind { SESSION_ORDER_RESET, SESSION_ORDER_MASK };
struct session_order {
	int64_t step;
	enum session_order_kind kind;
	size_t n_masked;
	const uint8_t *masked; /* (n_masked = n_units), 1 = masked; NULL for a reset */
};

struct session_snapshot {
	int64_t step;
	size_t n_masked;
	const uint8_t *masked; /* (n_masked = n_units) */
	size_t size;
	const void *state; /* as pipeline_state_save() writes it */
};

/* Names are paths, "mean", "none" or "". Hashes are all zero where there is no file. */
struct session_model {
	int64_t step;
	char forecaster[SESSION_NAME_MAX], decoder[SESSION_NAME_MAX];
	struct hash forecaster_hash, decoder_hash;
	struct hash hash; /* of the pair, as the intents carry it */
	int context;      /* enum forecaster_context */
};

struct session_cue {
	int64_t received_ns;
	struct wire_cue cue;
};

#define SESSION_MAX_AXES 8
struct session_effector {
	int64_t received_ns;
	uint64_t source_id, seq;
	int64_t time_ns;
	int n_position, n_velocity;
	float position_mm[SESSION_MAX_AXES], velocity_mm_s[SESSION_MAX_AXES];
	float assist;
	uint32_t epoch;
	int64_t last_bin_applied;
};

struct session_event {
	int64_t time_ns, unix_ns;
	int severity; /* 0 info, 1 warning, 2 alarm */
	const char *kind, *text;
	bool whole_daemon; /* not of this stream alone */
};

struct session_log {
	int64_t time_ns;
	const char *level, *text;
};

struct session_counter {
	int64_t time_ns;
	const char *name;
	int64_t value;
};

struct session_packet {
	int64_t received_ns;
	size_t size;
	const void *bytes;
};

struct session_loss {
	int64_t first_n, last_n; /* records lost, both included */
	uint32_t first_epoch, last_epoch;
	int64_t first_bin, last_bin; /* the open bins then; -1: none yet */
	int64_t time_ns;             /* when there was room again */
	bool stated;                 /* false: the reader found numbers missing that no row speaks of */
};

struct session_record {
	enum session_kind kind;
	int64_t n;
	union {
		struct session_bin bin;
		struct session_result result;
		struct session_intent intent;
		struct session_order order;
		struct session_snapshot snapshot;
		const struct session_model *model;
		const struct gate *gate;
		struct session_cue cue;
		struct session_effector effector;
		struct session_event event;
		struct session_log log;
		struct session_counter counter;
		struct session_packet packet;
		struct session_loss loss;
	};
};

/* What holds for the whole file. */
struct session_info {
	char version[32]; /* of bcid */
	char rig[STREAM_NAME_SIZE], stream[STREAM_NAME_SIZE];
	char host[80], kernels[16];
	int64_t pid;
	int n_units;
	int64_t bin_us, bin_wall_ns;
	double clock_speed;
	int64_t started_unix_ns, started_ns; /* CLOCK_REALTIME, and the monotonic clock of all other times */
	char config_path[SESSION_NAME_MAX];
	struct hash config_hash;
	char continues[SESSION_NAME_MAX]; /* the file before this one, where that could not go on; or "" */
};

/* How it ended. */
struct session_end {
	bool closed;     /* false: the daemon died, or is still at it */
	int64_t unix_ns; /* 0: not closed */
	char why[80];
};

/* ---- writing, session_write.c ---- */

struct session_writer;

enum session_sync { SESSION_SYNC_OFF, SESSION_SYNC_NORMAL, SESSION_SYNC_FULL };

/* A new file, or an empty one of size 0; holds nothing until session_commit(). -EEXIST where there is one.
 * Every failure names the file and says what SQLite said: -ENOSPC, -EROFS, -EACCES, -EIO, -EBADMSG (the file
 * is damaged: it cannot go on in this file), -ENOMEM. */
int session_create(const char *path, const struct session_info *info, enum session_sync sync,
		   struct failure *f, struct session_writer **ret);

/* A configuration or model file. The same hash twice is stored once. */
int session_put_blob(struct session_writer *w, const struct hash *h, const char *name, const void *content,
		     size_t n, struct failure *f);

/* After a failure nothing since the last commit is in the file: session_rollback(), and put it again. */
int session_put(struct session_writer *w, const struct session_record *r, struct failure *f);
int session_commit(struct session_writer *w, struct failure *f);
void session_rollback(struct session_writer *w);

/* False where the file was removed or another stands in its place. */
bool session_is_there(const struct session_writer *w);

/* Write the end, commit, fold the journal into the file, free. A failure leaves the file as a crash would. */
int session_end(struct session_writer *w, int64_t unix_ns, const char *why, struct failure *f);
/* Free, and leave all as a crash would; NULL is fine. */
void session_abandon(struct session_writer *w);

/* ---- reading, session_read.c ---- */

struct session_reader;

#define SESSION_ALL ((1u << SESSION_N_KINDS) - 1)

/* Only the kinds of the mask `kinds` (1 << kind) will be read. -ENOENT, -EBADMSG (no session, or damaged),
 * -ENOTSUP (of a newer bcid). */
int session_open(const char *path, unsigned kinds, struct failure *f, struct session_reader **ret);
/* The same from memory, which must outlive `ret`; a file that was closed only. */
int session_parse(const void *bytes, size_t n, unsigned kinds, struct failure *f,
		  struct session_reader **ret);
void session_close(struct session_reader *r);

const struct session_info *session_info(const struct session_reader *r);
const struct session_end *session_how_ended(const struct session_reader *r);

/* SQLite's own look at the whole structure of the file. -EBADMSG with its first line. */
int session_check(struct session_reader *r, struct failure *f);

/* The next record in the order of `n`, 1; 0 at the end; -EBADMSG. What it points at is valid until the next
 * call. With SESSION_ALL, missing numbers come as a loss (n = 0, not `stated`) unless a row says so. */
int session_next(struct session_reader *r, struct failure *f, struct session_record *ret);

/* The bytes of a stored file (free() them), 8-byte aligned; checked against the hash. -ENOENT, -EBADMSG. */
int session_blob(struct session_reader *r, const struct hash *h, struct failure *f, void **ret,
		 size_t *ret_size);

/* How many records of a kind there are, and the first and last edge of the bins (0 where none). */
int session_count(struct session_reader *r, enum session_kind kind, struct failure *f, int64_t *ret);
int session_span(struct session_reader *r, struct failure *f, int64_t *ret_first_ns, int64_t *ret_last_ns);
