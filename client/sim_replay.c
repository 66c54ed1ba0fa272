#include "sim_replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <zmq.h>

#include "clock.h"
#include "recording.h"
#include "sim_cues.h"
#include "sim_sender.h"
#include "sim_socket.h"
#include "sim_source.h"
#include "sim_wait.h"

#define CUES_WAIT_NS NS_PER_S /* for their subscriber, after the neural one came */
#define LINGER_MS 5000        /* of the sockets, for what a slow subscriber has not taken yet */

struct replay {
	const struct sim_replay_plan *plan;
	struct sim_replay_report *report;
	struct failure *failure;
	struct recording recording;
	struct sim_source *source;
	struct sim_faults faults;
	struct sim_cues cues;
	void *context, *socket, *cue_socket; /* the same socket where both go to one endpoint */
	char topic[64], cue_topic[64];
	struct sim_sender sender, cue_sender;
	uint8_t *buffer;  /* WIRE_MAX_MESSAGE */
	int64_t start_ns; /* wall time of the first packet's begin */
	double rate;      /* acquisition time a wall time */
	uint64_t seq, cue_source_id, cue_seq;
	int64_t shown_ns;
};

static uint64_t draw_source_id(void)
{
	uint64_t id = 0;
	while (id == 0)
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			id = (uint64_t)clock_unix_ns();
	return id;
}

/* When a moment of the acquisition clock, before faults, is to be seen outside. */
static int64_t due_ns(const struct replay *r, int64_t acquired_ns)
{
	return r->start_ns + (int64_t)((double)(acquired_ns - sim_source_begin_ns(r->source)) / r->rate);
}

static int open_source(struct replay *r)
{
	const struct sim_replay_plan *p = r->plan;
	struct sim_stretch stretch = {.repeats = p->repeats, .kind = p->kind};
	int e = recording_open(p->file, r->failure, &r->recording);
	if (e == 0)
		e = recording_position(&r->recording, p->from, 0, r->failure, &stretch.from);
	if (e == 0)
		e = recording_position(&r->recording, p->until, r->recording.n_bins, r->failure,
				       &stretch.until);
	if (e < 0)
		return e;
	int64_t bin_ns = r->recording.bin_us * NS_PER_US;
	int64_t usual_ns = p->kind == WIRE_SPIKES && bin_ns % (10 * NS_PER_MS) == 0 ? 10 * NS_PER_MS : bin_ns;
	stretch.packet_ns = p->packet_ms > 0.0 ? (int64_t)(p->packet_ms * 1e6 + 0.5) : usual_ns;
	e = sim_source_create(&r->recording, &stretch, r->failure, &r->source);
	if (e == 0 && p->cues)
		e = sim_cues_init(&r->cues, &r->recording, p->label, r->failure);
	return e;
}

static int open_sockets(struct replay *r)
{
	const struct sim_replay_plan *p = r->plan;
	snprintf(r->topic, sizeof(r->topic), "neural/%s", p->stream);
	snprintf(r->cue_topic, sizeof(r->cue_topic), "cue/%s", p->stream);
	r->buffer = malloc(WIRE_MAX_MESSAGE);
	r->context = zmq_ctx_new();
	if (!r->buffer || !r->context)
		return failure_set(r->failure, -ENOMEM, "out of memory");
	int e = sim_socket_open(r->context, p->to, p->connect, r->failure, &r->socket);
	if (e == 0 && p->cues && strcmp(p->cues, p->to) != 0)
		e = sim_socket_open(r->context, p->cues, p->connect, r->failure, &r->cue_socket);
	r->sender = (struct sim_sender){.socket = r->socket, .topic = r->topic};
	r->cue_sender = (struct sim_sender){.socket = r->cue_socket ? r->cue_socket : r->socket,
					    .topic = r->cue_topic};
	return e;
}

static int wait_for_subscriber(struct replay *r)
{
	const struct sim_replay_plan *p = r->plan;
	int64_t until_ns = p->wait_s > 0.0 ? clock_now_ns() + (int64_t)(p->wait_s * 1e9) : INT64_MAX;
	int e = sim_socket_wait(r->socket, r->topic, p->cues && !r->cue_socket ? r->cue_topic : NULL,
				until_ns);
	if (e == -ETIMEDOUT)
		return failure_set(r->failure, e, "nobody subscribed to %s at %s within %g s", r->topic,
				   p->to, p->wait_s);
	if (e == 0 && r->cue_socket)
		e = sim_socket_wait(r->cue_socket, r->cue_topic, NULL, clock_now_ns() + CUES_WAIT_NS);
	return e == -EINTR ? e : 0;
}

static int send_cue(struct replay *r, const struct sim_packet *packet)
{
	struct wire_cue cue;
	if (!r->plan->cues || packet->part != 0 || !sim_cues_next(&r->cues, packet->recorded_bin, &cue))
		return 0;
	cue.source_id = r->cue_source_id;
	cue.seq = r->cue_seq++;
	cue.time_ns = packet->neural.begin_ns + r->faults.step_ns;
	size_t n = wire_pack_cue(&cue, r->buffer, WIRE_MAX_MESSAGE);
	int64_t due = due_ns(r, packet->neural.begin_ns);
	int e = sim_sender_wait(&r->sender, due);
	return e < 0 ? e : sim_sender_send(&r->cue_sender, r->buffer, n, due);
}

