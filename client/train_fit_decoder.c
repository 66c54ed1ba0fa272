#include <assert.h>
#include <cblas.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "bcitrain.h"
#include "clock.h"
#include "train_fit.h"

static const struct kind {
	const char *name;
	const char *target; /* what it is fitted to */
	const char *features;
	int (*fit)(const struct train_fit_request *q, const struct train_data *d, struct failure *f,
		   struct train_fit_report *ret);
} kinds[] = {
	{ "ridge", "kinematics", "counts_flat10", train_fit_ridge },
	{ "softmax", "labels/", "counts_flat10", train_fit_softmax },
	{ "kalman", "kinematics", "counts_flat5", train_fit_kalman },
};

/* A target that ends with '/' is a prefix. */
static bool fits(const struct kind *k, const char *target)
{
	size_t n = strlen(k->target);
	return k->target[n - 1] == '/' ? strncmp(target, k->target, n) == 0 : strcmp(target, k->target) == 0;
}

static int find_kind(struct train_fit_request *q, struct failure *f, const struct kind **ret)
{
	if (strcmp(q->gain, "full") != 0 && strcmp(q->gain, "steady") != 0)
		return failure_set(f, -EINVAL, "--gain: \"%.40s\" is neither full nor steady", q->gain);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, q->kind) != 0)
			continue;
		if (!fits(&kinds[i], q->target))
			return failure_set(f, -EINVAL, "--kind %s is fitted to --target %s…, not \"%.60s\"",
					   q->kind, kinds[i].target, q->target);
		if (q->none && kinds[i].fit != train_fit_softmax)
			return failure_set(f, -EINVAL, "--none is of --kind softmax, not %s", q->kind);
		if (!q->features)
			q->features = kinds[i].features;
		*ret = &kinds[i];
		return 0;
	}
	return failure_set(f, -EINVAL, "--kind: \"%.60s\" is none that can be fitted", q->kind);
}

static void print_classes(const struct train_fit_report *p)
{
	const struct train_commands *c = &p->commands;
	printf("  %d classes: accuracy %.4f, loss %.4f on the part that chose the penalty %.4g\n",
	       p->n_outputs, p->accuracy, p->loss, p->penalty[0]);
	printf("  commands: leak %g, threshold %g, refractory %g ms", c->leak, c->threshold,
	       c->refractory_ms);
	printf(": of %lld trials %.1f %% right first, right after %.2f s, %.2f false a minute, %.2f bits/s "
	       "(each fifth by the other four)\n",
	       (long long)c->score.n_trials, 100 * c->score.correct_first, c->score.time_s,
	       c->score.false_per_min, c->score.bits_per_s);
}

static void print_report(const struct train_fit_request *q, const struct train_fit_report *p, double seconds)
{
	printf("%s: %s on %s, %d features, %lld bins, %.1f s\n", q->output, q->kind, q->features,
	       p->n_features, (long long)p->n_bins, seconds);
	if (p->classes)
		print_classes(p);
	for (int j = 0; j < p->n_outputs && !p->classes; j++)
		printf("  %-24s R2 %7.4f on the part that chose the penalty %.4g\n", p->output[j], p->r2[j],
		       p->penalty[j]);
}

static json_t *number_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *commands_object(const struct train_commands *c)
{
	return json_pack("{sf sf sf so sf so sf}", "leak", c->leak, "threshold", c->threshold,
			 "refractory_ms", c->refractory_ms, "time_to_command_s",
			 number_or_null(c->score.time_s), "correct_first", c->score.correct_first,
			 "false_commands_per_min", number_or_null(c->score.false_per_min), "bits_per_s",
			 c->score.bits_per_s);
}

static void add_figures(json_t *all, const struct train_fit_report *p)
{
	json_t *outputs = json_array(), *r2 = json_array(), *penalty = json_array();
	for (int j = 0; j < p->n_outputs; j++) {
		json_array_append_new(outputs, json_string(p->output[j]));
		json_array_append_new(r2, json_real(p->r2[j]));
		if (j == 0 || !p->classes)
			json_array_append_new(penalty, json_real(p->penalty[j]));
	}
	json_object_set_new(all, "outputs", outputs);
	json_object_set_new(all, "penalty", penalty);
	if (p->classes) {
		json_object_set_new(all, "validation_accuracy", json_real(p->accuracy));
		json_object_set_new(all, "validation_loss", json_real(p->loss));
		json_object_set_new(all, "commands", commands_object(&p->commands));
		json_decref(r2);
	} else {
		json_object_set_new(all, "validation_r2", r2);
	}
}

static int print_json(const struct train_fit_request *q, const struct train_fit_report *p, double seconds)
{
	json_t *all = json_pack("{ss ss ss si sI sf}", "output", q->output, "kind", q->kind, "features",
				q->features, "n_features", p->n_features, "n_bins", (json_int_t)p->n_bins,
				"seconds", seconds);
	if (!all)
		return -ENOMEM;
	add_figures(all, p);
	int r = json_dumpf(all, stdout, JSON_REAL_PRECISION(17));
	putchar('\n');
	json_decref(all);
	return r;
}

