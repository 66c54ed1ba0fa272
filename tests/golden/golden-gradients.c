/* Gradients and AdamW against automatic differentiation by the authors' framework, run in float64. Built
 * twice: as the programs train, and in double. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adamw.h"
#include "loss.h"
#include "safetensors.h"
#include "trainee.h"

static const bool in_double = sizeof(real) == sizeof(double);

struct model {
	char name[32];
	double gradient, parameter; /* how far a float may be off */
};

static struct model models[] = {
	{ "grad_sp_mamba_small", 1e-4, 1e-5 },
	{ "grad_sp_lstm_small", 1e-4, 1e-5 },
};

#define FOR_EACH_MODEL(test)                                                                                 \
	ParameterizedTestParameters(golden_gradients, test)                                                  \
	{                                                                                                    \
		return cr_make_param_array(struct model, models, sizeof(models) / sizeof(*models));          \
	}                                                                                                    \
	ParameterizedTest(struct model *c, golden_gradients, test)

static struct safetensors *open_vectors(const char *folder, const char *file)
{
	char path[512];
	struct failure f = { 0 };
	struct safetensors *s = NULL;
	const char *shared = getenv("BCID_SHARED");
	snprintf(path, sizeof(path), "%s/golden/%s/%s.safetensors", shared ? shared : ".", folder, file);
	if (safetensors_open(path, &f, &s) < 0)
		cr_skip_test("%s", f.text);
	return s;
}

static const struct tensor *tensor(struct safetensors *s, const char *name)
{
	const struct tensor *t = tensor_find(safetensors_tensors(s), name);
	cr_assert_not_null(t, "%s is missing", name);
	return t;
}

static real *numbers(struct safetensors *s, const char *name)
{
	const struct tensor *t = tensor(s, name);
	int64_t n = tensor_n_elements(t);
	real *ret = malloc((size_t)n * sizeof(*ret));
	for (int64_t i = 0; i < n; i++)
		ret[i] = (real)tensor_at(t, i);
	return ret;
}

/* The batch of a folder, time-major, and the model that it goes through. */
struct run {
	struct trainee *t;
	struct trainee_pass *pass;
	struct trainee_batch batch;
	struct safetensors *vectors;
	real *input, *target, *rate, *gradient;
};

static void run_open(struct run *r, const char *folder)
{
	struct failure f = { 0 };
	struct safetensors *model = open_vectors(folder, "model");
	r->vectors = open_vectors(folder, "batch");
	cr_assert(eq(int, trainee_create_from(safetensors_tensors(model), &f, &r->t), 0), "%s", f.text);
	safetensors_close(model);
	const struct tensor *in = tensor(r->vectors, "input");
	int n = (int)in->shape[0], steps = (int)in->shape[1], units = (int)in->shape[2];
	r->input = malloc((size_t)(n * steps * units) * sizeof(real));
	for (int b = 0; b < n; b++)
		for (int t = 0; t < steps; t++)
			for (int u = 0; u < units; u++)
				r->input[(t * n + b) * units + u] =
					(real)tensor_at(in, (b * steps + t) * units + u);
	r->target = numbers(r->vectors, "target");
	r->rate = malloc((size_t)(n * units) * sizeof(real));
	r->gradient = malloc(r->t->n_values * sizeof(real));
	r->batch = (struct trainee_batch){ n, steps, true, r->input };
	cr_assert(eq(int, trainee_pass_create(r->t, n, steps, 0, &r->pass), 0));
}

static void run_close(struct run *r)
{
	trainee_pass_destroy(r->pass);
	trainee_destroy(r->t);
	free(r->input);
	free(r->target);
	free(r->rate);
	free(r->gradient);
	safetensors_close(r->vectors);
}

/* The loss, and the gradient anew. */
static double run_once(struct run *r)
{
	int n = r->batch.n_sequences, units = r->t->sizes.n_outputs;
	const struct loss_rows rows = { n, units, NULL, (real)1 / (real)(n * units) };
	memset(r->gradient, 0, r->t->n_values * sizeof(real));
	trainee_forward(r->pass, &r->batch, true);
	double loss = loss_poisson_softplus(&rows, r->pass->output, r->target, r->rate, r->pass->slope);
	trainee_backward(r->pass, r->gradient);
	return loss / (n * units);
}

