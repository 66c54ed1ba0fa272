#include "ctl_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_message.h"
#include "ctl_record.h"
#include "ctl_replay.h"
#include "ctl_status.h"
#include "ctl_top.h"
#include "ctl_units.h"
#include "ctl_watch.h"
#include "hash.h"

#define LEAST_HASH_DIGITS 12

/* ---- what the commands share ---- */

int ctl_command_ask(struct ctl *c, Bcid__V1__Request *q, struct failure *f, Bcid__V1__Reply **ret)
{
	int r = ctl_request_ask(c->request, q, f, ret);
	if (r == 0 && *(*ret)->error)
		return failure_set(f, -EPERM, "%s", (*ret)->error);
	return r;
}

int ctl_command_ask_status(struct ctl *c, struct failure *f)
{
	Bcid__V1__StatusRequest s = BCID__V1__STATUS_REQUEST__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	q.what_case = BCID__V1__REQUEST__WHAT_STATUS;
	q.status = &s;
	int r = ctl_command_ask(c, &q, f, &c->seen);
	if (r == 0 && !c->seen->status)
		return failure_set(f, -EPROTO, "an answer without status");
	return r;
}

const Bcid__V1__StreamStatus *ctl_command_stream(const Bcid__V1__Reply *reply, const char *name)
{
	for (size_t i = 0; reply && reply->status && i < reply->status->n_streams; i++)
		if (strcmp(reply->status->streams[i]->name, name) == 0)
			return reply->status->streams[i];
	return NULL;
}

int ctl_command_choose_stream(struct ctl *c, bool all, struct failure *f)
{
	const Bcid__V1__Status *s = c->seen->status;
	char names[200] = "";
	for (size_t i = 0, n = 0; i < s->n_streams && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i ? ", " : "",
				      s->streams[i]->name);
	if (c->options->stream && !ctl_command_stream(c->seen, c->options->stream))
		return failure_set(f, -EINVAL, "there is no stream %.40s (there is %s)", c->options->stream,
				   names);
	if (!c->options->stream && s->n_streams != 1 && !all)
		return failure_set(f, -EINVAL, "which stream? --stream names one of %s", names);
	c->stream = c->options->stream ? c->options->stream : s->n_streams == 1 ? s->streams[0]->name : "";
	return 0;
}

/* ---- commands ---- */

static int run_status(struct ctl *c, struct failure *f)
{
	int r = ctl_command_choose_stream(c, true, f);
	if (r < 0)
		return r;
	if (c->options->json)
		ctl_message_print(ctl_message_json(&c->seen->status->base));
	else
		ctl_status_print(c->seen->status, c->stream, c->options->units);
	return 0;
}

static int run_watch(struct ctl *c, struct failure *f)
{
	char endpoint[CTL_ENDPOINT_SIZE];
	struct ctl_watch w = { .endpoint = c->options->intents,
			       .json = c->options->json,
			       .count = c->options->count,
			       .timeout_ms = (int)c->options->timeout_ms };
	w.stream = c->options->stream ? c->options->stream : "";
	if (!c->options->intents) {
		int r = ctl_command_choose_stream(c, true, f);
		if (r < 0)
			return r;
		if (!*c->seen->status->intents_endpoint)
			return failure_set(f, -EINVAL,
					   "bcid does not say where it publishes intents: --intents does");
		ctl_target_connectable(c->seen->status->intents_endpoint, c->endpoint, endpoint);
		w.endpoint = endpoint;
		w.stream = c->stream;
	}
	return ctl_watch_run(&w, f);
}

static int check_top(const struct ctl_options *o, const char *operand, struct failure *f)
{
	(void)operand;
	return o->json ? failure_set(f, -EINVAL, "top is for a person: status has --json") : 0;
}

static int run_top(struct ctl *c, struct failure *f)
{
	struct ctl_top t = { .request = c->request,
			     .endpoint = c->endpoint,
			     .stream = c->options->stream,
			     .interval_ms = c->options->interval_ms,
			     .timeout_ms = c->options->timeout_ms };
	return ctl_top_run(&t, f);
}

