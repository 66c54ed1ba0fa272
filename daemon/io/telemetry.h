/* telemetry: the monitor socket: forecasts, latencies, events. Loop thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "latency.h"
#include "types.h"

#define TELEMETRY_BUFFER (64 * 1024)

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ALARM };

/* `stream` NULL: of the daemon itself. */
struct telemetry_event {
	int64_t time_ns, unix_ns;
	enum severity severity;
	const char *stream, *kind, *text;
};

struct telemetry {
	void *socket; /* PUB; NULL: nothing is published (tests) */
	uint8_t buffer[TELEMETRY_BUFFER];
	void (*on_event)(void *arg, const struct telemetry_event *e); /* or NULL; also gets each event */
	void *on_event_arg;
	bool logging_event; /* the line that is being logged is an event's */
};

/* To the monitor and to the log. `stream` NULL: the daemon itself. `kind` is a fixed word: "epoch-begin",
 * "state", … */
void telemetry_event(struct telemetry *t, enum severity severity, const char *stream, const char *kind,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* `rates` (n_rates) of bin + horizon. No allocation of ours. */
void telemetry_forecast(struct telemetry *t, const char *stream, uint32_t epoch, int64_t bin,
			uint32_t horizon, const float *rates, int n_rates);

void telemetry_latency(struct telemetry *t, const char *stream, const struct latency *l, int64_t now_ns);

/* One stage into the message that monitor and status share: name and figures; the message's `run` and `recent` are
 * the caller's. */
struct Bcid__V1__StageLatency;
struct Bcid__V1__Percentiles;
void telemetry_fill_stage(struct Bcid__V1__StageLatency *message, struct Bcid__V1__Percentiles *run,
			  struct Bcid__V1__Percentiles *recent, const struct latency *l, enum stage stage,
			  int64_t now_ns);

/* Two frames. Never waits. */
void telemetry_send(void *socket, const char *kind, const char *stream, const void *bytes, size_t n);
