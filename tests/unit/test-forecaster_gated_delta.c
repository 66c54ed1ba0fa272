#include "forecaster_case.h"

#define BLOCK "blocks.%d."
#define ATTN BLOCK "attn."

/* sizes.channels are of all heads, sizes.n_state is how many heads. */
static void add(struct checkpoint *c)
{
	const struct twin_sizes *s = &c->sizes;
	float spread = twin_spread(s->width);
	char name[64];
	checkpoint_add_norm(c, "input_norm");
	for (int i = 0; i < s->n_layers; i++) {
		snprintf(name, sizeof(name), BLOCK "norm", i);
		checkpoint_add_norm(c, name);
		twin_add(c, ATTN "q_proj.weight", i, s->channels, s->width, spread, 0);
		twin_add(c, ATTN "k_proj.weight", i, s->channels, s->width, spread, 0);
		twin_add(c, ATTN "v_proj.weight", i, s->channels, s->width, spread, 0);
		twin_add(c, ATTN "g_proj.weight", i, s->n_state, s->width, spread, 0);
		twin_add(c, ATTN "g_proj.bias", i, s->n_state, 0, 0.5f, 1);
		twin_add(c, ATTN "beta_proj.weight", i, s->n_state, s->width, spread, 0);
		twin_add(c, ATTN "beta_proj.bias", i, s->n_state, 0, 0.5f, 0);
		twin_add(c, ATTN "o_proj.weight", i, s->width, s->channels, twin_spread(s->channels), 0);
	}
	checkpoint_add_norm(c, "final_norm");
	checkpoint_add_norm(c, "output_norm");
}

/* One step of one head; S (value, key). */
static void head(double *S, double *o, const double *q, double *k, const double *v, double keep, double learn,
		 int dim)
{
	double length = 0, error[TWIN_WIDTH];
	for (int a = 0; a < dim; a++)
		length += k[a] * k[a];
	for (int a = 0; a < dim; a++)
		k[a] /= fmax(sqrt(length), 1e-5);
	for (int r = 0; r < dim; r++) {
		error[r] = v[r];
		for (int a = 0; a < dim; a++)
			error[r] -= S[r * dim + a] * k[a];
	}
	for (int r = 0; r < dim; r++) {
		o[r] = 0;
		for (int a = 0; a < dim; a++) {
			S[r * dim + a] = keep * S[r * dim + a] + learn * error[r] * k[a];
			o[r] += S[r * dim + a] * q[a];
		}
	}
}

static void layer(struct checkpoint *c, int i, double (*h)[TWIN_WIDTH], int n)
{
	const struct twin_sizes *s = &c->sizes;
	int dim = s->channels / s->n_state;
	double v0[TWIN_WIDTH], q[TWIN_WIDTH], k[TWIN_WIDTH], v[TWIN_WIDTH], g[TWIN_WIDTH], b[TWIN_WIDTH];
	double *S = calloc((size_t)(s->channels * dim), sizeof(*S)), o[TWIN_WIDTH];
	for (int t = 0; t < n; t++) {
		twin_norm(v0, h[t], twin_tensor(c, BLOCK "norm.weight", i),
			  twin_tensor(c, BLOCK "norm.bias", i), s->width);
		twin_matrix(q, twin_tensor(c, ATTN "q_proj.weight", i), NULL, v0, s->channels, s->width);
		twin_matrix(k, twin_tensor(c, ATTN "k_proj.weight", i), NULL, v0, s->channels, s->width);
		twin_matrix(v, twin_tensor(c, ATTN "v_proj.weight", i), NULL, v0, s->channels, s->width);
		twin_matrix(g, twin_tensor(c, ATTN "g_proj.weight", i), twin_tensor(c, ATTN "g_proj.bias", i),
			    v0, s->n_state, s->width);
		twin_matrix(b, twin_tensor(c, ATTN "beta_proj.weight", i),
			    twin_tensor(c, ATTN "beta_proj.bias", i), v0, s->n_state, s->width);
		for (int j = 0; j < s->n_state; j++)
			head(S + j * dim * dim, o + j * dim, q + j * dim, k + j * dim, v + j * dim,
			     twin_sigmoid(g[j]), twin_sigmoid(b[j]), dim);
		twin_matrix(v0, twin_tensor(c, ATTN "o_proj.weight", i), NULL, o, s->width, s->channels);
		for (int w = 0; w < s->width; w++)
			h[t][w] += v0[w];
	}
	free(S);
}

static const struct twin twin = {"gated_delta", true, add, layer};

static struct sizes_case sizes[] = {
	{"odd", {13, 20, 3, 27, 3, 0}, 10},     {"published, small", {24, 32, 2, 32, 4, 0}, 10},
	{"all ones", {1, 1, 1, 1, 1, 0}, 10},   {"one layer", {130, 33, 1, 66, 2, 0}, 7},
	{"one head", {17, 16, 2, 37, 1, 0}, 1}, {"heads of one", {5, 6, 2, 21, 21, 0}, 25},
};

static struct refused_case refused[] = {
	{"output_norm.bias", MISSING, "", -ENOENT, "output_norm.bias is missing"},
	{"blocks.1.attn.q_proj.weight", MISSING, "", -ENOENT, "blocks.1.attn.q_proj.weight is missing"},
	{"blocks.0.attn.g_proj.weight", MISSING, "", -ENOENT, "blocks.0.attn.g_proj.weight is missing"},
	{"blocks.0.attn.beta_proj.weight", MISSING, "", -EINVAL, "no architecture is known"},
	{"blocks.0.attn.q_proj.bias", SURPLUS, "", -EINVAL, "q_proj.bias has no place in this model"},
	{"blocks.1.attn.g_proj.bias", LONGER, "", -EINVAL, "blocks.1.attn.g_proj.bias is [4], not [3]"},
	{"blocks.0.attn.q_proj.weight", LONGER, "", -EINVAL,
	 "blocks.0.attn.q_proj.weight: 28 rows are not shared by 3 heads"},
	{"blocks.2.attn.o_proj.weight", NOT_FINITE, "", -EINVAL, "element 3 is not a finite number"},
	{"history_bins", NOTE, "ten", -EINVAL, "note history_bins"},
	{"other units", NONE, "", -EINVAL, "made for 13 units, the stream has 14"},
};

FORECASTER_TESTS(forecaster_gated_delta, twin, sizes, refused)

/* 64 heads of 1024, in each of five layers 256 MiB. */
Test(forecaster_gated_delta, refuses_a_state_beyond_all_measure)
{
	struct checkpoint file;
	struct failure f = {0};
	struct forecaster *m = NULL;
	twin_checkpoint(&twin, &file, (struct twin_sizes){1, 1, 5, 65536, 64, 0});
	cr_expect(eq(int, forecaster_create(&file.set, 0, CONTEXT_STREAM, &f, &m), -EINVAL));
	cr_expect(strstr(f.text, "a state of 1281 MiB") != NULL, "%s", f.text);
	checkpoint_finish(&file);
	twin_checkpoint(&twin, &file, (struct twin_sizes){1, 1, 1, 2050, 2, 0});
	cr_expect(eq(int, forecaster_create(&file.set, 0, CONTEXT_STREAM, &f, &m), -EINVAL));
	cr_expect(strstr(f.text, "a head of 1025, at most 1024 are possible") != NULL, "%s", f.text);
	checkpoint_finish(&file);
}
