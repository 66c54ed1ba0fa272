#include "softmax.h"

#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lbfgs.h"

#define CHUNK 512

/* Products in float, a chunk of rows at a time; all that adds up over rows in double. */
struct softmax {
	const struct softmax_rows *rows;
	int64_t n_rows; /* that count */
	double penalty;
	float *W;      /* (n_classes, n_features) */
	float *logits; /* (CHUNK, n_classes), then minus what each should be */
	float *change; /* (n_classes, n_features) gradient of one chunk */
	int64_t right; /* rows whose label was the most probable */
};

static int softmax_create(const struct softmax_rows *rows, double penalty, struct softmax *s)
{
	size_t weights = (size_t)rows->n_classes * (size_t)rows->n_features,
	       logits = CHUNK * (size_t)rows->n_classes;
	*s = (struct softmax){ .rows = rows, .penalty = penalty };
	for (int64_t i = 0; i < rows->n_rows; i++)
		s->n_rows += rows->label[i] >= 0;
	s->W = malloc((2 * weights + logits) * sizeof(float));
	if (!s->W)
		return -ENOMEM;
	s->change = s->W + weights;
	s->logits = s->change + weights;
	return 0;
}

/* Of one row, in place; the largest is taken off first, so that nothing overflows. Returns ln sum exp. */
static double to_probabilities(float *logits, int n)
{
	double most = logits[0], sum = 0;
	for (int c = 1; c < n; c++)
		most = fmax(most, logits[c]);
	for (int c = 0; c < n; c++)
		sum += exp(logits[c] - most);
	for (int c = 0; c < n; c++)
		logits[c] = (float)(exp(logits[c] - most) / sum);
	return most + log(sum);
}

/* -ln p of one row; `logits` become p, less 1 for the label. */
static double judge_row(struct softmax *s, float *logits, int label)
{
	int n = s->rows->n_classes, best = 0;
	for (int c = 1; c < n; c++)
		if (logits[c] > logits[best])
			best = c;
	double own = logits[label], loss = to_probabilities(logits, n) - own;
	logits[label] -= 1;
	s->right += best == label;
	return loss;
}

static void find_logits(struct softmax *s, const double *b, int64_t from, int n)
{
	const struct softmax_rows *r = s->rows;
	const float *x = r->x + (size_t)from * (size_t)r->n_features;
	for (int i = 0; i < n * r->n_classes; i++)
		s->logits[i] = (float)b[i % r->n_classes];
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, r->n_classes, r->n_features, 1, x,
		    r->n_features, s->W, r->n_features, 1, s->logits, r->n_classes);
}

static double judge_chunk(struct softmax *s, const double *b, int64_t from, int n)
{
	const struct softmax_rows *r = s->rows;
	double loss = 0;
	find_logits(s, b, from, n);
	for (int i = 0; i < n; i++)
		loss += judge_row(s, s->logits + i * r->n_classes, r->label[from + i]);
	return loss;
}

static void add_gradient(struct softmax *s, int64_t from, int n, double *gradient)
{
	const struct softmax_rows *r = s->rows;
	const float *x = r->x + (size_t)from * (size_t)r->n_features;
	size_t weights = (size_t)r->n_classes * (size_t)r->n_features;
	cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, r->n_classes, r->n_features, n, 1, s->logits,
		    r->n_classes, x, r->n_features, 0, s->change, r->n_features);
	for (size_t i = 0; i < weights; i++)
		gradient[i] += s->change[i];
	for (int i = 0; i < n * r->n_classes; i++)
		gradient[weights + (size_t)(i % r->n_classes)] += s->logits[i];
}

static void take_weights(struct softmax *s, const double *weights)
{
	size_t n = (size_t)s->rows->n_classes * (size_t)s->rows->n_features;
	for (size_t i = 0; i < n; i++)
		s->W[i] = (float)weights[i];
}

/* Rows from `from` on until one is left out, a chunk at most. */
static int chunk_size(const struct softmax_rows *r, int64_t from)
{
	int n = 0;
	while (n < CHUNK && from + n < r->n_rows && r->label[from + n] >= 0)
		n++;
	return n;
}

/* Sum over rows; with the gradient where asked for. */
static double judge_all(struct softmax *s, const double *weights, double *gradient)
{
	const struct softmax_rows *r = s->rows;
	size_t n = (size_t)r->n_classes * (size_t)r->n_features;
	double loss = 0;
	s->right = 0;
	take_weights(s, weights);
	for (int64_t from = 0, size; from < r->n_rows; from += size ? size : 1) {
		size = chunk_size(r, from);
		if (!size)
			continue;
		loss += judge_chunk(s, weights + n, from, (int)size);
		if (gradient)
			add_gradient(s, from, (int)size, gradient);
	}
	return loss;
}

static double value(void *arg, const double *weights, double *gradient)
{
	struct softmax *s = arg;
	double n_rows = (double)s->n_rows;
	size_t n = (size_t)s->rows->n_classes * (size_t)s->rows->n_features;
	memset(gradient, 0, (n + (size_t)s->rows->n_classes) * sizeof(*gradient));
	double loss =
		judge_all(s, weights, gradient) + s->penalty / 2 * cblas_ddot((int)n, weights, 1, weights, 1);
	cblas_daxpy((int)n, s->penalty, weights, 1, gradient, 1);
	cblas_dscal((int)n + s->rows->n_classes, 1 / n_rows, gradient, 1);
	return loss / n_rows;
}

int softmax_fit(const struct softmax_rows *rows, double penalty, double tolerance, int max_iterations,
		double *weights)
{
	struct softmax s;
	struct lbfgs_report report;
	int r = softmax_create(rows, penalty, &s);
	struct lbfgs_problem problem = { rows->n_classes * (rows->n_features + 1), value, &s, tolerance,
					 max_iterations };
	if (r == 0)
		r = s.n_rows > 0 ? lbfgs_minimise(&problem, weights, &report) : -EDOM;
	free(s.W);
	return r;
}

int softmax_judge(const struct softmax_rows *rows, const double *weights, double *ret_loss,
		  double *ret_accuracy)
{
	struct softmax s;
	int r = softmax_create(rows, 0, &s);
	if (r == 0 && s.n_rows > 0) {
		*ret_loss = judge_all(&s, weights, NULL) / (double)s.n_rows;
		*ret_accuracy = (double)s.right / (double)s.n_rows;
	} else if (r == 0) {
		r = -EDOM;
	}
	free(s.W);
	return r;
}

int softmax_probabilities(const struct softmax_rows *rows, const double *weights, float *ret)
{
	struct softmax s;
	int r = softmax_create(rows, 0, &s), n = rows->n_classes;
	if (r < 0)
		return r;
	take_weights(&s, weights);
	for (int64_t from = 0; from < rows->n_rows; from += CHUNK) {
		int size = rows->n_rows - from < CHUNK ? (int)(rows->n_rows - from) : CHUNK;
		find_logits(&s, weights + (size_t)n * (size_t)rows->n_features, from, size);
		for (int i = 0; i < size; i++)
			to_probabilities(s.logits + i * n, n);
		memcpy(ret + from * n, s.logits, (size_t)(size * n) * sizeof(*ret));
	}
	free(s.W);
	return 0;
}