/* The hash to send: the one seen, which must begin with the digits given; or all 64 digits as they are
 * given, for bcid to judge. */
static int choose_hash(const char *given, const ProtobufCBinaryData *seen, const char *what,
		       struct failure *f, struct hash *buffer, ProtobufCBinaryData *ret)
{
	char hex[HASH_HEX] = "";
	*ret = *seen;
	if (!given)
		return 0;
	if (hash_from_hex(given, buffer) == 0) {
		*ret = (ProtobufCBinaryData){ HASH_BYTES, buffer->bytes };
		return 0;
	}
	size_t n = strlen(given);
	if (n < LEAST_HASH_DIGITS || n >= HASH_HEX || strspn(given, "0123456789abcdefABCDEF") != n)
		return failure_set(f, -EINVAL, "--%s: \"%.70s\" is not %d to 64 hexadecimal digits", what,
				   given, LEAST_HASH_DIGITS);
	if (seen->len == HASH_BYTES)
		hash_to_hex((const struct hash *)(const void *)seen->data, hex);
	if (strncasecmp(given, hex, n) != 0)
		return failure_set(f, -EPERM, "the %s that runs is %.12s, not %.12s", what, hex, given);
	return 0;
}

static int run_arm(struct ctl *c, struct failure *f)
{
	struct hash model, config;
	Bcid__V1__Arm a = BCID__V1__ARM__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	int r = ctl_command_choose_stream(c, false, f);
	if (r == 0)
		r = choose_hash(c->options->model, &ctl_command_stream(c->seen, c->stream)->model_hash,
				"model", f, &model, &a.model_hash);
	if (r == 0)
		r = choose_hash(c->options->config, &c->seen->status->config_hash, "config", f, &config,
				&a.config_hash);
	if (r < 0)
		return r;
	a.stream = (char *)c->stream;
	q.what_case = BCID__V1__REQUEST__WHAT_ARM;
	q.arm = &a;
	return ctl_command_ask(c, &q, f, &c->reply);
}

static int run_disarm(struct ctl *c, struct failure *f)
{
	Bcid__V1__Disarm d = BCID__V1__DISARM__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	c->stream = d.stream = (char *)(c->options->stream ? c->options->stream : "");
	q.what_case = BCID__V1__REQUEST__WHAT_DISARM;
	q.disarm = &d;
	return ctl_command_ask(c, &q, f, &c->reply);
}

static int run_clear(struct ctl *c, struct failure *f)
{
	Bcid__V1__Clear k = BCID__V1__CLEAR__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	int r = ctl_command_choose_stream(c, false, f);
	if (r < 0)
		return r;
	k.stream = (char *)c->stream;
	q.what_case = BCID__V1__REQUEST__WHAT_CLEAR;
	q.clear = &k;
	return ctl_command_ask(c, &q, f, &c->reply);
}

static int check_enable(const struct ctl_options *o, const char *operand, struct failure *f)
{
	(void)operand;
	return o->for_s < 0 ? failure_set(f, -EINVAL, "enable wants --for SECONDS") : 0;
}

static int run_enable(struct ctl *c, struct failure *f)
{
	Bcid__V1__Enable e = BCID__V1__ENABLE__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	int r = ctl_command_choose_stream(c, false, f);
	if (r < 0)
		return r;
	e.stream = (char *)c->stream;
	e.for_ms = (uint32_t)(c->options->for_s * 1000 + 0.5);
	q.what_case = BCID__V1__REQUEST__WHAT_ENABLE;
	q.enable = &e;
	return ctl_command_ask(c, &q, f, &c->reply);
}

static int check_mask(const struct ctl_options *o, const char *operand, struct failure *f)
{
	uint32_t *unit = NULL;
	size_t n;
	(void)o;
	int r = ctl_units_parse(operand, f, &unit, &n);
	free(unit);
	return r;
}

