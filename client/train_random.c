#include "train_random.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 80
#define N_POSITIONS 512
#define N_STATE 16

enum start {
	LINEAR,    /* +- 1 / sqrt(last size, or width of a vector), as PyTorch starts a linear layer */
	VALUE,     /* `a` */
	BETWEEN,   /* a .. b */
	COUNTER,   /* 64-bit whole number, 0 */
	DECAYS,    /* ln(1 + place): of Mamba */
	TIMES,     /* the softplus of it is 1e-3 .. 1e-1, in logarithms alike */
	MODULUS,   /* e^(-e^it) is 0.9 .. 0.999 */
	ANGLE,     /* e^it is 0 .. 2 pi */
	POSITIONS, /* sines and cosines */
};

/* In a shape: U units, W width, I inner width, N d_state, R rank, H heads, P positions; a number in front
 * multiplies. "" is a single number. */
struct part {
	const char *name; /* %d: the layer */
	const char *shape;
	enum start start;
	double a, b;
	int from; /* the first layer that has it */
};

#define NORM(name)                                                                                           \
	{ name ".weight", "W", VALUE, 1 },                                                                   \
	{                                                                                                    \
		name ".bias", "W", VALUE, 0                                                                  \
	}
#define LINEAR_LAYER(name, out, in)                                                                          \
	{ name ".weight", out " " in, LINEAR },                                                              \
	{                                                                                                    \
		name ".bias", out, LINEAR                                                                    \
	}
#define MATRIX(name, out, in)                                                                                \
	{                                                                                                    \
		name ".weight", out " " in, LINEAR                                                           \
	}

static const struct part mamba[] = {
	NORM("mamba_blocks.%d.norm"),
	MATRIX("mamba_blocks.%d.mamba.in_proj", "2I", "W"),
	{ "mamba_blocks.%d.mamba.conv1d.weight", "I 1 4", LINEAR },
	{ "mamba_blocks.%d.mamba.conv1d.bias", "I", BETWEEN, -0.5, 0.5 },
	{ "mamba_blocks.%d.mamba.x_proj.weight", "R+2N I", LINEAR },
	MATRIX("mamba_blocks.%d.mamba.dt_proj", "I", "R"),
	{ "mamba_blocks.%d.mamba.dt_proj.bias", "I", TIMES },
	{ "mamba_blocks.%d.mamba.A_log", "I N", DECAYS },
	{ "mamba_blocks.%d.mamba.D", "I", VALUE, 1 },
	MATRIX("mamba_blocks.%d.mamba.out_proj", "W", "I"),
};

static const struct part hgrn2[] = {
	NORM("hgrn2_blocks.%d.norm"),
	LINEAR_LAYER("hgrn2_blocks.%d.hgrn2.forget_proj", "I", "W"),
	LINEAR_LAYER("hgrn2_blocks.%d.hgrn2.input_proj", "I", "W"),
	LINEAR_LAYER("hgrn2_blocks.%d.hgrn2.output_proj", "W", "I"),
};

static const struct part gated_delta[] = {
	NORM("blocks.%d.norm"),
	MATRIX("blocks.%d.attn.q_proj", "W", "W"),
	MATRIX("blocks.%d.attn.k_proj", "W", "W"),
	MATRIX("blocks.%d.attn.v_proj", "W", "W"),
	MATRIX("blocks.%d.attn.g_proj", "H", "W"),
	{ "blocks.%d.attn.g_proj.bias", "H", VALUE, 1 },
	MATRIX("blocks.%d.attn.beta_proj", "H", "W"),
	{ "blocks.%d.attn.beta_proj.bias", "H", VALUE, 0 },
	MATRIX("blocks.%d.attn.o_proj", "W", "W"),
};

static const struct part lru[] = {
	LINEAR_LAYER("lru_layers.%d.B_proj", "2W", "W"),
	{ "lru_layers.%d.nu", "W", MODULUS },
	{ "lru_layers.%d.theta", "W", ANGLE },
	LINEAR_LAYER("lru_layers.%d.C_proj", "W", "W"),
	NORM("lru_norms.%d"),
};

static const struct part lstm[] = {
	{ "lstm.weight_ih_l%d", "4W W", LINEAR },
	{ "lstm.weight_hh_l%d", "4W W", LINEAR },
	{ "lstm.bias_ih_l%d", "4W", LINEAR },
	{ "lstm.bias_hh_l%d", "4W", LINEAR },
};

