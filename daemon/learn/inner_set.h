/* inner_set: one implementation of all inner loops; see inner.h for what each does. For inner*.c and their
 * test only. [pure] */
#pragma once

#include "inner.h"

struct inner_set {
	const char *name;
	void (*fill)(real *y, const real *row, int n, int width, int ld);
	void (*sum)(real *sum, const real *y, int n, int width, int ld);
	void (*softplus)(real *y, const real *x, size_t n);
	void (*sigmoid)(real *y, const real *x, size_t n);
	void (*multiply)(real *y, const real *x, size_t n);
	void (*norm)(const struct inner_norm *m, real *v, const real *h);
	void (*norm_again)(const struct inner_norm *m, real *v);
	void (*norm_back)(const struct inner_norm *m, real *dh, real *dgain, real *dshift, const real *dv);
	void (*conv)(const struct inner_conv *c, real *y);
	void (*conv_back)(const struct inner_conv *c, real *dx, real *dweight, real *dbias, real *dy);
	void (*scan)(const struct inner_scan *s, real *y, real *S_after);
	void (*scan_back)(const struct inner_scan *s, const struct inner_scan_back *b);
	void (*lstm)(const struct inner_cell *s, real *gates, const real *c_before, real *c, real *h);
	void (*lstm_back)(const struct inner_cell *s, real *gates, const real *c_before, const real *c,
			  const real *dh, real *dc);
	void (*gru)(const struct inner_cell *s, real *gates, const real *own, const real *h_before, real *h);
	void (*gru_back)(const struct inner_cell *s, real *gates, real *own, const real *h_before,
			 const real *dh, real *dh_before);
	void (*keep)(real *keep, size_t n, real p, uint64_t key);
	double (*squares)(const real *x, size_t n);
	void (*adamw)(const struct inner_adamw *a, real *value, real *first, real *second, const real *g,
		      size_t n);
};

/* Of the file that includes inner_body.h, inner_scan.h and inner_cells.h. */
#define INNER_SET(name)                                                                                      \
	{                                                                                                    \
		name, fill, sum, each_softplus, each_sigmoid, multiply, norm, norm_again, norm_back, conv,   \
			conv_back, scan, scan_back, lstm, lstm_back, gru, gru_back, keep, squares, adamw,    \
	}

extern const struct inner_set inner_plain; /* "double" in the tests' build */

/* NULL where this build or this processor has none. */
const struct inner_set *inner_avx2(void);
const struct inner_set *inner_avx512(void);

/* Compute with this set from now on, for tests; no other thread may be computing. */
void inner_use(const struct inner_set *set);
