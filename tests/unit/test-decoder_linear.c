#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "normaliser.h"

#define UNITS 3
#define HISTORY 4
#define FEATURES (UNITS * (HISTORY + 1))
#define OUTPUTS 2

/* A decoder file in memory: counts_flat4+rates of three units → two velocities. Tests spoil it. */
struct file {
	float weight[OUTPUTS * FEATURES], bias[MAX_OUTPUTS + 1], mean[FEATURES], scale[FEATURES],
		counts_mean[UNITS], counts_scale[UNITS];
	struct tensor tensors[7];
	struct tensor_note notes[8];
	struct tensor_set set;
};

static void file_init(struct file *f)
{
	for (int i = 0; i < OUTPUTS * FEATURES; i++)
		f->weight[i] = (float)((i * 37) % 23 - 11) / 8.0f;
	for (int i = 0; i < FEATURES; i++) {
		f->mean[i] = (float)(i % 5) / 4.0f;
		f->scale[i] = (float)(i % 7 + 1) / 3.0f;
	}
	for (int o = 0; o <= MAX_OUTPUTS; o++)
		f->bias[o] = (float)o - 0.5f;
	for (int u = 0; u < UNITS; u++) {
		f->counts_mean[u] = 0.75f * (float)u + 0.2f;
		f->counts_scale[u] = 0.5f * (float)u + 1;
	}
	const struct tensor tensors[] = {
		{"readout.weight", TENSOR_F32, 2, {OUTPUTS, FEATURES}, f->weight},
		{"readout.bias", TENSOR_F32, 1, {OUTPUTS}, f->bias},
		{"features.mean", TENSOR_F32, 1, {FEATURES}, f->mean},
		{"features.scale", TENSOR_F32, 1, {FEATURES}, f->scale},
		{"counts.mean", TENSOR_F32, 1, {UNITS}, f->counts_mean},
	};
	const struct tensor_note notes[] = {
		{"kind", "linear"},   {"features", "counts_flat4+rates"},
		{"units", "3"},       {"bin_us", "50000"},
		{"outputs", "vx,vy"}, {"output_units", "mm/s,mm/s"},
		{"lag_bins", "1"},
	};
	memcpy(f->tensors, tensors, sizeof(tensors));
	memcpy(f->notes, notes, sizeof(notes));
	f->set = (struct tensor_set){"d.safetensors", f->tensors, 5, f->notes, 7};
}

/* The same with running normalisation in front, over half a second. */
static void file_normalise(struct file *f)
{
	f->notes[f->set.n_notes++] = (struct tensor_note){ "normalise_tau_s", "0.5" };
	f->tensors[f->set.n_tensors++] =
		(struct tensor){ "counts.scale", TENSOR_F32, 1, { UNITS }, f->counts_scale };
}

static struct decoder *create(struct file *file)
{
	struct failure f = {0};
	struct decoder *d = NULL;
	file_init(file);
	cr_assert(eq(int, decoder_create(&file->set, UNITS, 50000, &f, &d), 0), "%s", f.text);
	return d;
}

static struct decoder *create_normalised(struct file *file)
{
	struct failure f = { 0 };
	struct decoder *d = NULL;
	file_init(file);
	file_normalise(file);
	cr_assert(eq(int, decoder_create(&file->set, UNITS, 50000, &f, &d), 0), "%s", f.text);
	return d;
}

static void bin_at(int t, float *counts, float *rates)
{
	for (int u = 0; u < UNITS; u++) {
		counts[u] = (float)((t * 7 + u * 5) % 11);
		rates[u] = (float)((t * 3 + u) % 7) / 8.0f;
	}
}

/* The naive twin: what bin t's estimate is, bins before 0 and `lost` ones standing at their mean. */
static double twin(const struct file *file, int t, int lost, const uint8_t *masked, int output)
{
	double y = (double)file->bias[output];
	for (int i = 0; i < FEATURES; i++) {
		float counts[UNITS], rates[UNITS];
		int unit = i % UNITS, block = i / UNITS, when = block < HISTORY ? t - HISTORY + 1 + block : t;
		bin_at(when, counts, rates);
		double x = block == HISTORY ? (double)rates[unit] : (double)counts[unit];
		if (block < HISTORY && (when < 0 || when == lost))
			x = (double)file->counts_mean[unit];
		double z = masked && masked[unit] ? 0 : (x - (double)file->mean[i]) / (double)file->scale[i];
		y += (double)file->weight[output * FEATURES + i] * z;
	}
	return y;
}