#define LAYER "transformer_encoder.layers.%d."
static const struct part transformer[] = {
	NORM(LAYER "norm1"),
	{ LAYER "self_attn.in_proj_weight", "3W W", LINEAR },
	{ LAYER "self_attn.in_proj_bias", "3W", VALUE, 0 },
	LINEAR_LAYER(LAYER "self_attn.out_proj", "W", "W"),
	NORM(LAYER "norm2"),
	LINEAR_LAYER(LAYER "linear1", "I", "W"),
	LINEAR_LAYER(LAYER "linear2", "W", "I"),
};

static const struct part snn[] = {
	{ "inter_proj.%d.weight", "W W", LINEAR, .from = 1 },
	{ "inter_proj.%d.bias", "W", LINEAR, .from = 1 },
	LINEAR_LAYER("spiking_layers.%d.recurrent", "W", "W"),
	{ "spiking_layers.%d.alpha", "", VALUE, 0.85 },
	{ "spiking_layers.%d.beta", "", VALUE, 0.9 },
	{ "spiking_layers.%d.threshold", "", VALUE, 1 },
	{ "spiking_layers.%d.graded_spikes_factor", "", VALUE, 1 },
	{ "spiking_layers.%d.reset_mechanism_val", "", COUNTER },
};

static const struct part input[] = { LINEAR_LAYER("input_proj", "W", "U") };
static const struct part output[] = { MATRIX("output_proj", "U", "W"),
				      { "output_proj.bias", "U", BETWEEN, -3, -1 } };
static const struct part norms[] = { NORM("input_norm"), NORM("output_norm"), NORM("final_norm") };
static const struct part positions[] = { { "pos_encoder.pe", "1 P W", POSITIONS } };

#define PARTS(x) x, sizeof(x) / sizeof(*x)
static const struct architecture {
	const char *name;
	const struct part *layer;
	size_t n_layer_parts;
	int n_norms; /* of `norms` */
	int most_heads;
} architectures[] = {
	{ "mamba", PARTS(mamba), 6, 0 },
	{ "hgrn2", PARTS(hgrn2), 6, 0 },
	{ "gated_delta", PARTS(gated_delta), 6, 4 },
	{ "lru", PARTS(lru), 4, 0 },
	{ "transformer", PARTS(transformer), 4, 8 },
	{ "lstm", PARTS(lstm), 4, 0 },
	{ "snn", PARTS(snn), 0, 0 },
};

struct train_random {
	struct train_random_spec spec;
	int heads;
	uint64_t random;
	struct tensor *tensors;
	struct tensor_note notes[2];
	char heads_text[8];
	struct tensor_set set;
	int64_t n_parameters;
};

