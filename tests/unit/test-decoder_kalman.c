#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "decoder.h"
#include "normaliser.h"

#define N 3
#define UNITS 2
#define OUTPUTS 2

/* Q is diagonal, so that the textbook's form can take one unit at a time: an independent way to the same
 * figures. */
static const double Q[UNITS] = { 0.5, 2 };
static float A[N * N] = { 0.9f, 0.25f, 0.1f, -0.125f, 0.75f, 0, 0, 0, 1 };
static float W[N * N] = { 0.25f, 0.0625f, 0, 0.0625f, 0.125f, 0, 0, 0, 0 };
static float start[N] = { 0.5f, -0.25f, 1 };
static float initial[N * N] = { 1, 0.25f, 0, 0.25f, 0.5f, 0, 0, 0, 0 };
static float C[UNITS * N] = { 1, -0.5f, 0.25f, 0.75f, 2, -0.5f }, G[N * UNITS];
static float weight[OUTPUTS * N] = { 10, 0, 1, 0, 20, 0 }, bias[OUTPUTS] = { 3, 0 };
static float mean[UNITS] = { 1, 2 }, scale[UNITS] = { 2, 1 }, counts_mean[UNITS] = { 1, 2 };

struct file {
	struct tensor tensors[12];
	struct tensor_note notes[9];
	struct tensor_set set;
};

static void file_init(struct file *f, const char *gain)
{
	for (int i = 0; i < N * UNITS; i++)
		G[i] = (float)(C[i % UNITS * N + i / UNITS] / Q[i % UNITS]);
	const struct tensor tensors[] = {
		{ "kalman.transition", TENSOR_F32, 2, { N, N }, A },
		{ "kalman.process", TENSOR_F32, 2, { N, N }, W },
		{ "kalman.start", TENSOR_F32, 1, { N }, start },
		{ "kalman.initial", TENSOR_F32, 2, { N, N }, initial },
		{ "kalman.observation", TENSOR_F32, 2, { UNITS, N }, C },
		{ "kalman.evidence", TENSOR_F32, 2, { N, UNITS }, G },
		{ "readout.weight", TENSOR_F32, 2, { OUTPUTS, N }, weight },
		{ "readout.bias", TENSOR_F32, 1, { OUTPUTS }, bias },
		{ "features.mean", TENSOR_F32, 1, { UNITS }, mean },
		{ "features.scale", TENSOR_F32, 1, { UNITS }, scale },
		{ "counts.mean", TENSOR_F32, 1, { UNITS }, counts_mean },
	};
	const struct tensor_note notes[] = {
		{ "kind", "kalman" },     { "features", "counts_1" }, { "units", "2" },
		{ "bin_us", "50000" },    { "outputs", "x,vx" },      { "output_units", "mm,mm/s" },
		{ "holds", "last,zero" }, { "gain", gain },
	};
	memcpy(f->tensors, tensors, sizeof(tensors));
	memcpy(f->notes, notes, sizeof(notes));
	f->set = (struct tensor_set){ "d", f->tensors, 11, f->notes, 8 };
}

static struct decoder *create(const char *gain)
{
	struct file file;
	struct decoder *d = NULL;
	struct failure f = { 0 };
	file_init(&file, gain);
	cr_assert(eq(int, decoder_create(&file.set, UNITS, 50000, &f, &d), 0), "%s", f.text);
	return d;
}

/* The twin: predict, then for each unit k = P c / (c P c + q), x += k (z - c x), P -= k c P. */
struct twin {
	double x[N], P[N][N];
};

static void twin_init(struct twin *t)
{
	for (int i = 0; i < N * N; i++)
		t->P[i / N][i % N] = initial[i];
	for (int i = 0; i < N; i++)
		t->x[i] = start[i];
}

static void twin_predict(struct twin *t)
{
	struct twin old = *t;
	for (int i = 0; i < N; i++) {
		t->x[i] = 0;
		for (int j = 0; j < N; j++)
			t->x[i] += A[i * N + j] * old.x[j];
		for (int j = 0; j < N; j++) {
			t->P[i][j] = W[i * N + j];
			for (int k = 0; k < N; k++)
				for (int m = 0; m < N; m++)
					t->P[i][j] += A[i * N + k] * old.P[k][m] * A[j * N + m];
		}
	}
}

static void twin_see(struct twin *t, int unit, double z)
{
	double Pc[N] = { 0 }, off = z, variance = Q[unit];
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			Pc[i] += t->P[i][j] * C[unit * N + j];
	for (int i = 0; i < N; i++) {
		off -= C[unit * N + i] * t->x[i];
		variance += C[unit * N + i] * Pc[i];
	}
	for (int i = 0; i < N; i++) {
		t->x[i] += Pc[i] / variance * off;
		for (int j = 0; j < N; j++)
			t->P[i][j] -= Pc[i] * Pc[j] / variance;
	}
}

