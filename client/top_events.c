#include "top_events.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "clock.h"

void top_events_clock(int64_t unix_ns, char ret[static TOP_CLOCK_SIZE])
{
	time_t s = unix_ns / NS_PER_S;
	struct tm tm;
	if (!localtime_r(&s, &tm) || strftime(ret, TOP_CLOCK_SIZE, "%H:%M:%S", &tm) == 0)
		snprintf(ret, TOP_CLOCK_SIZE, "--:--:--");
}

void top_events_note(struct top_events *e, int64_t unix_ns, enum top_style style, const char *format, ...)
{
	struct top_event *to = &e->event[e->n++ % TOP_EVENTS];
	char clock[TOP_CLOCK_SIZE], text[TOP_EVENT_TEXT];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	top_events_clock(unix_ns, clock);
	snprintf(to->text, sizeof(to->text), "%s %.*s", clock, TOP_EVENT_TEXT - TOP_CLOCK_SIZE - 2, text);
	to->style = style;
}

void top_events_add(struct top_events *e, const Bcid__V1__Event *event)
{
	enum top_style style = event->severity == BCID__V1__SEVERITY__SEVERITY_INFO    ? TOP_PLAIN
			       : event->severity == BCID__V1__SEVERITY__SEVERITY_ALARM ? TOP_ALARM
										       : TOP_WARNING;
	top_events_note(e, event->unix_ns, style, "%s%s%s: %s", event->stream, *event->stream ? " " : "",
			event->kind, event->text);
}

const struct top_event *top_events_newest(const struct top_events *e, unsigned i)
{
	if (i >= e->n || i >= TOP_EVENTS)
		return NULL;
	return &e->event[(e->n - 1 - i) % TOP_EVENTS];
}
