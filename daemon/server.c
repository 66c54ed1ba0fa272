#include "server.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>
#include <zmq.h>

#include "clock.h"
#include "control.h"
#include "log.h"
#include "model.h"
#include "notify.h"
#include "records.h"
#include "server_state.h"
#include "sockets.h"

#define MAX_LOCKS         (4 + 2 * MAX_STREAMS)
#define LATENCY_PERIOD_MS 1000

struct hand { /* one worker's results arrive on the loop */
	int fd; /* an eventfd */
	uv_poll_t poll;
	struct server *server;
	int n_streams;
	struct stream *streams[WORKER_MAX_LANES];
};

struct server {
	struct server_state state;
	uv_loop_t loop;
	void *zmq;
	void *intents;
	struct control *control;
	struct hand hands[MAX_WORKERS];
	int n_hands;
	uv_signal_t on_int, on_term;
	uv_timer_t latency_timer, watchdog_timer;
	int next_latency; /* stream whose latencies are published next */
	int locks[MAX_LOCKS];
	int n_locks;
};

/* ---- callbacks ---- */

static void on_results(uv_poll_t *poll, int status, int events)
{
	struct hand *h = poll->data;
	eventfd_t n;
	(void)status;
	(void)events;
	eventfd_read(h->fd, &n);
	int64_t now = clock_now_ns();
	for (int i = 0; i < h->n_streams; i++)
		stream_advance(h->streams[i], now, false);
}

/* On a worker's thread. Not uv_async_send(): while that is under way the loop spins, for ever where the
 * loop's priority keeps the worker from the processor that they share. */
static void wake_loop(void *arg)
{
	struct hand *h = arg;
	eventfd_write(h->fd, 1);
}

/* One stream at a time, so that no callback of the loop has to sum up the histograms of all. */
static void on_latency_timer(uv_timer_t *timer)
{
	struct server *s = timer->data;
	struct stream *stream = s->state.streams[s->next_latency++ % s->state.n_streams];
	recorder_watch(stream->record.recorder);
	telemetry_latency(&s->state.telemetry, stream->options->name, &stream->latency, clock_now_ns());
}

/* Fed by the loop, unless a bin has waited for its worker for over a second: a stalled rig is no reason to be
 * killed, a stuck worker is. */
static void on_watchdog_timer(uv_timer_t *timer)
{
	const struct server_state *state = &((struct server *)timer->data)->state;
	int64_t now = clock_now_ns();
	for (int i = 0; i < state->n_streams; i++) {
		int64_t since = lane_waiting_since_ns(state->streams[i]->lane);
		if (since && now - since > NS_PER_S)
			return;
	}
	notify_alive();
}

static void on_signal(uv_signal_t *handle, int number)
{
	log_info("stopping on %s", number == SIGINT ? "SIGINT" : "SIGTERM");
	uv_stop(handle->loop);
}

/* ---- locks ---- */

static int keep_lock(struct server *s, int r, int fd)
{
	if (r == 0 && fd >= 0)
		s->locks[s->n_locks++] = fd;
	return r;
}

/* What is bound for good; an inlet that binds is locked where it is made. */
static int lock_everything(struct server *s, struct failure *f)
{
	const struct options *o = s->state.options;
	char path[TEXT_SIZE + 8];
	int fd = -1;
	if (mkdir(o->daemon.state_dir, 0750) < 0 && errno != EEXIST)
		return failure_set(f, -errno, "state_dir %s: %s", o->daemon.state_dir, strerror(errno));
	snprintf(path, sizeof(path), "%s/lock", o->daemon.state_dir);
	int r = keep_lock(s, lock_file(path, f, &fd), fd);
	const char *bound[] = { o->daemon.control, o->daemon.intents, o->daemon.monitor };
	for (int i = 0; r == 0 && i < 3; i++)
		r = keep_lock(s, lock_endpoint(bound[i], f, &fd), fd);
	return r;
}

/* ---- parts ---- */

static int open_sockets(struct server *s, struct failure *f)
{
	const struct daemon_options *o = &s->state.options->daemon;
	s->zmq = zmq_ctx_new();
	if (!s->zmq)
		return failure_set(f, -errno, "zmq: %s", zmq_strerror(errno));
	zmq_ctx_set(s->zmq, ZMQ_MAX_SOCKETS, 4 * MAX_STREAMS);
	if (o->fifo > 0 && realtime_fifo_is_granted((int)o->fifo + 1)) {
		zmq_ctx_set(s->zmq, ZMQ_THREAD_SCHED_POLICY, SCHED_FIFO);
		zmq_ctx_set(s->zmq, ZMQ_THREAD_PRIORITY, (int)o->fifo + 1);
	}
	if (o->cpu >= 0 && realtime_cpu_is_granted((int)o->cpu))
		zmq_ctx_set(s->zmq, ZMQ_THREAD_AFFINITY_CPU_ADD, (int)o->cpu);
	int r = socket_open_intents(s->zmq, o->intents, f, &s->intents);
	if (r == 0)
		r = socket_open_monitor(s->zmq, o->monitor, f, &s->state.telemetry.socket);
	if (r == 0)
		r = control_create(s->zmq, &s->loop, &s->state, f, &s->control);
	return r;
}

