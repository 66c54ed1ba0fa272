/* demo_watch: the eyes of client/demo. It listens to the intents of a replay, shows a live line, and tells at
 * the end how it went. It is no effector: it acts on nothing and sends no heartbeat. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <zmq.h>

#include "arguments.h"
#include "clock.h"
#include "ctl_request.h"
#include "demo_report.h"
#include "demo_run.h"
#include "link.h"
#include "model.h"

#define FIRST_INTENT_S 30
#define NEXT_INTENT_S 5
#define LINE_NS (100 * NS_PER_MS)
#define SCORE_NS NS_PER_S
#define STATUS_MS 2000

static const char *intents, *control, *stream = "m1", *recording_path, *decoder_path, *ready, *tables,
				      *estimates;
static int64_t from, until, warmup = 10;
static double speed = 1;
static bool json, facts;

static const struct argument table[] = {
	{"recording", ARGUMENT_TEXT, &recording_path, "FILE", "what is replayed", true},
	{"facts", ARGUMENT_FLAG, &facts, NULL, "only tell about the recording, as assignments for a shell"},
	{"decoder", ARGUMENT_TEXT, &decoder_path, "FILE", "what bcid decodes with"},
	{"intents", ARGUMENT_TEXT, &intents, "ENDPOINT", "where bcid publishes intents"},
	{"control", ARGUMENT_TEXT, &control, "ENDPOINT", "where bcid answers"},
	{"stream", ARGUMENT_TEXT, &stream, "NAME", "whose intents (m1)"},
	{"from", ARGUMENT_INT, &from, "BIN", "first bin of the replay", false, 0, 1e12},
	{"until", ARGUMENT_INT, &until, "BIN", "the bin after its last", false, 0, 1e12},
	{"warmup", ARGUMENT_INT, &warmup, "N", "bins at its begin that are not scored (10)", false, 0, 1e6},
	{"speed", ARGUMENT_NUMBER, &speed, "X", "of the replay (1)", false, 0.001, 10000},
	{"ready", ARGUMENT_TEXT, &ready, "FILE", "made once intents can come in"},
	{"tables", ARGUMENT_TEXT, &tables, "FOLDER", "tables for gnuplot go there"},
	{"estimates", ARGUMENT_TEXT, &estimates, "FILE", "every estimate, a safetensors file"},
	{"json", ARGUMENT_FLAG, &json, NULL, "one object, the last line on stdout, and no live line"},
	{NULL},
};

struct watch {
	struct recording recording;
	struct decoder *decoder;
	struct demo_run *run;
	void *context, *socket, *monitor;
	struct wire_arena *arena;
	int64_t heard_ns; /* the newest intent, or the start */
	int64_t shown_ns, scored_ns;
	double r2; /* so far; NAN before there is any */
	int shown; /* columns of the live line */
};

static volatile sig_atomic_t stopping;

static void on_signal(int signal_number)
{
	stopping = signal_number;
}

/* ---- the live line ---- */

static void show(struct watch *w, const char *line)
{
	struct winsize size = {0};
	int n = (int)strlen(line), columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
	columns = columns > 1 ? columns - 1 : 200;
	n = n > columns ? columns : n;
	printf("\r%.*s%*s\r", n, line, w->shown > n ? w->shown - n : 0, "");
	fflush(stdout);
	w->shown = n;
}

static const char *door(const struct wire_intent_read *i, char *text, size_t size)
{
	if (i->verdict == GATE_PASS)
		return "armed";
	if (i->verdict == GATE_CLAMP)
		return "slowed";
	bool known = i->reason >= 0 && i->reason < N_REASONS;
	snprintf(text, size, "held: %s", known ? gate_reason_text((enum gate_reason)i->reason) : "?");
	return text;
}

/* "hand_vx_m_per_s" → "hand_vx": the unit is told by itself. */
static int short_length(const char *name)
{
	const char *per = strstr(name, "_per_");
	for (const char *at = per; at && at > name; at--)
		if (at[-1] == '_')
			return (int)(at - 1 - name);
	return (int)strlen(name);
}

static int append_values(const struct demo_run *r, char *to, size_t size)
{
	int n = 0;
	for (int i = 0; i < r->n_scored && i < 2 && n < (int)size; i++) {
		const struct output *o = &r->outputs[r->scored[i]];
		double mm = o->to_mm > 0 ? o->to_mm : 1, value = r->newest.value[r->scored[i]] * mm;
		const char *unit = o->to_mm <= 0 ? "" : o->kind == OUTPUT_VELOCITY ? " mm/s" : " mm";
		n += snprintf(to + n, size - (size_t)n, "  %.*s %+5.0f%s", short_length(o->name), o->name,
			      value, unit);
	}
	return n;
}

