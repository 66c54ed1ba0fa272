#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "recording.h"
#include "sim_cues.h"
#include "sim_generate.h"
#include "sim_replay.h"
#include "wire.h"

#define UNITS 5
#define BINS 40
#define MAX_HEARD 200

static char folder[] = "/tmp/bcid-test-XXXXXX", file[64], endpoint[64], cue_endpoint[64];

/* What a subscriber gets, in its own thread, until it has heard `expected` messages. */
static struct heard {
	int expected, n, refused, cues;
	struct wire_neural message[MAX_HEARD];
	struct wire_cue cue[MAX_HEARD];
} heard;

static void enter(void)
{
	struct sim_recipe recipe = {UNITS, BINS * 0.05, 1, 50, false, file};
	cr_assert_not_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/recording", folder);
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/neural", folder);
	snprintf(cue_endpoint, sizeof(cue_endpoint), "ipc://%s/cues", folder);
	cr_assert(eq(int, sim_generate(&recipe, NULL), 0));
}

static void leave(void)
{
	unlink(file);
	unlink(endpoint + 6);
	unlink(cue_endpoint + 6);
	rmdir(folder);
}

TestSuite(sim_replay, .init = enter, .fini = leave, .timeout = 20);

static void take(struct wire_arena *arena, const char *topic, const void *bytes, int n)
{
	if (strcmp(topic, "cue/m1") == 0) {
		heard.refused +=
			wire_unpack_cue(arena, bytes, (size_t)n, &heard.cue[heard.cues++]) != WIRE_OK;
		return;
	}
	struct wire_neural *m = &heard.message[heard.n];
	if (strcmp(topic, "neural/m1") != 0 ||
	    wire_unpack_neural(arena, bytes, (size_t)n, UNITS, m) != WIRE_OK)
		heard.refused++;
	else
		heard.n++;
}

static void *listen_in(void *arg)
{
	static char bytes[WIRE_MAX_MESSAGE];
	struct wire_arena *arena;
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_SUB);
	wire_arena_create(WIRE_MAX_MESSAGE, &arena);
	zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
	zmq_connect(socket, endpoint);
	zmq_connect(socket, cue_endpoint);
	while (heard.n + heard.cues + heard.refused < heard.expected) {
		char topic[64];
		int n = zmq_recv(socket, topic, sizeof(topic) - 1, 0);
		topic[n < 0 ? 0 : n] = 0;
		n = zmq_recv(socket, bytes, sizeof(bytes), 0);
		take(arena, topic, bytes, n);
	}
	zmq_close(socket);
	zmq_ctx_term(context);
	wire_arena_destroy(arena);
	return arg;
}

static struct sim_replay_plan plan(void)
{
	struct sim_replay_plan p = {.file = file, .to = endpoint, .stream = "m1", .from = "", .until = ""};
	p.kind = WIRE_COUNTS;
	p.label = "target";
	p.speed = 2000;
	p.repeats = 1;
	p.faults =
		(struct sim_fault_plan){.loss_burst = 1, .restart_bin = -1, .stall_bin = -1, .step_bin = -1};
	return p;
}

static struct sim_replay_report replay(const struct sim_replay_plan *p, int expected)
{
	struct sim_replay_report report;
	struct failure f = {0};
	pthread_t thread;
	heard.expected = expected;
	cr_assert(eq(int, pthread_create(&thread, NULL, listen_in, NULL), 0));
	cr_assert(eq(int, sim_replay(p, &report, &f), 0), "%s", f.text);
	pthread_join(thread, NULL);
	return report;
}

Test(sim_replay, sends_a_packet_a_bin_from_the_first_on)
{
	struct sim_replay_plan p = plan();
	struct sim_replay_report r = replay(&p, BINS);
	cr_expect(eq(u64, r.sent, BINS));
	cr_expect(eq(u64, r.lateness.count, BINS));
	cr_assert(eq(int, heard.n, BINS));
	for (int i = 0; i < BINS; i++) {
		cr_assert(eq(u64, heard.message[i].seq, (uint64_t)i));
		cr_assert(eq(i64, heard.message[i].begin_ns, i * INT64_C(50000000)));
		cr_assert(eq(u64, heard.message[i].source_id, r.source_id));
	}
}

Test(sim_replay, takes_its_time)
{
	struct sim_replay_plan p = plan();
	p.speed = 20;
	struct sim_replay_report r = replay(&p, BINS);
	cr_expect(ge(dbl, r.seconds, BINS * 0.05 / 20));
	cr_expect(ge(i64, r.lateness.min_ns, 0), "nothing leaves before its time");
}

