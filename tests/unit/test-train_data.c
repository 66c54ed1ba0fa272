#include "../support/train_case.h"
#include "train_data.h"

TestSuite(train_data, .init = train_begin, .fini = train_end);

#define BINS 40
static uint8_t counts[BINS][2];
static int32_t trial[BINS];

/* Forty bins; `labelled` as one value a bin, `a_trial` bins a trial or 0. */
static struct train_data *open_data(bool labelled, int64_t a_trial, const char *from, const char *until)
{
	struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, 2 }, counts },
		{ "labels/trial", TENSOR_I32, 1, { BINS }, trial },
	};
	if (a_trial)
		tensors[0] =
			(struct tensor){ "counts", TENSOR_U8, 3, { BINS / a_trial, a_trial, 2 }, counts };
	train_write("a", tensors, labelled ? 2 : 1, NULL, 0);
	struct argument_list list = { 1, { train_path("a") } };
	struct train_data *d = NULL;
	struct failure f = { 0 };
	cr_assert(eq(int, train_data_open(&list, from, until, &f, &d), 0), "%s", f.text);
	return d;
}

/* The bins at which a run begins, one bit each. */
static uint64_t begins(const struct train_data *d)
{
	uint64_t bits = 0;
	for (int64_t t = d->stretch[0].from; t < d->stretch[0].until; t++)
		bits |= (uint64_t)train_stretch_begins(&d->stretch[0], t) << t;
	return bits;
}

Test(train_data, an_unbroken_recording_is_one_run)
{
	for (int i = 0; i < BINS; i++)
		trial[i] = i % 10 < 3 ? -1 : i / 10; /* between trials, too, the animal goes on */
	struct train_data *d = open_data(true, 0, NULL, NULL);
	cr_expect(eq(u64, begins(d), 1));
	train_data_close(d);
}

Test(train_data, trials_of_equal_length_are_runs_of_their_own)
{
	struct train_data *d = open_data(false, 20, "0.1", NULL);
	cr_expect(eq(u64, begins(d), 1 << 4 | 1 << 20));
	train_data_close(d);
}

Test(train_data, a_label_is_of_the_same_run)
{
	struct train_data *d = open_data(false, 20, NULL, "30b");
	const struct train_stretch *s = &d->stretch[0];
	cr_expect(eq(i64, train_stretch_label(s, 5, 0), 5));
	cr_expect(eq(i64, train_stretch_label(s, 5, 3), 8));
	cr_expect(eq(i64, train_stretch_label(s, 5, -5), 0));
	cr_expect(eq(i64, train_stretch_label(s, 5, -6), -1), "before the stretch");
	cr_expect(eq(i64, train_stretch_label(s, 16, 3), 19));
	cr_expect(eq(i64, train_stretch_label(s, 17, 3), -1), "the next trial");
	cr_expect(eq(i64, train_stretch_label(s, 21, -2), -1), "the trial before");
	cr_expect(eq(i64, train_stretch_label(s, 29, 1), -1), "after the stretch");
	train_data_close(d);
}

Test(train_data, the_mean_is_that_of_the_stretch)
{
	for (int i = 0; i < BINS; i++) {
		counts[i][0] = i < 10 ? 200 : 1;
		counts[i][1] = (uint8_t)(i % 2);
	}
	struct train_data *d = open_data(false, 0, "10b", "30b");
	cr_expect(eq(i64, d->n_bins, 20));
	cr_expect(eq(i64, d->stretch[0].check_from, 27));
	cr_expect(eq(flt, d->counts_mean[0], 1));
	cr_expect(eq(flt, d->counts_mean[1], 0.5f));
	cr_expect(eq(flt, d->counts_scale[0], 1), "it never varies");
	cr_expect(eq(flt, d->counts_scale[1], 0.5f));
	train_data_close(d);
}

static int64_t first_check = -1;

static int note_row(void *arg, const struct train_row *row)
{
	if (row->check && first_check < 0)
		first_check = row->bin;
	float(*rows)[4] = arg;
	memcpy(rows[row->bin], row->features, 4 * sizeof(float));
	return 0;
}

/* Before a run the mean of the counts stands in, never the run before. */
Test(train_data, rows_hold_no_bin_of_another_run)
{
	static float rows[BINS][4];
	for (int i = 0; i < BINS; i++)
		counts[i][0] = counts[i][1] = (uint8_t)i;
	struct train_data *d = open_data(false, 20, NULL, NULL);
	struct train_rows *x = NULL;
	struct failure f = { 0 };
	cr_assert(eq(int, train_rows_create(d, "counts_flat2", 0, NULL, &f, &x), 0), "%s", f.text);
	cr_assert(eq(int, train_rows_each(x, d, "", note_row, rows), 0));
	cr_expect(eq(flt, rows[0][0], 19.5f));
	cr_expect(eq(flt, rows[0][2], 0));
	cr_expect(eq(flt, rows[19][0], 18));
	cr_expect(eq(flt, rows[20][0], 19.5f));
	cr_expect(eq(flt, rows[20][2], 20));
	cr_expect(eq(i64, first_check, 34), "the last 15 % choose the penalty");
	train_rows_destroy(x);
	train_data_close(d);
}

Test(train_data, says_what_it_was)
{
	struct train_data *d = open_data(false, 0, "10b", "30b");
	char *text = train_data_text(d);
	cr_expect(eq(str, text, "a[10:30]"));
	free(text);
	train_data_close(d);
}
