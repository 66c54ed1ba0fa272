#include "demo_run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "metrics.h"

const char *demo_stage_text(enum demo_stage stage)
{
	static const char *const text[DEMO_N_STAGES] = {"wire", "bin",  "queue",
							"step", "gate", "edge_to_sent"};
	return text[stage];
}

static int64_t n_rows(const struct demo_run *r)
{
	return r->stretch.until - r->stretch.from;
}

static int find_column(const struct recording *recording, const char *name)
{
	for (int i = 0; i < recording->n_kinematics; i++) {
		struct output o;
		output_from_name(recording->kinematics_names[i], recording->bin_us, &o);
		if (strcmp(recording->kinematics_names[i], name) == 0 || strcmp(o.name, name) == 0)
			return i;
	}
	return -1;
}

static int choose_scored(struct demo_run *r, struct failure *f)
{
	bool velocities = false;
	for (int i = 0; i < r->n_outputs; i++)
		velocities |= r->outputs[i].kind == OUTPUT_VELOCITY;
	for (int i = 0; i < r->n_outputs; i++) {
		if (velocities && r->outputs[i].kind != OUTPUT_VELOCITY)
			continue;
		int column = find_column(r->recording, r->outputs[i].name);
		if (column < 0)
			return failure_set(f, -EINVAL, "%s: no kinematics named %s, which the decoder gives",
					   r->recording->tensors->origin, r->outputs[i].name);
		r->scored[r->n_scored] = i;
		r->column[r->n_scored++] = column;
	}
	return 0;
}

int demo_run_create(const struct recording *recording, const struct decoder *decoder,
		    const struct demo_stretch *stretch, struct failure *f, struct demo_run **ret)
{
	if (stretch->from < 0 || stretch->from >= stretch->until || stretch->until > recording->n_bins)
		return failure_set(f, -EINVAL, "%s: no bins %lld to %lld", recording->tensors->origin,
				   (long long)stretch->from, (long long)stretch->until);
	struct demo_run *r = calloc(1, sizeof(*r));
	if (!r)
		return failure_set(f, -ENOMEM, "out of memory");
	r->recording = recording;
	r->stretch = *stretch;
	r->lag_bins = decoder->lag_bins;
	r->n_outputs = decoder->n_outputs;
	memcpy(r->outputs, decoder->outputs, sizeof(r->outputs));
	size_t rows = (size_t)n_rows(r), values = rows * (size_t)r->n_outputs;
	r->seen = calloc(rows, sizeof(*r->seen));
	r->estimate = calloc(values, sizeof(*r->estimate));
	int e = r->seen && r->estimate ? choose_scored(r, f) : failure_set(f, -ENOMEM, "out of memory");
	if (e < 0) {
		demo_run_destroy(r);
		return e;
	}
	for (size_t i = 0; i < values; i++)
		r->estimate[i] = NAN;
	*ret = r;
	return 0;
}

void demo_run_destroy(struct demo_run *r)
{
	if (!r)
		return;
	free(r->seen);
	free(r->estimate);
	free(r);
}

/* A stamp of 0: the bin did not come that far. */
static void record(struct demo_run *r, enum demo_stage stage, int64_t from_ns, int64_t to_ns)
{
	if (from_ns != 0 && to_ns != 0)
		histogram_record(&r->latency[stage], to_ns - from_ns);
}

static void take_latency(struct demo_run *r, const struct wire_intent_read *i)
{
	record(r, DEMO_WIRE, i->edge_ns, i->received_ns);
	record(r, DEMO_BIN, i->received_ns, i->closed_ns);
	record(r, DEMO_QUEUE, i->closed_ns, i->start_ns);
	record(r, DEMO_STEP, i->start_ns, i->done_ns);
	record(r, DEMO_GATE, i->done_ns, i->sent_ns);
	record(r, DEMO_EDGE_TO_SENT, i->edge_ns, i->sent_ns);
}

static void count(struct demo_run *r, const struct wire_intent_read *i)
{
	r->intents++;
	r->overruns += i->late;
	r->gaps += i->gap;
	if (i->verdict != GATE_HOLD)
		return;
	r->holds++;
	if (i->reason >= 0 && i->reason < N_REASONS)
		r->by_reason[i->reason]++;
}

void demo_run_take(struct demo_run *r, const struct wire_intent_read *i)
{
	int64_t bin_ns = r->recording->bin_us * NS_PER_US, row = i->acquired_ns / bin_ns - 1;
	bool ours = i->acquired_ns % bin_ns == 0 && row >= r->stretch.from && row < r->stretch.until;
	int64_t at = row - r->stretch.from;
	r->ended |= row >= r->stretch.until - 1;
	if (!ours || r->seen[at]) {
		r->elsewhere++;
		return;
	}
	r->seen[at] = (uint8_t)(DEMO_SEEN | (i->gap ? DEMO_GAP : 0));
	r->newest = *i;
	if (i->n_estimate == r->n_outputs)
		memcpy(&r->estimate[at * r->n_outputs], i->estimate, (size_t)r->n_outputs * sizeof(float));
	count(r, i);
	take_latency(r, i);
}

double demo_run_truth(const struct demo_run *r, int64_t row, int i)
{
	int64_t label = row + r->lag_bins;
	if (label < 0 || label >= r->recording->n_bins)
		return NAN;
	return tensor_at(r->recording->kinematics, label * r->recording->n_kinematics + r->column[i]);
}

double demo_run_estimate(const struct demo_run *r, int64_t row, int i)
{
	return r->estimate[(row - r->stretch.from) * r->n_outputs + r->scored[i]];
}

static bool row_counts(const struct demo_run *r, int64_t row)
{
	for (int i = 0; i < r->n_scored; i++)
		if (!isfinite(demo_run_truth(r, row, i)) || !isfinite(demo_run_estimate(r, row, i)))
			return false;
	return true;
}

int demo_run_r2(const struct demo_run *r, double *ret, int64_t *ret_rows)
{
	size_t values = (size_t)(n_rows(r) * r->n_scored);
	float *truth = malloc(2 * values * sizeof(*truth)), *estimate = truth + values;
	struct metrics_view v = {truth, estimate, 0, r->n_scored};
	if (!truth)
		return -ENOMEM;
	for (int64_t row = r->stretch.from + r->stretch.warmup; row < r->stretch.until; row++) {
		if (!row_counts(r, row))
			continue;
		for (int i = 0; i < r->n_scored; i++) {
			truth[v.n_bins * r->n_scored + i] = (float)demo_run_truth(r, row, i);
			estimate[v.n_bins * r->n_scored + i] = (float)demo_run_estimate(r, row, i);
		}
		v.n_bins++;
	}
	int e = v.n_bins > 0 ? metrics_r_squared(&v, ret) : -EDOM;
	if (e == 0)
		*ret_rows = v.n_bins;
	free(truth);
	return e;
}
