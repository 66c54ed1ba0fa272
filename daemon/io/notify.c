#include "notify.h"

#if HAVE_SYSTEMD
#include <stdio.h>
#include <systemd/sd-daemon.h>

int64_t notify_watchdog_ns(void)
{
	uint64_t us = 0;
	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)us * 1000 : 0;
}

void notify_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}
#else
int64_t notify_watchdog_ns(void)
{
	return 0;
}

void notify_ready(const char *status)
{
	(void)status;
}

void notify_alive(void)
{
}

void notify_stopping(void)
{
}
#endif
