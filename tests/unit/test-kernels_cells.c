#include "kernels_case.h"

static double sigmoid_twin(double x)
{
	return 1 / (1 + exp(-x));
}

/* A row of n numbers, and the same in double for the twin. */
struct row {
	struct numbers f;
	double d[200];
};

static struct row row(int n, int offset, unsigned seed)
{
	struct row r = {.f = numbers(n, offset, seed)};
	cr_assert(n <= 200);
	for (int i = 0; i < n; i++)
		r.d[i] = (double)r.f.x[i];
	return r;
}

static void expect_row(const char *what, const float *is, const double *should, int n, double limit)
{
	for (int i = 0; i < n; i++)
		cr_expect(fabs((double)is[i] - should[i]) <= limit, "%s, %d of %d: %g, not %g", what, i, n,
			  (double)is[i], should[i]);
}

FOR_EACH_SET(kernels_cells, mix_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 0; n < 40; n++) {
		struct row f = row(n, c->offset, 1), a = row(n, 0, 2), b = row(n, c->offset, 3);
		struct numbers y = numbers(n, 0, 4);
		for (int i = 0; i < n; i++)
			f.d[i] = f.d[i] * a.d[i] + (1 - f.d[i]) * b.d[i];
		set->mix(y.x, f.f.x, a.f.x, b.f.x, n);
		expect_row("mix", y.x, f.d, n, 1e-6);
		set->mix(a.f.x, f.f.x, a.f.x, b.f.x, n);
		cr_expect(memcmp(a.f.x, y.x, (size_t)n * sizeof(float)) == 0, "in place");
		free(f.f.memory);
		free(a.f.memory);
		free(b.f.memory);
		free(y.memory);
	}
}

FOR_EACH_SET(kernels_cells, rotate_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 0; n < 40; n++) {
		struct row x = row(n, c->offset, 1), y = row(n, 0, 2), a = row(n, 0, 3), b = row(n, 0, 4),
			   p = row(n, c->offset, 5), q = row(n, 0, 6);
		set->rotate(x.f.x, y.f.x, a.f.x, b.f.x, p.f.x, q.f.x, n);
		for (int i = 0; i < n; i++) {
			double re = a.d[i] * x.d[i] - b.d[i] * y.d[i] + p.d[i];
			y.d[i] = a.d[i] * y.d[i] + b.d[i] * x.d[i] + q.d[i];
			x.d[i] = re;
		}
		expect_row("real part", x.f.x, x.d, n, 1e-6);
		expect_row("imaginary part", y.f.x, y.d, n, 1e-6);
		free(x.f.memory);
		free(y.f.memory);
		free(a.f.memory);
		free(b.f.memory);
		free(p.f.memory);
		free(q.f.memory);
	}
}

FOR_EACH_SET(kernels_cells, lstm_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 0; n < 40; n++) {
		int ld = n + 3;
		struct row gates = row(4 * ld, c->offset, 1), cell = row(n, c->offset, 2);
		struct numbers h = numbers(n, 0, 3);
		double should[40];
		set->lstm(h.x, cell.f.x, gates.f.x, ld, n);
		for (int i = 0; i < n; i++) {
			const double *g = gates.d + i;
			cell.d[i] = sigmoid_twin(g[ld]) * cell.d[i] + sigmoid_twin(g[0]) * tanh(g[2 * ld]);
			should[i] = sigmoid_twin(g[3 * ld]) * tanh(cell.d[i]);
		}
		expect_row("cell", cell.f.x, cell.d, n, 1e-6);
		expect_row("h", h.x, should, n, 1e-6);
		free(gates.f.memory);
		free(cell.f.memory);
		free(h.memory);
	}
}

/* Whether the membrane was above before the step decides the reset, its value after it the spike. */
static void expect_spikes(const struct set_case *c, int n, bool synaptic)
{
	const struct kernels_set *set = set_named(c->name);
	struct row syn = row(n, c->offset, 1), mem = row(n, 0, 2), in = row(n, c->offset, 3);
	struct numbers spikes = numbers(n, 0, 4);
	double should[40];
	for (int step = 0; step < 3; step++) {
		set->spike(spikes.x, synaptic ? syn.f.x : NULL, mem.f.x, in.f.x, 0.75f, 0.5f, 0.25f, n);
		for (int i = 0; i < n; i++) {
			double reset = mem.d[i] > 0.25 ? 0.25 : 0;
			syn.d[i] = synaptic ? 0.75 * syn.d[i] + in.d[i] : syn.d[i];
			mem.d[i] = 0.5 * mem.d[i] + (synaptic ? syn.d[i] : in.d[i]) - reset;
			should[i] = mem.d[i] > 0.25;
		}
		expect_row("synapse", syn.f.x, syn.d, n, 1e-6);
		expect_row("membrane", mem.f.x, mem.d, n, 1e-6);
		expect_row("spikes", spikes.x, should, n, 0);
	}
	free(syn.f.memory);
	free(mem.f.memory);
	free(in.f.memory);
	free(spikes.memory);
}

FOR_EACH_SET(kernels_cells, spike_equals_its_twin)
{
	for (int n = 0; n < 40; n++) {
		expect_spikes(c, n, true);
		expect_spikes(c, n, false);
	}
}

FOR_EACH_SET(kernels_cells, spike_at_the_threshold_is_none)
{
	const struct kernels_set *set = set_named(c->name);
	float spikes[3], mem[3] = {0.5f, 1.5f, 1.5f}, in[3] = {0.5f, 0.75f, NAN};
	set->spike(spikes, NULL, mem, in, 0, 1, 1, 3);
	cr_expect(mem[0] == 1 && spikes[0] == 0, "%g", (double)spikes[0]);
	cr_expect(mem[1] == 1.25f && spikes[1] == 1, "%g", (double)spikes[1]);
	cr_expect(isnan(spikes[2]));
}

