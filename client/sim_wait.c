#include "sim_wait.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>

#include "clock.h"

/* A signal just before the sleep would be missed; so no sleep is longer than this. */
#define LONGEST_NS (100 * NS_PER_MS)

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	stopped = signal;
}

void sim_wait_init(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L);
}

bool sim_wait_until(int64_t ns)
{
	int64_t now;
	while (!stopped && (now = clock_now_ns()) < ns) {
		int64_t next = ns - now > LONGEST_NS ? now + LONGEST_NS : ns;
		struct timespec t = {next / NS_PER_S, next % NS_PER_S};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	}
	return !stopped;
}

int sim_wait_stopped(void)
{
	return stopped;
}
