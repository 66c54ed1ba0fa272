#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "recorder_parts.h"

#define NOTES      16
#define HEAD_BYTES ((sizeof(struct session_record) + BELT_ALIGN - 1) / BELT_ALIGN * BELT_ALIGN)

/* ---- life ---- */

static void on_noted(uv_async_t *async);

static int create_parts(struct recorder *r)
{
	int e = ring_create(NOTES, sizeof(struct recorder_note), &r->notes);
	if (e == 0)
		e = uv_async_init(r->setup.loop, &r->noted, on_noted);
	r->noted.data = r;
	return e;
}

int recorder_create(const struct recorder_setup *setup, struct failure *f, struct recorder **ret)
{
	struct recorder *r = calloc(1, sizeof(*r));
	if (!r)
		return failure_set(f, -ENOMEM, "stream %s: no memory to record", setup->info.stream);
	r->setup = *setup;
	r->bin = -1;
	snprintf(r->folder, sizeof(r->folder), "%s", setup->folder);
	sem_init(&r->wake, 0, 0);
	sched_getaffinity(0, sizeof(r->processors), &r->processors);
	int e = create_parts(r);
	if (e < 0) {
		failure_set(f, e, "stream %s: cannot record: %s", setup->info.stream, strerror(-e));
		recorder_destroy(r);
		return e;
	}
	*ret = r;
	return 0;
}

void recorder_destroy(struct recorder *r)
{
	if (!r || r->running) /* the thread is stuck in the disk, and has it still in hand */
		return;
	for (int i = 0; i < r->n_kept; i++) {
		free(r->kept[i].bytes);
		if (r->kept[i].fd >= 0)
			close(r->kept[i].fd);
	}
	sem_destroy(&r->wake);
	ring_destroy(r->notes);
	belt_destroy(r->belt);
	free(r);
}

/* Room for one more; NULL where it is there already, or *ret_e < 0. */
static struct recorder_kept *room_to_keep(struct recorder *r, const struct hash *h, const char *name,
					  int *ret_e)
{
	int n = atomic_load_explicit(&r->n_kept, memory_order_relaxed);
	*ret_e = 0;
	for (int i = 0; i < n; i++)
		if (memcmp(&r->kept[i].hash, h, sizeof(*h)) == 0)
			return NULL;
	if (n == RECORDER_MAX_KEPT) {
		*ret_e = -ENOSPC;
		return NULL;
	}
	struct recorder_kept *k = &r->kept[n];
	*k = (struct recorder_kept){ .hash = *h, .fd = -1 };
	snprintf(k->name, sizeof(k->name), "%s", name);
	return k;
}

static void keep(struct recorder *r)
{
	atomic_fetch_add_explicit(&r->n_kept, 1, memory_order_release);
}

int recorder_keep_bytes(struct recorder *r, const struct hash *h, const char *name, const void *bytes,
			size_t n)
{
	int e;
	struct recorder_kept *k = room_to_keep(r, h, name, &e);
	if (!k)
		return e;
	k->bytes = malloc(n + 1);
	if (!k->bytes)
		return -ENOMEM;
	memcpy(k->bytes, bytes, n);
	k->n = n;
	keep(r);
	return 0;
}

int recorder_keep_file(struct recorder *r, const struct hash *h, const char *path)
{
	int e;
	struct recorder_kept *k = room_to_keep(r, h, path, &e);
	if (!k)
		return e;
	k->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (k->fd < 0)
		return -errno;
	keep(r);
	return 0;
}

static int begin(struct recorder *r)
{
	if (!r->belt) {
		int e = belt_create(r->setup.belt_bytes, &r->belt);
		if (e < 0)
			return e;
	}
	r->n = 0;
	r->lost = (struct recorder_lost){ 0 };
	r->slow = false;
	atomic_store(&r->stopping, false);
	atomic_store(&r->ended, false);
	atomic_store(&r->give_up_ns, INT64_MAX);
	int e = pthread_create(&r->thread, NULL, recorder_main, r);
	if (e != 0)
		return -e;
	r->running = r->on = true;
	return 0;
}

int recorder_start(struct recorder *r, struct failure *f)
{
	if (r->on || r->start_again)
		return failure_set(f, -EALREADY, "stream %s is being recorded already", r->setup.info.stream);
	if (r->running) {
		r->start_again = true;
		return 0;
	}
	int e = begin(r);
	return e < 0 ? failure_set(f, e, "stream %s: cannot record: %s", r->setup.info.stream, strerror(-e))
		     : 0;
}

void recorder_stop(struct recorder *r, const char *why)
{
	if (!r)
		return;
	r->start_again = false;
	if (!r->on)
		return;
	r->on = false;
	snprintf(r->why, sizeof(r->why), "%s", why);
	atomic_store(&r->give_up_ns, clock_now_ns() + 3 * r->setup.retry_ns);
	atomic_store(&r->stopping, true);
	sem_post(&r->wake);
}

static void join(struct recorder *r)
{
	pthread_join(r->thread, NULL);
	r->running = false;
}

void recorder_finish(struct recorder *r, int64_t until_ns)
{
	if (!r || !r->running)
		return;
	int64_t left = until_ns - clock_now_ns();
	int64_t then = clock_unix_ns() + (left > 0 ? left : 0);
	struct timespec t = { then / NS_PER_S, then % NS_PER_S };
	if (pthread_timedjoin_np(r->thread, NULL, &t) == 0) {
		r->running = false;
		return;
	}
	atomic_store(&r->alone, true);
	log_error("stream %s: record: the disk does not answer; %s is left as after a crash",
		  r->setup.info.stream, r->file);
}

