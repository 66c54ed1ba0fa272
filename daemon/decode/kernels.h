/* kernels: the inner loops, each with a naive double-precision twin in the tests. [pure]
 *
 * A row's bits never depend on its companions: every sum runs in a fixed order, whatever the batch. The set
 * of kernels is chosen once, when the program starts, by what the processor has; avx2 and avx512 give the
 * same bits, plain (which rounds a product before it adds it) gives others. Pointers need no alignment beyond
 * a float's, and any size from 0 will do, but where rows are said to be padded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Which set was chosen: "avx512", "avx2" or "plain". */
const char *kernels_name(void);

/* sum_i a[i] b[i]. */
float kernel_dot(const float *restrict a, const float *restrict b, int n);

/* y = W x + b. W (rows, cols) row-major, x (cols), y and b (rows); b may be NULL (zeros). No overlap. */
void kernel_affine(float *restrict y, const float *restrict W, const float *restrict b,
		   const float *restrict x, int rows, int cols);

/* Elementwise over n numbers, with a relative error below 1e-6; y may be x. What is not a number stays so. */
void kernel_exp(float *y, const float *x, int n);     /* e^x, within 2^-125 .. 2^125 */
void kernel_sigmoid(float *y, const float *x, int n); /* 1 / (1 + e^-x) */
void kernel_tanh(float *y, const float *x, int n);
void kernel_relu(float *y, const float *x, int n);     /* max(x, 0) */
void kernel_silu(float *y, const float *x, int n);     /* x / (1 + e^-x) */
void kernel_softplus(float *y, const float *x, int n); /* ln(1 + e^x) */

/* y = (x - mean) / sqrt(variance + 1e-5) gain + bias, mean and (population) variance over the n numbers; y
 * may be x. */
void kernel_layer_norm(float *y, const float *x, const float *gain, const float *bias, int n);

/* Packed weights: groups of 64 outputs (the last of 16, 32, 48 or 64), in each for every input the outputs
 * side by side, so that one pass reads them in one straight line. Outputs are padded with zeros to a multiple
 * of 16. */
#define KERNEL_PAD 16
static inline int kernel_padded(int n)
{
	return (n + KERNEL_PAD - 1) / KERNEL_PAD * KERNEL_PAD;
}
static inline size_t kernel_packed_size(int rows, int cols)
{
	return (size_t)kernel_padded(rows) * (size_t)cols;
}
/* W (rows, cols) row-major → packed (kernel_packed_size). */
void kernel_pack(float *restrict packed, const float *restrict W, int rows, int cols);

/* Y = init + X W^T for n rows: W packed (rows, cols), X (n, ld_x), Y (n, ld_y), ld_y >= kernel_padded(rows):
 * the padding is written too. init (n, ld_init), padded: ld_init 0 takes the same bias for all rows; it may
 * be Y itself; NULL = zeros. Y overlaps nothing else. */
void kernel_matrix(float *y, int ld_y, const float *packed, const float *init, int ld_init, const float *x,
		   int ld_x, int n, int rows, int cols);

/* The same for one x (cols) of which only `value` (n) at the columns `index` (n, rising) are not zero. */
void kernel_sparse(float *y, const float *packed, const float *init, const int *index, const float *value,
		   int n, int rows, int cols);

/* y = silu(bias + sum_k weight[k] x[k]), elementwise over n: weight (4, ld), x four rows, the newest last. A
 * causal depthwise convolution. */
void kernel_conv4(float *restrict y, const float *const x[4], const float *restrict weight, int ld,
		  const float *restrict bias, int n);

/* The selective scan of Mamba over n_steps bins. For each channel d, step t and state n:
 *   S[d,n] = e^(dt[t,d] A[d,n]) S[d,n] + dt[t,d] x[t,d] B[t,n]
 *   y[t,d] = (sum_n S[d,n] C[t,n] + skip[d] x[t,d]) silu(z[t,d])        for t >= first_output
 * Channels are padded. A, as `decay` = log2(e) A, and S lie in blocks (channels / 16, n_state, 16). */
struct kernel_scan {
	int n_steps;
	int first_output; /* steps before it write no y */
	int n_channels;   /* padded */
	int n_state;
	bool fresh; /* S is taken as zero, whatever stands there */
	const float *decay;
	const float *skip;       /* (n_channels) */
	const float *dt, *x, *z; /* (n_steps, ld) */
	const float *B, *C;      /* (n_steps, ld_bc), n_state of each row */
	int ld, ld_bc;
	float *S;
	float *y; /* (n_steps, ld) */
};
void kernel_scan(const struct kernel_scan *scan);

/* y = f a + (1 - f) b, elementwise over n; y may be a or b. */
void kernel_mix(float *y, const float *f, const float *a, const float *b, int n);

/* re + i im = factor (re + i im) + add, complex and elementwise over n. */
void kernel_rotate(float *re, float *im, const float *factor_re, const float *factor_im, const float *add_re,
		   const float *add_im, int n);

/* The cell of an LSTM, elementwise over n: gates (4, ld) before their functions: input, forget, cell, output.
 *   c = sigmoid(forget) c + sigmoid(input) tanh(cell)     h = sigmoid(output) tanh(c) */
void kernel_lstm(float *h, float *c, const float *gates, int ld, int n);

/* Spiking neurons, elementwise over n; syn may be NULL: `current` is then what the membrane takes.
 *   syn = alpha syn + current     mem = beta mem + syn - (mem > threshold ? threshold : 0)
 *   spikes = mem > threshold ? 1 : 0, or not a number where mem is not finite */
void kernel_spike(float *spikes, float *syn, float *mem, const float *current, float alpha, float beta,
		  float threshold, int n);

/* The gated delta rule on S (dim keys, kernel_padded(dim) values), one step of one head:
 *   S = keep S + learn k (v - S^T k)^T     o = S^T q of the new S, or o NULL. q, k, v and o (dim). */
void kernel_delta(float *S, float *o, const float *q, const float *k, const float *v, float keep, float learn,
		  int dim);

/* y (dim) = sum_t p_t values[t], p = softmax over the n rows t of q keys[t] / sqrt(dim); n >= 1; keys and
 * values (n, ld). Scratch: scores (n). */
void kernel_attend(float *y, const float *q, const float *keys, const float *values, int ld, int n, int dim,
		   float *scores);
