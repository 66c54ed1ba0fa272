#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "sim_replay.h"
#include "sim_wait.h"
#include "types.h"

/* What the options fill before it becomes a plan. */
struct words {
	struct sim_replay_plan plan;
	const char *as;
	const char *loss, *late, *stall, *step; /* two numbers each */
	int64_t seed, restart_bin;
	bool json;
};

static const char purpose[] =
	"A recording as a rig would send it: one packet a bin, each at its time, topic neural/STREAM.\n"
	"Starts with the first subscriber. A POSITION is a fraction of the recording (0.85), a bin\n"
	"(12000b) or seconds (600s). From --loss on the options are faults, seeded and counted: P is a\n"
	"fraction of the packets, BIN counts from the start of the replay.";

static int parse(int argc, char **argv, struct words *w, struct failure *f, enum arguments_next *next)
{
	struct sim_replay_plan *p = &w->plan;
	struct sim_fault_plan *x = &p->faults;
	const struct argument table[] = {
		{"to", ARGUMENT_TEXT, &p->to, "ENDPOINT", "where to publish: binds, as rigs do", true},
		{"connect", ARGUMENT_FLAG, &p->connect, NULL, "connect instead, to a daemon that binds"},
		{"stream", ARGUMENT_TEXT, &p->stream, "NAME", "of the topic (m1)"},
		{"from", ARGUMENT_TEXT, &p->from, "POSITION", "first bin (0b)"},
		{"until", ARGUMENT_TEXT, &p->until, "POSITION", "the bin after the last (the end)"},
		{"speed", ARGUMENT_NUMBER, &p->speed, "X", "acquisition time a wall time (1)", false, 0.001,
		 10000},
		{"repeat", ARGUMENT_INT, &p->repeats, "N", "so many times; time goes on (1)", false, 1, 1e9},
		{"as", ARGUMENT_TEXT, &w->as, "counts|events", "BinnedCounts or SpikeEvents (counts)"},
		{"packet-ms", ARGUMENT_NUMBER, &p->packet_ms, "N",
		 "of a packet; divides a bin (a bin; 10 for events)", false, 0.001, 1000},
		{"cues", ARGUMENT_TEXT, &p->cues, "ENDPOINT",
		 "also publish the labels there, topic cue/STREAM"},
		{"label", ARGUMENT_TEXT, &p->label, "NAME", "labels/NAME is the target of the cues (target)"},
		{"wait", ARGUMENT_NUMBER, &p->wait_s, "S", "give up without a subscriber (never)", false,
		 0.001, 1e9},
		{"linger", ARGUMENT_NUMBER, &p->linger_s, "S", "stay after the last packet (1)", false, 0,
		 3600},
		{"json", ARGUMENT_FLAG, &w->json, NULL, "one object, the last line on stdout"},
		{"seed", ARGUMENT_INT, &w->seed, "K", "of the faults (1)", false, 0, 1e15},
		{"loss", ARGUMENT_TEXT, &w->loss, "P[,BURST]",
		 "lost, in bursts of so many (1); seq shows the hole"},
		{"duplicate", ARGUMENT_NUMBER, &x->duplicate, "P", "sent twice", false, 0, 1},
		{"reorder", ARGUMENT_NUMBER, &x->reorder, "P", "sent after the next one", false, 0, 1},
		{"late", ARGUMENT_TEXT, &w->late, "P,MS", "sent so many ms of wall time late"},
		{"truncate", ARGUMENT_NUMBER, &x->truncate, "P", "cut somewhere", false, 0, 1},
		{"wrong-units", ARGUMENT_NUMBER, &x->wrong_units, "P", "with one unit too many", false, 0, 1},
		{"restart-at", ARGUMENT_INT, &w->restart_bin, "BIN", "a new source_id, seq from 0", false, 0,
		 1e12},
		{"stall-at", ARGUMENT_TEXT, &w->stall, "BIN,BINS",
		 "silent: no packets, no hole in seq, time goes on"},
		{"clock-step-at", ARGUMENT_TEXT, &w->step, "BIN,MS", "the acquisition clock jumps"},
		{"drift-ppm", ARGUMENT_NUMBER, &p->drift_ppm, "X",
		 "the acquisition clock runs fast, below 0 slow", false, -1e5, 1e5},
		{0},
	};
	const struct arguments a = {"bcisim replay", purpose, "FILE", 1, 1, table};
	int operand = 0, r = arguments_parse(&a, argc, argv, f, next, &operand);
	if (r == 0 && *next == ARGUMENTS_GO)
		p->file = argv[operand];
	return r;
}

/* "A,B" with A from 0 to `first_max` and B from `min` to `max`; without the comma B stays as it is where it
 * is `optional`. */
struct pair {
	const char *option, *text;
	double first_max, min, max;
	bool optional;
};

static int read_pair(const struct pair *p, double ret[2], struct failure *f)
{
	if (!p->text)
		return 0;
	char first[64];
	const char *comma = strchr(p->text, ',');
	snprintf(first, sizeof(first), "%.*s", comma ? (int)(comma - p->text) : 63, p->text);
	bool good = argument_number(first, 0.0, p->first_max, &ret[0]) == 0 && (comma || p->optional) &&
		    (!comma || argument_number(comma + 1, p->min, p->max, &ret[1]) == 0);
	if (good)
		return 0;
	return failure_set(f, -EINVAL,
			   "--%s: \"%.60s\" is not a number up to %g, a comma and one from %g to %g",
			   p->option, p->text, p->first_max, p->min, p->max);
}

