#include "forecaster_case.h"

#define LAYER "lru_layers.%d."

static void add(struct checkpoint *c)
{
	const struct twin_sizes *s = &c->sizes;
	char name[64];
	checkpoint_add_norm(c, "input_norm");
	for (int i = 0; i < s->n_layers; i++) {
		twin_add(c, LAYER "nu", i, s->width, 0, 2, -2);
		twin_add(c, LAYER "theta", i, s->width, 0, 3, 3);
		twin_add(c, LAYER "B_proj.weight", i, 2 * s->width, s->width, twin_spread(s->width), 0);
		twin_add(c, LAYER "B_proj.bias", i, 2 * s->width, 0, 0.5f, 0);
		twin_add(c, LAYER "C_proj.weight", i, s->width, s->width, twin_spread(s->width), 0);
		twin_add(c, LAYER "C_proj.bias", i, s->width, 0, 0.5f, 0);
		snprintf(name, sizeof(name), "lru_norms.%d", i);
		checkpoint_add_norm(c, name);
	}
	checkpoint_add_norm(c, "output_norm");
}

static void layer(struct checkpoint *c, int i, double (*h)[TWIN_WIDTH], int n)
{
	int width = c->sizes.width;
	const float *nu = twin_tensor(c, LAYER "nu", i), *theta = twin_tensor(c, LAYER "theta", i);
	double ab[2 * TWIN_WIDTH], re[TWIN_WIDTH] = {0}, im[TWIN_WIDTH] = {0}, y[TWIN_WIDTH];
	for (int t = 0; t < n; t++) {
		twin_matrix(ab, twin_tensor(c, LAYER "B_proj.weight", i),
			    twin_tensor(c, LAYER "B_proj.bias", i), h[t], 2 * width, width);
		for (int d = 0; d < width; d++) {
			double size = exp(-exp((double)nu[d])), angle = exp((double)theta[d]), x = re[d];
			re[d] = size * (cos(angle) * x - sin(angle) * im[d]) + ab[d];
			im[d] = size * (cos(angle) * im[d] + sin(angle) * x) + ab[width + d];
		}
		twin_matrix(y, twin_tensor(c, LAYER "C_proj.weight", i),
			    twin_tensor(c, LAYER "C_proj.bias", i), re, width, width);
		twin_norm(y, y, twin_tensor(c, "lru_norms.%d.weight", i),
			  twin_tensor(c, "lru_norms.%d.bias", i), width);
		for (int w = 0; w < width; w++)
			h[t][w] += y[w];
	}
}

static const struct twin twin = {"lru", true, add, layer};

static struct sizes_case sizes[] = {
	{"odd", {13, 20, 3}, 10},       {"published, small", {24, 32, 2}, 10}, {"all ones", {1, 1, 1}, 10},
	{"one layer", {130, 33, 1}, 7}, {"window of one", {17, 47, 2}, 1},     {"long window", {5, 6, 2}, 25},
};

static struct refused_case refused[] = {
	{"lru_norms.1.weight", MISSING, "", -ENOENT, "lru_norms.1.weight is missing"},
	{"lru_layers.0.theta", MISSING, "", -ENOENT, "lru_layers.0.theta is missing"},
	{"lru_layers.0.nu", MISSING, "", -EINVAL, "no architecture is known"},
	{"final_norm.weight", SURPLUS, "", -EINVAL, "final_norm.weight has no place in this model"},
	{"lru_layers.1.B_proj.weight", LONGER, "", -EINVAL, "B_proj.weight is [41, 20], not [40, 20]"},
	{"lru_layers.2.nu", NOT_FINITE, "", -EINVAL, "lru_layers.2.nu: element 3 is not a finite number"},
	{"lru_layers.2.theta", VALUE, "800", -EINVAL, "lru_layers.2.theta: element 0 is too large"},
	{"other units", NONE, "", -EINVAL, "made for 13 units, the stream has 14"},
};

FORECASTER_TESTS(forecaster_lru, twin, sizes, refused)
