/* stim: pulses on the commands of a decoder with classes. The stimulation client that a lab starts from.
 *
 * It drives a simulated stimulator (stimulator.h) and nothing else. 200 times a second it does four things:
 *   1. drain the socket and keep the newest intent only;
 *   2. ask effector_rule whether that intent, and the command in it, may still be acted on;
 *   3. begin the train of the class that is commanded, once a command; end what runs where bcid holds or
 *      nothing is heard of it any more;
 *   4. tell bcid which bin it applied: without these heartbeats bcid does not stay armed.
 * bcid's side: `effector_kind = stimulation`, and the operator's enable, which runs out. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "arguments.h"
#include "clock.h"
#include "effector_rule.h"
#include "link.h"
#include "stimulator.h"
#include "wire.h"

static const char *intents_endpoint, *control_endpoint, *stream, *name = "stim", *log_path,
								 *backend = "simulated";
static struct argument_list classes;
static double seconds, rate_hz = 200;
static bool json, same_host;

static const struct argument table[] = {
	{ "intents", ARGUMENT_TEXT, &intents_endpoint, "ENDPOINT", "where bcid publishes intents", true },
	{ "control", ARGUMENT_TEXT, &control_endpoint, "ENDPOINT", "where bcid takes heartbeats", true },
	{ "stream", ARGUMENT_TEXT, &stream, "NAME", "whose intents", true },
	{ "class", ARGUMENT_LIST, &classes, "NAME[=PULSE]...",
	  "what to do on a command of class NAME: PULSE is UA[,US[,PULSES[,HZ]]], a biphasic train"
	  " (20,200,1,100)",
	  true },
	{ "name", ARGUMENT_TEXT, &name, "NAME", "in the heartbeats, as in `effectors =` (stim)" },
	{ "backend", ARGUMENT_TEXT, &backend, "B", "simulated, and no other" },
	{ "same-host", ARGUMENT_FLAG, &same_host, NULL, "bcid runs on this host: its clock is ours" },
	{ "rate", ARGUMENT_NUMBER, &rate_hz, "HZ", "looks a second (200)", false, 1, 1000 },
	{ "seconds", ARGUMENT_NUMBER, &seconds, "S", "end after this long (0: never)", false, 0, 1e9 },
	{ "log", ARGUMENT_TEXT, &log_path, "FILE", "a line a train, and a line where one is cut or refused" },
	{ "json", ARGUMENT_FLAG, &json, NULL, "a summary, the last line on stdout" },
	{ NULL },
};

/* What to do on a command. */
struct choice {
	char class[OUTPUT_NAME_SIZE]; /* as the decoder names its output: class_2 */
	struct stimulus train;
};

struct stim {
	void *context, *intents, *control;
	FILE *log;
	struct wire_arena *arena;
	struct effector_rule rule;
	struct wire_intent_read intent; /* the newest */
	struct choice choice[MAX_OUTPUTS];
	int n_choices;
	struct stimulator stimulator;
	uint64_t frames, words[4], taken, refused, heartbeats, commands, others;
};

static volatile sig_atomic_t stopping;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* ---- what is asked for ---- */

/* "2", "class_2" or "2=50,200,10,100" */
static int add_choice(struct stim *s, const char *text, struct failure *f)
{
	const char *equals = strchr(text, '=');
	int length = (int)(equals ? equals - text : (long)strlen(text));
	struct choice *c = &s->choice[s->n_choices];
	const char *prefix = strncmp(text, "class_", 6) == 0 ? "" : "class_";
	if (s->n_choices == MAX_OUTPUTS)
		return failure_set(f, -EINVAL, "--class: at most %d classes", MAX_OUTPUTS);
	if (length == 0 ||
	    snprintf(c->class, sizeof(c->class), "%s%.*s", prefix, length, text) >= (int)sizeof(c->class))
		return failure_set(f, -EINVAL, "--class: \"%.60s\" names no class", text);
	for (int i = 0; i < s->n_choices; i++)
		if (strcmp(s->choice[i].class, c->class) == 0)
			return failure_set(f, -EINVAL, "--class: %s is there twice", c->class);
	int r = stimulator_read(equals ? equals + 1 : "", f, &c->train);
	if (r < 0)
		return failure_prefix(f, r, "--class");
	s->n_choices++;
	return 0;
}