static void step(struct decoder *d, int t, bool lost, struct estimate *out)
{
	float counts[UNITS], rates[UNITS];
	bin_at(t, counts, rates);
	d->class->step(d, counts, rates, lost, out);
}

static void expect_twin(const struct file *file, const struct estimate *e, int t, int lost,
			const uint8_t *masked)
{
	cr_expect(eq(int, e->n_outputs, OUTPUTS));
	for (int o = 0; o < OUTPUTS; o++)
		cr_expect(fabs((double)e->value[o] - twin(file, t, lost, masked, o)) < 1e-4,
			  "bin %d output %d", t, o);
}

Test(decoder_linear, equals_its_twin)
{
	struct file file;
	struct decoder *d = create(&file);
	struct estimate e;
	for (int t = 0; t < 12; t++) {
		step(d, t, false, &e);
		expect_twin(&file, &e, t, -100, NULL);
		cr_expect(eq(int, e.has_sd, 0));
	}
	decoder_destroy(d);
}

Test(decoder_linear, takes_a_lost_bin_at_its_mean)
{
	struct file file;
	struct decoder *d = create(&file);
	struct estimate e;
	for (int t = 0; t < 12; t++) {
		step(d, t, t == 5, &e);
		expect_twin(&file, &e, t, 5, NULL);
	}
	decoder_destroy(d);
}

Test(decoder_linear, leaves_masked_units_out)
{
	struct file file;
	struct decoder *d = create(&file);
	struct estimate e;
	const uint8_t masked[UNITS] = {0, 1, 0}, none[UNITS] = {0};
	d->class->set_mask(d, masked);
	for (int t = 0; t < 8; t++) {
		step(d, t, false, &e);
		expect_twin(&file, &e, t, -100, masked);
	}
	d->class->set_mask(d, none);
	step(d, 8, false, &e);
	expect_twin(&file, &e, 8, -100, NULL);
	decoder_destroy(d);
}

/* Saved, it goes on from there; after a reset it starts anew. */
static void expect_state(struct decoder *d)
{
	struct estimate first, e, again;
	char state[1000];
	cr_assert(le(sz, d->class->state_size(d), sizeof(state)));
	step(d, 0, false, &first);
	step(d, 1, false, &e);
	d->class->state_save(d, state);
	step(d, 2, false, &e);
	d->class->reset(d);
	step(d, 0, false, &again);
	cr_expect(memcmp(first.value, again.value, sizeof(float[OUTPUTS])) == 0);
	d->class->state_load(d, state);
	step(d, 2, false, &again);
	cr_expect(memcmp(e.value, again.value, sizeof(float[OUTPUTS])) == 0);
	decoder_destroy(d);
}

Test(decoder_linear, goes_on_from_a_saved_state)
{
	struct file file;
	expect_state(create(&file));
}

Test(decoder_linear, goes_on_from_a_saved_state_of_normalisation)
{
	struct file file;
	expect_state(create_normalised(&file));
}

/* It is the plain decoder on what the normaliser makes of the bins. */
Test(decoder_linear, takes_normalised_bins_where_the_file_asks_for_it)
{
	struct file file;
	struct decoder *plain, *d = create_normalised(&file);
	struct normaliser *x = NULL;
	struct estimate e, wanted;
	const uint8_t masks[2][UNITS] = { { 0, 0, 0 }, { 0, 1, 0 } };
	file_init(&file);
	cr_assert(eq(int, normaliser_create(UNITS, 10, file.counts_mean, file.counts_scale, &x), 0));
	file_init(&file);
	memset(file.counts_mean, 0, sizeof(file.counts_mean)); /* what a lost bin is then */
	cr_assert(eq(int, decoder_create(&file.set, UNITS, 50000, NULL, &plain), 0));
	cr_expect(eq(dbl, d->normalise_tau_s, 0.5));
	for (int t = 0; t < 40; t++) {
		float counts[UNITS], rates[UNITS];
		if (t % 10 == 0) {
			d->class->set_mask(d, masks[t / 10 % 2]);
			plain->class->set_mask(plain, masks[t / 10 % 2]);
			normaliser_set_mask(x, masks[t / 10 % 2]);
		}
		bin_at(t, counts, rates);
		struct normalised in = normaliser_step(x, counts, rates, t % 9 == 8);
		plain->class->step(plain, in.counts, in.rates, false, &wanted);
		step(d, t, t % 9 == 8, &e);
		cr_expect(memcmp(e.value, wanted.value, sizeof(float[OUTPUTS])) == 0, "bin %d", t);
	}
	normaliser_destroy(x);
	decoder_destroy(plain);
	decoder_destroy(d);
}