static void live_line(struct watch *w, int64_t now_ns)
{
	const struct demo_run *r = w->run;
	char line[400], text[64];
	if (json || !isatty(STDOUT_FILENO) || r->intents == 0 || now_ns - w->shown_ns < LINE_NS)
		return;
	w->shown_ns = now_ns;
	double rows_s = w->recording.bin_us / 1e6;
	if (now_ns - w->scored_ns > SCORE_NS) {
		double r2[MAX_OUTPUTS], sum = 0;
		int64_t rows;
		w->scored_ns = now_ns;
		if (demo_run_r2(r, r2, &rows) == 0) {
			for (int i = 0; i < r->n_scored; i++)
				sum += r2[i];
			w->r2 = sum / r->n_scored;
		}
	}
	const struct histogram *h = &r->latency[DEMO_EDGE_TO_SENT];
	int n = snprintf(line, sizeof(line),
			 "%6.1f of %.1f s  %-8s  held %lld  R\u00b2 %5.2f  edge to sent %.2f ms (p99 %.2f)",
			 (double)r->intents * rows_s, (double)(until - from) * rows_s,
			 door(&r->newest, text, sizeof(text)), (long long)r->holds, w->r2,
			 (double)histogram_quantile(h, 0.5) / 1e6, (double)histogram_quantile(h, 0.99) / 1e6);
	append_values(r, line + n, sizeof(line) - (size_t)n);
	show(w, line);
}

/* ---- listening ---- */

/* ZeroMQ tells when the connection stands; before that, intents are lost. The monitor comes before the
 * connect, or it would miss it. */
