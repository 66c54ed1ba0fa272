/* realtime: what a thread asks of the system, and what it got. Called on the thread itself, before its hot
 * path begins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum worker_wait { WAIT_BLOCK, WAIT_SPIN };

struct realtime_request {
	enum worker_wait wait;
	int fifo;       /* SCHED_FIFO priority, 0: the default policy */
	int cpu;        /* -1: any */
	int prewarm_us; /* wake this long before the expected edge */
};

#define REALTIME_LINES 6
struct realtime_grant {
	int n_granted, n_refused;
	char granted[REALTIME_LINES][96];
	char refused[REALTIME_LINES][160]; /* one clear line each */
};

/* Note a line in `ret` about what was not to be had. */
void realtime_refused(struct realtime_grant *ret, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Name the calling thread, flush denormals, touch its stack, and ask for fifo (which children and new threads
 * do not inherit) and cpu. Never fails: what was refused is in `ret`. */
void realtime_apply(const char *name, const struct realtime_request *request, struct realtime_grant *ret);

/* Would SCHED_FIFO, or this processor, be granted? Asks for it and gives it back. (libzmq aborts when its own
 * threads are refused either.) */
bool realtime_fifo_is_granted(int priority);
bool realtime_cpu_is_granted(int cpu);

/* mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) for the process: what is touched stays in memory. Without
 * ONFAULT the stacks of all threads alone would cost hundreds of MB. */
void realtime_lock_memory(struct realtime_grant *ret);
