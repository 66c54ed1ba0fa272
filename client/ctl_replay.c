#include "ctl_replay.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "ctl_message.h"
#include "ctl_text.h"
#include "kernels.h"
#include "progress.h"
#include "replay.h"

static void show_progress(int64_t done, int64_t total)
{
	progress_show("replay", done, total);
}

/* Where nothing was lost everything has its like. */
static bool is_unexplained(const struct replay_report *r)
{
	return r->skipped > 0 && r->lost == 0 && r->vanished == 0 && !*r->info.continues;
}

static bool is_same(const struct replay_report *r)
{
	return r->differences == 0 && r->vanished == 0 && !is_unexplained(r) && replay_compared(r) > 0;
}

/* ---- for a person ---- */

static void print_heading(const char *path, const struct replay_report *r)
{
	char date[40], length[CTL_DURATION_SIZE];
	time_t second = r->info.started_unix_ns / NS_PER_S;
	struct tm t;
	gmtime_r(&second, &t);
	strftime(date, sizeof(date), "%F %T UTC", &t);
	printf("%s\n  %s of %s, %s, %s, %" PRId64 " bins of %g ms%s%s\n", path, r->info.stream, r->info.rig,
	       date, ctl_text_duration(r->last_ns - r->first_ns, length), r->bins,
	       (double)r->info.bin_us / 1000, r->end.closed ? "" : "; NOT CLOSED",
	       r->end.closed ? "" : ": the daemon died, or still records");
	if (*r->info.continues)
		printf("  goes on from %s\n", r->info.continues);
}

static void print_model(const struct replay_report *r)
{
	char hash[CTL_HASH_DIGITS + 1];
	struct ctl_text t;
	ctl_text_begin(&t, "model");
	ctl_text_item(&t, "%s", ctl_text_hash(r->model.bytes, sizeof(r->model.bytes), hash));
	ctl_text_item(&t, "decoder %s", *r->decoder ? r->decoder : "none");
	ctl_text_item(&t, "forecaster %s", *r->forecaster ? r->forecaster : "none");
	ctl_text_item(&t, "kernels %s", r->info.kernels);
	if (strcmp(r->info.kernels, kernels_name()) != 0)
		ctl_text_item(&t, "HERE %s", kernels_name());
	ctl_text_end(&t);
}

static void print_counts(const struct replay_report *r)
{
	struct ctl_text t;
	ctl_text_begin(&t, "compared");
	ctl_text_item(&t, "%" PRId64 " estimates", r->estimates);
	ctl_text_item(&t, "%" PRId64 " verdicts", r->verdicts);
	ctl_text_item(&t, "%" PRId64 " states", r->states);
	ctl_text_end(&t);
	if (r->missing + r->skipped + r->lost + r->vanished == 0)
		return;
	ctl_text_begin(&t, "but");
	if (r->missing)
		ctl_text_item(&t, "%" PRId64 " bins never reached the worker", r->missing);
	if (r->lost)
		ctl_text_item(&t, "%" PRId64 " records were lost, as the file says", r->lost);
	if (r->vanished)
		ctl_text_item(&t, "%" PRId64 " RECORDS ARE MISSING without a word", r->vanished);
	if (r->skipped)
		ctl_text_item(&t, "%" PRId64 " not compared: the state was not known", r->skipped);
	ctl_text_end(&t);
}

static void print_score(const struct replay_report *r)
{
	const struct replay_score *s = &r->score;
	printf("\n  %s beside the recorded one\n", s->model);
	if (s->n_outputs == 0)
		printf("  no output has the same name: nothing to compare\n");
	else
		printf("  %-16s %9s %14s | %s\n", "", "R2", "difference",
		       "R2 to the effector: recorded, this one");
	for (int i = 0; i < s->n_outputs; i++) {
		const struct replay_score_output *o = &s->outputs[i];
		printf("  %-16.16s %9.4f %9.4g %-4.4s | ", o->name, replay_score_r2(&o->apart),
		       replay_score_difference(&o->apart), o->unit);
		if (o->other_effector.n)
			printf("%.4f %.4f\n", replay_score_r2(&o->recorded_effector),
			       replay_score_r2(&o->other_effector));
		else
			printf("no effector recorded\n");
	}
}

static void print(const char *path, const struct replay_report *r)
{
	print_heading(path, r);
	print_model(r);
	print_counts(r);
	if (is_same(r))
		printf("  the same to the bit\n");
	if (*r->score.model)
		print_score(r);
}

/* ---- for a script ---- */

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *score_json(const struct replay_score *s)
{
	json_t *list = json_array();
	for (int i = 0; i < s->n_outputs; i++) {
		const struct replay_score_output *o = &s->outputs[i];
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:I, s:o, s:o, s:I, s:o, s:o}", "output", o->name, "unit",
					o->unit, "bins", (json_int_t)o->apart.n, "r2_to_recorded",
					number(replay_score_r2(&o->apart)), "mean_difference",
					number(replay_score_difference(&o->apart)), "effector_bins",
					(json_int_t)o->other_effector.n, "recorded_r2_to_effector",
					number(replay_score_r2(&o->recorded_effector)), "r2_to_effector",
					number(replay_score_r2(&o->other_effector))));
	}
	return json_pack("{s:s, s:o}", "model", s->model, "outputs", list);
}

static void print_json(const char *path, const struct replay_report *r)
{
	json_t *object = json_pack(
		"{s:b, s:s?, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s, s:s}",
		"ok", is_same(r), "file", path, "stream", r->info.stream, "compared",
		(json_int_t)replay_compared(r), "differences", (json_int_t)r->differences, "first_difference",
		r->first, "bins", (json_int_t)r->bins, "estimates", (json_int_t)r->estimates, "verdicts",
		(json_int_t)r->verdicts, "states", (json_int_t)r->states, "missing_bins",
		(json_int_t)r->missing, "skipped", (json_int_t)r->skipped, "lost_records",
		(json_int_t)r->lost, "vanished_records", (json_int_t)r->vanished, "closed", r->end.closed,
		"kernels", kernels_name(), "recorded_kernels", r->info.kernels);
	if (*r->score.model)
		json_object_set_new(object, "score", score_json(&r->score));
	ctl_message_print(object);
}

/* ---- the command ---- */

static void say_why(const char *path, const struct replay_report *r)
{
	if (r->differences > 0)
		fprintf(stderr, "bcictl: %s: %" PRId64 " of %" PRId64 " differ; the first: %s\n", path,
			r->differences, replay_compared(r), r->first);
	else if (r->vanished > 0)
		fprintf(stderr, "bcictl: %s: %" PRId64 " records are missing without a word\n", path,
			r->vanished);
	else if (is_unexplained(r))
		fprintf(stderr, "bcictl: %s: %" PRId64 " records have nothing to be compared with\n", path,
			r->skipped);
	else
		fprintf(stderr, "bcictl: %s: nothing in it to compare\n", path);
}

int ctl_replay_run(struct ctl *c, struct failure *f)
{
	struct replay_report report;
	struct replay_plan plan = {
		.path = c->text,
		.model = c->options->model,
		.speed = c->options->speed,
		.progress = c->options->json ? NULL : show_progress,
	};
	int r = replay_run(&plan, f, &report);
	if (r < 0)
		return r == -EBADMSG || r == -EINVAL ? r : -EIO; /* not the exit status of a silent daemon */
	(c->options->json ? print_json : print)(c->text, &report);
	if (is_same(&report))
		return 0;
	fflush(stdout);
	say_why(c->text, &report);
	return 1;
}