FOR_EACH_MODEL(are_those_of_autograd)
{
	struct run r;
	run_open(&r, c->name);
	struct safetensors *golden = open_vectors(c->name, "grad_f64");
	double loss = run_once(&r), wanted = tensor_at(tensor(r.vectors, "loss_f64"), 0);
	cr_expect(fabs(loss - wanted) < (in_double ? 1e-12 : 2e-6), "loss %.12g, not %.12g", loss, wanted);
	for (int i = 0; i < r.t->n_params; i++) {
		const struct trainee_param *p = &r.t->param[i];
		const struct tensor *g = tensor(golden, p->name);
		double most = 0, off = 0;
		for (size_t k = 0; k < p->n; k++) {
			double should = tensor_at(g, (int64_t)k);
			most = fmax(most, fabs(should));
			off = fmax(off, fabs((double)r.gradient[p->at + k] - should));
		}
		cr_expect(off <= (in_double ? 1e-10 : c->gradient) * most, "%s: off by %.3g of %.3g", p->name,
			  off, most);
	}
	safetensors_close(golden);
	run_close(&r);
}

static void expect_parameters(const struct model *c, const struct run *r, const char *file)
{
	struct safetensors *golden = open_vectors(c->name, file), *slopes = open_vectors(c->name, "grad_f64");
	for (int i = 0; i < r->t->n_params; i++) {
		const struct trainee_param *p = &r->t->param[i];
		const struct tensor *v = tensor(golden, p->name), *g = tensor(slopes, p->name);
		for (size_t k = 0; k < p->n; k++) {
			double off = fabs((double)r->t->value[p->at + k] - tensor_at(v, (int64_t)k));
			bool steep = fabs(tensor_at(g, (int64_t)k)) > 1e-6;
			double most = in_double ? 1e-8 : steep ? c->parameter : 9e-4;
			cr_expect(off <= most, "%s: %s[%zu] off by %.3g", file, p->name, k, off);
		}
	}
	safetensors_close(golden);
	safetensors_close(slopes);
}

static void take_three_steps(const struct model *c, double clip, const char *file)
{
	struct run r;
	struct adamw_options o = adamw_defaults();
	run_open(&r, c->name);
	struct adamw a = { r.t->n_values, 0, calloc(r.t->n_values, sizeof(real)),
			   calloc(r.t->n_values, sizeof(real)) };
	const struct tensor *losses = tensor(r.vectors, "losses_3_steps_f64");
	o.clip = clip;
	for (int k = 0; k < 3; k++) {
		double loss = run_once(&r), norm = adamw_step(&a, &o, r.t->value, r.gradient);
		double first = tensor_at(tensor(r.vectors, "grad_global_norm_f64"), 0);
		cr_expect(clip > 0 || fabs(loss - tensor_at(losses, k)) < 1e-5, "step %d: loss %.8g", k,
			  loss);
		cr_expect(k > 0 || fabs(norm - first) < 1e-5 * first, "norm %.8g, not %.8g", norm, first);
	}
	expect_parameters(c, &r, file);
	free(a.first);
	free(a.second);
	run_close(&r);
}

FOR_EACH_MODEL(lead_adamw_where_it_went)
{
	take_three_steps(c, 0, "params_after_3_adamw_f64");
}

FOR_EACH_MODEL(lead_adamw_where_it_went_when_clipped)
{
	take_three_steps(c, 1, "params_after_3_adamw_clip1_f64");
}

static void expect_loss(struct safetensors *s, const char *mask, const char *loss, const char *slope)
{
	real *pred = numbers(s, "pred"), *target = numbers(s, "target"),
	     *weight = mask ? numbers(s, mask) : NULL;
	struct loss_rows rows = { 8, 24, weight, 1 };
	double all = fmax(loss_weight(&rows), 1);
	real d[8 * 24];
	rows.factor = (real)(1 / all);
	double got = loss_poisson(&rows, pred, target, d) / all, should = tensor_at(tensor(s, loss), 0);
	cr_expect(fabs(got - should) < (in_double ? 1e-12 : 2e-6), "%s: %.10g, not %.10g", loss, got, should);
	for (int i = 0; i < 8 * 24; i++) {
		double wanted = tensor_at(tensor(s, slope), i);
		cr_expect(fabs((double)d[i] - wanted) < (in_double ? 1e-12 : 1e-6), "%s[%d]", slope, i);
	}
	free(pred);
	free(target);
	free(weight);
}

Test(golden_gradients, have_the_published_loss)
{
	struct safetensors *s = open_vectors("poisson_loss", "case");
	expect_loss(s, NULL, "loss_f64", "d_loss_d_pred_f64");
	expect_loss(s, "mask", "masked_loss_f64", "d_masked_loss_d_pred_f64");
	safetensors_close(s);
}
