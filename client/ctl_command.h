/* ctl_command: what bcictl can ask for: one function a command, and the table of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bcid/v1/control.pb-c.h"
#include "ctl_request.h"
#include "ctl_target.h"
#include "failure.h"

/* As given on the command line; NULL or 0 where not. */
struct ctl_options {
	const char *rig, *endpoint, *stream, *model, *config, *intents, *folder;
	int64_t timeout_ms, count, interval_ms;
	double for_s; /* negative: not given */
	double speed;
	bool json, units;
};

struct ctl {
	const struct ctl_options *options;
	struct ctl_request *request;      /* NULL where bcid is not asked */
	char endpoint[CTL_ENDPOINT_SIZE]; /* of the control socket */
	Bcid__V1__Reply *seen;            /* status before the command, where it wants that */
	Bcid__V1__Reply *reply;           /* to the command */
	const char *stream;               /* that it was for; "": all */
	const char *text;                 /* its operand */
};

struct ctl_command {
	const char *words;   /* as they are typed */
	const char *operand; /* NULL: none */
	/* What can be said against it before bcid is asked; NULL: nothing. */
	int (*check)(const struct ctl_options *o, const char *operand, struct failure *f);
	int (*run)(struct ctl *c, struct failure *f); /* 1: done, but the answer is no: exit 1 */
	bool wants_status;   /* it needs to know the streams first */
	bool shows;          /* it prints for itself */
	const char *options; /* of its own, besides rig, endpoint, timeout, json, stream */
	bool on_terminal;    /* it is of no use elsewhere */
	bool alone;          /* bcid is not asked */
};

/* `words`, joined by blanks, is a command and its operand. -EINVAL with a line, also for an option of
 * another command. */
int ctl_command_find(const char *words, const struct ctl_options *o, struct failure *f,
		     const struct ctl_command **ret, const char **ret_operand);

/* True for what can do without asking bcid: watch --intents, replay, record list --folder. */
bool ctl_command_alone(const struct ctl_command *k, const struct ctl_options *o);

/* Ask, and a refusal is -EPERM with its line. */
int ctl_command_ask(struct ctl *c, Bcid__V1__Request *q, struct failure *f, Bcid__V1__Reply **ret);

/* c->stream becomes the stream that is named, or the only one. Where there are several and none is named: "",
 * if `all` will do. -EINVAL with a line. */
int ctl_command_choose_stream(struct ctl *c, bool all, struct failure *f);

/* Fill c->seen. */
int ctl_command_ask_status(struct ctl *c, struct failure *f);

/* What a reply says of a stream; NULL where nothing. */
const Bcid__V1__StreamStatus *ctl_command_stream(const Bcid__V1__Reply *reply, const char *name);