static void delta_twin(double *S, double *o, const double *q, const double *k, const double *v, double keep,
		       double learn, int dim, int ld)
{
	for (int r = 0; r < dim; r++) {
		double seen = 0;
		o[r] = 0;
		for (int c = 0; c < dim; c++)
			seen += S[c * ld + r] * k[c];
		for (int c = 0; c < dim; c++) {
			S[c * ld + r] = keep * S[c * ld + r] + learn * (v[r] - seen) * k[c];
			o[r] += S[c * ld + r] * q[c];
		}
	}
}

FOR_EACH_SET(kernels_cells, delta_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	static const int dims[] = {1, 2, 7, 8, 16, 17, 33, 64};
	for (size_t i = 0; i < sizeof(dims) / sizeof(*dims); i++) {
		int dim = dims[i], ld = kernel_padded(dim);
		struct numbers S = numbers(dim * ld, c->offset, 1), o = numbers(dim, 0, 2);
		struct row q = row(dim, c->offset, 3), k = row(dim, 0, 4), v = row(dim, c->offset, 5);
		double twin[64 * 64], should[64];
		for (int e = 0; e < dim * ld; e++)
			twin[e] = (double)S.x[e];
		for (int step = 0; step < 3; step++) {
			set->delta(S.x, step == 1 ? NULL : o.x, q.f.x, k.f.x, v.f.x, 0.75f, 0.125f, dim);
			delta_twin(twin, should, q.d, k.d, v.d, 0.75, 0.125, dim, ld);
			for (int e = 0; e < dim; e++)
				expect_row("S", S.x + e * ld, twin + e * ld, dim, 5e-6);
			if (step != 1)
				expect_row("o", o.x, should, dim, 2e-5);
		}
		free(S.memory);
		free(o.memory);
		free(q.f.memory);
		free(k.f.memory);
		free(v.f.memory);
	}
}

static void attend_twin(double *y, const float *q, const float *keys, const float *values, int ld, int n,
			int dim)
{
	double p[40], sum = 0;
	for (int t = 0; t < n; t++) {
		double magnitude;
		p[t] = exp(dot_twin(q, keys + t * ld, dim, &magnitude) / sqrt(dim));
		sum += p[t];
	}
	for (int i = 0; i < dim; i++) {
		y[i] = 0;
		for (int t = 0; t < n; t++)
			y[i] += p[t] / sum * (double)values[t * ld + i];
	}
}

FOR_EACH_SET(kernels_cells, attend_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	static const int dims[] = {1, 3, 8, 16, 19, 32, 64};
	for (size_t i = 0; i < sizeof(dims) / sizeof(*dims); i++)
		for (int n = 1; n < 40; n += n < 18 ? 1 : 7) {
			int dim = dims[i], ld = dim + 5;
			struct numbers q = numbers(dim, c->offset, 1), k = numbers(n * ld, c->offset, 2),
				       v = numbers(n * ld, 0, 3), y = numbers(dim, 0, 4),
				       scores = numbers(n, 0, 5);
			double should[64];
			for (int e = 0; e < dim; e++)
				q.x[e] *= 9;
			set->attend(y.x, q.x, k.x, v.x, ld, n, dim, scores.x);
			attend_twin(should, q.x, k.x, v.x, ld, n, dim);
			expect_row("attend", y.x, should, dim, 5e-6);
			free(q.memory);
			free(k.memory);
			free(v.memory);
			free(y.memory);
			free(scores.memory);
		}
}

FOR_EACH_SET(kernels_cells, attend_bears_large_scores)
{
	const struct kernels_set *set = set_named(c->name);
	float q = 1e4f, keys[3] = {1, 3, 2}, values[3] = {5, 6, 7}, y, scores[3];
	set->attend(&y, &q, keys, values, 1, 3, 1, scores);
	cr_expect(eq(flt, y, 6.0f), "%g", (double)y);
	keys[2] = NAN;
	set->attend(&y, &q, keys, values, 1, 3, 1, scores);
	cr_expect(isnan(y));
}

/* Every cell once, n or dim 23. */
static void run_cells(const struct kernels_set *set, float *out)
{
	struct numbers x = numbers(23 * 32, 0, 1), y = numbers(200, 0, 2);
	float *to = out;
	set->mix(to, y.x, x.x, x.x + 40, 23);
	memcpy(to + 23, x.x, 46 * sizeof(float));
	set->rotate(to + 23, to + 46, y.x, y.x + 30, x.x + 60, x.x + 90, 23);
	memcpy(to + 69, x.x + 7, 23 * sizeof(float));
	set->lstm(to + 92, to + 69, y.x, 30, 23);
	memcpy(to + 115, x.x + 70, 46 * sizeof(float));
	set->spike(to + 161, to + 115, to + 138, y.x, 0.7f, 0.3f, 0.1f, 23);
	set->delta(x.x, to + 184, y.x, y.x + 30, y.x + 60, 0.9f, 0.4f, 23);
	set->attend(to + 207, y.x, x.x, x.x + 30, 60, 9, 23, to + 230);
	memcpy(to + 239, x.x, 23 * 32 * sizeof(float));
	free(x.memory);
	free(y.memory);
}

Test(kernels_cells, of_avx2_and_avx512_give_the_same_bits)
{
	static float a[239 + 23 * 32], b[239 + 23 * 32];
	run_cells(set_named("avx2"), a);
	run_cells(set_named("avx512"), b);
	for (int i = 0; i < 239 + 23 * 32; i++)
		cr_expect(memcmp(a + i, b + i, sizeof(*a)) == 0, "%d", i);
}
