#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>

#include "classes.h"

/* Three classes over eight bins; two trials and a bit of a third, whose bins are not labelled. */
static const float p[8][3] = { { 0.6f, 0.3f, 0.1f }, { 0.2f, 0.7f, 0.1f }, { 0.5f, 0.25f, 0.25f },
			       { 0.1f, 0.1f, 0.8f }, { 0.2f, 0.7f, 0.1f }, { 0.1f, 0.5f, 0.4f },
			       { 0.9f, 0.1f, 0 },    { 0, 0, 1 } };
static const int32_t label[8] = { 0, 0, 0, -1, 2, 2, -1, -1 }, trial[8] = { 4, 4, 4, -1, 5, 5, 6, 6 };
static const struct classes_view view = { p[0], label, trial, 8, 3 };

Test(classes, are_scored_where_they_are_labelled)
{
	struct classes_score s;
	cr_assert(eq(int, classes_score(&view, &s), 0));
	cr_expect(eq(i64, s.n_bins, 5));
	cr_expect(eq(dbl, s.accuracy, 2 / 5.0));
	cr_expect(eq(dbl, s.balanced_accuracy, (2 / 3.0 + 0) / 2), "class 1 never occurs");
	cr_expect(eq(dbl, s.majority, 3 / 5.0));
	cr_expect(
		lt(dbl, fabs(s.log_loss + (log(0.6) + log(0.2) + log(0.5) + log(0.1) + log(0.4)) / 5), 1e-6));
}

Test(classes, vote_by_trial)
{
	struct classes_score s;
	cr_assert(eq(int, classes_score(&view, &s), 0));
	cr_expect(eq(i64, s.n_trials, 2));
	cr_expect(eq(dbl, s.trial_vote, 0.5), "two of three for 0, none of two for 2");
}

Test(classes, a_tie_goes_to_the_more_probable)
{
	static const float even[2][2] = { { 0.9f, 0.1f }, { 0.4f, 0.6f } };
	static const int32_t zeros[2];
	struct classes_score s;
	cr_assert(eq(int, classes_score(&(struct classes_view){ even[0], zeros, zeros, 2, 2 }, &s), 0));
	cr_expect(eq(dbl, s.trial_vote, 1));
	static const int32_t ones[2] = { 1, 1 };
	cr_assert(eq(int, classes_score(&(struct classes_view){ even[0], ones, zeros, 2, 2 }, &s), 0));
	cr_expect(eq(dbl, s.trial_vote, 0));
}

Test(classes, have_no_vote_without_trials_and_no_score_without_labels)
{
	struct classes_score s;
	static const int32_t none[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	cr_assert(eq(int, classes_score(&(struct classes_view){ p[0], label, NULL, 8, 3 }, &s), 0));
	cr_expect(isnan(s.trial_vote));
	cr_expect(eq(int, classes_score(&(struct classes_view){ p[0], none, NULL, 8, 3 }, &s), -EDOM));
}

/* Class 2 taken for bins outside trials: a bin of a trial that is taken for one is wrong all the same. */
Test(classes, give_none_no_vote)
{
	static const float q[3][3] = { { 0.3f, 0.1f, 0.6f }, { 0.3f, 0.1f, 0.6f }, { 0.2f, 0.7f, 0.1f } };
	static const int32_t zeros[3];
	struct classes_score s;
	struct classes_view v = { q[0], zeros, zeros, 3, 3 };
	cr_assert(eq(int, classes_score(&v, &s), 0));
	cr_expect(eq(dbl, s.trial_vote, 0));
	v.last_is_none = true;
	cr_assert(eq(int, classes_score(&v, &s), 0));
	cr_expect(eq(dbl, s.trial_vote, 1));
	cr_expect(eq(dbl, s.accuracy, 0));
}
