#include "alarm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	struct alarm *a = poll->data;
	uint64_t expired;
	if (read(a->fd, &expired, sizeof(expired)) < 0)
		return; /* set again meanwhile */
	a->at_ns = INT64_MAX;
	a->on_alarm(a->arg);
}

int alarm_start(struct alarm *a, uv_loop_t *loop, void (*on_alarm)(void *arg), void *arg)
{
	*a = (struct alarm){ .at_ns = INT64_MAX, .on_alarm = on_alarm, .arg = arg };
	a->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (a->fd < 0)
		return -errno;
	a->poll.data = a;
	int r = uv_poll_init(loop, &a->poll, a->fd);
	if (r == 0)
		r = uv_poll_start(&a->poll, UV_READABLE, on_readable);
	return r;
}

void alarm_set(struct alarm *a, int64_t at_ns)
{
	if (at_ns == a->at_ns)
		return;
	struct itimerspec when = { 0 };
	a->at_ns = at_ns;
	if (at_ns != INT64_MAX) {
		int64_t t = at_ns > 0 ? at_ns : 1; /* zero would disarm the timer */
		when.it_value.tv_sec = t / NS_PER_S;
		when.it_value.tv_nsec = t % NS_PER_S;
	}
	timerfd_settime(a->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void alarm_stop(struct alarm *a)
{
	if (!a->on_alarm)
		return;
	uv_close((uv_handle_t *)&a->poll, NULL);
	close(a->fd);
	a->on_alarm = NULL;
}