/* splitmix64 (Steele, Lea, Flood 2014); -1 .. 1. */
static double next(struct train_random *m)
{
	uint64_t z = m->random += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

static int size_of(const struct train_random *m, char letter)
{
	const struct train_random_spec *s = &m->spec;
	switch (letter) {
	case 'U':
		return s->n_units;
	case 'W':
		return s->width;
	case 'I':
		return 2 * s->width;
	case 'N':
		return N_STATE;
	case 'R':
		return (s->width + 15) / 16;
	case 'H':
		return m->heads;
	case 'P':
		return N_POSITIONS;
	default:
		return 1;
	}
}

/* "R+2N I" → 2 sizes. */
static void read_shape(const struct train_random *m, const char *text, struct tensor *t)
{
	while (*text) {
		int64_t sum = 0;
		do {
			char *letter;
			long times = strtol(text, &letter, 10);
			times = letter == text ? 1 : times;
			sum += times * size_of(m, *letter);
			text = *letter && *letter != ' ' ? letter + 1 : letter;
		} while (*text == '+' && text++);
		t->shape[t->n_dims++] = sum;
		text += *text == ' ';
	}
}

static double start_value(struct train_random *m, const struct part *p, int64_t at, int64_t last)
{
	double width = last, x = next(m), place = (double)(at % last);
	switch (p->start) {
	case VALUE:
		return p->a;
	case BETWEEN:
		return p->a + (p->b - p->a) * (x + 1) / 2;
	case DECAYS:
		return log(1 + place);
	case TIMES:
		return log(expm1(exp(log(1e-3) + log(100) * (x + 1) / 2)));
	case MODULUS:
		return log(-log(0.9 + 0.099 * (x + 1) / 2));
	case ANGLE:
		return log(M_PI * (x + 1) + 1e-6);
	case POSITIONS:
		x = (double)(at / last) * pow(10000, -2 * floor(place / 2) / width);
		return fmod(place, 2) > 0 ? cos(x) : sin(x);
	default:
		return x / sqrt(width);
	}
}

static int add(struct train_random *m, const struct part *p, int layer)
{
	struct tensor t = { .dtype = p->start == COUNTER ? TENSOR_I64 : TENSOR_F32 };
	char name[MAX_NAME];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(name, sizeof(name), p->name, layer);
#pragma GCC diagnostic pop
	read_shape(m, p->shape, &t);
	int64_t n = tensor_n_elements(&t), last = t.n_dims ? t.shape[t.n_dims - 1] : 1;
	float *data = calloc((size_t)n, tensor_dtype_size(t.dtype));
	t.name = strdup(name);
	t.data = data;
	m->tensors[m->set.n_tensors++] = t;
	if (!t.name || !data)
		return -ENOMEM;
	for (int64_t i = 0; i < n && t.dtype == TENSOR_F32; i++)
		data[i] = (float)start_value(m, p, i, last);
	m->n_parameters += n;
	return 0;
}

static int add_all(struct train_random *m, const struct part *parts, size_t n, int layer)
{
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		if (layer >= parts[i].from)
			r = add(m, &parts[i], layer);
	return r;
}

static int fill(struct train_random *m, const struct architecture *a)
{
	int r = add_all(m, PARTS(input), 0);
	if (r == 0)
		r = add_all(m, norms, (size_t)a->n_norms, 0);
	if (r == 0 && a->layer == transformer)
		r = add_all(m, PARTS(positions), 0);
	for (int i = 0; i < m->spec.n_layers && r == 0; i++)
		r = add_all(m, a->layer, a->n_layer_parts, i);
	return r == 0 ? add_all(m, PARTS(output), 0) : r;
}

static const struct architecture *find(const char *name, struct failure *f)
{
	char known[120] = "";
	for (size_t i = 0; i < sizeof(architectures) / sizeof(*architectures); i++) {
		if (strcmp(architectures[i].name, name) == 0)
			return &architectures[i];
		strcat(strcat(known, i ? ", " : ""), architectures[i].name);
	}
	failure_set(f, -EINVAL, "unknown architecture \"%.40s\" (%s)", name, known);
	return NULL;
}

static void add_notes(struct train_random *m, const struct architecture *a)
{
	m->notes[m->set.n_notes++] = (struct tensor_note){ "architecture", a->name };
	if (a->layer != transformer)
		return;
	snprintf(m->heads_text, sizeof(m->heads_text), "%d", m->heads);
	m->notes[m->set.n_notes++] = (struct tensor_note){ "n_heads", m->heads_text };
}

int train_random_create(const struct train_random_spec *spec, struct failure *f, struct train_random **ret)
{
	const struct architecture *a = find(spec->architecture, f);
	if (!a)
		return -EINVAL;
	struct train_random *m = calloc(1, sizeof(*m));
	if (m)
		m->tensors = calloc(16 + (size_t)spec->n_layers * a->n_layer_parts, sizeof(*m->tensors));
	if (!m || !m->tensors) {
		free(m);
		return failure_set(f, -ENOMEM, "out of memory");
	}
	m->spec = *spec;
	m->random = spec->seed;
	for (m->heads = a->most_heads; m->heads > 1 && spec->width % m->heads; m->heads--)
		;
	m->set = (struct tensor_set){ .origin = "an untrained model", m->tensors, .notes = m->notes };
	add_notes(m, a);
	int r = fill(m, a);
	if (r < 0) {
		train_random_destroy(m);
		return failure_set(f, r, "out of memory for an untrained model");
	}
	*ret = m;
	return 0;
}

void train_random_destroy(struct train_random *m)
{
	if (!m)
		return;
	for (int i = 0; i < m->set.n_tensors; i++) {
		free((void *)m->tensors[i].name);
		free((void *)m->tensors[i].data);
	}
	free(m->tensors);
	free(m);
}

const struct tensor_set *train_random_set(const struct train_random *m)
{
	return &m->set;
}

int64_t train_random_n_parameters(const struct train_random *m)
{
	return m->n_parameters;
}
