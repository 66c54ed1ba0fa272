#include "telemetry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "bcid/v1/telemetry.pb-c.h"
#include "clock.h"
#include "log.h"
#include "wire.h"

void telemetry_send(void *socket, const char *kind, const char *stream, const void *bytes, size_t n)
{
	char topic[STREAM_NAME_SIZE + 16];
	size_t length = strlen(kind);
	memcpy(topic, kind, length);
	if (stream) {
		size_t name = strlen(stream);
		topic[length++] = '/';
		memcpy(topic + length, stream, name);
		length += name;
	}
	if (zmq_send(socket, topic, length, ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0)
		zmq_send(socket, bytes, n, ZMQ_DONTWAIT);
}

static void publish_event(struct telemetry *t, const struct telemetry_event *from)
{
	Bcid__V1__Event e = BCID__V1__EVENT__INIT;
	e.time_ns = from->time_ns;
	e.unix_ns = from->unix_ns;
	e.severity = (Bcid__V1__Severity)from->severity;
	e.stream = from->stream ? (char *)from->stream : "";
	e.kind = (char *)from->kind;
	e.text = (char *)from->text;
	if (bcid__v1__event__get_packed_size(&e) <= sizeof(t->buffer))
		telemetry_send(t->socket, "event", NULL, t->buffer, bcid__v1__event__pack(&e, t->buffer));
}

static void log_event(struct telemetry *t, const struct telemetry_event *e)
{
	static const enum log_level levels[] = { LOG_INFO, LOG_WARNING, LOG_ERROR };
	t->logging_event = true;
	if (e->stream)
		log_line(levels[e->severity], "stream %s: %s: %s", e->stream, e->kind, e->text);
	else
		log_line(levels[e->severity], "%s: %s", e->kind, e->text);
	t->logging_event = false;
}

void telemetry_event(struct telemetry *t, enum severity severity, const char *stream, const char *kind,
		     const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct telemetry_event e = { clock_now_ns(), clock_unix_ns(), severity, stream, kind, text };
	log_event(t, &e);
	if (t->socket)
		publish_event(t, &e);
	if (t->on_event)
		t->on_event(t->on_event_arg, &e);
}

void telemetry_forecast(struct telemetry *t, const char *stream, uint32_t epoch, int64_t bin,
			uint32_t horizon, const float *rates, int n_rates)
{
	if (!t->socket)
		return;
	size_t n =
		wire_pack_forecast(stream, epoch, bin, horizon, rates, n_rates, t->buffer, sizeof(t->buffer));
	if (n > 0)
		telemetry_send(t->socket, "forecast", stream, t->buffer, n);
}

static void fill_percentiles(Bcid__V1__Percentiles *p, const struct histogram *h)
{
	bcid__v1__percentiles__init(p);
	p->count = h->count;
	p->p50_ns = histogram_quantile(h, 0.5);
	p->p99_ns = histogram_quantile(h, 0.99);
	p->p999_ns = histogram_quantile(h, 0.999);
	p->max_ns = h->max_ns;
}

void telemetry_fill_stage(Bcid__V1__StageLatency *message, Bcid__V1__Percentiles *run,
			  Bcid__V1__Percentiles *recent, const struct latency *l, enum stage stage,
			  int64_t now_ns)
{
	struct histogram newest;
	histogram_pair_recent(&l->stage[stage], now_ns, &newest);
	fill_percentiles(run, &l->stage[stage].run);
	fill_percentiles(recent, &newest);
	bcid__v1__stage_latency__init(message);
	message->stage = (char *)stage_text(stage);
	message->run = run;
	message->recent = recent;
}

void telemetry_latency(struct telemetry *t, const char *stream, const struct latency *l, int64_t now_ns)
{
	Bcid__V1__StageLatencies all = BCID__V1__STAGE_LATENCIES__INIT;
	Bcid__V1__StageLatency stage[N_STAGES], *list[N_STAGES];
	Bcid__V1__Percentiles run[N_STAGES], recent[N_STAGES];
	if (!t->socket)
		return;
	for (int i = 0; i < N_STAGES; i++) {
		telemetry_fill_stage(&stage[i], &run[i], &recent[i], l, (enum stage)i, now_ns);
		list[i] = &stage[i];
	}
	all.stream = (char *)stream;
	all.n_stages = N_STAGES;
	all.stages = list;
	if (bcid__v1__stage_latencies__get_packed_size(&all) <= sizeof(t->buffer))
		telemetry_send(t->socket, "latency", stream, t->buffer,
			       bcid__v1__stage_latencies__pack(&all, t->buffer));
}