Test(decoder_linear, tells_what_the_file_says)
{
	struct file file;
	struct decoder *d = create(&file);
	cr_expect(eq(int, d->n_units, UNITS));
	cr_expect(eq(int, d->n_outputs, OUTPUTS));
	cr_expect(eq(int, d->bin_us, 50000));
	cr_expect(eq(int, d->lag_bins, 1));
	cr_expect(eq(int, d->history_bins, HISTORY));
	cr_expect(eq(int, d->needs_rates, 1));
	cr_expect(eq(str, d->features, "counts_flat4+rates"));
	cr_expect(eq(str, d->outputs[1].name, "vy"));
	decoder_destroy(d);
}

Test(decoder_linear, takes_units_and_bin_from_the_file)
{
	struct file file;
	struct decoder *d = NULL;
	file_init(&file);
	file.notes[2].key = "other"; /* units: then those of counts.mean */
	cr_assert(eq(int, decoder_create(&file.set, 0, 0, NULL, &d), 0));
	cr_expect(eq(int, d->n_units, UNITS));
	cr_expect(eq(int, d->bin_us, 50000));
	decoder_destroy(d);
}

enum spoil {
	SHAPE,
	DTYPE,
	MISSING,
	SURPLUS,
	NAN_WEIGHT,
	INF_MEAN,
	SCALE_0,
	SCALE_LESS,
	SCALE_TINY,
	NOTE,
	NO_NOTE,
	OUTPUTS_33,
	NORMALISE, /* the tensor is there and good, the note has this value */
	COUNTS_SCALE_0,
	COUNTS_SCALE_SHORT,
};

struct refused_case {
	char name[24];
	enum spoil spoil;
	int which; /* tensor or note */
	char value[40];
	int n_units;
	int code;
	char line[80]; /* must occur in the failure */
};

static void spoil(struct file *f, const struct refused_case *c)
{
	struct tensor *t = &f->tensors[c->which];
	switch (c->spoil) {
	case SHAPE:
		t->shape[t->n_dims - 1]++;
		break;
	case DTYPE:
		t->dtype = TENSOR_F64;
		break;
	case MISSING:
		t->name = "counts.mean2";
		break;
	case SURPLUS:
		f->tensors[f->set.n_tensors++] = (struct tensor){"extra", TENSOR_F32, 1, {1}, f->bias};
		break;
	case NAN_WEIGHT:
		f->weight[7] = NAN;
		break;
	case INF_MEAN:
		f->mean[2] = INFINITY;
		break;
	case SCALE_0:
		f->scale[2] = 0;
		break;
	case SCALE_LESS:
		f->scale[2] = -1;
		break;
	case SCALE_TINY:
		f->scale[2] = 1e-40f;
		break;
	case NOTE:
		f->notes[c->which].value = c->value;
		break;
	case NO_NOTE:
		f->notes[c->which].key = "other";
		break;
	case OUTPUTS_33:
		f->tensors[1].shape[0] = MAX_OUTPUTS + 1;
		break;
	case NORMALISE:
		file_normalise(f);
		f->notes[7].value = c->value;
		break;
	case COUNTS_SCALE_0:
		file_normalise(f);
		f->counts_scale[1] = 0;
		break;
	case COUNTS_SCALE_SHORT:
		file_normalise(f);
		f->tensors[5].shape[0]--;
		break;
	}
}

