#include "forecaster_case.h"

#define LAYER "transformer_encoder.layers.%d."
#define POSITIONS 40

/* sizes.channels is the width of the part between, sizes.n_state is how many heads. */
static void add(struct checkpoint *c)
{
	static char heads[4]; /* of the note */
	const struct twin_sizes *s = &c->sizes;
	float spread = twin_spread(s->width);
	char name[64];
	snprintf(heads, sizeof(heads), "%d", s->n_state);
	checkpoint_note(c, "n_heads", heads);
	checkpoint_add_norm(c, "input_norm");
	checkpoint_add(c, "pos_encoder.pe", 1, POSITIONS, s->width, 1, 0);
	for (int i = 0; i < s->n_layers; i++) {
		snprintf(name, sizeof(name), LAYER "norm1", i);
		checkpoint_add_norm(c, name);
		twin_add(c, LAYER "self_attn.in_proj_weight", i, 3 * s->width, s->width, 2 * spread, 0);
		twin_add(c, LAYER "self_attn.in_proj_bias", i, 3 * s->width, 0, 0.5f, 0);
		twin_add(c, LAYER "self_attn.out_proj.weight", i, s->width, s->width, spread, 0);
		twin_add(c, LAYER "self_attn.out_proj.bias", i, s->width, 0, 0.5f, 0);
		snprintf(name, sizeof(name), LAYER "norm2", i);
		checkpoint_add_norm(c, name);
		twin_add(c, LAYER "linear1.weight", i, s->channels, s->width, spread, 0);
		twin_add(c, LAYER "linear1.bias", i, s->channels, 0, 0.5f, 0);
		twin_add(c, LAYER "linear2.weight", i, s->width, s->channels, twin_spread(s->channels), 0);
		twin_add(c, LAYER "linear2.bias", i, s->width, 0, 0.5f, 0);
	}
	checkpoint_add_norm(c, "output_norm");
}

/* What one head gives to bin t; q, k, v are parts of its rows of all bins. */
static void head(double *y, double (*qkv)[3 * TWIN_WIDTH], int t, int q, int width, int dim)
{
	double p[TWIN_BINS], sum = 0;
	for (int b = 0; b <= t; b++) {
		double score = 0;
		for (int a = 0; a < dim; a++)
			score += qkv[t][q + a] * qkv[b][width + q + a];
		p[b] = exp(score / sqrt(dim));
		sum += p[b];
	}
	for (int a = 0; a < dim; a++) {
		y[q + a] = 0;
		for (int b = 0; b <= t; b++)
			y[q + a] += p[b] / sum * qkv[b][2 * width + q + a];
	}
}

static void feed_forward(struct checkpoint *c, int i, double *h)
{
	const struct twin_sizes *s = &c->sizes;
	double v[TWIN_WIDTH], u[TWIN_WIDTH];
	twin_norm(v, h, twin_tensor(c, LAYER "norm2.weight", i), twin_tensor(c, LAYER "norm2.bias", i),
		  s->width);
	twin_matrix(u, twin_tensor(c, LAYER "linear1.weight", i), twin_tensor(c, LAYER "linear1.bias", i), v,
		    s->channels, s->width);
	for (int d = 0; d < s->channels; d++)
		u[d] = fmax(u[d], 0);
	twin_matrix(v, twin_tensor(c, LAYER "linear2.weight", i), twin_tensor(c, LAYER "linear2.bias", i), u,
		    s->width, s->channels);
	for (int w = 0; w < s->width; w++)
		h[w] += v[w];
}

static void layer(struct checkpoint *c, int i, double (*h)[TWIN_WIDTH], int n)
{
	const struct twin_sizes *s = &c->sizes;
	const float *pe = twin_tensor(c, "pos_encoder.pe", 0);
	static double qkv[TWIN_BINS][3 * TWIN_WIDTH];
	double v[TWIN_WIDTH], y[TWIN_WIDTH];
	for (int t = 0; t < n; t++) {
		for (int w = 0; i == 0 && w < s->width; w++)
			h[t][w] += (double)pe[t * s->width + w];
		twin_norm(v, h[t], twin_tensor(c, LAYER "norm1.weight", i),
			  twin_tensor(c, LAYER "norm1.bias", i), s->width);
		twin_matrix(qkv[t], twin_tensor(c, LAYER "self_attn.in_proj_weight", i),
			    twin_tensor(c, LAYER "self_attn.in_proj_bias", i), v, 3 * s->width, s->width);
	}
	for (int t = 0; t < n; t++) {
		for (int j = 0; j < s->n_state; j++)
			head(y, qkv, t, j * s->width / s->n_state, s->width, s->width / s->n_state);
		twin_matrix(v, twin_tensor(c, LAYER "self_attn.out_proj.weight", i),
			    twin_tensor(c, LAYER "self_attn.out_proj.bias", i), y, s->width, s->width);
		for (int w = 0; w < s->width; w++)
			h[t][w] += v[w];
		feed_forward(c, i, h[t]);
	}
}

