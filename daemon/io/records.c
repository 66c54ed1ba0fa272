#include "records.h"

#include <pthread.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#define END_NS (5 * NS_PER_S)

static pthread_t loop_thread; /* it alone may fill a belt */

static void on_event(void *arg, const struct telemetry_event *e)
{
	const struct server_state *state = arg;
	for (int i = 0; i < state->n_streams; i++)
		if (!e->stream || strcmp(e->stream, state->streams[i]->options->name) == 0)
			stream_record_event(state->streams[i], e);
}

static void on_log_line(void *arg, enum log_level level, const char *text)
{
	const struct server_state *state = arg;
	if (!pthread_equal(pthread_self(), loop_thread) || state->telemetry.logging_event)
		return;
	for (int i = 0; i < state->n_streams; i++)
		stream_record_log(state->streams[i], log_level_text(level), text);
}

void records_listen(struct server_state *state)
{
	loop_thread = pthread_self();
	state->telemetry.on_event = on_event;
	state->telemetry.on_event_arg = state;
	log_set_tap(on_log_line, state);
}

void records_end(struct server_state *state)
{
	int64_t now = clock_now_ns();
	for (int i = 0; i < state->n_streams; i++)
		stream_record_stop(state->streams[i], "the daemon was stopped", now);
	for (int i = 0; i < state->n_streams; i++)
		recorder_finish(state->streams[i]->record.recorder, now + END_NS);
	log_set_tap(NULL, NULL);
}
