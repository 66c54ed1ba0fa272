#include "kalman_fit.h"

#include <cblas.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cholesky.h"

#define RIDGE 1e-9       /* of a state's own variance: keeps states that nearly repeat each other apart */
#define LEAST_NOISE 1e-6 /* of a z-scored observation */

static size_t step_width(const struct kalman_sums *s)
{
	return 2 * (size_t)s->n_state + 1;
}

static size_t seen_width(const struct kalman_sums *s)
{
	return (size_t)s->n_state + 1 + (size_t)s->n_observed;
}

int kalman_sums_create(int n_state, int n_observed, struct kalman_sums **ret)
{
	struct kalman_sums *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->n_state = n_state;
	s->n_observed = n_observed;
	size_t steps = step_width(s) * step_width(s), seen = seen_width(s) * seen_width(s);
	s->steps = calloc(steps + seen, sizeof(*s->steps));
	if (!s->steps) {
		free(s);
		return -ENOMEM;
	}
	s->seen = s->steps + steps;
	*ret = s;
	return 0;
}

void kalman_sums_destroy(struct kalman_sums *s)
{
	if (!s)
		return;
	free(s->steps);
	free(s);
}

static void add_products(double *sums, size_t width, const double *rows, int n_rows)
{
	cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)width, n_rows, 1, rows, (int)width, 1, sums,
		    (int)width);
}

void kalman_sums_add_steps(struct kalman_sums *s, const double *rows, int n_rows)
{
	add_products(s->steps, step_width(s), rows, n_rows);
	s->n_steps += n_rows;
}

void kalman_sums_add_seen(struct kalman_sums *s, const double *rows, int n_rows)
{
	add_products(s->seen, seen_width(s), rows, n_rows);
	s->n_seen += n_rows;
}

void kalman_sums_merge(struct kalman_sums *into, const struct kalman_sums *from)
{
	size_t n = step_width(into) * step_width(into) + seen_width(into) * seen_width(into);
	for (size_t i = 0; i < n; i++)
		into->steps[i] += from->steps[i]; /* the two lie one behind the other */
	into->n_steps += from->n_steps;
	into->n_seen += from->n_seen;
}

/* From products S (n + m)^2 of [x, y]: B (m, n) with y = B x, and R (m, m), full, the covariance of what is
 * left. */
static int regress(const double *S, int n, int m, int64_t n_rows, double *B, double *R)
{
	size_t width = (size_t)(n + m);
	double *L = malloc((size_t)(n * n + n * m) * sizeof(*L));
	if (!L)
		return -ENOMEM;
	double *right = L + n * n; /* (n, m) */
	for (int i = 0; i < n; i++) {
		memcpy(L + i * n, S + (size_t)i * width, (size_t)(i + 1) * sizeof(*L));
		L[i * n + i] *= 1 + RIDGE;
		for (int j = 0; j < m; j++)
			right[i * m + j] = S[(size_t)(n + j) * width + (size_t)i];
	}
	int r = cholesky_factor(L, n);
	if (r == 0)
		cholesky_solve(L, n, right, m);
	for (int j = 0; r == 0 && j < m; j++)
		for (int i = 0; i < n; i++)
			B[j * n + i] = right[i * m + j];
	for (int j = 0; r == 0 && j < m; j++)
		for (int k = 0; k <= j; k++) {
			const double *of_k = S + (size_t)(n + k) * width; /* products of y_k with x */
			double left = S[(size_t)(n + j) * width + (size_t)(n + k)] -
				      cblas_ddot(n, B + j * n, 1, of_k, 1);
			R[(size_t)j * (size_t)m + (size_t)k] = R[(size_t)k * (size_t)m + (size_t)j] =
				left / (double)n_rows;
		}
	free(L);
	return r;
}

static struct kalman_model *model_create(int n, int n_observed)
{
	size_t square = (size_t)n * (size_t)n, wide = (size_t)n * (size_t)n_observed;
	struct kalman_model *m = calloc(1, sizeof(*m));
	double *all = calloc(3 * square + (size_t)n + 2 * wide, sizeof(*all));
	if (!m || !all) {
		free(m);
		free(all);
		return NULL;
	}
	*m = (struct kalman_model){ n, n_observed, all, all + square, all + 3 * square, all + 2 * square };
	m->C = m->start + n;
	m->G = m->C + wide;
	return m;
}

void kalman_model_destroy(struct kalman_model *m)
{
	if (!m)
		return;
	free(m->A);
	free(m);
}

/* The constant stays what it is and nothing is unsure about it. */
static int fit_steps(const struct kalman_sums *s, struct kalman_model *m)
{
	int d = s->n_state, n = m->n;
	double *R = malloc((size_t)(d * d) * sizeof(*R));
	int r = R ? regress(s->steps, n, d, s->n_steps, m->A, R) : -ENOMEM;
	for (int i = 0; r == 0 && i < d; i++)
		memcpy(m->W + i * n, R + i * d, (size_t)d * sizeof(*R));
	m->A[n * n - 1] = 1;
	free(R);
	return r;
}

static void fit_start(const struct kalman_sums *s, struct kalman_model *m)
{
	int d = s->n_state, n = m->n;
	size_t width = step_width(s);
	const double *sums = s->steps + (size_t)d * width; /* products of the constant with x */
	double count = (double)s->n_steps;
	for (int i = 0; i < d; i++) {
		m->start[i] = sums[i] / count;
		for (int j = 0; j <= i; j++)
			m->initial[i * n + j] = m->initial[j * n + i] =
				s->steps[(size_t)i * width + (size_t)j] / count -
				sums[i] / count * (sums[j] / count);
	}
	m->start[d] = 1;
}

/* G^T = Q^-1 C. */
static int fit_seen(const struct kalman_sums *s, double shrink, struct kalman_model *m)
{
	size_t u = (size_t)m->n_observed, n = (size_t)m->n;
	double *Q = malloc((u * u + u * n) * sizeof(*Q)), *right = Q + u * u;
	int r = Q ? regress(s->seen, m->n, m->n_observed, s->n_seen, m->C, Q) : -ENOMEM;
	for (size_t i = 0; r == 0 && i < u; i++) {
		for (size_t j = 0; j < i; j++)
			Q[i * u + j] *= 1 - shrink;
		Q[i * u + i] = Q[i * u + i] > LEAST_NOISE ? Q[i * u + i] + LEAST_NOISE : 1;
	}
	if (r == 0)
		r = cholesky_factor(Q, m->n_observed);
	if (r == 0) {
		memcpy(right, m->C, u * n * sizeof(*right));
		cholesky_solve(Q, m->n_observed, right, m->n);
		for (size_t i = 0; i < u * n; i++)
			m->G[i % n * u + i / n] = right[i];
	}
	free(Q);
	return r;
}

int kalman_fit(const struct kalman_sums *s, double shrink, struct kalman_model **ret)
{
	if (s->n_steps < 1 || s->n_seen < 1)
		return -EDOM;
	struct kalman_model *m = model_create(s->n_state + 1, s->n_observed);
	int r = m ? fit_steps(s, m) : -ENOMEM;
	if (r == 0)
		r = fit_seen(s, shrink, m);
	if (r < 0) {
		kalman_model_destroy(m);
		return r;
	}
	fit_start(s, m);
	*ret = m;
	return 0;
}
