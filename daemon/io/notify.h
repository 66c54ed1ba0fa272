/* notify: what systemd is told (Type=notify). Does nothing when bcid was not started by it, or was built
 * without libsystemd. */
#pragma once

#include <stdint.h>

/* Interval at which the watchdog wants to be fed, 0 where there is none. */
int64_t notify_watchdog_ns(void);

void notify_ready(const char *status);
void notify_alive(void);
void notify_stopping(void);
