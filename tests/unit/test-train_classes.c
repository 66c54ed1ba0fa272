#include "../support/train_case.h"
#include "train_classes.h"
#include <criterion/parameterized.h>

#define BINS 6
static const uint8_t counts[BINS][1];
static const int32_t target[BINS] = { -1, 7, 7, 3, 5, -1 }, trial[BINS] = { -1, 1, 1, 2, 3, -1 };
static const float p[BINS][3];

static void write_estimate(const char *outputs)
{
	const struct tensor estimate = { "estimate", TENSOR_F32, 2, { BINS, 3 }, p };
	const struct tensor_note note = { "outputs", outputs };
	train_write("e", &estimate, 1, &note, 1);
}

static void begin(void)
{
	const struct tensor tensors[] = {
		{ "counts", TENSOR_U8, 2, { BINS, 1 }, counts },
		{ "labels/target", TENSOR_I32, 1, { BINS }, target },
		{ "labels/trial", TENSOR_I32, 1, { BINS }, trial },
	};
	train_begin();
	train_write("a", tensors, 3, NULL, 0);
	train_write("still", tensors, 2, NULL, 0);
}

TestSuite(train_classes, .init = begin, .fini = train_end);

static int open_classes(const char *truth, struct failure *f, struct train_classes *ret)
{
	static const char *const names[] = { "estimate", NULL };
	struct train_input in;
	cr_assert(eq(int, train_input_open(train_path("e"), names, f, &in), 0), "%s", f->text);
	int r = train_classes_open(truth, &in, f, ret);
	train_input_close(&in);
	return r;
}

Test(train_classes, are_the_numbers_of_the_columns)
{
	static const int32_t wanted[BINS] = { -1, 0, 0, 1, -1, -1 }; /* 5 has no column */
	struct failure f = { 0 };
	struct train_classes c;
	write_estimate("class_7,class_3,class_none");
	cr_assert(eq(int, open_classes(train_path("a"), &f, &c), 0), "%s", f.text);
	cr_expect(eq(int, c.n_classes, 3));
	cr_expect(eq(int, c.none, 2));
	cr_expect(eq(int, memcmp(c.label, wanted, sizeof(wanted)), 0));
	cr_expect(eq(int, memcmp(c.trial, trial, sizeof(trial)), 0));
	train_classes_close(&c);
	write_estimate("class_7,class_3,class_5");
	cr_assert(eq(int, open_classes(train_path("still"), &f, &c), 0), "%s", f.text);
	cr_expect(eq(int, c.none, -1));
	cr_expect(eq(int, c.label[4], 2));
	cr_expect(eq(ptr, c.trial, NULL));
	train_classes_close(&c);
}

struct note_case {
	char outputs[40];
};

ParameterizedTestParameters(train_classes, refuses)
{
	static struct note_case cases[] = {
		{ "class_7,class_3" },
		{ "class_7,class_3,class_" },
		{ "class_7,class_3,vx" },
		{ "class_7,class_3,class_5x" },
		{ "class_7,class_3,class_nonesuch" },
	};
	return cr_make_param_array(struct note_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct note_case *c, train_classes, refuses)
{
	struct failure f = { 0 };
	struct train_classes out;
	write_estimate(c->outputs);
	cr_expect(eq(int, open_classes(train_path("a"), &f, &out), -EINVAL), "%s", c->outputs);
	cr_expect(strstr(f.text, "note outputs") != NULL, "%s", f.text);
}