static int send_message(struct replay *r, enum sim_fault fault, size_t n, int64_t due, int64_t packet_wall_ns)
{
	if (fault == SIM_FAULT_LOSS)
		return 0;
	if (fault == SIM_FAULT_REORDER)
		return sim_sender_delay(&r->sender, r->buffer, n, due + packet_wall_ns + 1);
	if (fault == SIM_FAULT_LATE)
		return sim_sender_delay(&r->sender, r->buffer, n,
					due + (int64_t)(r->plan->faults.late_ms * 1e6));
	if (fault == SIM_FAULT_TRUNCATE)
		n = sim_faults_cut(&r->faults, n);
	int e = sim_sender_send(&r->sender, r->buffer, n, due);
	if (e == 0 && fault == SIM_FAULT_DUPLICATE)
		e = sim_sender_send(&r->sender, r->buffer, n, due);
	return e;
}

static int send_packet(struct replay *r, struct sim_packet *packet)
{
	struct wire_neural *m = &packet->neural;
	int64_t due = due_ns(r, m->end_ns), packet_wall_ns = due - due_ns(r, m->begin_ns);
	bool restart = false;
	enum sim_fault fault = sim_faults_next(&r->faults, packet->bin, &restart);
	if (restart) {
		r->report->source_id = draw_source_id();
		r->seq = 0;
	}
	int e = sim_sender_wait(&r->sender, due);
	if (e < 0 || fault == SIM_FAULT_STALL)
		return e;
	m->source_id = r->report->source_id;
	m->seq = r->seq++;
	m->begin_ns += r->faults.step_ns;
	m->end_ns += r->faults.step_ns;
	int n_units = r->recording.n_units + (fault == SIM_FAULT_WRONG_UNITS);
	size_t n = wire_pack_neural(m, n_units, r->buffer, WIRE_MAX_MESSAGE);
	if (n == 0)
		return failure_set(r->failure, -EMSGSIZE, "bin %lld is too large for one message of %d bytes",
				   (long long)packet->recorded_bin, WIRE_MAX_MESSAGE);
	return send_message(r, fault, n, due, packet_wall_ns);
}

static void show_progress(struct replay *r, int64_t acquired_ns)
{
	int64_t now_ns = clock_now_ns(), begin_ns = sim_source_begin_ns(r->source);
	if (!r->plan->progress || now_ns - r->shown_ns < NS_PER_S / 2)
		return;
	r->shown_ns = now_ns;
	int64_t all_ns = sim_source_n_bins(r->source) * r->recording.bin_us * NS_PER_US;
	fprintf(stderr, "\r%.1f of %.1f s, %llu packets ", (double)(acquired_ns - begin_ns) / 1e9,
		(double)all_ns / 1e9, (unsigned long long)r->sender.sent);
}

static int send_all(struct replay *r)
{
	struct sim_packet packet;
	int e;
	while ((e = sim_source_next(r->source, &packet)) > 0) {
		int64_t end_ns = packet.neural.end_ns;
		r->report->bins = packet.bin + 1;
		e = send_cue(r, &packet);
		if (e == 0)
			e = send_packet(r, &packet);
		if (e < 0)
			return e;
		r->report->packets++;
		show_progress(r, end_ns);
	}
	return e < 0 ? failure_set(r->failure, e, "%s: %s", r->plan->file, strerror(-e))
		     : sim_sender_flush(&r->sender);
}

static int run(struct replay *r)
{
	int e = wait_for_subscriber(r);
	if (e < 0)
		return e;
	r->start_ns = clock_now_ns();
	e = send_all(r);
	r->report->seconds = (double)(clock_now_ns() - r->start_ns) / 1e9;
	if (r->plan->progress)
		fprintf(stderr, "\r%40s\r", "");
	if (e == 0)
		sim_wait_until(clock_now_ns() + (int64_t)(r->plan->linger_s * 1e9));
	return e;
}

static void fill_report(struct replay *r)
{
	struct sim_replay_report *report = r->report;
	report->n_units = r->recording.n_units;
	report->sent = r->sender.sent;
	report->cues = r->cue_sender.sent;
	report->lateness = r->sender.lateness;
	report->restarts = r->faults.restarts;
	report->clock_steps = r->faults.clock_steps;
	memcpy(report->faults, r->faults.counted, sizeof(report->faults));
}

static void finish(struct replay *r, int error)
{
	int linger_ms = error < 0 ? 0 : LINGER_MS;
	sim_sender_finish(&r->sender);
	sim_sender_finish(&r->cue_sender);
	sim_socket_close(r->cue_socket, linger_ms);
	sim_socket_close(r->socket, linger_ms);
	if (r->context)
		zmq_ctx_term(r->context);
	sim_source_destroy(r->source);
	recording_close(&r->recording);
	free(r->buffer);
}

int sim_replay(const struct sim_replay_plan *plan, struct sim_replay_report *ret, struct failure *f)
{
	*ret = (struct sim_replay_report){.source_id = draw_source_id()};
	struct replay r = {.plan = plan, .report = ret, .failure = f, .cue_source_id = draw_source_id()};
	r.rate = plan->speed * (1.0 + plan->drift_ppm * 1e-6);
	sim_faults_init(&r.faults, &plan->faults, plan->seed);
	sim_wait_init();
	int e = open_source(&r);
	if (e == 0)
		e = open_sockets(&r);
	if (e == 0)
		e = run(&r);
	fill_report(&r);
	finish(&r, e);
	ret->interrupted = e == -EINTR;
	if (e < 0 && e != -EINTR && !f->text[0])
		failure_set(f, e, "%s: %s", plan->to, strerror(-e));
	return e == -EINTR ? 0 : e;
}