Test(sim_replay, sends_a_reordered_packet_after_the_next)
{
	struct sim_replay_plan p = plan();
	p.faults.reorder = 0.2;
	struct sim_replay_report r = replay(&p, BINS);
	int behind = 0;
	for (int i = 1; i < BINS; i++) {
		int64_t step = (int64_t)(heard.message[i].seq - heard.message[i - 1].seq);
		behind += step < 0;
		cr_expect(step == 1 || step == -1 || step == 2 || step == 3, "packet %d: step %d", i,
			  (int)step);
	}
	cr_expect(gt(int, behind, 0));
	cr_expect(le(u64, (uint64_t)behind, r.faults[SIM_FAULT_REORDER]));
}

Test(sim_replay, restarts_steps_and_stalls_where_it_is_told)
{
	struct sim_replay_plan p = plan();
	p.faults.restart_bin = 10;
	p.faults.step_bin = 20;
	p.faults.step_ms = 1000;
	p.faults.stall_bin = 30;
	p.faults.stall_bins = 4;
	replay(&p, BINS - 4);
	cr_expect(ne(u64, heard.message[9].source_id, heard.message[10].source_id));
	cr_expect(eq(u64, heard.message[10].seq, 0));
	cr_expect(eq(i64, heard.message[20].begin_ns, heard.message[19].end_ns + 1000000000));
	cr_expect(eq(i64, heard.message[30].begin_ns, heard.message[29].end_ns + 4 * INT64_C(50000000)));
	cr_expect(eq(u64, heard.message[30].seq, heard.message[29].seq + 1),
		  "a rig that stood still lost none");
}

Test(sim_replay, leaves_holes_and_sends_what_cannot_be_read)
{
	struct sim_replay_plan p = plan();
	struct sim_faults same;
	enum sim_fault fate[BINS];
	bool restart;
	p.faults.loss = 0.2;
	p.faults.truncate = 0.2;
	p.faults.wrong_units = 0.2;
	p.seed = 5;
	sim_faults_init(&same, &p.faults, p.seed);
	for (int i = 0; i < BINS; i++)
		fate[i] = sim_faults_next(&same, i, &restart);
	uint64_t lost = same.counted[SIM_FAULT_LOSS], bad = same.counted[SIM_FAULT_TRUNCATE];
	bad += same.counted[SIM_FAULT_WRONG_UNITS];
	cr_assert(all(gt(u64, lost, 0), gt(u64, bad, 0)));

	struct sim_replay_report r = replay(&p, BINS - (int)lost);
	cr_expect(eq(u64, r.packets, BINS));
	cr_expect(eq(u64, r.sent, BINS - lost));
	cr_expect(eq(u64, (uint64_t)heard.refused, bad));
	for (int i = 0, n = 0; i < BINS; i++)
		if (fate[i] == SIM_FAULT_NONE)
			cr_assert(eq(u64, heard.message[n++].seq, (uint64_t)i), "numbers go on in holes");
}

/* What the file's labels say. */
static int count_cues(void)
{
	struct recording r;
	struct sim_cues c;
	struct wire_cue cue;
	int n = 0;
	cr_assert(eq(int, recording_open(file, NULL, &r), 0));
	cr_assert(eq(int, sim_cues_init(&c, &r, "target", NULL), 0));
	for (int64_t bin = 0; bin < r.n_bins; bin++)
		n += sim_cues_next(&c, bin, &cue);
	recording_close(&r);
	return n;
}

Test(sim_replay, sends_cues_beside_the_packets)
{
	struct sim_replay_plan p = plan();
	int n_cues = count_cues();
	p.cues = cue_endpoint;
	struct sim_replay_report r = replay(&p, BINS + n_cues);
	cr_assert(gt(int, n_cues, 2));
	cr_assert(eq(int, heard.cues, n_cues));
	cr_expect(eq(u64, r.cues, (uint64_t)n_cues));
	cr_expect(eq(u32, heard.cue[0].trial, 1));
	for (int i = 0; i < heard.cues; i++)
		cr_expect(eq(u64, heard.cue[i].seq, (uint64_t)i));
}

Test(sim_replay, says_why_it_cannot_start)
{
	struct sim_replay_plan p = plan();
	struct sim_replay_report r;
	struct failure f = {0};
	p.wait_s = 0.01;
	cr_expect(eq(int, sim_replay(&p, &r, &f), -ETIMEDOUT));
	cr_expect(ne(ptr, strstr(f.text, "neural/m1"), NULL), "%s", f.text);

	void *context = zmq_ctx_new(), *other = zmq_socket(context, ZMQ_PUB);
	cr_assert(eq(int, zmq_bind(other, endpoint), 0));
	cr_expect(eq(int, sim_replay(&p, &r, &f), -EADDRINUSE), "libzmq alone would steal the path");
	zmq_close(other);
	zmq_ctx_term(context);

	p.file = "/nowhere";
	cr_expect(eq(int, sim_replay(&p, &r, &f), -ENOENT));
}
