#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "clock.h"
#include "demo_run.h"

#define ROWS 40
#define FROM 10
#define UNTIL 30
#define WARMUP 5
#define BIN (50 * NS_PER_MS)

/* Columns: a position that nobody decodes, and two velocities that go up and down. */
static float kinematics[ROWS][3];
static struct tensor tensors[] = {{"kinematics", TENSOR_F32, 2, {ROWS, 3}, kinematics}};
static struct tensor_set set = {"made", tensors, 1, NULL, 0};
static char names[3][RECORDING_NAME_SIZE] = {"x_mm", "vx_mm_per_s", "vy_mm_per_s"};
static struct recording recording = {.tensors = &set,
				     .n_bins = ROWS,
				     .n_units = 1,
				     .bin_us = 50000,
				     .kinematics = tensors,
				     .n_kinematics = 3,
				     .kinematics_names = names};
static struct decoder decoder = {.n_units = 1, .n_outputs = 3, .bin_us = 50000};
static struct demo_run *run;

static void make(void)
{
	static const struct demo_stretch stretch = {FROM, UNTIL, WARMUP};
	for (int row = 0; row < ROWS; row++) {
		kinematics[row][1] = (float)sin(row);
		kinematics[row][2] = (float)cos(row);
	}
	output_from_name("vy_mm_per_s", 50000, &decoder.outputs[0]); /* another order than the recording's */
	output_from_name("x_mm", 50000, &decoder.outputs[1]);
	output_from_name("vx_mm_per_s", 50000, &decoder.outputs[2]);
	cr_assert(eq(int, demo_run_create(&recording, &decoder, &stretch, NULL, &run), 0));
}

static void destroy(void)
{
	demo_run_destroy(run);
}

TestSuite(demo_run, .init = make, .fini = destroy);

/* The intent of a row, with an estimate that is off by `error`; passed. */
static struct wire_intent_read intent_of(int row, float error)
{
	int64_t edge = (row + 1) * BIN, now = 1000 * NS_PER_S + edge;
	struct wire_intent_read i = {.epoch = 1, .bin = row - FROM, .acquired_ns = edge, .edge_ns = now};
	i.received_ns = now + 100;
	i.closed_ns = now + 110;
	i.start_ns = now + 130;
	i.done_ns = now + 170;
	i.sent_ns = now + 180;
	i.verdict = GATE_PASS;
	i.n_estimate = 3;
	i.estimate[0] = kinematics[row][2] + error;
	i.estimate[1] = 1e6f;
	i.estimate[2] = kinematics[row][1] - error;
	return i;
}

static void take(int row, float error)
{
	struct wire_intent_read i = intent_of(row, error);
	demo_run_take(run, &i);
}

Test(demo_run, scores_the_velocities_alone_and_after_the_warm_up)
{
	double r2[MAX_OUTPUTS];
	int64_t rows;
	cr_assert(eq(int, run->n_scored, 2));
	for (int row = FROM; row < UNTIL; row++)
		take(row, row < FROM + WARMUP ? 50 : 0);
	cr_assert(eq(int, demo_run_r2(run, r2, &rows), 0));
	cr_expect(eq(i64, rows, UNTIL - FROM - WARMUP));
	cr_expect(epsilon_eq(dbl, r2[0], 1.0, 1e-9));
	cr_expect(epsilon_eq(dbl, r2[1], 1.0, 1e-9));
}

Test(demo_run, shifts_the_truth_by_the_decoders_lag)
{
	run->lag_bins = 3;
	cr_expect(epsilon_eq(dbl, demo_run_truth(run, 12, 0), cos(15), 1e-6));
	cr_expect(isnan(demo_run_truth(run, ROWS - 1, 0)));
}

Test(demo_run, scores_only_rows_with_an_estimate)
{
	double r2[MAX_OUTPUTS];
	int64_t rows;
	cr_expect(eq(int, demo_run_r2(run, r2, &rows), -EDOM));
	for (int row = FROM; row < UNTIL; row++) {
		struct wire_intent_read i = intent_of(row, 0);
		if (row == 20)
			i.n_estimate = 0;
		if (row == 21)
			i.estimate[2] = NAN;
		if (row != 22)
			demo_run_take(run, &i);
	}
	cr_assert(eq(int, demo_run_r2(run, r2, &rows), 0));
	cr_expect(eq(i64, rows, UNTIL - FROM - WARMUP - 3));
}

Test(demo_run, counts_by_what_the_intents_say)
{
	struct wire_intent_read held = intent_of(11, 0), gap = intent_of(12, 0), late = intent_of(13, 0);
	held.verdict = gap.verdict = late.verdict = GATE_HOLD;
	held.reason = REASON_NOT_ARMED;
	gap.reason = REASON_GAP;
	gap.gap = true;
	late.reason = REASON_LATE;
	late.late = true;
	take(10, 0);
	demo_run_take(run, &held);
	demo_run_take(run, &gap);
	demo_run_take(run, &late);
	cr_expect(eq(i64, run->intents, 4));
	cr_expect(eq(i64, run->holds, 3));
	cr_expect(eq(i64, run->gaps, 1));
	cr_expect(eq(i64, run->overruns, 1));
	cr_expect(eq(i64, run->by_reason[REASON_NOT_ARMED], 1));
	cr_expect(eq(int, run->seen[0], DEMO_SEEN));
	cr_expect(eq(int, run->seen[2], DEMO_SEEN | DEMO_GAP));
	cr_expect(eq(int, run->seen[4], 0));
}

Test(demo_run, takes_each_bin_of_its_stretch_once)
{
	struct wire_intent_read between = intent_of(12, 0);
	between.acquired_ns += NS_PER_MS; /* not an edge of the recording */
	take(FROM - 1, 0);
	take(11, 0);
	take(11, 0);
	demo_run_take(run, &between);
	cr_expect(eq(i64, run->intents, 1));
	cr_expect(eq(i64, run->elsewhere, 3));
	cr_expect(not(run->ended));
	take(UNTIL, 0);
	cr_expect(run->ended, "the last bin was missed, but a later one came");
}

Test(demo_run, measures_each_stage_from_the_stamps)
{
	static const int64_t expected[DEMO_N_STAGES] = {100, 10, 20, 40, 10, 180};
	struct wire_intent_read missing = intent_of(12, 0);
	missing.start_ns = missing.done_ns = 0; /* it never reached the worker */
	take(11, 0);
	demo_run_take(run, &missing);
	for (int i = 0; i < DEMO_N_STAGES; i++) {
		bool worker = i == DEMO_QUEUE || i == DEMO_STEP || i == DEMO_GATE;
		cr_expect(eq(u64, run->latency[i].count, worker ? 1 : 2), "%s", demo_stage_text(i));
		cr_expect(eq(i64, run->latency[i].max_ns, expected[i]), "%s", demo_stage_text(i));
	}
}

Test(demo_run, refuses_what_it_cannot_score)
{
	static const struct demo_stretch beyond = {FROM, ROWS + 1, 0}, good = {FROM, UNTIL, 0};
	struct demo_run *none = NULL;
	struct failure f = {0};
	cr_expect(eq(int, demo_run_create(&recording, &decoder, &beyond, &f, &none), -EINVAL));
	output_from_name("vz_mm_per_s", 50000, &decoder.outputs[1]);
	cr_expect(eq(int, demo_run_create(&recording, &decoder, &good, &f, &none), -EINVAL));
	cr_expect(ne(ptr, strstr(f.text, "vz_mm_per_s"), NULL), "%s", f.text);
}