static int check_arguments(struct stim *s, struct failure *f)
{
	if (strcmp(backend, "simulated") != 0)
		return failure_set(
			f, -ENOTSUP,
			"--backend %.40s is refused: this program drives a simulated stimulator and no "
			"hardware",
			backend);
	if (strlen(stream) >= STREAM_NAME_SIZE || strlen(name) >= STREAM_NAME_SIZE || strchr(stream, '/'))
		return failure_set(f, -EINVAL, "a name has at most %d letters, and a stream's no '/'",
				   STREAM_NAME_SIZE - 1);
	int r = 0;
	for (int i = 0; r == 0 && i < classes.n; i++)
		r = add_choice(s, classes.item[i], f);
	return r;
}

/* Which classes this decoder has, said once for each decoder. */
static void tell_choices(const struct stim *s)
{
	for (int i = 0; i < s->n_choices; i++) {
		bool found = false;
		for (int o = 0; o < s->intent.n_value; o++)
			found |= strcmp(s->intent.output[o], s->choice[i].class) == 0;
		fprintf(stderr, "stim: %s is %s %s\n", s->choice[i].class,
			found ? "a class of" : "no class of", stream);
	}
}

/* ---- 1. drain ---- */

static void take(struct stim *s, const struct wire_intent_read *next)
{
	bool same = s->taken > 0 &&
		    memcmp(&next->model_hash, &s->intent.model_hash, sizeof(next->model_hash)) == 0;
	if (effector_rule_take(&s->rule, next->sent_ns, next->valid_for_ms, next->verdict == GATE_HOLD,
			       clock_now_ns()) < 0 &&
	    s->refused++ == 0)
		fprintf(stderr, "stim: an intent from the future: is bcid on this host? "
				"Without --same-host, if not\n");
	s->intent = *next;
	s->taken++;
	if (!same)
		tell_choices(s);
}

/* Until the socket is empty. True where a newer intent came. */
static bool drain(struct stim *s)
{
	static struct link_message m;
	static struct wire_intent_read next;
	uint64_t before = s->taken;
	int r;
	while (!stopping && ((r = link_receive(s->intents, &m)) >= 0 || r == -EINTR)) {
		if (r <= 0 || !link_topic_is(&m, "intent", stream))
			continue;
		if (wire_unpack_intent(s->arena, m.body, m.body_size, &next) == WIRE_OK &&
		    strcmp(next.stream, stream) == 0)
			take(s, &next);
		else
			s->refused++;
	}
	return s->taken > before;
}

/* ---- 3. act ---- */

static void log_line(const struct stim *s, int64_t now_ns, const char *what, const char *class,
		     const struct stimulus *t)
{
	if (!s->log)
		return;
	fprintf(s->log, "%" PRId64 " %s %s %" PRId64 " %" PRId64 " %g %d %d %g %g\n", now_ns, what, class,
		s->rule.command_ns, s->intent.bin, t->amplitude_ua, t->width_us, t->pulses, t->rate_hz,
		stimulator_charge_nc(t));
	fflush(s->log);
}

static void fire(struct stim *s, const struct choice *c, int64_t now_ns)
{
	int r = stimulator_fire(&s->stimulator, &c->train, now_ns);
	log_line(s, now_ns, r < 0 ? "refused" : "train", c->class, &c->train);
}

static void act(struct stim *s, enum effector_word word, int64_t now_ns)
{
	const struct wire_intent_read *i = &s->intent;
	bool known = i->command >= 0 && i->command < i->n_value;
	stimulator_run(&s->stimulator, now_ns);
	if (word != EFFECTOR_LIVE && stimulator_stop(&s->stimulator, now_ns))
		log_line(s, now_ns, "cut", effector_word_text(word), &s->stimulator.train);
	if (!effector_rule_command(&s->rule, word, known ? i->command_ns : 0, now_ns))
		return;
	s->commands++;
	for (int c = 0; c < s->n_choices; c++)
		if (strcmp(s->choice[c].class, i->output[i->command]) == 0) {
			fire(s, &s->choice[c], now_ns);
			return;
		}
	s->others++;
}

/* ---- 4. tell ---- */

static void send_heartbeat(struct stim *s)
{
	char topic[80];
	uint8_t body[256];
	struct wire_heartbeat h = { .epoch = s->intent.epoch, .last_bin_applied = s->intent.bin };
	snprintf(h.client, sizeof(h.client), "%s", name);
	snprintf(h.stream, sizeof(h.stream), "%s", stream);
	snprintf(topic, sizeof(topic), "heartbeat/%s", stream);

	/* One that cannot go now is worth nothing later. */
	if (link_send(s->control, topic, body, wire_pack_heartbeat(&h, body, sizeof(body))) == 0)
		s->heartbeats++;
}

