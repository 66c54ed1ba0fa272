#include "trainee.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

#define MAX_LAYERS 64
#define MAX_WIDTH 4096
#define MAX_STATE 256

static const struct trainee_class *const classes[] = { &trainee_mamba, &trainee_lstm, &trainee_gru };
#define N_CLASSES ((int)(sizeof(classes) / sizeof(*classes)))

/* The frame's parameters stand around those of the layers. */
enum { INPUT_PROJ, INPUT_BIAS, INPUT_GAIN, INPUT_SHIFT, N_BEFORE };

void trainee_declare(struct trainee *t, const char *name, int n_dims, const int64_t *shape)
{
	struct trainee_param *p = t->param ? &t->param[t->n_params] : &(struct trainee_param){ 0 };
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->n_dims = n_dims;
	p->at = t->n_values;
	p->n = 1;
	for (int i = 0; i < n_dims; i++) {
		p->shape[i] = shape[i];
		p->n *= (size_t)shape[i];
	}
	t->n_values += p->n;
	t->n_params++;
}

static void declare_linear(struct trainee *t, const char *name, int n_out, int n_in)
{
	char text[64];
	snprintf(text, sizeof(text), "%s.weight", name);
	trainee_declare(t, text, 2, (int64_t[]){ n_out, n_in });
	snprintf(text, sizeof(text), "%s.bias", name);
	trainee_declare(t, text, 1, (int64_t[]){ n_out });
}

static void declare_norm(struct trainee *t, const char *name)
{
	char text[64];
	snprintf(text, sizeof(text), "%s.weight", name);
	trainee_declare(t, text, 1, (int64_t[]){ t->sizes.width });
	snprintf(text, sizeof(text), "%s.bias", name);
	trainee_declare(t, text, 1, (int64_t[]){ t->sizes.width });
}

static void declare_all(struct trainee *t)
{
	const struct trainee_sizes *s = &t->sizes;
	t->n_params = 0;
	t->n_values = 0;
	declare_linear(t, "input_proj", s->width, s->n_inputs);
	declare_norm(t, "input_norm");
	for (int i = 0; i < s->n_layers; i++) {
		if (t->first)
			t->first[i] = t->n_params;
		t->class->declare(t, i);
	}
	if (t->class->final_norm)
		declare_norm(t, "final_norm");
	declare_norm(t, "output_norm");
	declare_linear(t, "output_proj", s->n_outputs, s->width);
}

static int check_size(const char *what, int value, int most, struct failure *f)
{
	if (value >= 1 && value <= most)
		return 0;
	return failure_set(f, -EINVAL, "%s %d: 1 to %d are possible", what, value, most);
}

static int check_sizes(const struct trainee_class *c, const struct trainee_sizes *s, struct failure *f)
{
	int r = check_size("units", s->n_inputs, MAX_UNITS, f);
	if (r == 0)
		r = check_size("outputs", s->n_outputs, MAX_UNITS, f);
	if (r == 0)
		r = check_size("width", s->width, MAX_WIDTH, f);
	if (r == 0)
		r = check_size("layers", s->n_layers, MAX_LAYERS, f);
	if (r == 0 && c->state)
		r = check_size("states", s->n_state, MAX_STATE, f);
	return r;
}

static int allocate(const struct trainee_class *c, const struct trainee_sizes *s, struct trainee **ret)
{
	struct trainee *t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->class = c;
	t->sizes = *s;
	t->ld_width = real_padded(s->width);
	t->state_size = s->n_layers * c->state_size(s);
	declare_all(t);
	t->param = calloc((size_t)t->n_params, sizeof(*t->param));
	t->first = calloc((size_t)s->n_layers, sizeof(*t->first));
	t->value = calloc(t->n_values, sizeof(*t->value));
	if (!t->param || !t->first || !t->value) {
		trainee_destroy(t);
		return -ENOMEM;
	}
	declare_all(t);
	*ret = t;
	return 0;
}

static const struct trainee_class *class_named(const char *name)
{
	for (int i = 0; i < N_CLASSES; i++)
		if (strcmp(classes[i]->architecture, name) == 0)
			return classes[i];
	return NULL;
}

int trainee_create(const char *architecture, const struct trainee_sizes *sizes, struct failure *f,
		   struct trainee **ret)
{
	const struct trainee_class *c = class_named(architecture);
	if (!c)
		return failure_set(f, -EINVAL, "architecture \"%.40s\" is none that can be trained",
				   architecture);
	int r = check_sizes(c, sizes, f);
	if (r < 0)
		return r;
	r = allocate(c, sizes, ret);
	return r < 0 ? failure_set(f, r, "out of memory for a model of width %d", sizes->width) : 0;
}

void trainee_destroy(struct trainee *t)
{
	if (!t)
		return;
	free(t->param);
	free(t->first);
	free(t->value);
	free(t);
}

const struct trainee_param *trainee_find(const struct trainee *t, const char *name)
{
	for (int i = 0; i < t->n_params; i++)
		if (strcmp(t->param[i].name, name) == 0)
			return &t->param[i];
	return NULL;
}

void trainee_tensors(const struct trainee *t, const real *value, struct tensor *ret)
{
	for (int i = 0; i < t->n_params; i++) {
		const struct trainee_param *p = &t->param[i];
		ret[i] = (struct tensor){
			.name = p->name,
			.dtype = sizeof(real) == 4 ? TENSOR_F32 : TENSOR_F64,
			.n_dims = p->n_dims,
			.data = value + p->at,
		};
		memcpy(ret[i].shape, p->shape, sizeof(p->shape));
	}
}

