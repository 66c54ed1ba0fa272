/* sim_wait: sleeps on an absolute schedule that SIGINT and SIGTERM end. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Timer slack to its least; SIGINT and SIGTERM only set a mark from now on. */
void sim_wait_init(void);

/* Until CLOCK_MONOTONIC shows `ns`. False where a signal asked to stop, at most 0.1 s after it. */
bool sim_wait_until(int64_t ns);

/* The signal that asked to stop; 0: none. */
int sim_wait_stopped(void);