static const struct twin twin = {"transformer", false, add, layer};

static struct sizes_case sizes[] = {
	{"odd", {13, 20, 3, 39, 4, 0}, 10},         {"published, small", {24, 32, 2, 64, 4, 0}, 10},
	{"all ones", {1, 1, 1, 1, 1, 0}, 10},       {"one layer", {130, 33, 1, 70, 3, 0}, 7},
	{"window of one", {17, 38, 2, 5, 2, 0}, 1}, {"long window", {5, 6, 2, 12, 6, 0}, 25},
};

static struct refused_case refused[] = {
	{"input_norm.weight", MISSING, "", -ENOENT, "input_norm.weight is missing"},
	{"transformer_encoder.layers.1.linear1.weight", MISSING, "", -ENOENT,
	 "transformer_encoder.layers.1.linear1.weight is missing"},
	{"pos_encoder.pe", MISSING, "", -EINVAL, "no architecture is known"},
	{"pos_encoder.pe", DIMS, "", -EINVAL, "pos_encoder.pe has 1 dimensions, not 3"},
	{"pos_encoder.pe", NOT_FINITE, "", -EINVAL, "pos_encoder.pe: element 3 is not a finite number"},
	{"transformer_encoder.norm.weight", SURPLUS, "", -EINVAL, "transformer_encoder.norm.weight has no"},
	{"transformer_encoder.layers.0.self_attn.in_proj_weight", LONGER, "", -EINVAL,
	 "in_proj_weight is [61, 20], not [60, 20]"},
	{"n_heads", NOTE, "", -EINVAL, "note n_heads (of attention) is missing"},
	{"n_heads", NOTE, "3", -EINVAL, "note n_heads is \"3\", which does not divide a width of 20"},
	{"n_heads", NOTE, "0", -EINVAL, "note n_heads is \"0\""},
	{"n_heads", NOTE, "4 heads", -EINVAL, "note n_heads is \"4 heads\""},
	{"config", NOTE, "{\"n_heads\": 6}", -EINVAL, "note n_heads is \"6\""},
	{"config", NOTE, "{\"n_heads\": 4, \"bidirectional\": true}", -EINVAL, "note bidirectional"},
	{"other units", NONE, "", -EINVAL, "made for 13 units, the stream has 14"},
};

FORECASTER_TESTS(forecaster_transformer, twin, sizes, refused)

static int create_with_notes(const char *key, const char *value, const char *history, struct failure *f)
{
	struct checkpoint file;
	struct forecaster *m = NULL;
	twin_checkpoint(&twin, &file, sizes[0].sizes);
	file.set.n_notes = 0;
	checkpoint_note(&file, key, value);
	checkpoint_note(&file, "history_bins", history);
	int r = forecaster_create(&file.set, 0, CONTEXT_WINDOW, f, &m);
	forecaster_destroy(m);
	checkpoint_finish(&file);
	return r;
}

Test(forecaster_transformer, takes_the_heads_from_the_authors_configuration)
{
	struct failure f = {0};
	const char *config = "{\"num_layers\": 3, \"n_heads\" : 4, \"bidirectional\": false}";
	cr_expect(eq(int, create_with_notes("config", config, "10", &f), 0), "%s", f.text);
	cr_expect(eq(int, create_with_notes("config", "{\"n_heads\":5}", "10", &f), 0), "%s", f.text);
}

Test(forecaster_transformer, has_no_more_bins_than_positions)
{
	struct failure f = {0};
	cr_expect(eq(int, create_with_notes("n_heads", "4", "40", &f), 0), "%s", f.text);
	cr_expect(eq(int, create_with_notes("n_heads", "4", "41", &f), -EINVAL));
	cr_expect(strstr(f.text, "pos_encoder.pe: 40 positions, a window has 41 bins") != NULL, "%s", f.text);
}
