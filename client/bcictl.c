/* bcictl: what a person or a script says to a running bcid. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "ctl_command.h"
#include "ctl_message.h"
#include "top_screen.h"

#define TIMEOUT_MS 2000
#define ENABLE_MAX_S 86400

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_SILENT = 3 };

static struct ctl_options options = { .for_s = -1 };

static const struct argument table[] = {
	{ "rig", ARGUMENT_TEXT, &options.rig, "NAME",
	  "the daemon of this rig ($BCID_RIG, or the only one, or rig1)" },
	{ "endpoint", ARGUMENT_TEXT, &options.endpoint, "ENDPOINT",
	  "or the daemon with this control socket" },
	{ "timeout", ARGUMENT_INT, &options.timeout_ms, "MS",
	  "for an answer (2000); watch: for an intent (for ever)", false, 1, 1e6 },
	{ "json", ARGUMENT_FLAG, &options.json, NULL, "one object on stdout; watch: one for each intent" },
	{ "stream", ARGUMENT_TEXT, &options.stream, "NAME", "which stream, where there are several" },
	{ "units", ARGUMENT_FLAG, &options.units, NULL, "status: the rate of every unit" },
	{ "interval", ARGUMENT_INT, &options.interval_ms, "MS", "top: between two looks at bcid (500)", false,
	  100, 60000 },
	{ "count", ARGUMENT_INT, &options.count, "N", "watch: end after N intents", false, 1, 1e15 },
	{ "intents", ARGUMENT_TEXT, &options.intents, "ENDPOINT",
	  "watch: where they are published (bcid says)" },
	{ "model", ARGUMENT_TEXT, &options.model, "HEX|FILE",
	  "arm: only if this model runs; 12 digits or more. replay: this one, beside" },
	{ "folder", ARGUMENT_TEXT, &options.folder, "DIR", "record list: this folder (that of the daemon)" },
	{ "config", ARGUMENT_TEXT, &options.config, "HEX", "arm: only with this configuration" },
	{ "for", ARGUMENT_NUMBER, &options.for_s, "S", "enable: how long, 0 ends it now", false, 0,
	  ENABLE_MAX_S },
	{ "speed", ARGUMENT_NUMBER, &options.speed, "X",
	  "replay: times as fast as it was (as fast as it goes)", false, 1e-3, 1e6 },
	{ NULL },
};

static const char purpose[] =
	"Controls a running bcid.\n\n"
	"  status             what it does: streams, gate, effectors, units, latencies\n"
	"  watch              one line for each intent\n"
	"  top                all of it live, full screen; q quits, no key steers anything\n"
	"  arm                let the stream's estimates through the gate\n"
	"  disarm             hold from the next intent on; every stream, where none is named\n"
	"  clear              end a fault\n"
	"  enable --for S     let stimulation or a prosthesis act, for S seconds\n"
	"  unit mask LIST     take these units at their mean: 17,42 or 3-7 or none\n"
	"  mark TEXT          write a line into the recording and the events\n"
	"  record start       begin a new recording; every stream, where none is named\n"
	"  record stop        end it\n"
	"  record status      does it reach the disk?\n"
	"  record list        what there is: when, how long, how it ended\n"
	"  replay FILE        run a recording through the same steps: the same bits?\n\n"
	"exit: 0 done, 1 refused, 2 usage, 3 no answer";

static int join(char **word, int n, char *ret, size_t size, struct failure *f)
{
	size_t used = 0;
	for (int i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%s%s", i ? " " : "", word[i]);
	return used < size ? 0 : failure_set(f, -EINVAL, "more than %zu bytes of text", size - 1);
}

/* ---- the outcome ---- */

static const char *state_of(const struct ctl *c, const char *stream)
{
	const Bcid__V1__StreamStatus *s = ctl_command_stream(c->reply ? c->reply : c->seen, stream);
	return s ? ctl_message_word(&bcid__v1__state__descriptor, (int)s->state) : "";
}