static void twin_step(struct twin *t, const float *counts, bool lost)
{
	twin_predict(t);
	for (int u = 0; u < UNITS && !lost; u++)
		twin_see(t, u, (counts[u] - mean[u]) / scale[u]);
}

static void expect(const struct estimate *e, const struct twin *t, int bin)
{
	cr_assert(eq(int, e->n_outputs, OUTPUTS));
	cr_expect(e->has_sd);
	cr_expect(lt(dbl, fabs(e->value[0] - (3 + 10 * t->x[0] + t->x[2])), 1e-4), "bin %d", bin);
	cr_expect(lt(dbl, fabs(e->value[1] - 20 * t->x[1]), 1e-4), "bin %d", bin);
	cr_expect(lt(dbl, fabs(e->sd[0] - 10 * sqrt(t->P[0][0])), 1e-4), "bin %d", bin);
	cr_expect(lt(dbl, fabs(e->sd[1] - 20 * sqrt(t->P[1][1])), 1e-4), "bin %d", bin);
}

static void counts_of(int bin, float *ret)
{
	ret[0] = (float)(bin * 7 % 5);
	ret[1] = (float)(bin * 3 % 4);
}

Test(decoder_kalman, is_the_filter_of_the_textbook)
{
	struct decoder *d = create("full");
	struct twin t;
	twin_init(&t);
	for (int bin = 0; bin < 30; bin++) {
		struct estimate e;
		float counts[UNITS];
		counts_of(bin, counts);
		d->class->step(d, counts, NULL, bin % 7 == 6, &e);
		twin_step(&t, counts, bin % 7 == 6);
		expect(&e, &t, bin);
	}
	decoder_destroy(d);
}

Test(decoder_kalman, steady_settles_where_the_full_one_does)
{
	struct decoder *full = create("full"), *steady = create("steady");
	for (int bin = 0; bin < 200; bin++) {
		struct estimate a, b;
		float counts[UNITS];
		counts_of(bin, counts);
		full->class->step(full, counts, NULL, false, &a);
		steady->class->step(steady, counts, NULL, false, &b);
		if (bin == 0)
			cr_expect(gt(dbl, fabs(a.sd[0] - b.sd[0]), 1e-3), "steady from the first bin");
		if (bin < 150)
			continue;
		cr_expect(lt(dbl, fabs(a.value[0] - b.value[0]), 1e-4));
		cr_expect(lt(dbl, fabs(a.sd[0] - b.sd[0]), 1e-4));
	}
	decoder_destroy(full);
	decoder_destroy(steady);
}

/* Its innovation is none, so that the state follows the other unit; that P narrows all the same is told in
 * the header. */
Test(decoder_kalman, a_masked_unit_tells_nothing)
{
	struct decoder *d = create("full");
	struct estimate a, b;
	d->class->set_mask(d, (uint8_t[]){ 0, 1 });
	d->class->step(d, (float[]){ 3, 0 }, NULL, false, &a);
	d->class->reset(d);
	d->class->step(d, (float[]){ 3, 50 }, NULL, false, &b);
	cr_expect(eq(flt, a.value[0], b.value[0]));
	d->class->set_mask(d, (uint8_t[]){ 0, 0 });
	d->class->reset(d);
	d->class->step(d, (float[]){ 3, 50 }, NULL, false, &b);
	cr_expect(gt(dbl, fabs(a.value[0] - b.value[0]), 0.1));
	decoder_destroy(d);
}

Test(decoder_kalman, starts_anew_after_a_reset_and_goes_on_from_a_saved_state)
{
	struct decoder *d = create("full");
	struct estimate first, e, again;
	char state[16384];
	float counts[UNITS] = { 4, 1 };
	cr_assert(le(sz, d->class->state_size(d), sizeof(state)));
	d->class->step(d, counts, NULL, false, &first);
	d->class->state_save(d, state);
	d->class->step(d, counts, NULL, false, &e);
	d->class->reset(d);
	d->class->step(d, counts, NULL, false, &again);
	cr_expect(eq(int, memcmp(first.value, again.value, sizeof(float[OUTPUTS])), 0));
	cr_expect(eq(int, memcmp(first.sd, again.sd, sizeof(float[OUTPUTS])), 0));
	d->class->step(d, counts, NULL, true, &again);
	d->class->state_load(d, state);
	d->class->step(d, counts, NULL, false, &again);
	cr_expect(eq(int, memcmp(e.value, again.value, sizeof(float[OUTPUTS])), 0));
	cr_expect(eq(int, memcmp(e.sd, again.sd, sizeof(float[OUTPUTS])), 0));
	decoder_destroy(d);
}

