/* inner_cells: one bin of a recurrent cell, forward and backward, over v16; after inner_body.h. [pure] */
#pragma once

#include "inner_set.h"

/* sigmoid'(x) = s (1 - s), tanh'(x) = 1 - y^2. */
OP v16 sigmoid_slope(v16 s)
{
	return v16_mul(s, v16_sub(v16_all(1), s));
}

OP v16 tanh_slope(v16 y)
{
	return v16_sub(v16_all(1), v16_mul(y, y));
}

static void lstm(const struct inner_cell *s, real *gates, const real *c_before, real *c, real *h)
{
	int w = s->width;
	for (int r = 0; r < s->n; r++) {
		real *in = gates + (ptrdiff_t)r * s->ld_gates, *forget = in + w, *cell = forget + w,
		     *out = cell + w;
		ptrdiff_t at = (ptrdiff_t)r * s->ld;
		for (int i = 0; i < w; i += 16) {
			v16 vi = v16_sigmoid(load_at(in, i, w)), vf = v16_sigmoid(load_at(forget, i, w));
			v16 vg = v16_tanh(load_at(cell, i, w)), vo = v16_sigmoid(load_at(out, i, w));
			v16 kept = v16_fma(vf, load_at(c_before + at, i, w), v16_mul(vi, vg));
			store_at(in, i, w, vi);
			store_at(forget, i, w, vf);
			store_at(cell, i, w, vg);
			store_at(out, i, w, vo);
			store_at(c + at, i, w, kept);
			store_at(h + at, i, w, v16_mul(vo, v16_tanh(kept)));
		}
	}
}

static void lstm_back(const struct inner_cell *s, real *gates, const real *c_before, const real *c,
		      const real *dh, real *dc)
{
	int w = s->width;
	for (int r = 0; r < s->n; r++) {
		real *in = gates + (ptrdiff_t)r * s->ld_gates, *forget = in + w, *cell = forget + w,
		     *out = cell + w;
		ptrdiff_t at = (ptrdiff_t)r * s->ld;
		for (int i = 0; i < w; i += 16) {
			v16 vi = load_at(in, i, w), vf = load_at(forget, i, w), vg = load_at(cell, i, w);
			v16 vo = load_at(out, i, w), y = v16_tanh(load_at(c + at, i, w));
			v16 d = load_at(dh + at, i, w), of_y = v16_mul(d, vo);
			v16 of_c = v16_fma(of_y, tanh_slope(y), load_at(dc + at, i, w));
			store_at(in, i, w, v16_mul(v16_mul(of_c, vg), sigmoid_slope(vi)));
			store_at(forget, i, w,
				 v16_mul(v16_mul(of_c, load_at(c_before + at, i, w)), sigmoid_slope(vf)));
			store_at(cell, i, w, v16_mul(v16_mul(of_c, vi), tanh_slope(vg)));
			store_at(out, i, w, v16_mul(v16_mul(d, y), sigmoid_slope(vo)));
			store_at(dc + at, i, w, v16_mul(of_c, vf));
		}
	}
}

static void gru(const struct inner_cell *s, real *gates, const real *own, const real *h_before, real *h)
{
	int w = s->width;
	for (int r = 0; r < s->n; r++) {
		real *reset = gates + (ptrdiff_t)r * s->ld_gates, *update = reset + w, *fresh = update + w;
		const real *mine = own + (ptrdiff_t)r * s->ld_gates;
		ptrdiff_t at = (ptrdiff_t)r * s->ld;
		for (int i = 0; i < w; i += 16) {
			v16 vr = v16_sigmoid(v16_add(load_at(reset, i, w), load_at(mine, i, w)));
			v16 vu = v16_sigmoid(v16_add(load_at(update, i, w), load_at(mine + w, i, w)));
			v16 vm = v16_tanh(v16_fma(vr, load_at(mine + 2 * w, i, w), load_at(fresh, i, w)));
			v16 old = load_at(h_before + at, i, w);
			store_at(reset, i, w, vr);
			store_at(update, i, w, vu);
			store_at(fresh, i, w, vm);
			store_at(h + at, i, w, v16_fma(vu, v16_sub(old, vm), vm));
		}
	}
}

static void gru_back(const struct inner_cell *s, real *gates, real *own, const real *h_before, const real *dh,
		     real *dh_before)
{
	int w = s->width;
	for (int r = 0; r < s->n; r++) {
		real *reset = gates + (ptrdiff_t)r * s->ld_gates, *update = reset + w, *fresh = update + w;
		real *mine = own + (ptrdiff_t)r * s->ld_gates;
		ptrdiff_t at = (ptrdiff_t)r * s->ld;
		for (int i = 0; i < w; i += 16) {
			v16 vr = load_at(reset, i, w), vu = load_at(update, i, w), vm = load_at(fresh, i, w);
			v16 d = load_at(dh + at, i, w), old = load_at(h_before + at, i, w);
			v16 dm = v16_mul(v16_mul(d, v16_sub(v16_all(1), vu)), tanh_slope(vm));
			v16 du = v16_mul(v16_mul(d, v16_sub(old, vm)), sigmoid_slope(vu));
			v16 dr = v16_mul(v16_mul(dm, load_at(mine + 2 * w, i, w)), sigmoid_slope(vr));
			store_at(reset, i, w, dr);
			store_at(update, i, w, du);
			store_at(fresh, i, w, dm);
			store_at(mine, i, w, dr);
			store_at(mine + w, i, w, du);
			store_at(mine + 2 * w, i, w, v16_mul(dm, vr));
			store_at(dh_before + at, i, w, v16_mul(d, vu));
		}
	}
}