/* ---- the frames ---- */

static void frame(struct stim *s)
{
	bool newer = drain(s);
	int64_t now_ns = clock_now_ns();
	enum effector_word word = effector_rule_judge(&s->rule, now_ns);

	act(s, word, now_ns);
	if (effector_rule_heartbeat(&s->rule, word, newer, now_ns))
		send_heartbeat(s);
	s->frames++;
	s->words[word]++;
}

static void run(struct stim *s)
{
	int64_t period_ns = (int64_t)(NS_PER_S / rate_hz), start_ns = clock_now_ns(), next_ns = start_ns;
	while (!stopping && (seconds == 0 || next_ns - start_ns < (int64_t)(seconds * NS_PER_S))) {
		int64_t now_ns = clock_now_ns();
		next_ns += period_ns;
		if (next_ns < now_ns) /* stopped for a while: no burst of frames afterwards */
			next_ns = now_ns;
		struct timespec at = { next_ns / NS_PER_S, next_ns % NS_PER_S };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		frame(s);
	}
	stimulator_stop(&s->stimulator, clock_now_ns());
}

static int stim_open(struct stim *s, struct failure *f)
{
	s->rule.same_host = same_host;
	s->context = zmq_ctx_new();
	int r = wire_arena_create(WIRE_MAX_MESSAGE, &s->arena);
	if (r == 0)
		r = link_open(s->context, ZMQ_SUB, intents_endpoint, f, &s->intents);
	if (r == 0)
		r = link_open(s->context, ZMQ_DEALER, control_endpoint, f, &s->control);
	if (r == 0)
		r = link_subscribe(s->intents, "intent", stream);
	if (r < 0 || !log_path)
		return r;
	s->log = fopen(log_path, "we");
	if (!s->log)
		return failure_set(f, -errno, "%s: %s", log_path, strerror(errno));
	fprintf(s->log, "# monotonic_ns what class command_ns bin uA us pulses Hz nC\n");
	fflush(s->log);
	return 0;
}

static void stim_close(struct stim *s)
{
	if (s->log)
		fclose(s->log);
	zmq_close(s->intents); /* NULL is fine */
	zmq_close(s->control);
	zmq_ctx_term(s->context);
	wire_arena_destroy(s->arena);
}

static void summary(const struct stim *s)
{
	const struct stimulator *x = &s->stimulator;
	printf("{\"frames\":%" PRIu64 ",\"none\":%" PRIu64 ",\"live\":%" PRIu64 ",\"hold\":%" PRIu64
	       ",\"expired\":%" PRIu64 ",\"intents\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"heartbeats\":%" PRIu64 ",\"last_bin\":%" PRId64 ",\"commands\":%" PRIu64
	       ",\"other_classes\":%" PRIu64 ",\"trains\":%" PRIu64 ",\"pulses\":%" PRIu64 ",\"cut\":%" PRIu64
	       ",\"refused_trains\":%" PRIu64 ",\"charge_nc\":%.3f}\n",
	       s->frames, s->words[EFFECTOR_NONE], s->words[EFFECTOR_LIVE], s->words[EFFECTOR_HOLD],
	       s->words[EFFECTOR_EXPIRED], s->taken, s->refused, s->heartbeats, s->intent.bin, s->commands,
	       s->others, x->trains, x->pulses, x->cut, x->refused, x->charge_nc);
}

int main(int argc, char **argv)
{
	static const struct arguments a = {
		"stim", "Pulses of a simulated stimulator on bcid's commands; start from here.", NULL, 0, 0,
		table
	};
	static struct stim s;
	struct failure f = { 0 };
	enum arguments_next next = ARGUMENTS_GO;
	int operand, r = arguments_parse(&a, argc, argv, &f, &next, &operand);
	if (r == 0 && next == ARGUMENTS_GO)
		r = check_arguments(&s, &f);
	if (r < 0) {
		fprintf(stderr, "stim: %s\n", f.text);
		return 2;
	}
	if (next == ARGUMENTS_DONE)
		return 0;

	struct sigaction stop = { .sa_handler = on_signal };
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	r = stim_open(&s, &f);
	if (r < 0)
		fprintf(stderr, "stim: %s\n", f.text);
	else
		run(&s);
	if (r == 0 && json)
		summary(&s);
	stim_close(&s);
	return r < 0 ? 1 : 0;
}