/* ---- what the thread tells ---- */

static void tell(struct recorder *r, enum severity severity, const char *kind, const char *text)
{
	telemetry_event(r->setup.telemetry, severity, r->setup.info.stream, kind, "%s", text);
}

static void on_note(struct recorder *r, const struct recorder_note *note)
{
	switch (note->kind) {
	case NOTE_FILE:
		memcpy(r->file, note->text, sizeof(r->file));
		tell(r, SEVERITY_INFO, "record", note->text);
		break;
	case NOTE_TROUBLE:
		memcpy(r->trouble, note->text, sizeof(r->trouble));
		tell(r, SEVERITY_ALARM, "record-trouble", note->text);
		break;
	case NOTE_BETTER: tell(r, SEVERITY_INFO, "record-better", note->text); break;
	case NOTE_DAMAGED:
		tell(r, SEVERITY_ALARM, "record-damaged", note->text);
		r->wants_state = true;
		break;
	case NOTE_END: tell(r, SEVERITY_INFO, "record-end", note->text); break;
	}
}

static void start_again(struct recorder *r)
{
	struct failure f = { "" };
	r->start_again = false;
	if (recorder_start(r, &f) < 0)
		tell(r, SEVERITY_ALARM, "record-trouble", f.text);
}

static void on_noted(uv_async_t *async)
{
	struct recorder *r = async->data;
	const struct recorder_note *note;
	bool ended = atomic_load(&r->ended); /* before its last notes */
	while ((note = ring_peek(r->notes))) {
		on_note(r, note);
		ring_release(r->notes);
	}
	if (!ended || !r->running)
		return;
	join(r);
	if (r->start_again)
		start_again(r);
}

/* ---- records ---- */

bool recorder_is_on(const struct recorder *r)
{
	return r && r->on;
}

void recorder_at(struct recorder *r, uint32_t epoch, int64_t bin)
{
	r->epoch = epoch;
	r->bin = bin;
}

static void lose(struct recorder *r)
{
	struct recorder_lost *l = &r->lost;
	r->n_lost++;
	if (l->first_n == 0) {
		l->first_n = r->n;
		l->first_epoch = r->epoch;
		l->first_bin = r->bin;
		tell(r, SEVERITY_ALARM, "record-lost",
		     "the disk has refused for too long: records are being lost");
	}
	l->last_n = r->n;
	l->last_epoch = r->epoch;
	l->last_bin = r->bin;
}

/* The record of number n + 1, or NULL: no room. */
static struct session_record *claim(struct recorder *r, enum session_kind kind, size_t payload, void **ret)
{
	struct session_record *record = belt_claim(r->belt, HEAD_BYTES + payload);
	if (!record)
		return NULL;
	record->kind = kind;
	record->n = r->n + 1;
	*ret = (char *)record + HEAD_BYTES;
	return record;
}

/* Before anything else may follow: what is missing. */
static bool admit_losses(struct recorder *r)
{
	struct recorder_lost *l = &r->lost;
	void *none;
	if (l->first_n == 0)
		return true;
	if (belt_used(r->belt) > belt_capacity(r->belt) / 2) /* not for one record, and full again */
		return false;
	struct session_record *record = claim(r, SESSION_LOSS, 0, &none);
	if (!record)
		return false;
	record->loss = (struct session_loss){ .first_n = l->first_n, .last_n = l->last_n,
					      .first_epoch = l->first_epoch, .last_epoch = l->last_epoch,
					      .first_bin = l->first_bin, .last_bin = l->last_bin,
					      .time_ns = clock_now_ns(), .stated = true };
	belt_commit(r->belt);
	r->n++;
	int64_t count = l->last_n - l->first_n + 1;
	l->first_n = 0;
	r->wants_state = true;
	telemetry_event(r->setup.telemetry, SEVERITY_ALARM, r->setup.info.stream, "record-resumed",
			"%lld records were lost", (long long)count);
	return true;
}

struct session_record *recorder_claim(struct recorder *r, enum session_kind kind, size_t payload,
				      void **ret_payload)
{
	if (!recorder_is_on(r))
		return NULL;
	struct session_record *record = admit_losses(r) ? claim(r, kind, payload, ret_payload) : NULL;
	if (!record) {
		r->n++;
		lose(r);
	}
	return record;
}

void recorder_commit(struct recorder *r)
{
	r->n++;
	belt_commit(r->belt);
}

void recorder_hurry(struct recorder *r)
{
	if (r->setup.commit_ns == 0 && r->on)
		sem_post(&r->wake);
}

bool recorder_wants_state(struct recorder *r)
{
	bool wants = r->wants_state && r->lost.first_n == 0;
	if (wants)
		r->wants_state = false;
	return wants;
}

void recorder_watch(struct recorder *r)
{
	if (!recorder_is_on(r))
		return;
	bool slow = belt_used(r->belt) > belt_capacity(r->belt) / 3;
	if (slow && !r->slow && !atomic_load(&r->troubled))
		tell(r, SEVERITY_ALARM, "record-trouble",
		     "the disk is too slow: a third of the memory is full");
	r->slow = slow;
}

void recorder_status(const struct recorder *r, struct recorder_status *ret)
{
	*ret = (struct recorder_status){
		.on = r->on,
		.closing = r->running && !r->on,
		.troubled = r->running && atomic_load(&r->troubled),
		.file = r->file,
		.trouble = r->trouble,
		.recorded = atomic_load(&r->recorded),
		.lost = r->n_lost,
		.fill = r->belt ? (double)belt_used(r->belt) / (double)belt_capacity(r->belt) : 0,
	};
}
