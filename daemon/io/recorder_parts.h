/* recorder_parts: what the loop's side and the thread of a recorder share. Private to recorder*.c. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "belt.h"
#include "recorder.h"
#include "ring.h"

struct recorder_kept {
	struct hash hash;
	char name[SESSION_NAME_MAX];
	void *bytes; /* or a file: */
	size_t n;
	int fd;
};

/* What the thread has to tell. */
enum recorder_note_kind { NOTE_FILE, NOTE_TROUBLE, NOTE_BETTER, NOTE_DAMAGED, NOTE_END };
struct recorder_note {
	enum recorder_note_kind kind;
	char text[SESSION_NAME_MAX + 128];
};

struct recorder_lost {
	int64_t first_n, last_n; /* first_n 0: none */
	uint32_t first_epoch, last_epoch;
	int64_t first_bin, last_bin;
};

struct recorder {
	/* immutable while the thread runs */
	struct recorder_setup setup;
	cpu_set_t processors; /* what the daemon was given, before the loop chose its own */
	char folder[SESSION_NAME_MAX];
	struct belt *belt;  /* loop → thread: struct session_record, and what it points at */
	struct ring *notes; /* thread → loop: struct recorder_note */
	uv_async_t noted;
	pthread_t thread;
	/* shared */
	struct recorder_kept kept[RECORDER_MAX_KEPT]; /* those below n_kept never change */
	atomic_int n_kept;
	sem_t wake;
	atomic_bool stopping;
	_Atomic int64_t give_up_ns; /* while stopping: when to leave what the disk does not take */
	atomic_bool ended;
	atomic_bool alone; /* nobody listens any more */
	_Atomic uint64_t recorded;
	_Atomic bool troubled;
	char why[80]; /* it stops; written before `stopping` is */
	/* loop only */
	bool running, on, start_again, wants_state, slow;
	int64_t n; /* of the newest record */
	uint32_t epoch;
	int64_t bin;
	struct recorder_lost lost;
	uint64_t n_lost;
	char file[SESSION_NAME_MAX + 128], trouble[SESSION_NAME_MAX + 128];
	/* thread only */
	struct session_writer *session;
	char path[SESSION_NAME_MAX], continues[SESSION_NAME_MAX];
	int n_stored; /* of `kept`, in this session */
};

void *recorder_main(void *arg);