static int read_pairs(struct words *w, struct failure *f)
{
	double loss[2] = {0, 1}, late[2] = {0}, stall[2] = {-1, 0}, step[2] = {-1, 0};
	const struct {
		struct pair pair;
		double *to;
	} pairs[] = {
		{{"loss", w->loss, 1, 1, 1e6, true}, loss},
		{{"late", w->late, 1, 0, 1e6}, late},
		{{"stall-at", w->stall, 1e12, 1, 1e12}, stall},
		{{"clock-step-at", w->step, 1e12, -1e9, 1e9}, step},
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		int r = read_pair(&pairs[i].pair, pairs[i].to, f);
		if (r < 0)
			return r;
	}
	struct sim_fault_plan *x = &w->plan.faults;
	x->loss = loss[0];
	x->loss_burst = loss[1];
	x->late = late[0];
	x->late_ms = late[1];
	x->stall_bin = (int64_t)stall[0];
	x->stall_bins = (int64_t)stall[1];
	x->step_bin = (int64_t)step[0];
	x->step_ms = (int64_t)step[1];
	return 0;
}

static int make_plan(struct words *w, struct failure *f)
{
	struct sim_replay_plan *p = &w->plan;
	if (!*p->stream || strchr(p->stream, '/') || strlen(p->stream) >= STREAM_NAME_SIZE)
		return failure_set(f, -EINVAL, "--stream: \"%.40s\" is no stream's name: 1 to 31 bytes, no /",
				   p->stream);
	if (strcmp(w->as, "counts") != 0 && strcmp(w->as, "events") != 0)
		return failure_set(f, -EINVAL, "--as: \"%.40s\" is neither counts nor events", w->as);
	p->kind = strcmp(w->as, "events") == 0 ? WIRE_SPIKES : WIRE_COUNTS;
	p->seed = (uint64_t)w->seed;
	p->progress = isatty(STDERR_FILENO);
	p->faults.restart_bin = w->restart_bin;
	return read_pairs(w, f);
}

static double late_ms(const struct sim_replay_report *r, double q)
{
	return (double)histogram_quantile(&r->lateness, q) / 1e6;
}

static void print_line(const struct sim_replay_report *r)
{
	printf("%lld bins in %.1f s: %llu of %llu packets sent", (long long)r->bins, r->seconds,
	       (unsigned long long)r->sent, (unsigned long long)r->packets);
	for (int i = SIM_FAULT_NONE + 1; i < SIM_N_FAULTS; i++)
		if (r->faults[i])
			printf(", %llu %s", (unsigned long long)r->faults[i], sim_fault_text(i));
	if (r->restarts)
		printf(", restarted");
	if (r->clock_steps)
		printf(", clock stepped");
	if (r->cues)
		printf(", %llu cues", (unsigned long long)r->cues);
	printf("; lateness p50 %.2f, p99 %.2f, max %.2f ms\n", late_ms(r, 0.5), late_ms(r, 0.99),
	       (double)r->lateness.max_ns / 1e6);
}

static void print_json(const struct words *w, const struct sim_replay_report *r)
{
	char source_id[20];
	snprintf(source_id, sizeof(source_id), "%016llx", (unsigned long long)r->source_id);
	json_t *o = json_pack(
		"{ss, ss, si, sI, sI, sI, sI, sI, sI, sf, sb, s{sf, sf, sf}}", "stream", w->plan.stream,
		"source_id", source_id, "n_units", r->n_units, "bins", (json_int_t)r->bins, "packets",
		(json_int_t)r->packets, "sent", (json_int_t)r->sent, "cues", (json_int_t)r->cues, "restarts",
		(json_int_t)r->restarts, "clock_steps", (json_int_t)r->clock_steps, "seconds", r->seconds,
		"interrupted", r->interrupted, "lateness_us", "p50", 1e3 * late_ms(r, 0.5), "p99",
		1e3 * late_ms(r, 0.99), "max", (double)r->lateness.max_ns / 1e3);
	for (int i = 0; o && i < SIM_N_FAULTS; i++)
		json_object_set_new(o, sim_fault_text(i), json_integer((json_int_t)r->faults[i]));
	char *text = o ? json_dumps(o, JSON_REAL_PRECISION(9)) : NULL;
	if (text)
		puts(text);
	free(text);
	json_decref(o);
}

static int report(const struct words *w, const struct sim_replay_report *r)
{
	if (w->json)
		print_json(w, r);
	else
		print_line(r);
	if (!r->interrupted)
		return 0;
	fprintf(stderr, "bcisim replay: stopped by a signal\n");
	return 128 + sim_wait_stopped();
}

int sim_replay_main(int argc, char **argv)
{
	struct words w = {
		.plan = {.stream = "m1",
			 .label = "target",
			 .from = "",
			 .until = "",
			 .speed = 1,
			 .repeats = 1,
			 .linger_s = 1},
		.as = "counts",
		.seed = 1,
		.restart_bin = -1,
	};
	struct failure f = {0};
	struct sim_replay_report result;
	enum arguments_next next = ARGUMENTS_GO;
	int r = parse(argc, argv, &w, &f, &next), code = 2;
	if (r == 0 && next == ARGUMENTS_DONE)
		return 0;
	if (r == 0)
		r = make_plan(&w, &f);
	if (r == 0) {
		code = 1;
		r = sim_replay(&w.plan, &result, &f);
	}
	if (r < 0) {
		fprintf(stderr, "bcisim replay: %s\n", f.text);
		return code;
	}
	return report(&w, &result);
}
