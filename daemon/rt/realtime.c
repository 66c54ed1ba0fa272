#include "realtime.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "denormals.h"

#define STACK_BYTES (128 * 1024)

static void granted(struct realtime_grant *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void granted(struct realtime_grant *g, const char *format, ...)
{
	if (g->n_granted == REALTIME_LINES)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(g->granted[g->n_granted++], sizeof(g->granted[0]), format, args);
	va_end(args);
}

void realtime_refused(struct realtime_grant *g, const char *format, ...)
{
	if (g->n_refused == REALTIME_LINES)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(g->refused[g->n_refused++], sizeof(g->refused[0]), format, args);
	va_end(args);
}

/* A page of the stack that is first touched in a step would cost that step a fault. */
static void touch_stack(void)
{
	volatile char stack[STACK_BYTES];
	for (size_t i = 0; i < sizeof(stack); i += 4096)
		stack[i] = 0;
}

bool realtime_fifo_is_granted(int priority)
{
	struct sched_param fifo = { .sched_priority = priority }, other = { 0 };
	if (sched_setscheduler(0, SCHED_FIFO, &fifo) < 0)
		return false;
	sched_setscheduler(0, SCHED_OTHER, &other);
	return true;
}

static void ask_fifo(int priority, struct realtime_grant *ret)
{
	struct sched_param p = { .sched_priority = priority };
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p) == 0)
		granted(ret, "SCHED_FIFO %d", priority);
	else
		realtime_refused(ret, "SCHED_FIFO %d: %s (needs CAP_SYS_NICE or an RTPRIO limit)", priority,
				 strerror(errno));
}

static int stay_on(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

bool realtime_cpu_is_granted(int cpu)
{
	cpu_set_t before;
	if (sched_getaffinity(0, sizeof(before), &before) < 0 || stay_on(cpu) < 0)
		return false;
	sched_setaffinity(0, sizeof(before), &before);
	return true;
}

static void ask_cpu(int cpu, struct realtime_grant *ret)
{
	if (stay_on(cpu) == 0)
		granted(ret, "cpu %d", cpu);
	else
		realtime_refused(ret, "cpu %d: %s", cpu, strerror(errno));
}

void realtime_apply(const char *name, const struct realtime_request *request, struct realtime_grant *ret)
{
	*ret = (struct realtime_grant){ 0 };
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, 1UL);
	denormals_flush();
	touch_stack();
	if (request->cpu >= 0)
		ask_cpu(request->cpu, ret);
	if (request->fifo > 0)
		ask_fifo(request->fifo, ret);
}

void realtime_lock_memory(struct realtime_grant *ret)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
		granted(ret, "memory locked as it is touched");
	else
		realtime_refused(ret, "mlockall: %s (needs CAP_IPC_LOCK or a MEMLOCK limit)",
				 strerror(errno));
}
