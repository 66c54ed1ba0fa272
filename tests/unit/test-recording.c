#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording.h"
#include "safetensors.h"

static char folder[] = "/tmp/bcid-test-XXXXXX";
static char path[PATH_MAX];

static void make_folder(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/x.safetensors", folder);
}

static void remove_folder(void)
{
	remove(path);
	rmdir(folder);
}

static const uint8_t counts[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255 };
static const float places[8] = { 0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f };
static const int32_t labels[6] = { 1, 1, 2, 2, 3, 3 };

/* Four bins of three units, then whatever a test adds or replaces. */
static int open_with(struct tensor *more, int n_more, struct tensor_note *note, struct failure *f,
		     struct recording *ret)
{
	struct tensor tensors[4] = { { "counts", TENSOR_U8, 2, { 4, 3 }, counts } };
	int n = 1;
	for (int i = 0; i < n_more; i++)
		tensors[strcmp(more[i].name, "counts") == 0 ? 0 : n++] = more[i];
	struct tensor_set set = { "memory", tensors, n, note, note ? 1 : 0 };
	cr_assert(eq(int, safetensors_write(path, &set, f), 0), "%s", f->text);
	return recording_open(path, f, ret);
}

static int open_counts(struct tensor t, struct failure *f, struct recording *ret)
{
	return open_with(&t, 1, NULL, f, ret);
}

Test(recording, opens_an_unbroken_run, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;
	uint16_t bin[3];
	float floats[3];

	cr_assert(eq(int, open_with(NULL, 0, NULL, &f, &r), 0), "%s", f.text);
	cr_expect(eq(i64, r.n_bins, 4));
	cr_expect(eq(int, r.n_units, 3));
	cr_expect(eq(i64, r.bins_a_trial, 0));
	cr_expect(eq(int, r.bin_us, 50000));
	cr_expect(eq(ptr, (void *)r.kinematics, NULL));
	cr_expect(eq(ptr, (void *)r.trial, NULL));
	recording_counts(&r, 3, bin);
	recording_counts_f32(&r, 3, floats);
	cr_expect(eq(u16, bin[0], 9));
	cr_expect(eq(u16, bin[2], 255));
	cr_expect(eq(flt, floats[0], 9));
	cr_expect(eq(flt, floats[2], 255));
	recording_close(&r);
}

Test(recording, joins_trials_end_to_end, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;
	uint16_t bin[2];
	struct tensor t = { "counts", TENSOR_U8, 3, { 2, 3, 2 }, counts };

	cr_assert(eq(int, open_counts(t, &f, &r), 0), "%s", f.text);
	cr_expect(eq(i64, r.n_bins, 6));
	cr_expect(eq(int, r.n_units, 2));
	cr_expect(eq(i64, r.bins_a_trial, 3));
	recording_counts(&r, 4, bin);
	cr_expect(eq(u16, bin[0], 8));
	cr_expect(eq(u16, bin[1], 9));
	recording_close(&r);
}

struct type_case {
	char name[32];
	enum tensor_dtype dtype;
	union {
		int16_t i16[2];
		uint16_t u16[2];
		int32_t i32[2];
		float f32[2];
		double f64[2];
	} data;
	char line[48]; /* part of the refusal; "" = taken */
};

