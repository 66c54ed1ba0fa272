/* kernels_matrix: products with packed weights over v16; after kernels_body.h. [pure]
 *
 * Each output is one lane that runs over the inputs in their order, so its bits are the same with any number
 * of rows. The accumulators are named variables: gcc 12 keeps an array of them in memory. */
#pragma once

#include <stddef.h>

#define GROUP 64

#define LIST_1(X) X(0)
#define LIST_2(X) LIST_1(X) X(1)
#define LIST_3(X) LIST_2(X) X(2)
#define LIST_4(X) LIST_3(X) X(3)
#define LIST_5(X) LIST_4(X) X(4)
#define LIST_6(X) LIST_5(X) X(5)

/* --- one row, a group of P x 16 outputs; with `index`, only those inputs --- */

/* How far ahead a pass over weights reads, in floats: in a straight line, on into the next group and the next
 * matrix. */
#define AHEAD 2048
#define INPUTS_AHEAD 8

#define PANEL_BEGIN(p) v16 a##p = init ? v16_load(init + 16 * (p)) : v16_all(0.0f);
#define PANEL_STEP(p)                                                                                        \
	__builtin_prefetch(ahead + 16 * (p));                                                                \
	a##p = v16_fma(v16_load(at + 16 * (p)), x, a##p);
#define PANEL_END(p) v16_store(y + 16 * (p), a##p);

#define ONE_ROW(P)                                                                                           \
	static void row_##P(float *y, const float *w, const float *init, const float *value, int n)          \
	{                                                                                                    \
		LIST_##P(PANEL_BEGIN) const float *at = w;                                                   \
		for (int i = 0; i < n; i++, at += 16 * (P)) {                                                \
			const float *ahead = at + AHEAD;                                                     \
			v16 x = v16_all(value[i]);                                                           \
			LIST_##P(PANEL_STEP)                                                                 \
		}                                                                                            \
		LIST_##P(PANEL_END)                                                                          \
	}                                                                                                    \
	static void sparse_##P(float *y, const float *w, const float *init, const int *index,                \
			       const float *value, int n)                                                    \
	{                                                                                                    \
		LIST_##P(PANEL_BEGIN) for (int i = 0; i < n; i++)                                            \
		{                                                                                            \
			const float *at = w + (ptrdiff_t)index[i] * 16 * (P);                                \
			const float *ahead =                                                                 \
				w +                                                                          \
				(ptrdiff_t)index[i + INPUTS_AHEAD < n ? i + INPUTS_AHEAD : i] * 16 * (P);    \
			v16 x = v16_all(value[i]);                                                           \
			LIST_##P(PANEL_STEP)                                                                 \
		}                                                                                            \
		LIST_##P(PANEL_END)                                                                          \
	}
ONE_ROW(1)
ONE_ROW(2)
ONE_ROW(3)
ONE_ROW(4)

/* --- R rows, 16 outputs of a group that is `stride` wide --- */

#define ROW_BEGIN(r)                                                                                         \
	const float *x##r = x + (ptrdiff_t)(r)*ld_x;                                                         \
	v16 a##r = init ? v16_load(init + (ptrdiff_t)(r)*ld_init) : v16_all(0.0f);
#define ROW_STEP(r) a##r = v16_fma(w0, v16_all(x##r[i]), a##r);
#define ROW_END(r) v16_store(y + (ptrdiff_t)(r)*ld_y, a##r);

#define ROWS(R)                                                                                              \
	static void rows_##R(float *y, int ld_y, const float *w, int stride, const float *init, int ld_init, \
			     const float *x, int ld_x, int n)                                                \
	{                                                                                                    \
		LIST_##R(ROW_BEGIN) for (int i = 0; i < n; i++, w += stride)                                 \
		{                                                                                            \
			v16 w0 = v16_load(w);                                                                \
			LIST_##R(ROW_STEP)                                                                   \
		}                                                                                            \
		LIST_##R(ROW_END)                                                                            \
	}
ROWS(1)
ROWS(2)
ROWS(3)
ROWS(4)
ROWS(5)
ROWS(6)

/* --- R rows, a whole group of 64: where 32 registers hold them --- */

#if V16_WIDE
#define WIDE_BEGIN(r)                                                                                        \
	const float *x##r = x + (ptrdiff_t)(r)*ld_x;                                                         \
	const float *init##r = init + (init ? (ptrdiff_t)(r)*ld_init : 0);                                   \
	v16 a##r = init ? v16_load(init##r) : v16_all(0.0f), b##r = init ? v16_load(init##r + 16) : a##r,    \
	    c##r = init ? v16_load(init##r + 32) : a##r, d##r = init ? v16_load(init##r + 48) : a##r;