ParameterizedTestParameters(decoder_linear, refuses)
{
	static struct refused_case cases[] = {
		{ "misshapen weight", SHAPE, 0, "", 3, -EINVAL, "readout.weight is [2, 16], not [2, 15]" },
		{ "misshapen mean", SHAPE, 2, "", 3, -EINVAL, "features.mean is [16], not [15]" },
		{ "misshapen scale", SHAPE, 3, "", 3, -EINVAL, "features.scale" },
		{ "misshapen counts", SHAPE, 4, "", 3, -EINVAL, "counts.mean is [4], not [3]" },
		{ "double weight", DTYPE, 0, "", 3, -EINVAL, "readout.weight is F64, not F32" },
		{ "no weight", MISSING, 0, "", 3, -ENOENT, "readout.weight is missing" },
		{ "no bias", MISSING, 1, "", 3, -ENOENT, "readout.bias is missing" },
		{ "no mean", MISSING, 2, "", 3, -ENOENT, "features.mean is missing" },
		{ "no scale", MISSING, 3, "", 3, -ENOENT, "features.scale is missing" },
		{ "no counts", MISSING, 4, "", 3, -ENOENT, "counts.mean is missing" },
		{ "surplus", SURPLUS, 0, "", 3, -EINVAL, "tensor extra has no place in this model" },
		{ "NaN", NAN_WEIGHT, 0, "", 3, -EINVAL, "readout.weight: element 7" },
		{ "infinite", INF_MEAN, 0, "", 3, -EINVAL, "features.mean: element 2" },
		{ "scale 0", SCALE_0, 0, "", 3, -EINVAL, "features.scale: element 2" },
		{ "scale below 0", SCALE_LESS, 0, "", 3, -EINVAL, "features.scale: element 2" },
		{ "scale too small", SCALE_TINY, 0, "", 3, -EINVAL, "features.scale: element 2" },
		{ "unknown kind", NOTE, 0, "cubic", 3, -EINVAL, "unknown kind of decoder \"cubic\"" },
		{ "no kind", NO_NOTE, 0, "", 3, -ENOENT, "note kind is missing" },
		{ "unknown features", NOTE, 1, "spikes", 3, -EINVAL, "no part \"spikes\"" },
		{ "no features", NO_NOTE, 1, "", 3, -ENOENT, "note features is missing" },
		{ "other units", NOTE, 2, "3", 4, -EINVAL,
		  "d.safetensors: made for 3 units, the stream has 4" },
		{ "units not a number", NOTE, 2, "3x", 3, -EINVAL, "note units" },
		{ "other bin", NOTE, 3, "20000", 3, -EINVAL, "bins of 20000 us, the stream has 50000" },
		{ "no bin", NO_NOTE, 3, "", 3, -ENOENT, "note bin_us is missing" },
		{ "lag far off", NOTE, 6, "101", 3, -EINVAL, "note lag_bins" },
		{ "counts.scale, tau 0", NORMALISE, 0, "0", 3, -EINVAL, "counts.scale has no place" },
		{ "tau no number", NORMALISE, 0, "long", 3, -EINVAL, "note normalise_tau_s" },
		{ "tau below 0", NORMALISE, 0, "-1", 3, -EINVAL, "note normalise_tau_s" },
		{ "counts.scale 0", COUNTS_SCALE_0, 0, "", 3, -EINVAL, "counts.scale: element 1" },
		{ "counts.scale short", COUNTS_SCALE_SHORT, 0, "", 3, -EINVAL,
		  "counts.scale is [2], not [3]" },
		{ "too many outputs", OUTPUTS_33, 0, "", 3, -EINVAL, "33 outputs, 1 to 32" },
	};
	return cr_make_param_array(struct refused_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct refused_case *c, decoder_linear, refuses)
{
	struct file file;
	struct failure f = {0};
	struct decoder *d = NULL;
	file_init(&file);
	spoil(&file, c);
	cr_expect(eq(int, decoder_create(&file.set, c->n_units, 50000, &f, &d), c->code), "%s", c->name);
	cr_expect(eq(ptr, d, NULL), "%s", c->name);
	cr_expect(strstr(f.text, c->line) != NULL, "%s: %s", c->name, f.text);
	cr_expect(strncmp(f.text, "d.safetensors: ", 15) == 0, "%s: %s", c->name, f.text);
}