/* A transition that explodes while bins are lost: the gate holds on what is not finite, and then there is a
 * filter again. */
Test(decoder_kalman, starts_anew_once_it_has_blown_up)
{
	A[0] = 1e19f;
	struct decoder *d = create("full");
	struct estimate e;
	int finite = 0, blown = 0;
	for (int bin = 0; bin < 40; bin++) {
		d->class->step(d, (float[]){ 1, 2 }, NULL, true, &e);
		isfinite(e.value[0]) ? finite++ : blown++;
	}
	cr_expect(gt(int, blown, 1));
	cr_expect(gt(int, finite, 10));
	decoder_destroy(d);
}

/* It is the plain filter on what the normaliser makes of the bins; a bin that both lose is predicted only. */
Test(decoder_kalman, takes_normalised_bins_where_the_file_asks_for_it)
{
	struct file file;
	struct decoder *plain = create("full"), *d = NULL;
	struct normaliser *x = NULL;
	char saved[16384];
	float counts_scale[UNITS] = { 2, 0.5f };
	file_init(&file, "full");
	file.notes[file.set.n_notes++] = (struct tensor_note){ "normalise_tau_s", "0.5" };
	file.tensors[file.set.n_tensors++] =
		(struct tensor){ "counts.scale", TENSOR_F32, 1, { UNITS }, counts_scale };
	cr_assert(eq(int, decoder_create(&file.set, UNITS, 50000, NULL, &d), 0));
	cr_assert(eq(int, normaliser_create(UNITS, 10, counts_mean, counts_scale, &x), 0));
	for (int bin = 0; bin < 30; bin++) {
		struct estimate e, wanted;
		float counts[UNITS];
		counts_of(bin, counts);
		bool lost = bin % 7 == 6;
		plain->class->step(plain, normaliser_step(x, counts, NULL, lost).counts, NULL, lost, &wanted);
		d->class->state_save(d, saved);
		d->class->step(d, (float[]){ 9, 9 }, NULL, false, &e);
		d->class->state_load(d, saved);
		d->class->step(d, counts, NULL, lost, &e);
		cr_expect(eq(int, memcmp(e.value, wanted.value, sizeof(float[OUTPUTS])), 0), "bin %d", bin);
	}
	normaliser_destroy(x);
	decoder_destroy(plain);
	decoder_destroy(d);
}

Test(decoder_kalman, refuses_a_scale_of_counts_that_is_missing)
{
	struct file file;
	struct decoder *d = NULL;
	struct failure f = { 0 };
	file_init(&file, "full");
	file.notes[file.set.n_notes++] = (struct tensor_note){ "normalise_tau_s", "0.5" };
	cr_expect(eq(int, decoder_create(&file.set, UNITS, 50000, &f, &d), -ENOENT));
	cr_expect(strstr(f.text, "counts.scale") != NULL, "%s", f.text);
}

struct spoiled {
	char name[24];
	int tensor;
	int dim; /* made 7; -1: the tensor is left out */
	char gain[8];
};

ParameterizedTestParameters(decoder_kalman, refuses)
{
	static struct spoiled cases[] = {
		{ "kalman.transition", 0, 1, "full" }, { "kalman.transition", 0, -1, "full" },
		{ "kalman.start", 2, 0, "full" },      { "kalman.observation", 4, 0, "full" },
		{ "kalman.evidence", 5, -1, "full" },  { "readout.weight", 6, 1, "full" },
		{ "features.scale", 9, 0, "full" },    { "gain", 0, 2, "wrong" },
	};
	return cr_make_param_array(struct spoiled, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct spoiled *c, decoder_kalman, refuses)
{
	struct file file;
	struct decoder *d = NULL;
	struct failure f = { 0 };
	file_init(&file, c->gain);
	if (c->dim < 0)
		file.tensors[c->tensor] = file.tensors[--file.set.n_tensors];
	else if (c->dim < 2)
		file.tensors[c->tensor].shape[c->dim] = 7;
	cr_expect(lt(int, decoder_create(&file.set, UNITS, 50000, &f, &d), 0));
	cr_expect(strstr(f.text, c->name) != NULL, "%s: %s", c->name, f.text);
}

Test(decoder_kalman, refuses_a_tensor_that_has_no_place)
{
	struct file file;
	struct decoder *d = NULL;
	struct failure f = { 0 };
	file_init(&file, "full");
	file.tensors[file.set.n_tensors++] = (struct tensor){ "kalman.more", TENSOR_F32, 1, { 2 }, mean };
	cr_expect(eq(int, decoder_create(&file.set, UNITS, 50000, &f, &d), -EINVAL));
	cr_expect(strstr(f.text, "kalman.more") != NULL, "%s", f.text);
}