static int open_hand(struct server *s, struct hand *h)
{
	h->server = s;
	h->poll.data = h;
	h->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (h->fd < 0)
		return -errno;
	s->n_hands++;
	int r = uv_poll_init(&s->loop, &h->poll, h->fd);
	return r < 0 ? r : uv_poll_start(&h->poll, UV_READABLE, on_results);
}

static int create_workers(struct server *s, struct failure *f)
{
	const struct options *o = s->state.options;
	for (int i = 0; i < o->n_workers; i++) {
		const struct worker_options *w = &o->workers[i];
		struct realtime_request request = { (enum worker_wait)w->wait, (int)w->fifo, (int)w->cpu,
						    (int)w->prewarm_us };
		struct hand *h = &s->hands[i];
		int r = open_hand(s, h);
		if (r == 0)
			r = worker_create(w->name, &request, wake_loop, h, &s->state.workers[i]);
		if (r < 0)
			return failure_set(f, r, "worker %s: %s", w->name, strerror(-r));
		s->state.n_workers++;
	}
	return 0;
}

static int worker_index(const struct options *o, const char *name)
{
	for (int i = 0; i < o->n_workers; i++)
		if (strcmp(o->workers[i].name, name) == 0)
			return i;
	return -1;
}

static int put_on_worker(struct server *s, struct stream *stream, struct failure *f)
{
	const struct stream_options *o = stream->options;
	struct pipeline *pipeline = NULL;
	struct lane *lane;
	struct hash model;
	int r = model_load_pipeline(o->forecaster, o->decoder, (int)o->n_units, (int)o->bin_us,
				    (enum forecaster_context)o->context, f, &pipeline, &model);
	if (r < 0)
		return failure_prefix(f, r, "stream %s", o->name);
	int i = worker_index(s->state.options, o->worker);
	struct hand *h = &s->hands[i];
	r = worker_add_lane(s->state.workers[i], pipeline, stream->bin_wall_ns, &lane);
	if (r < 0) {
		pipeline_destroy(pipeline);
		return failure_set(f, r, "stream %s: worker %s: %s", o->name, o->worker, strerror(-r));
	}
	h->streams[h->n_streams++] = stream;
	r = stream_attach(stream, lane, pipeline, &model, f);
	if (r == 0)
		r = stream_record_create(stream, s->state.options, &s->loop, pipeline, f);
	return r == 0 ? stream_resume(stream, s->state.options, &s->loop, f) : r;
}

/* Streams on one endpoint share its inlet. */
static int connect_stream(struct server *s, struct stream *stream, enum inlet_kind kind, const char *endpoint,
			  struct failure *f)
{
	struct server_state *state = &s->state;
	struct inlet *in = NULL;
	for (int i = 0; i < state->n_inlets; i++)
		if (inlet_kind(state->inlets[i]) == kind &&
		    strcmp(inlet_endpoint(state->inlets[i]), endpoint) == 0)
			in = state->inlets[i];
	if (!in) {
		int fd = -1, r = 0;
		if (*endpoint == '@')
			r = keep_lock(s, lock_endpoint(endpoint, f, &fd), fd);
		if (r == 0)
			r = inlet_create(s->zmq, &s->loop, kind, endpoint, f, &in);
		if (r < 0)
			return failure_prefix(f, r, "stream %s", stream->options->name);
		state->inlets[state->n_inlets++] = in;
	}
	return inlet_add(in, stream);
}

static int create_stream(struct server *s, const struct stream_options *o, struct failure *f)
{
	struct stream_setup setup = { s->state.options, o, &s->loop, &s->state.telemetry, s->intents };
	struct stream *stream;
	int r = stream_create(&setup, f, &stream);
	if (r < 0)
		return r;
	s->state.streams[s->state.n_streams++] = stream;
	r = put_on_worker(s, stream, f);
	if (r == 0)
		r = connect_stream(s, stream, INLET_NEURAL, o->neural, f);
	if (r == 0 && *o->cues)
		r = connect_stream(s, stream, INLET_CUE, o->cues, f);
	return r;
}

static void warn_of_refusals(const char *who, const struct realtime_grant *g)
{
	for (int i = 0; i < g->n_refused; i++)
		log_warning("%s: not granted: %s", who, g->refused[i]);
}

