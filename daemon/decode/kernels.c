#include "kernels.h"

#include <string.h>

#include "kernels_set.h"

static const struct kernels_set *set = &kernels_plain;

/* Function pointers and not ifuncs: those run before a sanitizer is ready. */
__attribute__((constructor)) static void choose(void)
{
	if (kernels_avx512())
		set = kernels_avx512();
	else if (kernels_avx2())
		set = kernels_avx2();
}

void kernels_use(const struct kernels_set *s)
{
	set = s;
}

const char *kernels_name(void)
{
	return set->name;
}

float kernel_dot(const float *restrict a, const float *restrict b, int n)
{
	return set->dot(a, b, n);
}

void kernel_affine(float *restrict y, const float *restrict W, const float *restrict b,
		   const float *restrict x, int rows, int cols)
{
	for (int r = 0; r < rows; r++)
		y[r] = set->dot(W + (size_t)r * (size_t)cols, x, cols) + (b ? b[r] : 0.0f);
}

void kernel_exp(float *y, const float *x, int n)
{
	set->exp(y, x, n);
}

void kernel_sigmoid(float *y, const float *x, int n)
{
	set->sigmoid(y, x, n);
}

void kernel_tanh(float *y, const float *x, int n)
{
	set->tanh(y, x, n);
}

void kernel_relu(float *y, const float *x, int n)
{
	set->relu(y, x, n);
}

void kernel_silu(float *y, const float *x, int n)
{
	set->silu(y, x, n);
}

void kernel_softplus(float *y, const float *x, int n)
{
	set->softplus(y, x, n);
}

void kernel_layer_norm(float *y, const float *x, const float *gain, const float *bias, int n)
{
	set->layer_norm(y, x, gain, bias, n);
}

void kernel_pack(float *restrict packed, const float *restrict W, int rows, int cols)
{
	enum { GROUP = 4 * KERNEL_PAD };
	for (int first = 0; first < rows; first += GROUP) {
		int width = kernel_padded(rows) - first < GROUP ? kernel_padded(rows) - first : GROUP;
		for (int c = 0; c < cols; c++)
			for (int o = first; o < first + width; o++)
				*packed++ = o < rows ? W[(size_t)o * (size_t)cols + (size_t)c] : 0.0f;
	}
}

void kernel_matrix(float *y, int ld_y, const float *packed, const float *init, int ld_init, const float *x,
		   int ld_x, int n, int rows, int cols)
{
	set->matrix(y, ld_y, packed, init, ld_init, x, ld_x, n, rows, cols);
}

void kernel_sparse(float *y, const float *packed, const float *init, const int *index, const float *value,
		   int n, int rows, int cols)
{
	set->sparse(y, packed, init, index, value, n, rows, cols);
}

void kernel_conv4(float *restrict y, const float *const x[4], const float *restrict weight, int ld,
		  const float *restrict bias, int n)
{
	set->conv4(y, x, weight, ld, bias, n);
}

void kernel_scan(const struct kernel_scan *scan)
{
	set->scan(scan);
}

void kernel_mix(float *y, const float *f, const float *a, const float *b, int n)
{
	set->mix(y, f, a, b, n);
}

void kernel_rotate(float *re, float *im, const float *factor_re, const float *factor_im, const float *add_re,
		   const float *add_im, int n)
{
	set->rotate(re, im, factor_re, factor_im, add_re, add_im, n);
}

void kernel_lstm(float *h, float *c, const float *gates, int ld, int n)
{
	set->lstm(h, c, gates, ld, n);
}

void kernel_spike(float *spikes, float *syn, float *mem, const float *current, float alpha, float beta,
		  float threshold, int n)
{
	set->spike(spikes, syn, mem, current, alpha, beta, threshold, n);
}

void kernel_delta(float *S, float *o, const float *q, const float *k, const float *v, float keep, float learn,
		  int dim)
{
	set->delta(S, o, q, k, v, keep, learn, dim);
}

void kernel_attend(float *y, const float *q, const float *keys, const float *values, int ld, int n, int dim,
		   float *scores)
{
	set->attend(y, q, keys, values, ld, n, dim, scores);
}
