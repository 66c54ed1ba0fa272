#include "waiter.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

void waiter_init(struct waiter *w, bool spins, int64_t prewarm_ns)
{
	sem_init(&w->posts, 0, 0);
	w->spins = spins;
	w->prewarm_ns = prewarm_ns;
}

void waiter_finish(struct waiter *w)
{
	sem_destroy(&w->posts);
}

void waiter_refuse_spin(struct waiter *w, struct realtime_grant *grant)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (!w->spins || processors >= 2)
		return;
	w->spins = false;
	realtime_refused(grant, "wait = spin: it takes two processors, and there is %ld", processors);
}

void waiter_post(struct waiter *w)
{
	sem_post(&w->posts);
}

static void sleep_until_post(struct waiter *w)
{
	while (sem_wait(&w->posts) < 0 && errno == EINTR)
		;
}

/* True: there was a post before then. */
static bool sleep_until(struct waiter *w, int64_t then_ns)
{
	struct timespec t = { then_ns / NS_PER_S, then_ns % NS_PER_S };
	int r;
	while ((r = sem_clockwait(&w->posts, CLOCK_MONOTONIC, &t)) < 0 && errno == EINTR)
		;
	return r == 0;
}

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

static bool spin_until(struct waiter *w, int64_t then_ns)
{
	while (sem_trywait(&w->posts) < 0) {
		if (clock_now_ns() > then_ns)
			return false;
		relax();
	}
	return true;
}

void waiter_wait(struct waiter *w, int64_t expected_ns, void (*touch)(void *arg), void *arg)
{
	if (w->prewarm_ns > 0 && expected_ns != INT64_MAX) {
		if (sleep_until(w, expected_ns - w->prewarm_ns))
			return;
		touch(arg);
		if (w->spins && spin_until(w, expected_ns + WAITER_SPIN_PAST_NS))
			return;
	}
	sleep_until_post(w);
}