/* --- from a checkpoint --- */

static const struct tensor *layer_tensor(const struct tensor_set *set, const char *format, int layer)
{
	char name[64];
	const char *mark = strstr(format, "%d");
	snprintf(name, sizeof(name), "%.*s%d%s", (int)(mark - format), format, layer, mark + 2);
	return tensor_find(set, name);
}

static int find_class(const struct tensor_set *set, struct failure *f, const struct trainee_class **ret)
{
	const char *name = tensor_note(set, "architecture");
	*ret = name ? class_named(name) : NULL;
	for (int i = 0; i < N_CLASSES && !name && !*ret; i++)
		if (layer_tensor(set, classes[i]->layer, 0))
			*ret = classes[i];
	if (*ret)
		return 0;
	return failure_set(f, -EINVAL, "%s: \"%.40s\" is no architecture that can be trained", set->origin,
			   name ? name : "?");
}

static int size_of(const struct tensor_set *set, const char *name, int which, struct failure *f, int *ret)
{
	const struct tensor *t = tensor_find(set, name);
	if (!t)
		return failure_set(f, -ENOENT, "%s: tensor %s is missing", set->origin, name);
	if (t->n_dims <= which || t->shape[which] < 1 || t->shape[which] > MAX_UNITS)
		return failure_set(f, -EINVAL, "%s: tensor %s: a shape that is not possible", set->origin,
				   name);
	*ret = (int)t->shape[which];
	return 0;
}

static int read_sizes(const struct tensor_set *set, const struct trainee_class *c, struct failure *f,
		      struct trainee_sizes *s)
{
	int r = size_of(set, "input_proj.weight", 0, f, &s->width);
	if (r == 0)
		r = size_of(set, "input_proj.weight", 1, f, &s->n_inputs);
	if (r == 0)
		r = size_of(set, "output_proj.weight", 0, f, &s->n_outputs);
	if (r == 0 && c->state)
		r = size_of(set, c->state, 1, f, &s->n_state);
	while (r == 0 && s->n_layers < MAX_LAYERS && layer_tensor(set, c->layer, s->n_layers))
		s->n_layers++;
	return r < 0 ? r : check_sizes(c, s, f);
}

static int read_values(struct trainee *t, const struct tensor_set *set, struct failure *f)
{
	if (set->n_tensors != t->n_params)
		return failure_set(f, -EINVAL, "%s: %d tensors, a %s of %d layers has %d", set->origin,
				   set->n_tensors, t->class->architecture, t->sizes.n_layers, t->n_params);
	for (int i = 0; i < t->n_params; i++) {
		const struct trainee_param *p = &t->param[i];
		const float *from;
		int r = tensor_f32(set, p->name, p->n_dims, p->shape, f, &from);
		if (r < 0)
			return r;
		for (size_t k = 0; k < p->n; k++)
			t->value[p->at + k] = (real)from[k];
	}
	return 0;
}

int trainee_create_from(const struct tensor_set *set, struct failure *f, struct trainee **ret)
{
	const struct trainee_class *c;
	struct trainee_sizes sizes = { 0 };
	struct trainee *t;
	int r = find_class(set, f, &c);
	if (r == 0)
		r = read_sizes(set, c, f, &sizes);
	if (r < 0)
		return r;
	r = allocate(c, &sizes, &t);
	if (r < 0)
		return failure_set(f, r, "%s: out of memory", set->origin);
	r = read_values(t, set, f);
	if (r < 0)
		trainee_destroy(t);
	else
		*ret = t;
	return r;
}

/* --- values to begin with --- */

static void uniform(const struct trainee *t, int param, double limit, struct seed *seed)
{
	real *v = t->value + t->param[param].at;
	for (size_t i = 0; i < t->param[param].n; i++)
		v[i] = (real)((2 * seed_uniform(seed) - 1) * limit);
}

static void constant(const struct trainee *t, int param, double value)
{
	real *v = t->value + t->param[param].at;
	for (size_t i = 0; i < t->param[param].n; i++)
		v[i] = (real)value;
}

void trainee_uniform(const struct trainee *t, int layer, int which, double limit, struct seed *seed)
{
	uniform(t, t->first[layer] + which, limit, seed);
}

void trainee_constant(const struct trainee *t, int layer, int which, double value)
{
	constant(t, t->first[layer] + which, value);
}

void trainee_init(struct trainee *t, uint64_t seed)
{
	struct seed s = { seed_part(seed, 0) };
	int after = t->n_params - 4;
	double in = 1 / sqrt(t->sizes.n_inputs), out = 1 / sqrt(t->sizes.width);
	uniform(t, INPUT_PROJ, in, &s);
	uniform(t, INPUT_BIAS, in, &s);
	for (int i = INPUT_GAIN; i < t->n_params; i++) /* norms; the layers' own parameters follow */
		constant(t, i, 0);
	constant(t, INPUT_GAIN, 1);
	constant(t, after, 1);
	if (t->class->final_norm)
		constant(t, after - 2, 1);
	for (int i = 0; i < t->sizes.n_layers; i++)
		t->class->init(t, i, &s);
	uniform(t, after + 2, out, &s);
	uniform(t, after + 3, out, &s);
}
