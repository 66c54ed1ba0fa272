/* alarm: one instant on CLOCK_MONOTONIC, to the microsecond (uv_timer is milliseconds late). Loop thread. */
#pragma once

#include <stdint.h>
#include <uv.h>

struct alarm {
	uv_poll_t poll;
	int fd;
	int64_t at_ns; /* INT64_MAX: not set */
	void (*on_alarm)(void *arg);
	void *arg;
};

int alarm_start(struct alarm *a, uv_loop_t *loop, void (*on_alarm)(void *arg), void *arg);

/* Replaces what was set; an instant that has passed rings at once; INT64_MAX: never. */
void alarm_set(struct alarm *a, int64_t at_ns);

void alarm_stop(struct alarm *a);
