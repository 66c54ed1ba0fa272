#include "kernels_case.h"

FOR_EACH_SET(kernels_scan, conv4_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 0; n < 40; n++) {
		struct numbers x[4], w = numbers(4 * (n + 1), c->offset, 1), bias = numbers(n, 0, 2),
				     y = numbers(n, 0, 3);
		for (int k = 0; k < 4; k++)
			x[k] = numbers(n, c->offset, 10 + (unsigned)k);
		const float *const rows[4] = {x[0].x, x[1].x, x[2].x, x[3].x};
		set->conv4(y.x, rows, w.x, n + 1, bias.x, n);
		for (int i = 0; i < n; i++) {
			double s = (double)bias.x[i];
			for (int k = 0; k < 4; k++)
				s += (double)w.x[k * (n + 1) + i] * (double)x[k].x[i];
			cr_expect(fabs((double)y.x[i] - silu_twin(s)) < 1e-6, "n = %d", n);
		}
		for (int k = 0; k < 4; k++)
			free(x[k].memory);
		free(w.memory);
		free(bias.memory);
		free(y.memory);
	}
}

enum { CHANNELS = 48, STATES = 5, STEPS = 7 };

struct scan {
	float A[CHANNELS * STATES], S[CHANNELS * STATES], skip[CHANNELS];
	float dt[STEPS * CHANNELS], x[STEPS * CHANNELS], z[STEPS * CHANNELS], y[STEPS * CHANNELS];
	float B[STEPS * 20], C[STEPS * 20];
};

static void fill(float *to, int n, unsigned seed, float shift)
{
	struct numbers v = numbers(n, 0, seed);
	for (int i = 0; i < n; i++)
		to[i] = v.x[i] + shift;
	free(v.memory);
}

static struct kernel_scan scan_init(struct scan *s)
{
	fill(s->A, CHANNELS * STATES, 1, -2);
	fill(s->S, CHANNELS * STATES, 2, 0);
	fill(s->skip, CHANNELS, 3, 0);
	fill(s->dt, STEPS * CHANNELS, 4, 1);
	fill(s->x, STEPS * CHANNELS, 5, 0);
	fill(s->z, STEPS * CHANNELS, 6, 0);
	fill(s->B, STEPS * 20, 7, 0);
	fill(s->C, STEPS * 20, 8, 0);
	fill(s->y, STEPS * CHANNELS, 9, 0);
	return (struct kernel_scan){STEPS, 0,    CHANNELS, STATES, false,    s->A, s->skip, s->dt,
				    s->x,  s->z, s->B,     s->C,   CHANNELS, 20,   s->S,    s->y};
}

/* In the blocks of the kernel; A in powers of two. */
static double scan_twin(const struct scan *s, double *S, int t, int d)
{
	double y = (double)s->skip[d] * (double)s->x[t * CHANNELS + d];
	for (int n = 0; n < STATES; n++) {
		int at = d / 16 * 16 * STATES + n * 16 + d % 16;
		double dt = (double)s->dt[t * CHANNELS + d];
		S[at] = exp2(dt * (double)s->A[at]) * S[at] +
			dt * (double)s->x[t * CHANNELS + d] * (double)s->B[t * 20 + n];
		y += S[at] * (double)s->C[t * 20 + n];
	}
	return y * silu_twin((double)s->z[t * CHANNELS + d]);
}

static void expect_scan(const struct scan *s, double *S, int first_output)
{
	for (int t = 0; t < STEPS; t++)
		for (int d = 0; d < CHANNELS; d++) {
			double y = scan_twin(s, S, t, d);
			if (t >= first_output)
				cr_expect(fabs((double)s->y[t * CHANNELS + d] - y) < 3e-6,
					  "step %d channel %d", t, d);
		}
	for (int i = 0; i < CHANNELS * STATES; i++)
		cr_expect(fabs((double)s->S[i] - S[i]) < 3e-6, "state %d", i);
}

FOR_EACH_SET(kernels_scan, scan_equals_its_twin)
{
	const struct kernels_set *set = set_named(c->name);
	struct scan s;
	struct kernel_scan k = scan_init(&s);
	double S[CHANNELS * STATES];
	for (int i = 0; i < CHANNELS * STATES; i++)
		S[i] = (double)s.S[i];
	set->scan(&k);
	expect_scan(&s, S, 0);
}

FOR_EACH_SET(kernels_scan, scan_starts_fresh_and_skips_outputs)
{
	const struct kernels_set *set = set_named(c->name);
	struct scan s;
	struct kernel_scan k = scan_init(&s);
	double S[CHANNELS * STATES] = {0};
	float before = s.y[4 * CHANNELS + 3];
	s.S[7] = NAN;
	k.fresh = true;
	k.first_output = 5;
	set->scan(&k);
	expect_scan(&s, S, 5);
	cr_expect(eq(flt, s.y[4 * CHANNELS + 3], before));
}

FOR_EACH_SET(kernels_scan, scan_step_by_step_gives_the_same_bits)
{
	const struct kernels_set *set = set_named(c->name);
	struct scan whole, steps;
	struct kernel_scan k = scan_init(&whole);
	set->scan(&k);
	k = scan_init(&steps);
	k.n_steps = 1;
	for (int t = 0; t < STEPS; t++) {
		set->scan(&k);
		k.dt += CHANNELS;
		k.x += CHANNELS;
		k.z += CHANNELS;
		k.y += CHANNELS;
		k.B += 20;
		k.C += 20;
	}
	cr_expect(memcmp(whole.y, steps.y, sizeof(whole.y)) == 0);
	cr_expect(memcmp(whole.S, steps.S, sizeof(whole.S)) == 0);
}

Test(kernels_scan, of_avx2_and_avx512_gives_the_same_bits)
{
	const struct kernels_set *a = set_named("avx2"), *b = set_named("avx512");
	struct scan sa, sb;
	struct kernel_scan ka = scan_init(&sa), kb = scan_init(&sb);
	a->scan(&ka);
	b->scan(&kb);
	cr_expect(memcmp(&sa, &sb, sizeof(sa)) == 0);
}