static void say_json(const struct ctl *c, const struct failure *f, int r)
{
	const Bcid__V1__Status *s = c->reply ? c->reply->status : NULL;
	const char *stream = c->stream ? c->stream : options.stream ? options.stream : "";
	json_t *states = json_object();
	for (size_t i = 0; s && i < s->n_streams; i++)
		json_object_set_new(states, s->streams[i]->name,
				    json_string(state_of(c, s->streams[i]->name)));
	if (!*stream && s && s->n_streams == 1)
		stream = s->streams[0]->name;
	json_t *named = json_string(stream); /* NULL: as it was typed, it is no UTF-8 */
	ctl_message_print(json_pack("{s:b, s:s, s:o, s:s, s:o}", "ok", r == 0, "error", r == 0 ? "" : f->text,
				    "stream", named ? named : json_string("?"), "state", state_of(c, stream),
				    "states", states));
}

static void say(const struct ctl *c, const struct ctl_command *k)
{
	const Bcid__V1__Status *s = c->reply ? c->reply->status : NULL;
	for (size_t i = 0; s && i < s->n_streams; i++)
		if (!*c->stream || strcmp(c->stream, s->streams[i]->name) == 0)
			printf("%s: %s done, %s\n", s->streams[i]->name, k->words,
			       state_of(c, s->streams[i]->name));
}

static int exit_code(int r)
{
	if (r > 0)
		return EXIT_REFUSED;
	switch (-r) {
	case 0:
		return 0;
	case EINVAL:
		return EXIT_USAGE;
	case ETIMEDOUT:
	case ENOENT:
	case EACCES:
	case EPROTO:
		return EXIT_SILENT;
	default:
		return EXIT_REFUSED;
	}
}

static int carry_out(struct ctl *c, const struct ctl_command *k, struct failure *f)
{
	bool alone = ctl_command_alone(k, &options);
	int r = k->on_terminal ? top_screen_check(f) : 0;
	const char *named = options.rig ? options.rig : getenv("BCID_RIG");
	if (r < 0)
		return r;
	if (options.endpoint)
		snprintf(c->endpoint, sizeof(c->endpoint), "%s", options.endpoint);
	else if (!alone)
		r = ctl_target_find(named, CTL_RUN_DIR, f, c->endpoint);
	if (r == 0 && !alone)
		r = ctl_request_open(c->endpoint, options.timeout_ms ? (int)options.timeout_ms : TIMEOUT_MS,
				     f, &c->request);
	if (r == 0 && !alone && k->wants_status)
		r = ctl_command_ask_status(c, f);
	return r == 0 ? k->run(c, f) : r;
}

int main(int argc, char **argv)
{
	static const struct arguments a = { "bcictl", purpose, "COMMAND", 1, 64, table };
	struct failure f = { 0 };
	struct ctl c = { .options = &options };
	const struct ctl_command *k = NULL;
	enum arguments_next next;
	char words[1024];
	int operand;

	int r = arguments_parse(&a, argc, argv, &f, &next, &operand);
	if (r == 0 && next == ARGUMENTS_DONE)
		return 0;
	if (r == 0)
		r = join(argv + operand, argc - operand, words, sizeof(words), &f);
	if (r == 0)
		r = ctl_command_find(words, &options, &f, &k, &c.text);
	if (r == 0)
		r = carry_out(&c, k, &f);
	ctl_message_clean_text(f.text);
	if (r < 0)
		fprintf(stderr, "bcictl: %s\n", f.text);
	if (options.json && (r < 0 || !k->shows))
		say_json(&c, &f, r);
	else if (r == 0 && !k->shows)
		say(&c, k);
	if (c.seen)
		bcid__v1__reply__free_unpacked(c.seen, NULL);
	if (c.reply)
		bcid__v1__reply__free_unpacked(c.reply, NULL);
	ctl_request_close(c.request);
	return exit_code(r);
}
