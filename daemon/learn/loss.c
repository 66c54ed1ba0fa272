#include "loss.h"

#include <math.h>

#include "inner.h"

#define FLOOR ((real)1e-8)

static real log_of(real x)
{
#ifdef LEARN_DOUBLE
	return log(x);
#else
	return logf(x);
#endif
}

static real weight_at(const struct loss_rows *rows, size_t i)
{
	return rows->mask ? rows->mask[i] : 1;
}

double loss_weight(const struct loss_rows *rows)
{
	size_t n = (size_t)rows->n * (size_t)rows->width;
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)weight_at(rows, i);
	return sum;
}

/* Most counts are zero: their logarithms are left out. */
static double poisson(const struct loss_rows *rows, const real *rate, const real *count)
{
	size_t width = (size_t)rows->width;
	double sum = 0;
	for (int r = 0; r < rows->n; r++) {
		real row = 0;
		for (size_t i = (size_t)r * width; i < (size_t)(r + 1) * width; i++) {
			real w = weight_at(rows, i);
			if (w == 0)
				continue;
			row += w * rate[i];
			if (count[i] != 0)
				row -= w * count[i] * log_of(rate[i] + FLOOR);
		}
		sum += (double)row;
	}
	return sum;
}

static void poisson_slope(const struct loss_rows *rows, const real *rate, const real *count, real *slope)
{
	size_t n = (size_t)rows->n * (size_t)rows->width;
	for (size_t i = 0; i < n; i++) {
		real w = weight_at(rows, i), d = rows->factor * w * (1 - count[i] / (rate[i] + FLOOR));
		slope[i] = w == 0 ? 0 : d;
	}
}

double loss_poisson(const struct loss_rows *rows, const real *rate, const real *count, real *slope)
{
	double sum = poisson(rows, rate, count);
	poisson_slope(rows, rate, count, slope);
	return sum;
}

double loss_poisson_softplus(const struct loss_rows *rows, const real *x, const real *count, real *rate,
			     real *slope)
{
	size_t n = (size_t)rows->n * (size_t)rows->width;
	inner_softplus(rate, x, n);
	inner_sigmoid(slope, x, n);
	for (size_t i = 0; i < n; i++) {
		real w = weight_at(rows, i), d = rows->factor * w * (1 - count[i] / (rate[i] + FLOOR));
		slope[i] = w == 0 ? 0 : slope[i] * d;
	}
	return poisson(rows, rate, count);
}

double loss_square(const struct loss_rows *rows, const real *y, const real *truth, real *slope)
{
	size_t n = (size_t)rows->n * (size_t)rows->width;
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		real w = weight_at(rows, i), off = w == 0 ? 0 : y[i] - truth[i];
		sum += (double)(w * off * off);
		slope[i] = 2 * rows->factor * w * off;
	}
	return sum;
}

/* -ln p(label) of one row; slope = p, less 1 for the label. */
static double entropy_row(const real *x, int n, int label, real *slope)
{
	double most = (double)x[0], sum = 0;
	for (int c = 1; c < n; c++)
		most = fmax(most, (double)x[c]);
	double own = (double)x[label] - most;
	for (int c = 0; c < n; c++)
		sum += exp((double)x[c] - most);
	for (int c = 0; c < n; c++)
		slope[c] = (real)(exp((double)x[c] - most) / sum - (c == label));
	return log(sum) - own;
}

double loss_entropy(const struct loss_rows *rows, const real *x, const int32_t *label, real *slope)
{
	double sum = 0;
	for (int r = 0; r < rows->n; r++) {
		ptrdiff_t at = (ptrdiff_t)r * rows->width;
		real w = label[r] < 0 ? 0 : weight_at(rows, (size_t)r);
		if (w != 0)
			sum += (double)w * entropy_row(x + at, rows->width, label[r], slope + at);
		for (int c = 0; c < rows->width; c++)
			slope[at + c] = w == 0 ? 0 : slope[at + c] * w * rows->factor;
	}
	return sum;
}
