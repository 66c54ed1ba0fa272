/* inner: the inner loops of training that are no matrix products, forward and backward. [pure]
 *
 * Rows are bins of several sequences, time-major: row t n_sequences + b is bin t of sequence b. They lie ld
 * apart, ld a multiple of REAL_PAD, and what is beyond a row's length is zero. A gradient is added to what
 * stands there, unless it says "=". Which set of loops runs is chosen when the program starts (see
 * decode/kernels.h); a row's bits do not depend on its companions, but a sum over rows on their order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "real.h"

/* Which set was chosen: "avx512", "avx2", "plain" or "double". */
const char *inner_name(void);

/* y = row, n times; sum += all rows of y. */
void inner_fill(real *y, const real *row, int n, int width, int ld);
void inner_sum(real *sum, const real *y, int n, int width, int ld);

/* Elementwise over n numbers; y may be x. */
void inner_softplus(real *y, const real *x, size_t n);
void inner_sigmoid(real *y, const real *x, size_t n);
void inner_multiply(real *y, const real *x, size_t n); /* y *= x */

/* v = shape gain + shift, shape = (h - mean) scale, scale = 1 / sqrt(variance + 1e-5), for n rows. v may be
 * h. */
struct inner_norm {
	int n, width, ld;
	const real *gain, *shift; /* (width), not padded */
	real *shape;              /* (n, ld) kept for the way back */
	real *scale;              /* (n) kept, too */
};
void inner_norm(const struct inner_norm *m, real *v, const real *h);
/* v once more, from what was kept. */
void inner_norm_again(const struct inner_norm *m, real *v);
void inner_norm_back(const struct inner_norm *m, real *dh, real *dgain, real *dshift, const real *dv);

/* y = silu(bias + sum_k weight[k] x at bin t - 3 + k): x has three bins of every sequence in front of those
 * of y. */
#define INNER_TAPS 4
struct inner_conv {
	int n_rows;      /* of y */
	int n_sequences; /* of x there are 3 n_sequences rows more */
	int ld;
	const real *weight; /* (INNER_TAPS, ld) */
	const real *bias;   /* (ld) */
	const real *x;
};
void inner_conv(const struct inner_conv *c, real *y);
/* dy becomes the gradient before silu; dx = (n_rows, ld) that of the rows of y's own bins. dweight
 * (INNER_TAPS, ld), dbias (ld). */
void inner_conv_back(const struct inner_conv *c, real *dx, real *dweight, real *dbias, real *dy);

/* The selective scan of Mamba. For each sequence, channel d, bin t and state n:
 *   dt = softplus(dt_bias + sum_r dt_proj[r] rBC[t,r])
 *   S[d,n] = 2^(dt decay[d,n]) S[d,n] + dt x[t,d] B[t,n]
 *   y[t,d] = (sum_n S[d,n] C[t,n] + skip[d] x[t,d]) silu(z[t,d])        for t >= first_out
 * A row of rBC is [r; B; C]. y and z have rows for t >= first_out only. Channels are padded; decay, and each
 * sequence's S, lie in blocks (channels / 16, n_state, 16). */
struct inner_scan {
	int n_steps, first_out, n_sequences;
	int n_channels; /* padded; also the row length of x, y and z */
	int n_state, rank, ld_bc;
	const real *decay, *skip, *dt_bias; /* (channels n_state), (channels), (channels) */
	const real *dt_proj;                /* (rank, channels) */
	const real *x, *z, *bc;
	/* S of each sequence before every INNER_STRETCH bins, (stretches, n_sequences, channels n_state): the
	 * first is given, the others are kept for the way back. */
	real *saved;
};
#define INNER_STRETCH 16
static inline int inner_stretches(int n_steps)
{
	return (n_steps + INNER_STRETCH - 1) / INNER_STRETCH;
}

/* S_after (n_sequences, channels n_state) = S after the last bin. */
void inner_scan(const struct inner_scan *s, real *y, real *S_after);

struct inner_scan_back {
	const real *dy;
	real *dx, *dz; /* = */
	real *dbc;     /* = B and C; 0 for r, which follows from ddt */
	real *ddt;     /* = before softplus, (rows, channels) */
	real *ddecay;  /* as decay, and of decay / log2(e): of A */
	real *dskip;
	real *room; /* inner_scan_room() reals */
};
size_t inner_scan_room(const struct inner_scan *s);
void inner_scan_back(const struct inner_scan *s, const struct inner_scan_back *b);

/* The cell of an LSTM for n sequences: gates (n, 4 width), blocks input, forget, cell, output, become what
 * their functions say. Rows of gates lie ld_gates apart. */
struct inner_cell {
	int n, width, ld, ld_gates;
};
void inner_lstm(const struct inner_cell *s, real *gates, const real *c_before, real *c, real *h);
/* dh (n, ld) and dc, which becomes that of c_before; gates become the gradient before their functions. */
void inner_lstm_back(const struct inner_cell *s, real *gates, const real *c_before, const real *c,
		     const real *dh, real *dc);

/* The cell of a GRU as PyTorch has it: gates (n, 3 width) from the input, blocks reset, update, new; own from
 * h_before.
 *   r = sigmoid   u = sigmoid   m = tanh(new + r own_new)   h = (1 - u) m + u h_before
 * gates become r, u, m. */
void inner_gru(const struct inner_cell *s, real *gates, const real *own, const real *h_before, real *h);
/* gates and own become the gradients before the functions; dh_before = what comes through u. */
void inner_gru_back(const struct inner_cell *s, real *gates, real *own, const real *h_before, const real *dh,
		    real *dh_before);

/* keep[i] = 0 with probability p, else 1 / (1 - p); the same for the same key. */
void inner_keep(real *keep, size_t n, real p, uint64_t key);

/* Sum of squares. */
double inner_squares(const real *x, size_t n);

/* One step of AdamW, see adamw.h; g is multiplied by `scale` first. */
struct inner_adamw {
	real scale, rate, decay, beta1, beta2, eps;
	real correct1, correct2; /* 1 / (1 - beta^step) */
};
void inner_adamw(const struct inner_adamw *a, real *value, real *first, real *second, const real *g,
		 size_t n);