ParameterizedTestParameters(recording, judges_counts)
{
	static struct type_case cases[] = {
		{ "16 bits", TENSOR_U16, { .u16 = { 7, 65535 } }, "" },
		{ "signed", TENSOR_I16, { .i16 = { 7, 32767 } }, "" },
		{ "signed and negative", TENSOR_I16, { .i16 = { 7, -1 } }, "element 1 is -1" },
		{ "large", TENSOR_I32, { .i32 = { 7, 65535 } }, "" },
		{ "too large", TENSOR_I32, { .i32 = { 7, 65536 } }, "element 1 is 65536" },
		{ "floats", TENSOR_F32, { .f32 = { 7, 3 } }, "" },
		{ "fractions", TENSOR_F32, { .f32 = { 7, 0.5f } }, "element 1 is 0.5" },
		{ "no number", TENSOR_F32, { .f32 = { 7, __builtin_nanf("") } }, "element 1 is nan" },
		{ "doubles", TENSOR_F64, { .f64 = { 7, 3 } }, "neither integers nor F32" },
	};
	return cr_make_param_array(struct type_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct type_case *c, recording, judges_counts, .init = make_folder, .fini = remove_folder)
{
	struct failure f = { "" };
	struct recording r = { 0 };
	struct tensor t = { "counts", c->dtype, 2, { 1, 2 }, &c->data };
	uint16_t bin[2];

	cr_expect(eq(int, open_counts(t, &f, &r), c->line[0] ? -EINVAL : 0), "%s: %s", c->name, f.text);
	cr_expect(strstr(f.text, c->line) != NULL, "%s: \"%s\" lacks \"%s\"", c->name, f.text, c->line);
	if (r.file) {
		recording_counts(&r, 0, bin);
		cr_expect(eq(u16, bin[0], 7));
		cr_expect(eq(u16, bin[1], (uint16_t)tensor_at(&t, 1)));
	}
	recording_close(&r);
}

Test(recording, refuses_counts_of_another_shape, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;

	cr_expect(eq(int, open_counts((struct tensor){ "counts", TENSOR_U8, 1, { 3 }, counts }, &f, &r),
		     -EINVAL));
	cr_expect(strstr(f.text, "tensor counts: neither [bins, units] nor") != NULL, "%s", f.text);
	cr_expect(eq(int, open_counts((struct tensor){ "counts", TENSOR_U8, 2, { 0, 3 }, counts }, &f, &r),
		     -EINVAL));
	cr_expect(strstr(f.text, "empty") != NULL, "%s", f.text);
}

Test(recording, says_that_a_model_is_none, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;
	struct tensor t = { "readout.bias", TENSOR_F32, 1, { 2 }, places };
	struct tensor_set set = { "memory", &t, 1, NULL, 0 };

	cr_assert(eq(int, safetensors_write(path, &set, &f), 0), "%s", f.text);
	cr_expect(eq(int, recording_open(path, &f, &r), -EINVAL));
	cr_expect(strstr(f.text, path) && strstr(f.text, "counts is missing"), "%s", f.text);
}

struct width_case {
	char text[24];
	int bin_us; /* 0: refused */
};

ParameterizedTestParameters(recording, reads_the_width_of_a_bin)
{
	static struct width_case cases[] = {
		{ "50", 50000 }, { "100", 100000 },     { "16.667", 16667 },
		{ "0.1", 100 },  { "10000", 10000000 }, { "0.05", 0 },
		{ "10001", 0 },  { "50 ms", 0 },        { "", 0 },
		{ "-50", 0 },    { "nan", 0 },          { "1.00005", 0 },
		{ "0x32", 0 },   { "1e300", 0 },
	};
	return cr_make_param_array(struct width_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct width_case *c, recording, reads_the_width_of_a_bin, .init = make_folder,
		  .fini = remove_folder)
{
	struct failure f = { "" };
	struct recording r = { 0 };
	struct tensor_note note = { "bin_ms", c->text };

	cr_expect(eq(int, open_with(NULL, 0, &note, &f, &r), c->bin_us ? 0 : -EINVAL), "%s: %s", c->text,
		  f.text);
	cr_expect(eq(int, r.bin_us, c->bin_us), "%s", c->text);
	recording_close(&r);
}

struct names_case {
	char text[100];
	char first[24], second[48]; /* "": refused */
};

ParameterizedTestParameters(recording, reads_the_names_of_kinematics)
{
	static struct names_case cases[] = {
		{ "x_mm,vx_mm_per_s", "x_mm", "vx_mm_per_s" },
		{ " x_mm , y_mm ", "x_mm", "y_mm" },
		{ "joystick_x,joystick_y (value / 1000, unit, not stated)", "joystick_x", "joystick_y" },
		{ "x_mm", "", "" },
		{ "x_mm,", "", "" },
		{ "x_mm (,y_mm)", "", "" },
		{ "x_mm,y_mm,z_mm", "", "" },
		{ "x_mm,y\nmm", "", "" },
		{ ",", "", "" },
		{ "", "", "" },
		{ "x,abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv", "", "" },
		{ "x,abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu", "x",
		  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu" },
	};
	return cr_make_param_array(struct names_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct names_case *c, recording, reads_the_names_of_kinematics, .init = make_folder,
		  .fini = remove_folder)
{
	struct failure f = { "" };
	struct recording r = { 0 };
	struct tensor t = { "kinematics", TENSOR_F32, 2, { 4, 2 }, places };
	struct tensor_note note = { "kinematics_names", c->text };

	cr_expect(eq(int, open_with(&t, 1, &note, &f, &r), c->first[0] ? 0 : -EINVAL), "%s: %s", c->text,
		  f.text);
	if (r.file) {
		cr_expect(eq(str, r.kinematics_names[0], c->first));
		cr_expect(eq(str, r.kinematics_names[1], c->second));
	} else {
		cr_expect(strstr(f.text, "kinematics_names") != NULL, "%s", f.text);
	}
	recording_close(&r);
}

Test(recording, numbers_kinematics_without_names, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;
	struct tensor t = { "kinematics", TENSOR_F32, 2, { 4, 2 }, places };

	cr_assert(eq(int, open_with(&t, 1, NULL, &f, &r), 0), "%s", f.text);
	cr_expect(eq(int, r.n_kinematics, 2));
	cr_expect(eq(str, r.kinematics_names[1], "kinematics_2"));
	cr_expect(eq(dbl, tensor_at(r.kinematics, 7), 7.5));
	recording_close(&r);
}

Test(recording, refuses_kinematics_of_another_length, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;
	struct tensor shorter = { "kinematics", TENSOR_F32, 2, { 3, 2 }, places };
	struct tensor integers = { "kinematics", TENSOR_I32, 2, { 4, 1 }, labels };
	struct tensor empty = { "kinematics", TENSOR_F32, 2, { 4, 0 }, NULL };

	cr_expect(eq(int, open_with(&shorter, 1, NULL, &f, &r), -EINVAL));
	cr_expect(strstr(f.text, "tensor kinematics: ") != NULL, "%s", f.text);
	cr_expect(eq(int, open_with(&integers, 1, NULL, &f, &r), -EINVAL));
	cr_expect(eq(int, open_with(&empty, 1, NULL, &f, &r), -EINVAL));
}

Test(recording, finds_the_trial_of_each_bin, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;
	struct tensor t = { "labels/trial", TENSOR_I32, 1, { 4 }, labels };

	cr_assert(eq(int, open_with(&t, 1, NULL, &f, &r), 0), "%s", f.text);
	cr_expect(recording_has_trials(&r));
	cr_expect(eq(int, recording_trial(&r, 2), 2));
	recording_close(&r);
}

Test(recording, takes_labels_a_bin_or_a_trial, .init = make_folder, .fini = remove_folder)
{
	struct failure f;
	struct recording r;
	struct tensor trials[] = {
		{ "counts", TENSOR_U8, 3, { 2, 3, 2 }, counts },
		{ "labels/target", TENSOR_I32, 1, { 2 }, labels },
		{ "labels/phase", TENSOR_I32, 1, { 6 }, labels },
	};

	cr_assert(eq(int, open_with(trials, 3, NULL, &f, &r), 0), "%s", f.text);
	cr_expect(eq(dbl, recording_label(&r, recording_labels(&r, "labels/target"), 4), 1));
	cr_expect(eq(dbl, recording_label(&r, recording_labels(&r, "labels/phase"), 4), 3));
	cr_expect(eq(ptr, (void *)recording_labels(&r, "counts"), NULL));
	cr_expect(eq(int, recording_trial(&r, 4), 1));
	recording_close(&r);
	trials[1].name = "labels/trial";
	cr_assert(eq(int, open_with(trials, 3, NULL, &f, &r), 0), "%s", f.text);
	cr_expect(eq(ptr, (void *)r.trial, NULL), "it has a value a trial");
	recording_close(&r);
	trials[1].name = "labels/target";
	trials[1].shape[0] = 3;
	cr_expect(eq(int, open_with(trials, 3, NULL, &f, &r), -EINVAL));
	cr_expect(strstr(f.text, "tensor labels/target: ") != NULL, "%s", f.text);
}

struct position_case {
	char text[48];
	int64_t bin; /* -1: refused */
};

ParameterizedTestParameters(recording, finds_a_position)
{
	static struct position_case cases[] = {
		{ "", 77 }, { "0", 0 }, { "1", 200 }, { "0.85", 170 }, { "0.999", 199 }, { "1.0", 200 },
		{ "12b", 12 }, { "200b", 200 }, { "0b", 0 }, { "2s", 40 }, { "2.5s", 50 },
		{ "0.07s", 1 }, { "2.05s", 41 }, { "10s", 200 }, { "1.01", -1 }, { "-0.1", -1 },
		{ "201b", -1 }, { "-1b", -1 }, { "1.5b", -1 }, { "10.05s", -1 }, { "-1s", -1 }, { "nan", -1 },
		{ "inf", -1 }, { "s", -1 }, { "b", -1 }, { "0.5x", -1 }, { " 0.5", -1 }, { "0.5 ", -1 },
		{ "1e9s", -1 }, { "1e300s", -1 }, { "99999999999999999999b", -1 },
		{ "0.00000000000000000000000000000000000000001", -1 },
	};
	return cr_make_param_array(struct position_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct position_case *c, recording, finds_a_position)
{
	struct tensor_set set = { .origin = "x.safetensors" };
	struct recording r = { .tensors = &set, .n_bins = 200, .bin_us = 50000 };
	struct failure f = { "" };
	int64_t bin = -1;

	cr_expect(eq(int, recording_position(&r, c->text, 77, &f, &bin), c->bin < 0 ? -EINVAL : 0), "%s",
		  c->text);
	cr_expect(eq(i64, bin, c->bin), "%s", c->text);
	cr_expect(eq(int, f.text[0], c->bin < 0 ? '"' : 0), "%s", f.text);
	cr_expect(strcmp(c->text, "1.01") != 0 || strstr(f.text, "is no position"), "%s", f.text);
}

static int n_opened;

static int open_one(const char *name, const struct stat *st, int kind, struct FTW *where)
{
	(void)st, (void)where;
	struct failure f;
	struct recording r = { 0 };
	const char *dot = strrchr(name, '.');

	if (kind != FTW_F || !dot || strcmp(dot, ".safetensors") != 0)
		return 0;
	n_opened++;
	cr_expect(eq(int, recording_open(name, &f, &r), 0), "%s", f.text);
	cr_expect(r.file && r.n_bins > 500 && r.n_units >= 14, "%s", name);
	recording_close(&r);
	return 0;
}

static const char *shared_data(void)
{
	static char data[PATH_MAX];
	const char *shared = getenv("BCID_SHARED");
	snprintf(data, sizeof(data), "%s/data", shared ? shared : "");
	if (access(data, R_OK) != 0)
		cr_skip_test("no shared recordings: BCID_SHARED is not set or not there");
	return data;
}

Test(recording, opens_every_shared_one)
{
	cr_assert(eq(int, nftw(shared_data(), open_one, 16, 0), 0));
	cr_expect(ge(int, n_opened, 33));
}

Test(recording, reads_a_shared_one)
{
	struct failure f;
	struct recording r;
	char name[PATH_MAX + 64];
	double sum = 0;

	snprintf(name, sizeof(name), "%s/motor/m1_reach50.safetensors", shared_data());
	cr_assert(eq(int, recording_open(name, &f, &r), 0), "%s", f.text);
	cr_expect(eq(i64, r.n_bins, 15536));
	cr_expect(eq(int, r.n_units, 171));
	cr_assert(eq(int, r.n_kinematics, 4));
	cr_expect(eq(str, r.kinematics_names[2], "hand_vx_m_per_s"));

	/* the file states each unit's rate: an independent sum of the counts */
	const struct tensor *rate = tensor_find(r.tensors, "unit/rate_hz");
	float *bin = calloc((size_t)r.n_units, sizeof(*bin));
	for (int64_t b = 0; b < r.n_bins; b++) {
		recording_counts_f32(&r, b, bin);
		sum += bin[170];
	}
	double expected = tensor_at(rate, 170);
	cr_expect(lt(dbl, fabs(sum / (double)r.n_bins / 0.05 - expected), 1e-4 + 1e-4 * expected));
	free(bin);
	recording_close(&r);
}