#define WIDE_STEP(r)                                                                                         \
	xi = v16_all(x##r[i]);                                                                               \
	a##r = v16_fma(w0, xi, a##r);                                                                        \
	b##r = v16_fma(w1, xi, b##r);                                                                        \
	c##r = v16_fma(w2, xi, c##r);                                                                        \
	d##r = v16_fma(w3, xi, d##r);
#define WIDE_END(r)                                                                                          \
	v16_store(y + (ptrdiff_t)(r)*ld_y, a##r);                                                            \
	v16_store(y + (ptrdiff_t)(r)*ld_y + 16, b##r);                                                       \
	v16_store(y + (ptrdiff_t)(r)*ld_y + 32, c##r);                                                       \
	v16_store(y + (ptrdiff_t)(r)*ld_y + 48, d##r);

#define WIDE_ROWS(R)                                                                                         \
	static void wide_##R(float *y, int ld_y, const float *w, const float *init, int ld_init,             \
			     const float *x, int ld_x, int n)                                                \
	{                                                                                                    \
		LIST_##R(WIDE_BEGIN) for (int i = 0; i < n; i++, w += GROUP)                                 \
		{                                                                                            \
			v16 w0 = v16_load(w), w1 = v16_load(w + 16), w2 = v16_load(w + 32),                  \
			    w3 = v16_load(w + 48), xi;                                                       \
			LIST_##R(WIDE_STEP)                                                                  \
		}                                                                                            \
		LIST_##R(WIDE_END)                                                                           \
	}
WIDE_ROWS(2)
WIDE_ROWS(3)
WIDE_ROWS(4)
WIDE_ROWS(5)
WIDE_ROWS(6)
#endif

/* --- whole matrices --- */

struct product {
	float *y;
	int ld_y;
	const float *w, *init;
	int ld_init;
	const float *x;
	int ld_x, cols;
};

/* n = 2 .. 6 rows from r on, `panels` x 16 outputs. */
static void some_rows(const struct product *p, int r, int n, int panels)
{
	static void (*const narrow[])(float *, int, const float *, int, const float *, int, const float *,
				      int, int) = {NULL, rows_1, rows_2, rows_3, rows_4, rows_5, rows_6};
	float *y = p->y + (ptrdiff_t)r * p->ld_y;
	const float *x = p->x + (ptrdiff_t)r * p->ld_x;
	const float *init = p->init ? p->init + (ptrdiff_t)r * p->ld_init : NULL;
#if V16_WIDE
	static void (*const wide[])(float *, int, const float *, const float *, int, const float *, int,
				    int) = {NULL, NULL, wide_2, wide_3, wide_4, wide_5, wide_6};
	if (panels == 4 && n > 1) {
		wide[n](y, p->ld_y, p->w, init, p->ld_init, x, p->ld_x, p->cols);
		return;
	}
#endif
	for (int j = 0; j < panels; j++)
		narrow[n](y + 16 * j, p->ld_y, p->w + 16 * j, 16 * panels, init ? init + 16 * j : NULL,
			  p->ld_init, x, p->ld_x, p->cols);
}

static int panels_of_group(int rows, int first)
{
	int left = (rows - first + 15) / 16;
	return left < 4 ? left : 4;
}

static void matrix(float *y, int ld_y, const float *packed, const float *init, int ld_init, const float *x,
		   int ld_x, int n, int rows, int cols)
{
	static void (*const row[])(float *, const float *, const float *, const float *,
				   int) = {NULL, row_1, row_2, row_3, row_4};
	for (int o = 0; o < rows; o += GROUP) {
		int panels = panels_of_group(rows, o);
		const struct product p = {y + o,   ld_y, packed, init ? init + o : NULL,
					  ld_init, x,    ld_x,   cols};
		if (n == 1)
			row[panels](p.y, p.w, p.init, x, cols);
		else /* pieces of at most six rows, as equal as may be */
			for (int r = 0, pieces = (n + 5) / 6; pieces; pieces--) {
				int some = (n - r + pieces - 1) / pieces;
				some_rows(&p, r, some, panels);
				r += some;
			}
		packed += (ptrdiff_t)panels * 16 * cols;
	}
}

static void sparse(float *y, const float *packed, const float *init, const int *index, const float *value,
		   int n, int rows, int cols)
{
	static void (*const row[])(float *, const float *, const float *, const int *, const float *,
				   int) = {NULL, sparse_1, sparse_2, sparse_3, sparse_4};
	for (int o = 0; o < rows; o += GROUP) {
		int panels = panels_of_group(rows, o);
		row[panels](y + o, packed, init ? init + o : NULL, index, value, n);
		packed += (ptrdiff_t)panels * 16 * cols;
	}
}
