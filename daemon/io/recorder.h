/* recorder: the records of one stream on their way to the disk. Loop thread but where said.
 *
 * The loop fills records into a belt that holds 30 s of them; a thread of its own, at normal priority, stores
 * them in a session (format/session.h) and commits every record_commit_ms. The loop never waits: while the
 * disk refuses, the thread tries again every second with nothing lost; once the belt is full records are
 * dropped, counted, and the session says which. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "failure.h"
#include "session.h"
#include "telemetry.h"

#define RECORDER_BELT_S   30
#define RECORDER_MAX_KEPT 64

struct recorder;

struct recorder_setup {
	const char *folder; /* of the sessions; made where it is missing. Copied */
	enum session_sync sync;
	int64_t commit_ns; /* 0: after every intent */
	int64_t retry_ns;  /* after a failure; at the end the disk gets three times as long */
	size_t belt_bytes;
	struct session_info info; /* of every session; times and `continues` are filled in for each */
	uv_loop_t *loop;
	struct telemetry *telemetry; /* outlives it, as does the loop */
};

int recorder_create(const struct recorder_setup *setup, struct failure *f, struct recorder **ret);

/* What each session shall hold. The same hash twice is kept once. -ENOSPC beyond RECORDER_MAX_KEPT.
 * Bytes are copied. A file stays open and is read whenever a session begins, so that no model lies in memory
 * twice; one that was written over since is an alarm, and not stored. */
int recorder_keep_bytes(struct recorder *r, const struct hash *h, const char *name, const void *bytes,
			size_t n);
int recorder_keep_file(struct recorder *r, const struct hash *h, const char *path);

/* Begin a session; its file appears when the disk lets it. While the last one is being closed, the new one
 * begins right after it. -EALREADY, -ENOMEM. */
int recorder_start(struct recorder *r, struct failure *f);

/* No more records; what was taken is stored and the file closed, by and by. */
void recorder_stop(struct recorder *r, const char *why);

/* At the daemon's end, after recorder_stop(): wait for it, until `until_ns` at most. Before the loop's
 * handles are closed. NULL is fine. */
void recorder_finish(struct recorder *r, int64_t until_ns);
/* After its handle was closed. */
void recorder_destroy(struct recorder *r);

/* Records are taken. NULL is fine: no. */
bool recorder_is_on(const struct recorder *r);

/* The record to fill, and `payload` bytes for what it points at (aligned for any number), or NULL: not on, or
 * full and counted. recorder_commit() hands it over. */
struct session_record *recorder_claim(struct recorder *r, enum session_kind kind, size_t payload,
				      void **ret_payload);
void recorder_commit(struct recorder *r);
/* An intent is in: with record_commit_ms = 0 the thread is woken for it. */
void recorder_hurry(struct recorder *r);

/* Where the stream is, for what is said of losses. */
void recorder_at(struct recorder *r, uint32_t epoch, int64_t bin);

/* True once after records were lost, or the file could not go on: a replay needs to know the whole state
 * anew. */
bool recorder_wants_state(struct recorder *r);

/* Once a second: does the disk keep up? */
void recorder_watch(struct recorder *r);

struct recorder_status {
	bool on, closing, troubled;
	const char *file;      /* the newest; "" before the first */
	const char *trouble;   /* the newest; "" where there was none */
	uint64_t recorded;     /* records committed since the daemon's start */
	uint64_t lost;         /* records dropped */
	double fill;           /* of the belt, 0 to 1 */
};
void recorder_status(const struct recorder *r, struct recorder_status *ret);
