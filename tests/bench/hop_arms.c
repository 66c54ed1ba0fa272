#include "hop_arms.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "link.h"
#include "model.h"
#include "wire.h"

struct arm {
	const char *name;
	bool (*send)(struct arm *a, const struct spike_bin *bin);
	bool (*receive)(struct arm *a, int64_t *ret_acquired_ns);
	char folder[128];
	pid_t child;
	int fd;                      /* unix */
	void *context, *out, *in;    /* zmq, bcid: XPUB and SUB */
	int64_t bin_ns;              /* bcid */
	uint64_t seq;
	struct wire_arena *arena;
	uint8_t body[8192];
};

static struct arm *arm_create(const char *name, const char *folder)
{
	struct arm *a = calloc(1, sizeof(*a));
	if (!a)
		abort();
	a->name = name;
	a->fd = -1;
	snprintf(a->folder, sizeof(a->folder), "%s", folder);
	return a;
}

const char *arm_name(const struct arm *a)
{
	return a->name;
}

pid_t arm_child(const struct arm *a)
{
	return a->child;
}

bool arm_send(struct arm *a, const struct spike_bin *bin)
{
	return a->send(a, bin);
}

bool arm_receive(struct arm *a, int64_t *ret_acquired_ns)
{
	return a->receive(a, ret_acquired_ns);
}

void arm_destroy(struct arm *a)
{
	if (!a)
		return;
	if (a->child > 0) {
		kill(a->child, SIGTERM);
		waitpid(a->child, NULL, 0);
	}
	if (a->fd >= 0)
		close(a->fd);
	if (a->in)
		zmq_close(a->in);
	if (a->out)
		zmq_close(a->out);
	if (a->context)
		zmq_ctx_term(a->context);
	wire_arena_destroy(a->arena);
	free(a);
}

/* ---- the step, in a child ---- */

/* What an echo answers. */
struct answer {
	int64_t acquired_ns;
	struct estimate estimate;
};

static struct answer answer_to(struct pipeline *p, const struct spike_bin *bin, struct result *scratch)
{
	pipeline_step(p, bin, scratch);
	return (struct answer){ bin->acquired_ns, scratch->estimate };
}

static struct pipeline *load(const char *folder, int bin_us)
{
	char decoder[160];
	struct failure f;
	struct pipeline *p;
	struct hash hash;
	snprintf(decoder, sizeof(decoder), "%s/decoder-%d.safetensors", folder, bin_us);
	if (model_load_pipeline("mean", decoder, HOP_UNITS, bin_us, CONTEXT_STREAM, &f, &p, &hash) < 0) {
		fprintf(stderr, "%s\n", f.text);
		_exit(1);
	}
	return p;
}

void stay_on_cpu(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set); /* with one processor there is no choice */
}

/* In the child: 0; it dies with its parent. */
static pid_t start_child(void)
{
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		stay_on_cpu(1);
	}
	return child;
}

/* ---- unix ---- */

