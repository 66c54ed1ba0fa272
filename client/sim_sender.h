/* sim_sender: messages on their way out, each at its own time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

/* Zeroed, then socket and topic: valid. */
struct sim_sender {
	void *socket;
	const char *topic;
	struct sim_message *waiting; /* by rising due time */
	int n_waiting, room;
	uint64_t sent;
	struct histogram lateness; /* the return of send against the due time */
};

/* Send what is due until `due_ns` on CLOCK_MONOTONIC, each at its time, then wait for due_ns. -EINTR after a
 * signal to stop, -errno of send. */
int sim_sender_wait(struct sim_sender *s, int64_t due_ns);

/* Send now what was due at `due_ns`. */
int sim_sender_send(struct sim_sender *s, const void *bytes, size_t n, int64_t due_ns);

/* Copy and send at `due_ns`, within a later sim_sender_wait(). -ENOMEM. */
int sim_sender_delay(struct sim_sender *s, const void *bytes, size_t n, int64_t due_ns);

/* Send all that waits, each at its time. */
int sim_sender_flush(struct sim_sender *s);

void sim_sender_finish(struct sim_sender *s);