/* Last of all, so that no thread inherits the loop's processor. */
static void make_loop_realtime(struct server *s)
{
	const struct daemon_options *o = &s->state.options->daemon;
	struct realtime_request request = { .fifo = (int)o->fifo, .cpu = (int)o->cpu };
	realtime_apply("bcid", &request, &s->state.loop_grant);
	if (o->lock_memory)
		realtime_lock_memory(&s->state.loop_grant);
	warn_of_refusals("loop", &s->state.loop_grant);
}

static int start_workers(struct server *s, struct failure *f)
{
	for (int i = 0; i < s->state.n_workers; i++) {
		struct worker *w = s->state.workers[i];
		int r = worker_start(w);
		if (r < 0)
			return failure_set(f, r, "worker %s: %s", worker_name(w), strerror(-r));
		warn_of_refusals(worker_name(w), worker_grant(w));
	}
	return 0;
}

static void start_handles(struct server *s)
{
	uv_signal_init(&s->loop, &s->on_int);
	uv_signal_init(&s->loop, &s->on_term);
	uv_signal_start(&s->on_int, on_signal, SIGINT);
	uv_signal_start(&s->on_term, on_signal, SIGTERM);
	uv_timer_init(&s->loop, &s->latency_timer);
	s->latency_timer.data = s;
	uint64_t period = (uint64_t)(LATENCY_PERIOD_MS / s->state.n_streams);
	uv_timer_start(&s->latency_timer, on_latency_timer, period, period);
	uv_timer_init(&s->loop, &s->watchdog_timer);
	s->watchdog_timer.data = s;
	uint64_t feed_ms = (uint64_t)(notify_watchdog_ns() / 3 / NS_PER_MS);
	if (feed_ms > 0)
		uv_timer_start(&s->watchdog_timer, on_watchdog_timer, feed_ms, feed_ms);
}

static int create_parts(struct server *s, struct failure *f)
{
	int r = lock_everything(s, f);
	if (r == 0)
		r = open_sockets(s, f);
	if (r == 0)
		r = create_workers(s, f);
	for (int i = 0; r == 0 && i < s->state.options->n_streams; i++)
		r = create_stream(s, &s->state.options->streams[i], f);
	if (r == 0)
		r = start_workers(s, f);
	if (r == 0) {
		start_handles(s);
		make_loop_realtime(s);
	}
	return r;
}

int server_create(const struct options *options, struct failure *f, struct server **ret)
{
	struct server *s = calloc(1, sizeof(*s));
	if (!s)
		return failure_set(f, -ENOMEM, "out of memory");
	signal(SIGPIPE, SIG_IGN);
	s->state.options = options;
	s->state.started_ns = clock_now_ns();
	records_listen(&s->state);
	uv_loop_init(&s->loop);
	int r = create_parts(s, f);
	if (r < 0)
		server_destroy(s);
	else
		*ret = s;
	return r;
}

int server_run(struct server *s)
{
	const struct daemon_options *o = &s->state.options->daemon;
	log_info("rig %s: %d stream%s; intents %s, monitor %s, control %s", o->rig, s->state.n_streams,
		 s->state.n_streams == 1 ? "" : "s", o->intents, o->monitor, o->control);
	notify_ready(o->rig);
	int r = uv_run(&s->loop, UV_RUN_DEFAULT);
	notify_stopping();
	return r;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void stop_parts(struct server *s)
{
	struct server_state *state = &s->state;
	for (int i = 0; i < state->n_workers; i++)
		worker_destroy(state->workers[i]); /* no wake-ups from here on */
	records_end(&s->state);
	if (s->control)
		control_stop(s->control);
	for (int i = 0; i < state->n_inlets; i++)
		inlet_stop(state->inlets[i]);
	for (int i = 0; i < state->n_streams; i++)
		stream_stop(state->streams[i]);
	uv_walk(&s->loop, close_handle, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	uv_loop_close(&s->loop);
}

void server_destroy(struct server *s)
{
	if (!s)
		return;
	struct server_state *state = &s->state;
	stop_parts(s);
	control_destroy(s->control);
	for (int i = 0; i < state->n_inlets; i++)
		inlet_destroy(state->inlets[i]);
	for (int i = 0; i < state->n_streams; i++)
		stream_destroy(state->streams[i]);
	if (s->intents)
		zmq_close(s->intents);
	if (state->telemetry.socket)
		zmq_close(state->telemetry.socket);
	if (s->zmq)
		zmq_ctx_term(s->zmq);
	for (int i = 0; i < s->n_hands; i++)
		close(s->hands[i].fd);
	for (int i = 0; i < s->n_locks; i++)
		close(s->locks[i]);
	free(s);
}