static bool read_all(int fd, void *to, size_t n)
{
	char *at = to;
	while (n > 0) {
		ssize_t got = read(fd, at, n);
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

static void unix_echo(int fd, struct pipeline *p)
{
	struct spike_bin *bin = calloc(1, spike_bin_size(HOP_UNITS));
	struct result *result = calloc(1, result_size(HOP_UNITS));
	while (bin && result && read_all(fd, bin, spike_bin_size(HOP_UNITS))) {
		struct answer answer = answer_to(p, bin, result);
		if (write(fd, &answer, sizeof(answer)) < 0)
			break;
	}
	_exit(0);
}

static bool unix_send(struct arm *a, const struct spike_bin *bin)
{
	return write(a->fd, bin, spike_bin_size(HOP_UNITS)) == (ssize_t)spike_bin_size(HOP_UNITS);
}

static bool unix_receive(struct arm *a, int64_t *ret_acquired_ns)
{
	struct answer answer;
	if (!read_all(a->fd, &answer, sizeof(answer)))
		return false;
	*ret_acquired_ns = answer.acquired_ns;
	return true;
}

struct arm *arm_unix(const char *folder, int bin_us)
{
	struct arm *a = arm_create("unix echo", folder);
	int pair[2];
	struct timeval wait = { 0, HOP_WAIT_MS * 1000 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	a->send = unix_send;
	a->receive = unix_receive;
	a->child = start_child();
	if (a->child == 0) {
		close(pair[0]);
		unix_echo(pair[1], load(folder, bin_us));
	}
	close(pair[1]);
	a->fd = pair[0];
	return a;
}

/* ---- zmq ---- */

static void name_endpoint(const struct arm *a, const char *what, char ret[static 256])
{
	snprintf(ret, 256, "ipc://%s/%s-%s", a->folder, a->name, what);
}

static void zmq_echo(const char *from, const char *to, struct pipeline *p)
{
	void *context = zmq_ctx_new();
	void *in = zmq_socket(context, ZMQ_SUB), *out = zmq_socket(context, ZMQ_PUB);
	struct spike_bin *bin = calloc(1, spike_bin_size(HOP_UNITS));
	struct result *result = calloc(1, result_size(HOP_UNITS));
	zmq_setsockopt(in, ZMQ_SUBSCRIBE, "", 0);
	if (zmq_bind(out, to) < 0 || zmq_connect(in, from) < 0)
		_exit(1);
	while (zmq_recv(in, bin, spike_bin_size(HOP_UNITS), 0) == (int)spike_bin_size(HOP_UNITS)) {
		struct answer answer = answer_to(p, bin, result);
		zmq_send(out, &answer, sizeof(answer), 0);
	}
	_exit(0);
}

/* Our end: bound to `to`, where the first subscriber is waited for, and subscribed to `from`. */
static bool join(struct arm *a, const char *to, const char *from, const char *topic)
{
	int wait = HOP_WAIT_MS, none = 0;
	char byte;
	a->context = zmq_ctx_new();
	a->out = zmq_socket(a->context, ZMQ_XPUB);
	a->in = zmq_socket(a->context, ZMQ_SUB);
	zmq_setsockopt(a->out, ZMQ_LINGER, &none, sizeof(none));
	zmq_setsockopt(a->in, ZMQ_LINGER, &none, sizeof(none));
	zmq_setsockopt(a->in, ZMQ_RCVTIMEO, &wait, sizeof(wait));
	zmq_setsockopt(a->in, ZMQ_SUBSCRIBE, topic, strlen(topic));
	wait = 50 * HOP_WAIT_MS;
	zmq_setsockopt(a->out, ZMQ_RCVTIMEO, &wait, sizeof(wait));
	return zmq_bind(a->out, to) == 0 && zmq_connect(a->in, from) == 0 &&
	       zmq_recv(a->out, &byte, 1, 0) >= 0;
}

static bool zmq_send_bin(struct arm *a, const struct spike_bin *bin)
{
	return zmq_send(a->out, bin, spike_bin_size(HOP_UNITS), 0) >= 0;
}

static bool zmq_receive(struct arm *a, int64_t *ret_acquired_ns)
{
	struct answer answer;
	if (zmq_recv(a->in, &answer, sizeof(answer), 0) != (int)sizeof(answer))
		return false;
	*ret_acquired_ns = answer.acquired_ns;
	return true;
}

struct arm *arm_zmq(const char *folder, int bin_us)
{
	struct arm *a = arm_create("zmq echo", folder);
	char there[256], back[256];
	name_endpoint(a, "there", there);
	name_endpoint(a, "back", back);
	a->send = zmq_send_bin;
	a->receive = zmq_receive;
	a->child = start_child();
	if (a->child == 0)
		zmq_echo(there, back, load(folder, bin_us));
	if (join(a, there, back, ""))
		return a;
	fprintf(stderr, "zmq echo does not come up\n");
	arm_destroy(a);
	return NULL;
}

/* ---- bcid ---- */

/* Real time as a rig would have it: the worker is awake a millisecond before its bin, everything under
 * SCHED_FIFO (where it is granted). A thousand bins a second leave no time to sleep in between, and none to
 * wake up early. */
static void write_real_time(FILE *f, int bin_us)
{
	int prewarm_us = bin_us > 2000 ? 1000 : 0;
	fprintf(f, "[worker w1]\nfifo = 50\nwait = spin\nprewarm_us = %d\n", prewarm_us);
	fprintf(f, "[daemon]\nfifo = 60\nlock_memory = yes\n");
}

static void write_config(const struct arm *a, int bin_us, bool real_time, const char *path)
{
	FILE *f = fopen(path, "we");
	if (!f)
		abort();
	if (real_time)
		write_real_time(f, bin_us);
	fprintf(f, "%srig = bench\nlog = warning\nstate_dir = %s/%s-state\n", real_time ? "" : "[daemon]\n",
		a->folder, a->name);
	fprintf(f, "control = ipc://%s/%s-control\n", a->folder, a->name);
	fprintf(f, "monitor = ipc://%s/%s-monitor\n", a->folder, a->name);
	fprintf(f, "intents = ipc://%s/%s-back\n", a->folder, a->name);
	fprintf(f, "[stream m1]\nneural = ipc://%s/%s-there\n", a->folder, a->name);
	fprintf(f, "n_units = %d\nbin_us = %d\nforecaster = mean\n", HOP_UNITS, bin_us);
	fprintf(f, "grace_ms = 200\ndeadline_ms = 400\n"); /* a late rig is not what is measured */
	fprintf(f, "decoder = %s/decoder-%d.safetensors\n", a->folder, bin_us);
	fclose(f);
}

static bool bcid_receive(struct arm *a, int64_t *ret_acquired_ns)
{
	struct wire_intent_read intent;
	char topic[64];
	int n = zmq_recv(a->in, topic, sizeof(topic), 0);
	n = n < 0 ? n : zmq_recv(a->in, a->body, sizeof(a->body), 0);
	if (n < 0 || wire_unpack_intent(a->arena, a->body, (size_t)n, &intent) != WIRE_OK)
		return false;
	*ret_acquired_ns = intent.acquired_ns;
	return true;
}

static bool bcid_send(struct arm *a, const struct spike_bin *bin)
{
	uint32_t counts[HOP_UNITS];
	uint8_t body[4 * HOP_UNITS + 64];
	for (int u = 0; u < HOP_UNITS; u++)
		counts[u] = bin->counts[u];
	struct wire_neural m = {
		.kind = WIRE_COUNTS, .source_id = 1, .seq = a->seq++,
		.begin_ns = bin->acquired_ns - a->bin_ns, .end_ns = bin->acquired_ns, .counts = counts,
	};
	size_t n = wire_pack_neural(&m, HOP_UNITS, body, sizeof(body));
	return link_send(a->out, "neural/m1", body, n) == 0;
}

struct arm *arm_bcid(const char *folder, const char *build, int bin_us, bool real_time)
{
	struct arm *a = arm_create(real_time ? "bcid-rt" : "bcid", folder);
	char there[256], back[256], config[160], program[256];
	snprintf(config, sizeof(config), "%s/%s.conf", folder, a->name);
	snprintf(program, sizeof(program), "%s/daemon/bcid", build);
	name_endpoint(a, "there", there);
	name_endpoint(a, "back", back);
	write_config(a, bin_us, real_time, config);
	a->send = bcid_send;
	a->receive = bcid_receive;
	a->bin_ns = (int64_t)bin_us * 1000;
	if (wire_arena_create(1 << 16, &a->arena) < 0)
		abort();
	a->child = start_child();
	if (a->child == 0) {
		execl(program, "bcid", "--config", config, (char *)NULL);
		perror(program);
		_exit(1);
	}
	if (join(a, there, back, "intent/m1"))
		return a;
	fprintf(stderr, "bcid does not come up\n");
	arm_destroy(a);
	return NULL;
}