static int fit(const struct kind *k, const struct train_fit_request *q, const struct argument_list *paths,
	       const char *from, const char *until, bool json, struct failure *f)
{
	struct train_data *d;
	struct train_fit_report report = { 0 };
	int64_t begun_ns = clock_now_ns();
	int r = train_data_open(paths, from, until, f, &d);
	if (r < 0)
		return r;
	r = k->fit(q, d, f, &report);
	train_data_close(d);
	if (r < 0)
		return r;
	double seconds = (double)(clock_now_ns() - begun_ns) / NS_PER_S;
	if (!json)
		print_report(q, &report, seconds);
	else if (print_json(q, &report, seconds) < 0)
		return failure_set(f, -ENOMEM, "out of memory");
	return 0;
}

struct options {
	struct train_fit_request q;
	struct argument_list data;
	const char *from, *until;
	int64_t lag, threads;
	bool json;
};

#define MAX_OPTIONS 24

static void list_options(struct options *o, struct argument *ret)
{
	const struct argument table[] = {
		{ "data", ARGUMENT_LIST, &o->data, "FILE...", "recordings with counts and kinematics", true },
		{ "target", ARGUMENT_TEXT, &o->q.target, "T", "kinematics, or labels/NAME", true },
		{ "kind", ARGUMENT_TEXT, &o->q.kind, "K", "ridge (default), softmax (of labels), kalman" },
		{ "features", ARGUMENT_TEXT, &o->q.features, "F",
		  "counts_1, counts_flatH, counts_sumH, counts_ema, rates, rates_H, rates_ema, joined by '+'"
		  " (default counts_flat10, kalman: counts_flat5)" },
		{ "state", ARGUMENT_TEXT, &o->q.state, "NAMES",
		  "kalman: kinematics in the state, a,b,c (default all)" },
		{ "gain", ARGUMENT_TEXT, &o->q.gain, "G",
		  "kalman: full (default), or steady: the gain at which it settles" },
		{ "none", ARGUMENT_FLAG, &o->q.none, NULL,
		  "softmax: one more class, \"none\", of the bins outside trials, so that rest commands "
		  "nothing" },
		{ "none-guard-s", ARGUMENT_NUMBER, &o->q.guard_s, "S",
		  "outside: more than S from any trial (default 3), since movement starts before a trial",
		  false, 0, 1e6 },
		{ "max-false-per-min", ARGUMENT_NUMBER, &o->q.max_false_per_min, "F",
		  "softmax: the most false commands a minute outside trials (default 3); within that "
		  "commands are"
		  " made as fast and as sure (bits/s) as held-out parts of the recordings allow",
		  false, 0, 1e6 },
		{ "model", ARGUMENT_TEXT, &o->q.model, "FILE",
		  "the forecaster that makes rates, or the word mean" },
		{ "normalise-tau-s", ARGUMENT_NUMBER, &o->q.normalise_tau_s, "T",
		  "take each unit against its running mean and scale over T seconds, against drift over a day"
		  " (default 0: off; 120 is a good choice)",
		  false, 0, 1e6 },
		{ "from", ARGUMENT_TEXT, &o->from, "POSITION",
		  "begin of the stretch: 0.1 (of all bins), 1200b (bin), 60s" },
		{ "until", ARGUMENT_TEXT, &o->until, "POSITION", "end of the stretch, as --from" },
		{ "lag", ARGUMENT_INT, &o->lag, "BINS",
		  "decode what happens this many bins later (default 0)", false, -100, 100 },
		{ "output", ARGUMENT_TEXT, &o->q.output, "FILE", "the decoder", true },
		{ "threads", ARGUMENT_INT, &o->threads, "N", "for the matrix products (default 1)", false, 1,
		  256 },
		{ "json", ARGUMENT_FLAG, &o->json, NULL, "one JSON object as the last line" },
		{ NULL },
	};
	static_assert(sizeof(table) <= MAX_OPTIONS * sizeof(*table), "the list is full");
	memcpy(ret, table, sizeof(table));
}

int train_fit_decoder(int argc, char **argv, struct failure *f)
{
	struct options o = { .q = { .kind = "ridge", .gain = "full", .guard_s = 3, .max_false_per_min = 3 },
			     .threads = 1 };
	struct argument table[MAX_OPTIONS];
	const struct arguments args = {
		argv[0],
		"Fit a decoder. Features are z-scored; the penalty is chosen on the last 15 % of each "
		"recording's\n"
		"stretch, then all of it is fitted. Trials of [trials, bins, units] are kept apart.",
		NULL,
		0,
		0,
		table,
	};
	enum arguments_next next;
	const struct kind *k = NULL;
	int operand;
	list_options(&o, table);
	int r = arguments_parse(&args, argc, argv, f, &next, &operand);
	if (r < 0 || next == ARGUMENTS_DONE)
		return r;
	r = find_kind(&o.q, f, &k);
	if (r < 0)
		return r;
	o.q.lag_bins = (int)o.lag;
	openblas_set_num_threads((int)o.threads);
	return fit(k, &o.q, &o.data, o.from, o.until, o.json, f);
}
