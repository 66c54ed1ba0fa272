/* The thread of a recorder: from the belt into the session. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "recorder_parts.h"

#define TRANSACTION_BYTES ((size_t)4 << 20)
#define LEAST_WAIT_NS     (100 * NS_PER_MS) /* where the loop wakes us for every intent */

static void note(struct recorder *r, enum recorder_note_kind kind, const char *text)
{
	struct recorder_note *n = ring_claim(r->notes);
	if (!n || atomic_load(&r->alone))
		return;
	n->kind = kind;
	snprintf(n->text, sizeof(n->text), "%s", text);
	ring_commit(r->notes);
	uv_async_send(&r->noted);
}

/* ---- a file ---- */

/* "FOLDER/20250131T120000.123Z-PID.db" */
static void name_file(const struct recorder *r, int64_t unix_ns, char *ret, size_t size)
{
	time_t second = unix_ns / NS_PER_S;
	char date[32];
	struct tm t;
	gmtime_r(&second, &t);
	strftime(date, sizeof(date), "%Y%m%dT%H%M%S", &t);
	snprintf(ret, size, "%.400s/%s.%03dZ-%d.db", r->folder, date, (int)(unix_ns % NS_PER_S / NS_PER_MS),
		 (int)getpid());
}

static int open_session(struct recorder *r, struct failure *f)
{
	struct session_info info = r->setup.info;
	if (r->session)
		return 0;
	if (mkdir(r->folder, 0750) < 0 && errno != EEXIST)
		return failure_set(f, -errno, "%s: %s", r->folder, strerror(errno));
	info.started_unix_ns = clock_unix_ns();
	info.started_ns = clock_now_ns();
	info.pid = getpid();
	memcpy(info.continues, r->continues, sizeof(info.continues));
	name_file(r, info.started_unix_ns, r->path, sizeof(r->path));
	r->n_stored = 0;
	return session_create(r->path, &info, r->setup.sync, f, &r->session);
}

/* The file cannot go on: another one does, from the last commit of this one. */
static void leave_session(struct recorder *r)
{
	session_abandon(r->session);
	r->session = NULL;
	snprintf(r->continues, sizeof(r->continues), "%s", r->path);
}

/* ---- what each session holds ---- */

static int read_whole(int fd, size_t *ret_n, void **ret)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	char *bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	size_t n = 0;
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, bytes + n, (size_t)st.st_size - n, (off_t)n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	*ret_n = n;
	*ret = bytes;
	return 0;
}

/* A file that is not any more what it was is no reason not to record the rest. */
static int store_file(struct recorder *r, const struct recorder_kept *k, struct failure *f)
{
	char text[SESSION_NAME_MAX + 80];
	void *bytes = NULL;
	size_t n = 0;
	int e = read_whole(k->fd, &n, &bytes);
	if (e < 0)
		return failure_set(f, e, "%s: %s", k->name, strerror(-e));
	struct hash h = hash_of(bytes, n);
	if (memcmp(&h, &k->hash, sizeof(h)) == 0) {
		e = session_put_blob(r->session, &h, k->name, bytes, n, f);
	} else {
		snprintf(text, sizeof(text),
			 "%s was written over since it was loaded: it is not in the record", k->name);
		note(r, NOTE_TROUBLE, text);
	}
	free(bytes);
	return e;
}

static int store_kept(struct recorder *r, struct failure *f, int *ret_n)
{
	int e = 0, n = atomic_load_explicit(&r->n_kept, memory_order_acquire);
	for (int i = r->n_stored; e == 0 && i < n; i++) {
		const struct recorder_kept *k = &r->kept[i];
		e = k->bytes ? session_put_blob(r->session, &k->hash, k->name, k->bytes, k->n, f)
			     : store_file(r, k, f);
	}
	*ret_n = n;
	return e;
}

/* ---- one transaction ---- */

static int store_records(struct recorder *r, struct failure *f, size_t *ret_bytes, uint64_t *ret_records)
{
	const struct session_record *record;
	size_t n;
	int e = 0;
	*ret_bytes = *ret_records = 0;
	while (e == 0 && *ret_bytes < TRANSACTION_BYTES && (record = belt_read(r->belt, &n))) {
		e = session_put(r->session, record, f);
		*ret_bytes += n;
		(*ret_records)++;
	}
	return e;
}

