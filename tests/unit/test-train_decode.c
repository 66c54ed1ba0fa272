#include "../support/train_case.h"
#include "bcitrain.h"
#include <criterion/parameterized.h>

/* A decoder of two units over two bins: y = 1 + 2 c0(t) - c1(t - 1), the mean being 0.5 in both. */
static void begin(void)
{
	static const float weight[] = { 0, -1, 2, 0 }, bias[] = { 1 }, mean[] = { 0, 0, 0, 0 },
			   scale[] = { 1, 1, 1, 1 }, counts_mean[] = { 0.5f, 0.5f };
	const struct tensor tensors[] = {
		{ "readout.weight", TENSOR_F32, 2, { 1, 4 }, weight },
		{ "readout.bias", TENSOR_F32, 1, { 1 }, bias },
		{ "features.mean", TENSOR_F32, 1, { 4 }, mean },
		{ "features.scale", TENSOR_F32, 1, { 4 }, scale },
		{ "counts.mean", TENSOR_F32, 1, { 2 }, counts_mean },
	};
	const struct tensor_note notes[] = {
		{ "kind", "linear" },
		{ "features", "counts_flat2" },
		{ "units", "2" },
		{ "bin_us", "50000" },
		{ "outputs", "vx_mm_per_s" },
		{ "output_units", "mm/s" },
		{ "holds", "zero" },
		{ "lag_bins", "1" },
	};
	static const float input[] = { 1, 4, 0, 2, 3, 0, 0, 1 }, odd[] = { 0.5f, 0 }, three[] = { 1, 2, 3 };
	const struct tensor inputs[] = {
		{ "counts", TENSOR_F32, 2, { 4, 2 }, input }, { "trials", TENSOR_F32, 3, { 2, 2, 2 }, input },
		{ "odd", TENSOR_F32, 2, { 1, 2 }, odd },      { "three", TENSOR_F32, 2, { 1, 3 }, three },
		{ "flat", TENSOR_F32, 1, { 3 }, three },
	};
	const struct tensor_note fast = { "bin_ms", "20" };
	train_begin();
	train_write("d", tensors, 5, notes, 8);
	train_write("x", inputs, 5, NULL, 0);
	train_write("fast", inputs, 1, &fast, 1);
}

TestSuite(train_decode, .init = begin, .fini = train_end);

Test(train_decode, gives_a_row_for_each_bin)
{
	static const float wanted[] = { 1 + 2 - 0.5f, 1 - 4, 1 + 6 - 2, 1 };
	struct failure f = { 0 };
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @x --output @e", &f), 0), "%s", f.text);
	const float *e = train_read("e", "estimate", 2, (int64_t[]){ 4, 1 });
	for (int t = 0; t < 4; t++)
		cr_expect(eq(flt, e[t], wanted[t]), "bin %d", t);
}

Test(train_decode, starts_each_trial_afresh)
{
	static const float wanted[] = { 1 + 2 - 0.5f, 1 - 4, 1 + 6 - 0.5f, 1 };
	struct failure f = { 0 };
	char line[200];
	snprintf(line, sizeof(line), "--model @d --input %s:trials --output @e", train_path("x"));
	cr_assert(eq(int, train_run(train_decode, line, &f), 0), "%s", f.text);
	const float *e = train_read("e", "estimate", 2, (int64_t[]){ 4, 1 });
	for (int t = 0; t < 4; t++)
		cr_expect(eq(flt, e[t], wanted[t]), "bin %d", t);
}

/* The same readout taken for the logits of two classes: a command as soon as one leads by three nats. */
Test(train_decode, gives_commands_where_there_are_classes)
{
	static const float weight[] = { 0, 0, 2, 0, 0, 0, 0, 2 }, bias[] = { 0, 0 }, mean[] = { 0, 0, 0, 0 },
			   scale[] = { 1, 1, 1, 1 };
	static const int32_t wanted[] = { 1, 1, 0, -1 };
	const struct tensor tensors[] = {
		{ "readout.weight", TENSOR_F32, 2, { 2, 4 }, weight },
		{ "readout.bias", TENSOR_F32, 1, { 2 }, bias },
		{ "features.mean", TENSOR_F32, 1, { 4 }, mean },
		{ "features.scale", TENSOR_F32, 1, { 4 }, scale },
		{ "counts.mean", TENSOR_F32, 1, { 2 }, mean },
	};
	const struct tensor_note notes[] = {
		{ "kind", "softmax" },    { "features", "counts_flat2" },
		{ "bin_us", "50000" },    { "outputs", "class_4,class_6" },
		{ "output_units", "," },  { "command_threshold", "3" },
		{ "refractory_ms", "0" },
	};
	struct failure f = { 0 };
	struct safetensors *s;
	train_write("c", tensors, 5, notes, 7);
	cr_assert(eq(int, train_run(train_decode, "--model @c --input @x --output @e", &f), 0), "%s", f.text);
	cr_assert(eq(int, safetensors_open(train_path("e"), &f, &s), 0), "%s", f.text);
	const struct tensor *t = tensor_find(safetensors_tensors(s), "command");
	cr_assert(t && t->dtype == TENSOR_I32 && t->n_dims == 1 && t->shape[0] == 4);
	cr_expect(eq(int, memcmp(t->data, wanted, sizeof(wanted)), 0));
	safetensors_close(s);
	cr_assert(eq(int, train_run(train_decode, "--model @d --input @x --output @f", &f), 0), "%s", f.text);
	cr_assert(eq(int, safetensors_open(train_path("f"), &f, &s), 0), "%s", f.text);
	cr_expect(tensor_find(safetensors_tensors(s), "command") == NULL, "kinematics command nothing");
	safetensors_close(s);
}

struct refusal {
	char model[16], input[24];
	char word[24];
};

ParameterizedTestParameters(train_decode, refuses)
{
	static struct refusal cases[] = {
		{ "@none", "@x", "none" },     { "@x", "@x", "kind" },    { "none", "@x", "no decoder" },
		{ "@d", "@x:odd", "0.5" },     { "@d", "@x:three", "3" }, { "@d", "@x:flat", "[3]" },
		{ "@d", "@x:wrong", "wrong" }, { "@d", "@fast", "us" },
	};
	return cr_make_param_array(struct refusal, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refusal *c, train_decode, refuses)
{
	char line[100];
	struct failure f = { 0 };
	int n = train_files();
	snprintf(line, sizeof(line), "--model %s --input %s --output @e", c->model, c->input);
	cr_expect(lt(int, train_run(train_decode, line, &f), 0), "%s", line);
	cr_expect(strstr(f.text, c->word) != NULL, "%s: %s", line, f.text);
	cr_expect(eq(int, train_files(), n));
}
