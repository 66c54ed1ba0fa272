#include "ctl_watch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "bcid/v1/intent.pb-c.h"
#include "clock.h"
#include "ctl_message.h"
#include "ctl_target.h"
#include "link.h"

#define SILENCE_MS 2000

static volatile sig_atomic_t stopping;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* What the values are, again whenever the model changes. */
static void print_heading(const struct ctl_watch *w, const Bcid__V1__Intent *in)
{
	static uint8_t seen[32];
	static char seen_stream[STREAM_NAME_SIZE];
	static bool any;
	bool same = any && in->model_hash.len == sizeof(seen) &&
		    memcmp(seen, in->model_hash.data, sizeof(seen)) == 0 &&
		    (!*w->stream || strcmp(seen_stream, in->stream) == 0);
	if (same)
		return;
	any = true;
	if (in->model_hash.len == sizeof(seen))
		memcpy(seen, in->model_hash.data, sizeof(seen));
	snprintf(seen_stream, sizeof(seen_stream), "%s", in->stream);
	printf("# %s, the values are", in->stream);
	for (size_t i = 0; i < in->n_output; i++)
		printf("%s %s%s%s", i ? "," : "", in->output[i], i < in->n_unit && *in->unit[i] ? " " : "",
		       i < in->n_unit ? in->unit[i] : "");
	printf("%s\n%s%10s %8s %-7s %-12s %8s values\n", in->n_output ? "" : " none",
	       *w->stream ? "" : "# stream ", "bin", "age ms", "verdict", "reason", "sent us");
}

static void print_flags(const Bcid__V1__Intent *in)
{
	const struct {
		bool is;
		const char *word;
	} flags[] = { { in->gap, "gap" },
		      { in->concealed, "concealed" },
		      { in->late, "late" },
		      { in->calibrating, "calibrating" } };
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (flags[i].is)
			printf(" [%s]", flags[i].word);
}

static void print_line(const struct ctl_watch *w, const Bcid__V1__Intent *in, int64_t now_ns)
{
	char age[24] = "-", verdict[16];
	print_heading(w, in);
	if (ctl_target_same_host(w->endpoint))
		snprintf(age, sizeof(age), "%.2f", (double)(now_ns - in->edge_ns) / NS_PER_MS);
	snprintf(verdict, sizeof(verdict), "%s",
		 ctl_message_word(&bcid__v1__verdict__descriptor, (int)in->verdict));
	if (!*w->stream)
		printf("%-8s ", in->stream);
	printf("%10" PRIu64 " %8s %-7s %-12s %8" PRId64, in->bin, age, verdict,
	       in->reason ? ctl_message_word(&bcid__v1__reason__descriptor, (int)in->reason) : "",
	       (in->sent_ns - in->edge_ns) / NS_PER_US);
	for (size_t i = 0; i < in->n_value; i++)
		printf(" %9.4g", (double)in->value[i]);
	print_flags(in);
	putchar('\n');
	fflush(stdout);
}

static void print_json(const struct ctl_watch *w, const Bcid__V1__Intent *in, int64_t now_ns)
{
	json_t *object = ctl_message_json(&in->base);
	bool same_host = ctl_target_same_host(w->endpoint);
	json_object_set_new(object, "age_us",
			    same_host ? json_real((double)(now_ns - in->edge_ns) / NS_PER_US) : json_null());
	json_object_set_new(object, "edge_to_sent_us",
			    json_real((double)(in->sent_ns - in->edge_ns) / NS_PER_US));
	ctl_message_print(object);
}

/* True where it was an intent that is watched. */
static bool show(const struct ctl_watch *w, const struct link_message *m)
{
	Bcid__V1__Intent *in = bcid__v1__intent__unpack(NULL, m->body_size, m->body);
	if (!in)
		return false;
	bool wanted =
		link_topic_is(m, "intent", in->stream) && (!*w->stream || strcmp(w->stream, in->stream) == 0);
	if (wanted) {
		ctl_message_clean(&in->base);
		(w->json ? print_json : print_line)(w, in, clock_now_ns());
	}
	bcid__v1__intent__free_unpacked(in, NULL);
	return wanted;
}

/* Say once, in each silence, that nothing comes. */
static int silent(const struct ctl_watch *w, int64_t since_ns, bool *said, struct failure *f)
{
	int64_t ms = (clock_now_ns() - since_ns) / NS_PER_MS;
	if (w->timeout_ms > 0 && ms >= w->timeout_ms)
		return failure_set(f, -ETIMEDOUT, "no intent from %s in %d ms", w->endpoint, w->timeout_ms);
	if (!*said && ms >= SILENCE_MS)
		fprintf(stderr, "bcictl: no intent for %g s; waiting\n", SILENCE_MS / 1000.0);
	*said |= ms >= SILENCE_MS;
	return 0;
}

static int watch(const struct ctl_watch *w, void *socket, struct failure *f)
{
	static struct link_message m;
	zmq_pollitem_t item = { .socket = socket, .events = ZMQ_POLLIN };
	int64_t last_ns = clock_now_ns(), shown = 0;
	bool said = false;
	int r = 0;
	while (r == 0 && !stopping && (w->count == 0 || shown < w->count)) {
		if (zmq_poll(&item, 1, 100) < 0)
			continue; /* a signal */
		int got = link_receive(socket, &m);
		if (got == 1 && show(w, &m)) {
			shown++;
			last_ns = clock_now_ns();
			said = false;
		} else if (got == -EAGAIN) {
			r = silent(w, last_ns, &said, f);
		}
	}
	return r;
}

int ctl_watch_run(const struct ctl_watch *w, struct failure *f)
{
	struct sigaction stop = { .sa_handler = on_signal };
	void *context = zmq_ctx_new(), *socket = NULL;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);

	int r = link_open(context, ZMQ_SUB, w->endpoint, f, &socket);
	if (r == 0)
		r = link_subscribe(socket, "intent", w->stream);
	if (r == 0)
		r = watch(w, socket, f);
	if (socket)
		zmq_close(socket);
	zmq_ctx_term(context);
	return r;
}