static int open_socket(struct watch *w, struct failure *f)
{
	int64_t largest = WIRE_MAX_MESSAGE;
	int linger_ms = 0;
	w->context = zmq_ctx_new();
	w->socket = zmq_socket(w->context, ZMQ_SUB);
	w->monitor = zmq_socket(w->context, ZMQ_PAIR);
	if (!w->socket || !w->monitor)
		return failure_set(f, -ENOMEM, "sockets: %s", zmq_strerror(errno));
	zmq_setsockopt(w->socket, ZMQ_MAXMSGSIZE, &largest, sizeof(largest));
	zmq_setsockopt(w->socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
	if (zmq_socket_monitor(w->socket, "inproc://monitor", ZMQ_EVENT_HANDSHAKE_SUCCEEDED) < 0 ||
	    zmq_connect(w->monitor, "inproc://monitor") < 0 || zmq_connect(w->socket, intents) < 0)
		return failure_set(f, -errno, "%s: %s", intents, zmq_strerror(errno));
	return link_subscribe(w->socket, "intent", stream);
}

static int say_ready(struct watch *w, struct failure *f)
{
	char event[64];
	while (zmq_recv(w->monitor, event, sizeof(event), ZMQ_DONTWAIT) >= 0)
		;
	FILE *file = ready ? fopen(ready, "we") : NULL;
	if (ready && !file)
		return failure_set(f, -errno, "%s: %s", ready, strerror(errno));
	if (file)
		fclose(file);
	return 0;
}

static void drain(struct watch *w)
{
	static struct link_message m;
	static struct wire_intent_read intent;
	int r;
	while (!w->run->ended && (r = link_receive(w->socket, &m)) >= 0) {
		if (r == 0 || !link_topic_is(&m, "intent", stream) ||
		    wire_unpack_intent(w->arena, m.body, m.body_size, &intent) != WIRE_OK)
			continue;
		w->heard_ns = clock_now_ns();
		demo_run_take(w->run, &intent);
	}
}

static int check_silence(const struct watch *w, int64_t now_ns, struct failure *f)
{
	int patience_s = w->run->intents ? NEXT_INTENT_S : FIRST_INTENT_S;
	if (now_ns - w->heard_ns < patience_s * NS_PER_S)
		return 0;
	return failure_set(f, -ETIMEDOUT, "no intent for %d s, %lld of %lld came", patience_s,
			   (long long)w->run->intents, (long long)(until - from));
}

static int listen_to_intents(struct watch *w, struct failure *f)
{
	zmq_pollitem_t items[] = {{.socket = w->socket, .events = ZMQ_POLLIN},
				  {.socket = w->monitor, .events = ZMQ_POLLIN}};
	int r = 0;
	w->heard_ns = clock_now_ns();
	while (r == 0 && !w->run->ended) {
		zmq_poll(items, 2, 100);
		if (stopping) {
			printf("%s", w->shown ? "\n" : "");
			return -EINTR;
		}
		if (items[1].revents)
			r = say_ready(w, f);
		drain(w);
		int64_t now_ns = clock_now_ns();
		live_line(w, now_ns);
		if (r == 0)
			r = check_silence(w, now_ns, f);
	}
	if (w->shown)
		show(w, "");
	return r;
}

/* ---- the end ---- */

/* NULL where bcid does not answer: then the summary goes without. */
static Bcid__V1__Reply *ask_status(void)
{
	Bcid__V1__StatusRequest s = BCID__V1__STATUS_REQUEST__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	Bcid__V1__Reply *reply = NULL;
	struct ctl_request *c;
	if (ctl_request_open(control, STATUS_MS, NULL, &c) < 0)
		return NULL;
	q.what_case = BCID__V1__REQUEST__WHAT_STATUS;
	q.status = &s;
	if (ctl_request_ask(c, &q, NULL, &reply) < 0)
		reply = NULL;
	ctl_request_close(c);
	return reply;
}

static const Bcid__V1__StreamStatus *of_stream(const Bcid__V1__Reply *reply)
{
	for (size_t i = 0; reply && reply->status && i < reply->status->n_streams; i++)
		if (strcmp(reply->status->streams[i]->name, stream) == 0)
			return reply->status->streams[i];
	return NULL;
}

static int tell(struct watch *w, struct failure *f)
{
	Bcid__V1__Reply *reply = ask_status();
	int r = tables ? demo_report_tables(w->run, tables, f) : 0;
	if (r == 0 && estimates)
		r = demo_report_estimates(w->run, estimates, f);
	if (r == 0)
		r = demo_report_print(w->run, of_stream(reply), speed, json, f);
	if (reply)
		bcid__v1__reply__free_unpacked(reply, NULL);
	return r;
}

/* ---- */

static int watch_open(struct watch *w, struct failure *f)
{
	struct demo_stretch stretch = {from, until, warmup};
	struct hash hash;
	if (!decoder_path || !intents || !control)
		return failure_set(f, -EINVAL, "--decoder, --intents and --control are needed (see --help)");
	int r = model_load_decoder(decoder_path, w->recording.n_units, w->recording.bin_us, f, &w->decoder,
				   &hash);
	if (r == 0)
		r = demo_run_create(&w->recording, w->decoder, &stretch, f, &w->run);
	if (r == 0)
		r = wire_arena_create(WIRE_MAX_MESSAGE, &w->arena);
	return r == 0 ? open_socket(w, f) : r;
}

static void watch_close(struct watch *w)
{
	if (w->monitor)
		zmq_close(w->monitor);
	if (w->socket)
		zmq_close(w->socket);
	if (w->context)
		zmq_ctx_term(w->context);
	wire_arena_destroy(w->arena);
	demo_run_destroy(w->run);
	decoder_destroy(w->decoder);
	recording_close(&w->recording);
}

static int tell_facts(const struct recording *r, struct failure *f)
{
	int64_t first = 0;
	int e = recording_position(r, "0.85", 0, f, &first);
	if (e == 0)
		printf("n_units=%d n_bins=%lld bin_us=%d first=%lld n_kinematics=%d\n", r->n_units,
		       (long long)r->n_bins, r->bin_us, (long long)first, r->n_kinematics);
	return e;
}

static int run(struct failure *f)
{
	static struct watch w = {.r2 = NAN};
	int r = recording_open(recording_path, f, &w.recording);
	if (r < 0)
		return r;
	if (facts) {
		r = tell_facts(&w.recording, f);
	} else {
		r = watch_open(&w, f);
		if (r == 0)
			r = listen_to_intents(&w, f);
		if (r == 0)
			r = tell(&w, f);
	}
	watch_close(&w);
	return r;
}

int main(int argc, char **argv)
{
	static const struct arguments a = {
		"demo_watch",
		"Watches the intents of client/demo's replay and tells how it went.",
		NULL,
		0,
		0,
		table};
	struct failure f = {0};
	enum arguments_next next = ARGUMENTS_GO;
	int operand, r = arguments_parse(&a, argc, argv, &f, &next, &operand);
	if (r < 0) {
		fprintf(stderr, "demo_watch: %s\n", f.text);
		return 2;
	}
	if (next == ARGUMENTS_DONE)
		return 0;
	struct sigaction stop = {.sa_handler = on_signal};
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	r = run(&f);
	if (r == -EINTR)
		return 128 + stopping;
	if (r < 0)
		fprintf(stderr, "demo_watch: %s\n", f.text);
	return r < 0;
}
