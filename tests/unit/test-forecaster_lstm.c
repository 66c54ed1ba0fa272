#include "forecaster_case.h"

static void add(struct checkpoint *c)
{
	const struct twin_sizes *s = &c->sizes;
	checkpoint_add_norm(c, "input_norm");
	for (int i = 0; i < s->n_layers; i++) {
		twin_add(c, "lstm.weight_ih_l%d", i, 4 * s->width, s->width, twin_spread(s->width), 0);
		twin_add(c, "lstm.weight_hh_l%d", i, 4 * s->width, s->width, twin_spread(s->width), 0);
		twin_add(c, "lstm.bias_ih_l%d", i, 4 * s->width, 0, 0.5f, 0);
		twin_add(c, "lstm.bias_hh_l%d", i, 4 * s->width, 0, 0.5f, 0);
	}
	checkpoint_add_norm(c, "output_norm");
}

static void layer(struct checkpoint *c, int i, double (*h)[TWIN_WIDTH], int n)
{
	int width = c->sizes.width;
	double x[4 * TWIN_WIDTH], r[4 * TWIN_WIDTH], out[TWIN_WIDTH] = {0}, cell[TWIN_WIDTH] = {0};
	for (int t = 0; t < n; t++) {
		twin_matrix(x, twin_tensor(c, "lstm.weight_ih_l%d", i), twin_tensor(c, "lstm.bias_ih_l%d", i),
			    h[t], 4 * width, width);
		twin_matrix(r, twin_tensor(c, "lstm.weight_hh_l%d", i), twin_tensor(c, "lstm.bias_hh_l%d", i),
			    out, 4 * width, width);
		for (int d = 0; d < width; d++) {
			double in = twin_sigmoid(x[d] + r[d]);
			double forget = twin_sigmoid(x[width + d] + r[width + d]);
			double fresh = tanh(x[2 * width + d] + r[2 * width + d]);
			cell[d] = forget * cell[d] + in * fresh;
			out[d] = twin_sigmoid(x[3 * width + d] + r[3 * width + d]) * tanh(cell[d]);
		}
		memcpy(h[t], out, sizeof(out));
	}
}

static const struct twin twin = {"lstm", true, add, layer};

static struct sizes_case sizes[] = {
	{"odd", {13, 20, 3}, 10},       {"published, small", {24, 32, 2}, 10}, {"all ones", {1, 1, 1}, 10},
	{"one layer", {130, 33, 1}, 7}, {"window of one", {17, 47, 2}, 1},     {"long window", {5, 6, 2}, 25},
};

static struct refused_case refused[] = {
	{"lstm.bias_hh_l1", MISSING, "", -ENOENT, "lstm.bias_hh_l1 is missing"},
	{"lstm.weight_hh_l0", MISSING, "", -ENOENT, "lstm.weight_hh_l0 is missing"},
	{"lstm.weight_ih_l0", MISSING, "", -EINVAL, "no architecture is known"},
	{"lstm.weight_ih_l0_reverse", SURPLUS, "", -EINVAL, "weight_ih_l0_reverse has no place"},
	{"lstm.weight_hr_l0", SURPLUS, "", -EINVAL, "lstm.weight_hr_l0 has no place in this model"},
	{"lstm.bias_hh_l2", LONGER, "", -EINVAL, "lstm.bias_hh_l2 is [81], not [80]"},
	{"lstm.weight_hh_l1", NOT_FINITE, "", -EINVAL, "weight_hh_l1: element 3 is not a finite number"},
	{"other units", NONE, "", -EINVAL, "made for 13 units, the stream has 14"},
};

FORECASTER_TESTS(forecaster_lstm, twin, sizes, refused)
