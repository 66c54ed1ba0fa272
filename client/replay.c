#include "replay.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "denormals.h"
#include "replay_parts.h"

#define STEP_KINDS (1u << SESSION_ORDER | 1u << SESSION_SNAPSHOT | 1u << SESSION_MODEL)

void replay_differ(struct replay *r, const char *format, ...)
{
	va_list args;
	if (r->report->differences++ > 0)
		return;
	va_start(args, format);
	vsnprintf(r->report->first, sizeof(r->report->first), format, args);
	va_end(args);
}

struct replay_bin *replay_find(struct replay *r, uint32_t epoch, int64_t bin)
{
	for (unsigned i = 1; i <= REPLAY_MEMORY && i <= r->n_memory; i++) {
		struct replay_bin *m = &r->memory[(r->n_memory - i) % REPLAY_MEMORY];
		if (m->epoch == epoch && m->bin == bin)
			return m;
	}
	return NULL;
}

/* ---- one record ---- */

static void keep_pace(struct replay *r, int64_t closed_ns)
{
	if (r->plan->speed <= 0)
		return;
	if (r->pace_start_ns == 0) {
		r->pace_start_ns = clock_now_ns();
		r->pace_from_ns = closed_ns;
	}
	int64_t at = r->pace_start_ns + (int64_t)((double)(closed_ns - r->pace_from_ns) / r->plan->speed);
	struct timespec t = { at / NS_PER_S, at % NS_PER_S };
	if (at > clock_now_ns())
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int take_bin(struct replay *r, const struct session_bin *b, struct failure *f)
{
	struct replay_report *report = r->report;
	report->bins++;
	if (report->first_ns == 0)
		report->first_ns = b->edge_ns;
	report->last_ns = b->edge_ns;
	keep_pace(r, b->closed_ns);
	if (b->step >= 0)
		return replay_pipeline_bin(r, b, f);
	report->missing++;
	return 0;
}

static void take_loss(struct replay *r, const struct session_loss *l)
{
	int64_t n = l->last_n - l->first_n + 1;
	*(l->stated ? &r->report->lost : &r->report->vanished) += n;
	r->loss_n = l->last_n;
	r->gate_known = false;
	r->estimate_bin = -1;
	replay_pipeline_lose(r);
}

static int take(struct replay *r, const struct session_record *record, struct failure *f)
{
	r->last_n = record->n ? record->n : r->last_n;
	switch (record->kind) {
	case SESSION_BIN: return take_bin(r, &record->bin, f);
	case SESSION_RESULT: replay_compare_result(r, &record->result); break;
	case SESSION_INTENT: replay_compare_intent(r, &record->intent); break;
	case SESSION_GATE: replay_compare_gate(r, record->gate); break;
	case SESSION_LOSS: take_loss(r, &record->loss); break;
	case SESSION_EFFECTOR:
		r->effector = record->effector;
		r->have_effector = true;
		break;
	default: break;
	}
	return 0;
}

/* ---- all of them ---- */

static int count_all(struct replay *r, struct failure *f, int64_t *ret)
{
	int64_t n = 0, all = 0;
	int e = 0;
	for (int k = 0; e == 0 && k < SESSION_N_KINDS; k++) {
		e = session_count(r->records, (enum session_kind)k, f, &n);
		all += n;
	}
	*ret = all;
	return e;
}

static int take_all(struct replay *r, struct failure *f)
{
	struct session_record record;
	int64_t total;
	int e = count_all(r, f, &total);
	if (e < 0)
		return e;
	while ((e = session_next(r->records, f, &record)) > 0) {
		r->report->records += record.n > 0;
		e = take(r, &record, f);
		if (e < 0)
			return e;
		if (r->plan->progress && r->report->records % 1024 == 0)
			r->plan->progress(r->report->records, total);
	}
	if (r->plan->progress)
		r->plan->progress(total, total);
	return e;
}

static int open_file(struct replay *r, struct failure *f)
{
	int e = session_open(r->plan->path, SESSION_ALL, f, &r->records);
	if (e == 0)
		e = session_check(r->records, f);
	if (e == 0)
		e = session_open(r->plan->path, STEP_KINDS, f, &r->steps);
	if (e < 0)
		return e;
	r->report->info = *session_info(r->records);
	r->report->end = *session_how_ended(r->records);
	return replay_pipeline_create(r, f);
}

int replay_run(const struct replay_plan *plan, struct failure *f, struct replay_report *ret)
{
	struct replay *r = calloc(1, sizeof(*r));
	if (!r)
		return failure_set(f, -ENOMEM, "out of memory");
	*ret = (struct replay_report){ 0 };
	r->plan = plan;
	r->report = ret;
	r->estimate_bin = -1;
	if (plan->model)
		snprintf(ret->score.model, sizeof(ret->score.model), "%s", plan->model);
	denormals_flush(); /* as the worker and the loop do */
	int e = open_file(r, f);
	if (e == 0)
		e = take_all(r, f);
	replay_pipeline_destroy(r);
	session_close(r->records);
	session_close(r->steps);
	free(r);
	return e;
}
