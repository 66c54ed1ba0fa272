#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "decoder.h"

#define CLASSES 3
#define UNITS 2

static float weight[CLASSES * UNITS] = { 1, 0, 0, 1, -1, -1 }, bias[CLASSES] = { 0, 0.5f, 0 };
static float mean[UNITS] = { 1, 2 }, scale[UNITS] = { 2, 1 }, counts_mean[UNITS] = { 1, 2 };

static int create(const char *kind, int n_classes, struct failure *f, struct decoder **ret)
{
	const struct tensor tensors[] = {
		{ "readout.weight", TENSOR_F32, 2, { n_classes, UNITS }, weight },
		{ "readout.bias", TENSOR_F32, 1, { n_classes }, bias },
		{ "features.mean", TENSOR_F32, 1, { UNITS }, mean },
		{ "features.scale", TENSOR_F32, 1, { UNITS }, scale },
		{ "counts.mean", TENSOR_F32, 1, { UNITS }, counts_mean },
	};
	const struct tensor_note notes[] = {
		{ "kind", kind },
		{ "features", "counts_1" },
		{ "units", "2" },
		{ "bin_us", "50000" },
		{ "outputs", n_classes == 3 ? "class_0,class_1,class_2" : "class_0" },
		{ "output_units", n_classes == 3 ? ",," : "" },
		{ "holds", n_classes == 3 ? "zero,zero,zero" : "zero" },
	};
	const struct tensor_set set = { "d", tensors, 5, notes, 7 };
	return decoder_create(&set, UNITS, 50000, f, ret);
}

static struct decoder *good(void)
{
	struct decoder *d = NULL;
	struct failure f = { 0 };
	cr_assert(eq(int, create("softmax", CLASSES, &f, &d), 0), "%s", f.text);
	return d;
}

static struct estimate step(struct decoder *d, float a, float b, bool lost)
{
	struct estimate e;
	d->class->step(d, (float[]){ a, b }, NULL, lost, &e);
	return e;
}

/* Against logits by hand. */
static void expect(const struct estimate *e, double a, double b, double c)
{
	double sum = exp(a) + exp(b) + exp(c);
	cr_assert(eq(int, e->n_outputs, CLASSES));
	cr_expect(lt(dbl, fabs(e->value[0] - exp(a) / sum), 1e-6));
	cr_expect(lt(dbl, fabs(e->value[1] - exp(b) / sum), 1e-6));
	cr_expect(lt(dbl, fabs(e->value[2] - exp(c) / sum), 1e-6));
}

Test(decoder_softmax, gives_probabilities)
{
	struct decoder *d = good();
	struct estimate e = step(d, 3, 2.5f, false);
	expect(&e, 1, 0.5 + 0.5, -1.5);
	cr_expect(not(e.has_sd));
	decoder_destroy(d);
}

Test(decoder_softmax, takes_a_lost_bin_and_a_masked_unit_at_the_mean)
{
	struct decoder *d = good();
	struct estimate e = step(d, 9, 9, true);
	expect(&e, 0, 0.5, 0);
	d->class->set_mask(d, (uint8_t[]){ 0, 1 });
	e = step(d, 3, 9, false);
	expect(&e, 1, 0.5, -1);
	decoder_destroy(d);
}

Test(decoder_softmax, never_overflows)
{
	struct decoder *d = good();
	struct estimate e = step(d, 60000, 0, false);
	cr_expect(eq(flt, e.value[0], 1));
	cr_expect(eq(flt, e.value[2], 0));
	decoder_destroy(d);
}

Test(decoder_softmax, is_of_its_own_kind_and_shares_the_rest)
{
	struct decoder *d = good();
	cr_expect(eq(str, (char *)d->class->kind, "softmax"));
	cr_expect(eq(int, d->n_outputs, CLASSES));
	cr_expect(eq(str, d->outputs[2].name, "class_2"));
	cr_expect(eq(int, d->history_bins, 1));
	decoder_destroy(d);
}

Test(decoder_softmax, goes_on_from_a_saved_state)
{
	struct decoder *d = good();
	char state[1024];
	cr_assert(lt(sz, d->class->state_size(d), sizeof(state)));
	step(d, 1, 1, false);
	d->class->state_save(d, state);
	struct estimate e = step(d, 3, 2, false);
	d->class->reset(d);
	d->class->state_load(d, state);
	struct estimate again = step(d, 3, 2, false);
	cr_expect(eq(int, memcmp(e.value, again.value, CLASSES * sizeof(float)), 0));
	decoder_destroy(d);
}

Test(decoder_softmax, refuses_a_single_class)
{
	struct decoder *d = NULL;
	struct failure f = { 0 };
	cr_expect(eq(int, create("softmax", 1, &f, &d), -EINVAL));
	cr_expect(strstr(f.text, "two classes") != NULL, "%s", f.text);
}
