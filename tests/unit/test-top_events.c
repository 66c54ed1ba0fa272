#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "top_events.h"

#define AT (INT64_C(1700000000) * NS_PER_S) /* 2023-11-14 22:13:20 UTC */

static struct top_events e;

static void use_utc(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

TestSuite(top_events, .init = use_utc);

static void add(Bcid__V1__Severity severity, const char *stream, const char *text)
{
	Bcid__V1__Event event = BCID__V1__EVENT__INIT;
	event.unix_ns = AT;
	event.severity = severity;
	event.stream = (char *)(uintptr_t)stream;
	event.kind = "state";
	event.text = (char *)(uintptr_t)text;
	top_events_add(&e, &event);
}

Test(top_events, are_lines_with_their_time)
{
	add(BCID__V1__SEVERITY__SEVERITY_INFO, "m1", "armed");
	add(BCID__V1__SEVERITY__SEVERITY_ALARM, "", "gone");
	cr_expect(eq(str, (char *)top_events_newest(&e, 0)->text, "22:13:20 state: gone"));
	cr_expect(eq(int, top_events_newest(&e, 0)->style, TOP_ALARM));
	cr_expect(eq(str, (char *)top_events_newest(&e, 1)->text, "22:13:20 m1 state: armed"));
	cr_expect(eq(int, top_events_newest(&e, 1)->style, TOP_PLAIN));
	cr_expect(eq(ptr, (void *)(uintptr_t)top_events_newest(&e, 2), NULL));
}

Test(top_events, are_warnings_where_their_severity_is_unknown)
{
	add((Bcid__V1__Severity)77, "m1", "?");
	cr_expect(eq(int, top_events_newest(&e, 0)->style, TOP_WARNING));
}

Test(top_events, keep_the_newest)
{
	for (int i = 0; i < TOP_EVENTS + 7; i++)
		top_events_note(&e, AT, TOP_PLAIN, "%d", i);
	for (unsigned i = 0; i < TOP_EVENTS; i++)
		cr_expect(eq(int, atoi(top_events_newest(&e, i)->text + 9), TOP_EVENTS + 6 - (int)i));
	cr_expect(eq(ptr, (void *)(uintptr_t)top_events_newest(&e, TOP_EVENTS), NULL));
}

Test(top_events, cut_a_long_text)
{
	static char text[1000];
	memset(text, 'x', sizeof(text) - 1);
	add(BCID__V1__SEVERITY__SEVERITY_INFO, "m1", text);
	cr_expect(ge(sz, strlen(top_events_newest(&e, 0)->text), 200));
	cr_expect(lt(sz, strlen(top_events_newest(&e, 0)->text), TOP_EVENT_TEXT));
}
