#include "../support/train_case.h"
#include "train_labels.h"

/* A second a bin. Trials of class 4 at bins 20 to 24, of class 9 at 40 to 44, of class 2 at 95. */
#define BINS 100
static uint8_t counts[BINS][1];
static int32_t target[BINS], trial[BINS];
static struct train_data *data;
static struct train_labels labels;

static void put(int from, int until, int label)
{
	for (int b = from; b < until; b++) {
		target[b] = label;
		trial[b] = label;
	}
}

static void begin(void)
{
	train_begin();
	put(0, BINS, -1);
	put(20, 25, 4);
	put(40, 45, 9);
	put(95, 96, 2);
	target[42] = -1; /* not labelled, but in a trial */
}

static void end(void)
{
	train_labels_free(&labels, data);
	train_data_close(data);
	train_end();
}

TestSuite(train_labels, .init = begin, .fini = end);

static int create(const char *until, double guard_s, struct failure *f)
{
	const struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, 1 }, counts },
		{ "labels/target", TENSOR_I32, 1, { BINS }, target },
		{ "labels/trial", TENSOR_I32, 1, { BINS }, trial },
	};
	const struct tensor_note second = { "bin_ms", "1000" };
	struct argument_list list = { 1, { train_path("a") } };
	train_write("a", tensors, 3, &second, 1);
	cr_assert(eq(int, train_data_open(&list, NULL, until, f, &data), 0), "%s", f->text);
	return train_labels_create(data, "labels/target", guard_s, f, &labels);
}

Test(train_labels, are_numbered_as_they_rise)
{
	struct failure f = { 0 };
	cr_assert(eq(int, create(NULL, -1, &f), 0), "%s", f.text);
	cr_expect(eq(int, labels.n_classes, 3));
	cr_expect(eq(int, labels.none, -1));
	cr_expect(eq(int, labels.class[0][20], 1));
	cr_expect(eq(int, labels.class[0][44], 2));
	cr_expect(eq(int, labels.class[0][42], -1));
	cr_expect(eq(int, labels.class[0][95], 0));
	cr_expect(eq(int, labels.class[0][0], -1));
}

Test(train_labels, of_the_stretch_only_are_classes)
{
	struct failure f = { 0 };
	char text[8];
	cr_assert(eq(int, create("90b", -1, &f), 0), "%s", f.text);
	cr_expect(eq(int, labels.n_classes, 2));
	cr_expect(eq(int, labels.class[0][20], 0));
	cr_expect(eq(int, labels.class[0][95], -1));
	train_labels_text(&labels, 1, text, sizeof(text));
	cr_expect(eq(str, text, "9"));
}

/* Trials behind the end of the stretch are trials all the same. */
Test(train_labels, none_is_beyond_the_guard_of_any_trial)
{
	struct failure f = { 0 };
	char text[8];
	cr_assert(eq(int, create("92b", 3, &f), 0), "%s", f.text);
	cr_expect(eq(int, labels.n_classes, 3));
	cr_expect(eq(int, labels.none, 2));
	static const int bins[] = { 0, 16, 17, 27, 28, 36, 37, 42, 48, 91, 92, 98, 99 };
	static const int wanted[] = { 2, 2, -1, -1, 2, 2, -1, -1, 2, 2, -1, -1, 2 };
	for (size_t i = 0; i < sizeof(bins) / sizeof(*bins); i++)
		cr_expect(eq(int, labels.class[0][bins[i]], wanted[i]), "bin %d", bins[i]);
	train_labels_text(&labels, 2, text, sizeof(text));
	cr_expect(eq(str, text, "none"));
}

Test(train_labels, refuses_a_none_that_there_is_not)
{
	struct failure f = { 0 };
	cr_expect(eq(int, create(NULL, 60, &f), -EINVAL));
	cr_expect(strstr(f.text, "60 s") != NULL, "%s", f.text);
}

Test(train_labels, refuses_more_classes_than_outputs)
{
	struct failure f = { 0 };
	for (int i = 0; i < MAX_OUTPUTS; i++)
		target[i] = i;
	put(MAX_OUTPUTS, BINS, -1);
	cr_expect(eq(int, create(NULL, 3, &f), -EINVAL));
	cr_expect(strstr(f.text, "none") != NULL, "%s", f.text);
	train_data_close(data);
	target[60] = MAX_OUTPUTS;
	cr_expect(eq(int, create(NULL, -1, &f), -EINVAL));
	cr_expect(strstr(f.text, "more than 32") != NULL, "%s", f.text);
}