static int run_mask(struct ctl *c, struct failure *f)
{
	Bcid__V1__UnitMask m = BCID__V1__UNIT_MASK__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	int r = ctl_units_parse(c->text, f, &m.unit, &m.n_unit);
	if (r < 0)
		return r;
	r = ctl_command_choose_stream(c, false, f);
	m.stream = (char *)c->stream;
	q.what_case = BCID__V1__REQUEST__WHAT_UNIT_MASK;
	q.unit_mask = &m;
	if (r == 0)
		r = ctl_command_ask(c, &q, f, &c->reply);
	free(m.unit);
	return r;
}

static int run_mark(struct ctl *c, struct failure *f)
{
	Bcid__V1__Mark m = BCID__V1__MARK__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	c->stream = m.stream = (char *)(c->options->stream ? c->options->stream : "");
	m.text = (char *)c->text;
	q.what_case = BCID__V1__REQUEST__WHAT_MARK;
	q.mark = &m;
	return ctl_command_ask(c, &q, f, &c->reply);
}

/* ---- from words to a command ---- */

static const struct ctl_command commands[] = {
	{ "status", NULL, NULL, run_status, true, true, "units" },
	{ "watch", NULL, NULL, run_watch, true, true, "count intents" },
	{ "top", NULL, check_top, run_top, false, true, "interval", true },
	{ "arm", NULL, NULL, run_arm, true, false, "model config" },
	{ "disarm", NULL, NULL, run_disarm, false, false, "" },
	{ "clear", NULL, NULL, run_clear, true, false, "" },
	{ "enable", NULL, check_enable, run_enable, true, false, "for" },
	{ "unit mask", "LIST", check_mask, run_mask, true, false, "" },
	{ "mark", "TEXT", NULL, run_mark, false, false, "" },
	{ "record start", NULL, NULL, ctl_record_start, true, false, "" },
	{ "record stop", NULL, NULL, ctl_record_stop, true, false, "" },
	{ "record status", NULL, NULL, ctl_record_status, true, true, "" },
	{ "record list", NULL, NULL, ctl_record_list, true, true, "folder" },
	{ "replay", "FILE", NULL, ctl_replay_run, false, true, "model speed", false, true },
};

/* An option of another command is a mistake, not to be passed over. */
static int check_options(const struct ctl_command *k, const struct ctl_options *o, struct failure *f)
{
	const struct {
		const char *name;
		bool given;
	} special[] = {
		{ "units", o->units },
		{ "count", o->count > 0 },
		{ "intents", o->intents },
		{ "model", o->model },
		{ "config", o->config },
		{ "for", o->for_s >= 0 },
		{ "interval", o->interval_ms > 0 },
		{ "speed", o->speed > 0 },
		{ "folder", o->folder },
	};
	for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
		if (special[i].given && !strstr(k->options, special[i].name))
			return failure_set(f, -EINVAL, "--%s does not go with %s (see --help)",
					   special[i].name, k->words);
	return 0;
}

int ctl_command_find(const char *words, const struct ctl_options *o, struct failure *f,
		     const struct ctl_command **ret, const char **ret_operand)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		const struct ctl_command *k = &commands[i];
		size_t n = strlen(k->words);
		if (strncmp(words, k->words, n) != 0 || (words[n] && words[n] != ' '))
			continue;
		if (!k->operand && words[n])
			return failure_set(f, -EINVAL, "what is \"%.60s\" after %s? (see --help)",
					   words + n + 1, k->words);
		if (k->operand && (!words[n] || !words[n + 1]))
			return failure_set(f, -EINVAL, "%s wants %s (see --help)", k->words, k->operand);
		*ret = k;
		*ret_operand = words[n] ? words + n + 1 : "";
		int r = check_options(k, o, f);
		return r == 0 && k->check ? k->check(o, *ret_operand, f) : r;
	}
	return failure_set(f, -EINVAL, "\"%.60s\" is not a command (see --help)", words);
}

bool ctl_command_alone(const struct ctl_command *k, const struct ctl_options *o)
{
	return k->alone || (k->run == run_watch && o->intents) || (k->run == ctl_record_list && o->folder);
}