/* 1: there is more; 0: all is on the disk; -errno: nothing of this was stored, and it will be tried again. */
static int store(struct recorder *r, struct failure *f)
{
	size_t bytes = 0;
	uint64_t records = 0;
	int n_kept = 0;
	bool fresh = !r->session;
	int e = open_session(r, f);
	if (e < 0)
		return e;
	if (!fresh && !session_is_there(r->session))
		e = failure_set(f, -EBADMSG, "%s: it was removed", r->path);
	if (e == 0)
		e = store_kept(r, f, &n_kept);
	if (e == 0)
		e = store_records(r, f, &bytes, &records);
	if (e == 0)
		e = session_commit(r->session, f);
	if (e < 0) {
		session_rollback(r->session);
		belt_rewind(r->belt);
		return e;
	}
	belt_release(r->belt);
	r->n_stored = n_kept;
	atomic_fetch_add(&r->recorded, records);
	if (fresh)
		note(r, NOTE_FILE, r->path);
	return bytes >= TRANSACTION_BYTES;
}

static void judge(struct recorder *r, int e, const struct failure *f)
{
	bool was = atomic_load(&r->troubled);
	if (e == -EBADMSG) {
		note(r, NOTE_DAMAGED, f->text);
		leave_session(r);
	} else if (e < 0 && !was) {
		note(r, NOTE_TROUBLE, f->text);
	} else if (e >= 0 && was) {
		note(r, NOTE_BETTER, "the disk takes records again");
	}
	atomic_store(&r->troubled, e < 0);
}

/* ---- the thread ---- */

/* The loop's processor and priority are the loop's. */
static void be_ordinary(const struct recorder *r)
{
	sched_setaffinity(0, sizeof(r->processors), &r->processors);
	pthread_setname_np(pthread_self(), "record");
}

static void wait_for(struct recorder *r, int64_t ns)
{
	int64_t then = clock_now_ns() + ns;
	struct timespec t = { then / NS_PER_S, then % NS_PER_S };
	while (sem_clockwait(&r->wake, CLOCK_MONOTONIC, &t) < 0 && errno == EINTR)
		;
}

/* What the disk did not take until it was given up is not left for the next session. */
static void empty_belt(struct recorder *r)
{
	char text[120];
	unsigned long long left = 0;
	size_t n;
	while (belt_read(r->belt, &n))
		left++;
	belt_release(r->belt);
	if (left == 0)
		return;
	snprintf(text, sizeof(text), "the disk did not take the last %llu records", left);
	note(r, NOTE_TROUBLE, text);
}

static void end_session(struct recorder *r)
{
	struct failure f = { "" };
	if (r->session && session_end(r->session, clock_unix_ns(), r->why, &f) < 0)
		note(r, NOTE_TROUBLE, f.text);
	note(r, NOTE_END, r->session ? r->path : "nothing could be recorded");
	r->session = NULL;
}

void *recorder_main(void *arg)
{
	struct recorder *r = arg;
	be_ordinary(r);
	r->continues[0] = '\0';
	for (;;) {
		struct failure f = { "" };
		bool stopping = atomic_load(&r->stopping); /* before the belt: then nothing comes after it */
		int e = store(r, &f);
		judge(r, e, &f);
		if (stopping && (e == 0 || clock_now_ns() > atomic_load(&r->give_up_ns)))
			break;
		if (e == 0)
			wait_for(r, r->setup.commit_ns > 0 ? r->setup.commit_ns : LEAST_WAIT_NS);
		else if (e < 0)
			wait_for(r, stopping ? r->setup.retry_ns / 10 : r->setup.retry_ns);
	}
	empty_belt(r);
	end_session(r);
	atomic_store(&r->troubled, false);
	atomic_store(&r->ended, true);
	if (!atomic_load(&r->alone))
		uv_async_send(&r->noted);
	return NULL;
}
