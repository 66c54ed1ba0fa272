/* realtime: what a thread asks of the system, and what it got. Called on the thread itself, before its hot path begins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum worker_wait { WAIT_BLOCK, WAIT_SPIN };

struct realtime_request {
	enum worker_wait wait;
	int fifo;        /* SCHED_FIFO priority, 0: the default policy */
	int cpu;         /* -1: any */
	int prewarm_us;  /* wake this long before the expected edge */
};

#define REALTIME_LINES 6
struct realtime_grant {
	int n_granted, n_refused;
	char granted[REALTIME_LINES][96];
	char refused[REALTIME_LINES][160]; /* one clear line each */
};

/* Name the calling thread, flush denormals, and ask for fifo and cpu. Never fails: what was refused is in `ret`. */
void realtime_apply(const char *name, const struct realtime_request *request, struct realtime_grant *ret);

/* mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) for the process. */
void realtime_lock_memory(struct realtime_grant *ret);
