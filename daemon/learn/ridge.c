#include "ridge.h"

#include <cblas.h>
#include <errno.h>
#include <stdlib.h>

#include "cholesky.h"

int ridge_sums_create(int n_features, int n_targets, struct ridge_sums **ret)
{
	size_t p = (size_t)n_features, t = (size_t)n_targets;
	struct ridge_sums *s = calloc(1, sizeof(*s));
	double *all = calloc(p * p + p * t + p + 2 * t, sizeof(*all));
	if (!s || !all) {
		free(s);
		free(all);
		return -ENOMEM;
	}
	s->n_features = n_features;
	s->n_targets = n_targets;
	s->xx = all;
	s->xy = s->xx + p * p;
	s->x = s->xy + p * t;
	s->y = s->x + p;
	s->yy = s->y + t;
	*ret = s;
	return 0;
}

void ridge_sums_destroy(struct ridge_sums *s)
{
	if (!s)
		return;
	free(s->xx);
	free(s);
}

void ridge_sums_add(struct ridge_sums *s, const double *X, const double *Y, int n_rows)
{
	int p = s->n_features, t = s->n_targets;
	cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, p, n_rows, 1, X, p, 1, s->xx, p);
	cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, p, t, n_rows, 1, X, p, Y, t, 1, s->xy, t);
	for (int i = 0; i < n_rows; i++) {
		cblas_daxpy(p, 1, X + (size_t)i * p, 1, s->x, 1);
		for (int j = 0; j < t; j++) {
			double y = Y[(size_t)i * t + j];
			s->y[j] += y;
			s->yy[j] += y * y;
		}
	}
	s->n_rows += n_rows;
}

void ridge_sums_merge(struct ridge_sums *into, const struct ridge_sums *from)
{
	size_t p = (size_t)into->n_features, t = (size_t)into->n_targets, n = p * p + p * t + p + 2 * t;
	for (size_t i = 0; i < n; i++)
		into->xx[i] += from->xx[i]; /* the sums lie one behind the other */
	into->n_rows += from->n_rows;
}

/* Into A: the lower triangle of the centred products, with the penalty on the diagonal; into B (p, t):
 * centred x y. */
static void centre(const struct ridge_sums *s, double penalty, double *A, double *B)
{
	int p = s->n_features, t = s->n_targets;
	double n = (double)s->n_rows;
	for (int i = 0; i < p; i++) {
		double mean = s->x[i] / n;
		for (int j = 0; j <= i; j++)
			A[(size_t)i * p + j] = s->xx[(size_t)i * p + j] - mean * s->x[j];
		A[(size_t)i * p + i] += penalty;
		for (int j = 0; j < t; j++)
			B[(size_t)i * t + j] = s->xy[(size_t)i * t + j] - mean * s->y[j];
	}
}

static void take_weights(const struct ridge_sums *s, const double *B, double *W, double *b)
{
	int p = s->n_features, t = s->n_targets;
	for (int j = 0; j < t; j++) {
		double *w = W + (size_t)j * p;
		for (int i = 0; i < p; i++)
			w[i] = B[(size_t)i * t + j];
		b[j] = (s->y[j] - cblas_ddot(p, w, 1, s->x, 1)) / (double)s->n_rows;
	}
}

int ridge_solve(const struct ridge_sums *s, double penalty, double *W, double *b)
{
	size_t p = (size_t)s->n_features, t = (size_t)s->n_targets;
	if (s->n_rows < 1)
		return -EDOM;
	double *A = malloc((p * p + p * t) * sizeof(*A));
	if (!A)
		return -ENOMEM;
	double *B = A + p * p;
	centre(s, penalty, A, B);
	int r = cholesky_factor(A, s->n_features);
	if (r == 0) {
		cholesky_solve(A, s->n_features, B, s->n_targets);
		take_weights(s, B, W, b);
	}
	free(A);
	return r;
}

/* sum (y - w x - b)^2 = yy - 2 w xy - 2 b y + w xx w + 2 b w x + n b^2, with everything centred first. */
static double residual_of(const struct ridge_sums *s, int target, const double *w, double b, double *xx_w)
{
	int p = s->n_features, t = s->n_targets;
	double n = (double)s->n_rows, mean_y = s->y[target] / n;
	cblas_dsymv(CblasRowMajor, CblasLower, p, 1, s->xx, p, w, 1, 0, xx_w, 1);
	double mean_wx = cblas_ddot(p, w, 1, s->x, 1) / n;
	double spread = cblas_ddot(p, w, 1, xx_w, 1) - n * mean_wx * mean_wx;
	double common = cblas_ddot(p, w, 1, s->xy + target, t) - n * mean_wx * mean_y;
	double shift = mean_y - mean_wx - b;
	return s->yy[target] - mean_y * s->y[target] - 2 * common + spread + n * shift * shift;
}

static int residuals(const struct ridge_sums *s, const double *W, const double *b, double *ret)
{
	if (s->n_rows < 1)
		return -EDOM;
	double *scratch = malloc((size_t)s->n_features * sizeof(*scratch));
	if (!scratch)
		return -ENOMEM;
	for (int j = 0; j < s->n_targets; j++)
		ret[j] = residual_of(s, j, W + (size_t)j * s->n_features, b[j], scratch);
	free(scratch);
	return 0;
}

static double r2_of(const struct ridge_sums *s, int target, double residual)
{
	double total = s->yy[target] - s->y[target] / (double)s->n_rows * s->y[target];
	return total > 1e-12 * s->yy[target] ? 1 - residual / total : 0;
}

int ridge_r2(const struct ridge_sums *s, const double *W, const double *b, double *ret)
{
	int r = residuals(s, W, b, ret);
	for (int j = 0; r == 0 && j < s->n_targets; j++)
		ret[j] = r2_of(s, j, ret[j]);
	return r;
}

int ridge_choose(const struct ridge_sums *fit, const struct ridge_sums *check, const double *penalties,
		 int n_penalties, double *ret_penalty, double *ret_r2)
{
	size_t t = (size_t)fit->n_targets, p = (size_t)fit->n_features;
	double *W = malloc((t * p + 4 * t) * sizeof(*W));
	if (!W)
		return -ENOMEM;
	double *b = W + t * p, *residual = b + t, *best = residual + t, *best_penalty = best + t;
	int r = -EINVAL;
	for (int k = 0; k < n_penalties; k++) {
		r = ridge_solve(fit, penalties[k], W, b);
		if (r == 0)
			r = residuals(check, W, b, residual);
		if (r < 0)
			break;
		for (size_t j = 0; j < t; j++)
			if (k == 0 || residual[j] < best[j]) {
				best[j] = residual[j];
				best_penalty[j] = penalties[k];
			}
	}
	for (size_t j = 0; r == 0 && j < t; j++) {
		ret_penalty[j] = best_penalty[j];
		ret_r2[j] = r2_of(check, (int)j, best[j]);
	}
	free(W);
	return r;
}
