#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

#include "bcid/v1/cue.pb-c.h"
#include "sim_cues.h"

#define GO BCID__V1__PHASE__PHASE_GO
#define IDLE BCID__V1__PHASE__PHASE_IDLE

static const int32_t trial[] = {-1, 0, 0, -1, 1, 1}, target[] = {-1, 3, 3, -1, 3, 3},
		     phase[] = {0, 1, 2, 0, 1, 9};
static const int32_t per_trial[] = {7, 2};
static const float halves[] = {0, 0.5f, 1, 0, 0, 0};

static const struct tensor tensors[] = {
	{"labels/target", TENSOR_I32, 1, {6}, target},  {"labels/trial", TENSOR_I32, 1, {6}, trial},
	{"labels/side", TENSOR_I32, 1, {2}, per_trial}, {"labels/contrast", TENSOR_F32, 1, {6}, halves},
	{"labels/phase", TENSOR_I32, 1, {6}, phase},
};

static struct tensor_set set = {"made", tensors, 4, NULL, 0};
static struct recording unbroken = {
	.tensors = &set, .n_bins = 6, .n_units = 1, .bin_us = 50000, .trial = &tensors[1]};
static struct recording trials = {
	.tensors = &set, .n_bins = 6, .n_units = 1, .bin_us = 50000, .bins_a_trial = 3};

struct expected {
	int bin;
	uint32_t trial;
	int phase;
	int64_t target;
};

static void check(const struct recording *r, const char *label, const struct expected *e, int n)
{
	struct sim_cues c;
	struct wire_cue cue;
	int at = 0;
	cr_assert(eq(int, sim_cues_init(&c, r, label, NULL), 0));
	for (int bin = 0; bin < 6; bin++) {
		if (!sim_cues_next(&c, bin, &cue))
			continue;
		cr_assert(lt(int, at, n), "one cue too many, at bin %d", bin);
		cr_expect(eq(int, bin, e[at].bin));
		cr_expect(eq(u32, cue.trial, e[at].trial));
		cr_expect(eq(int, cue.phase, e[at].phase));
		cr_expect(eq(i64, cue.target_class, e[at].target));
		at++;
	}
	cr_expect(eq(int, at, n));
}

Test(sim_cues, tells_where_a_trial_begins_and_ends)
{
	static const struct expected e[] = {{0, 0, IDLE, -1}, {1, 1, GO, 3}, {3, 0, IDLE, -1}, {4, 2, GO, 3}};
	check(&unbroken, "target", e, 4);
}

Test(sim_cues, follows_the_phases_that_a_recording_has)
{
	static const struct expected e[] = {{0, 0, 0, -1}, {1, 1, 1, 3}, {2, 1, 2, 3},
					    {3, 0, 0, -1}, {4, 2, 1, 3}, {5, 2, 0, 3}};
	struct tensor_set all = set;
	struct recording r = unbroken;
	all.n_tensors = 5;
	r.tensors = &all;
	check(&r, "target", e, 6);
}

Test(sim_cues, numbers_trials_of_equal_length)
{
	static const struct expected e[] = {{0, 1, GO, 7}, {3, 2, GO, 2}};
	check(&trials, "side", e, 2);
}

Test(sim_cues, numbers_trials_by_their_targets_where_nothing_else_does)
{
	static const struct expected e[] = {{0, 0, IDLE, -1}, {1, 1, GO, 3}, {3, 0, IDLE, -1}, {4, 2, GO, 3}};
	struct recording r = unbroken;
	r.trial = NULL;
	check(&r, "target", e, 4);
}

Test(sim_cues, refuses_labels_that_are_none)
{
	static const char *const labels[] = {"nothing", "contrast",
					     "side"}; /* missing, not whole, of another length */
	for (int i = 0; i < 3; i++) {
		struct sim_cues c;
		struct failure f = {0};
		cr_expect(eq(int, sim_cues_init(&c, &unbroken, labels[i], &f), -EINVAL), "%s", labels[i]);
		cr_expect(ne(int, f.text[0], 0));
	}
}
