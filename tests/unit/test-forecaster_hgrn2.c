#include "forecaster_case.h"

#define BLOCK "hgrn2_blocks.%d."

static void add(struct checkpoint *c)
{
	const struct twin_sizes *s = &c->sizes;
	char name[64];
	checkpoint_add_norm(c, "input_norm");
	for (int i = 0; i < s->n_layers; i++) {
		snprintf(name, sizeof(name), BLOCK "norm", i);
		checkpoint_add_norm(c, name);
		twin_add(c, BLOCK "hgrn2.forget_proj.weight", i, s->channels, s->width, twin_spread(s->width),
			 0);
		twin_add(c, BLOCK "hgrn2.forget_proj.bias", i, s->channels, 0, 1, 1);
		twin_add(c, BLOCK "hgrn2.input_proj.weight", i, s->channels, s->width, twin_spread(s->width),
			 0);
		twin_add(c, BLOCK "hgrn2.input_proj.bias", i, s->channels, 0, 0.5f, 0);
		twin_add(c, BLOCK "hgrn2.output_proj.weight", i, s->width, s->channels,
			 twin_spread(s->channels), 0);
		twin_add(c, BLOCK "hgrn2.output_proj.bias", i, s->width, 0, 0.5f, 0);
	}
	checkpoint_add_norm(c, "final_norm");
	checkpoint_add_norm(c, "output_norm");
}

static void layer(struct checkpoint *c, int i, double (*h)[TWIN_WIDTH], int n)
{
	const struct twin_sizes *k = &c->sizes;
	double v[TWIN_WIDTH], f[TWIN_WIDTH], in[TWIN_WIDTH], s[TWIN_WIDTH] = {0};
	for (int t = 0; t < n; t++) {
		twin_norm(v, h[t], twin_tensor(c, BLOCK "norm.weight", i),
			  twin_tensor(c, BLOCK "norm.bias", i), k->width);
		twin_matrix(f, twin_tensor(c, BLOCK "hgrn2.forget_proj.weight", i),
			    twin_tensor(c, BLOCK "hgrn2.forget_proj.bias", i), v, k->channels, k->width);
		twin_matrix(in, twin_tensor(c, BLOCK "hgrn2.input_proj.weight", i),
			    twin_tensor(c, BLOCK "hgrn2.input_proj.bias", i), v, k->channels, k->width);
		for (int d = 0; d < k->channels; d++) {
			double keep = twin_sigmoid(f[d]);
			s[d] = keep * s[d] + (1 - keep) * in[d];
		}
		twin_matrix(v, twin_tensor(c, BLOCK "hgrn2.output_proj.weight", i),
			    twin_tensor(c, BLOCK "hgrn2.output_proj.bias", i), s, k->width, k->channels);
		for (int w = 0; w < k->width; w++)
			h[t][w] += v[w];
	}
}

static const struct twin twin = {"hgrn2", true, add, layer};

static struct sizes_case sizes[] = {
	{"odd", {13, 20, 3, 39, 0, 0}, 10},          {"published, small", {24, 32, 2, 64, 0, 0}, 10},
	{"all ones", {1, 1, 1, 1, 0, 0}, 10},        {"one layer", {130, 33, 1, 70, 0, 0}, 7},
	{"window of one", {17, 16, 2, 32, 0, 0}, 1}, {"long window", {5, 6, 2, 12, 0, 0}, 25},
};

static struct refused_case refused[] = {
	{"input_proj.weight", MISSING, "", -ENOENT, "input_proj.weight is missing"},
	{"final_norm.weight", MISSING, "", -ENOENT, "final_norm.weight is missing"},
	{"hgrn2_blocks.1.norm.weight", MISSING, "", -ENOENT, "hgrn2_blocks.1.norm.weight is missing"},
	{"hgrn2_blocks.0.hgrn2.forget_proj.weight", MISSING, "", -EINVAL, "no architecture is known"},
	{"hgrn2_blocks.2.hgrn2.input_proj.bias", MISSING, "", -ENOENT,
	 "hgrn2_blocks.2.hgrn2.input_proj.bias is missing"},
	{"hgrn2_blocks.3.norm.bias", SURPLUS, "", -ENOENT, "hgrn2_blocks.3.norm.weight is missing"},
	{"lm_head.weight", SURPLUS, "", -EINVAL, "lm_head.weight has no place in this model"},
	{"hgrn2_blocks.1.hgrn2.forget_proj.weight", LONGER, "", -EINVAL, "[40, 20], not [39, 20]"},
	{"output_proj.weight", LONGER, "", -EINVAL, "output_proj.weight is [14, 20], not [13, 20]"},
	{"input_proj.weight", DIMS, "", -EINVAL, "input_proj.weight has 1 dimensions, not 2"},
	{"hgrn2_blocks.1.hgrn2.output_proj.weight", NOT_FINITE, "", -EINVAL,
	 "output_proj.weight: element 3 is not a finite number"},
	{"architecture", NOTE, "hgrn3", -EINVAL, "unknown architecture \"hgrn3\""},
	{"architecture", NOTE, "lstm", -EINVAL, "there is no layer of a lstm in it"},
	{"history_bins", NOTE, "1001", -EINVAL, "note history_bins"},
	{"other units", NONE, "", -EINVAL, "made for 13 units, the stream has 14"},
};

FORECASTER_TESTS(forecaster_hgrn2, twin, sizes, refused)
