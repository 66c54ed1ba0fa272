/* inner_scan: the selective scan, forward and backward, over v16; after inner_body.h. [pure]
 *
 * Sixteen channels at a time through a stretch of bins, so that what is kept between the two directions of
 * the way back stays in the first cache. */
#pragma once

#include "inner_set.h"

/* One bin of sixteen channels. */
struct scan_at {
	ptrdiff_t row, out; /* out < 0: the bin has no y */
	const real *r, *B, *C;
};

OP struct scan_at scan_place(const struct inner_scan *s, int t, int sequence)
{
	struct scan_at at = { (ptrdiff_t)t * s->n_sequences + sequence,
			      (ptrdiff_t)(t - s->first_out) * s->n_sequences + sequence };
	if (t < s->first_out)
		at.out = -1;
	at.r = s->bc + at.row * s->ld_bc;
	at.B = at.r + s->rank;
	at.C = at.B + s->n_state;
	return at;
}

/* dt before softplus. */
OP v16 scan_delta(const struct inner_scan *s, const real *r, int d)
{
	v16 v = v16_load(s->dt_bias + d);
	for (int i = 0; i < s->rank; i++)
		v = v16_fma(v16_load(s->dt_proj + (ptrdiff_t)i * s->n_channels + d), v16_all(r[i]), v);
	return v;
}

static void scan_stretch(const struct inner_scan *s, real *y, int sequence, int from, int until, int d,
			 real *S)
{
	const real *decay = s->decay + (ptrdiff_t)d * s->n_state;
	for (int t = from; t < until; t++) {
		struct scan_at at = scan_place(s, t, sequence);
		v16 dt = v16_softplus(scan_delta(s, at.r, d)),
		    x = v16_load(s->x + at.row * s->n_channels + d);
		v16 input = v16_mul(dt, x), seen = v16_mul(v16_load(s->skip + d), x);
		for (int n = 0; n < s->n_state; n++) {
			v16 a = v16_exp2(v16_mul(dt, v16_load(decay + 16 * n)));
			v16 state = v16_fma(a, v16_load(S + 16 * n), v16_mul(input, v16_all(at.B[n])));
			v16_store(S + 16 * n, state);
			seen = v16_fma(state, v16_all(at.C[n]), seen);
		}
		if (at.out >= 0) {
			v16 z = v16_load(s->z + at.out * s->n_channels + d);
			v16_store(y + at.out * s->n_channels + d, v16_mul(seen, v16_mul(z, v16_sigmoid(z))));
		}
	}
}

static void scan(const struct inner_scan *s, real *y, real *S_after)
{
	ptrdiff_t size = (ptrdiff_t)s->n_channels * s->n_state;
	for (int b = 0; b < s->n_sequences; b++) {
		real *S = S_after + b * size;
		memcpy(S, s->saved + b * size, (size_t)size * sizeof(*S));
		for (int from = 0; from < s->n_steps; from += INNER_STRETCH) {
			int until = s->n_steps - from < INNER_STRETCH ? s->n_steps : from + INNER_STRETCH;
			if (from > 0)
				memcpy(s->saved +
					       (ptrdiff_t)(from / INNER_STRETCH * s->n_sequences + b) * size,
				       S, (size_t)size * sizeof(*S));
			for (int d = 0; d < s->n_channels; d += 16)
				scan_stretch(s, y, b, from, until, d, S + (ptrdiff_t)d * s->n_state);
		}
	}
}

/* Of sixteen channels in one stretch; each bin's n_state v16 lie one behind the other. */
struct scan_kept {
	real *a, *before; /* the decay, and what it left of S */
	real *dB, *dC;    /* summed over all channels of a lane */
	real *G;          /* (channels n_state) gradient of S after the bin, decayed */
	real dt[INNER_STRETCH][16], slope[INNER_STRETCH][16], seen[INNER_STRETCH][16];
};

static struct scan_kept scan_room(const struct inner_scan *s, real *room)
{
	struct scan_kept k;
	ptrdiff_t part = (ptrdiff_t)INNER_STRETCH * s->n_state * 16;
	k.a = room;
	k.before = k.a + part;
	k.dB = k.before + part;
	k.dC = k.dB + part;
	k.G = k.dC + part;
	return k;
}

/* Forward once more, keeping what the way back needs. */
static void scan_again(const struct inner_scan *s, struct scan_kept *k, int sequence, int from, int until,
		       int d, const real *S)
{
	const real *decay = s->decay + (ptrdiff_t)d * s->n_state;
	v16 skip = v16_load(s->skip + d);
	v16 input = v16_all(0); /* of the bin before */
	const real *B = NULL;
	for (int t = from; t < until; t++) {
		struct scan_at at = scan_place(s, t, sequence);
		ptrdiff_t here = (ptrdiff_t)(t - from) * s->n_state * 16;
		v16 raw = scan_delta(s, at.r, d), dt = v16_softplus(raw);
		v16 x = v16_load(s->x + at.row * s->n_channels + d), now = v16_mul(dt, x);
		v16 seen = v16_mul(skip, x);
		for (int n = 0; n < s->n_state; n++) {
			v16 a = v16_exp2(v16_mul(dt, v16_load(decay + 16 * n)));
			v16 state = t == from
					    ? v16_load(S + 16 * n)
					    : v16_fma(input, v16_all(B[n]),
						      v16_load(k->before + here - s->n_state * 16 + 16 * n));
			v16 before = v16_mul(a, state);
			v16_store(k->a + here + 16 * n, a);
			v16_store(k->before + here + 16 * n, before);
			seen = v16_fma(v16_fma(now, v16_all(at.B[n]), before), v16_all(at.C[n]), seen);
		}
		v16_store(k->dt[t - from], dt);
		v16_store(k->slope[t - from], v16_sigmoid(raw));
		v16_store(k->seen[t - from], seen);
		input = now;
		B = at.B;
	}
}

/* The gradient of what a bin's scan has seen, from that of y; dz is written. */
OP v16 scan_gate_back(const struct inner_scan *s, const struct inner_scan_back *b, v16 seen, ptrdiff_t out,
		      int d)
{
	if (out < 0)
		return v16_all(0);
	ptrdiff_t at = out * s->n_channels + d;
	v16 z = v16_load(s->z + at), g = v16_sigmoid(z), dy = v16_load(b->dy + at);
	v16_store(b->dz + at, v16_mul(v16_mul(dy, seen), silu_slope(z, g)));
	return v16_mul(dy, v16_mul(z, g));
}

static void scan_stretch_back(const struct inner_scan *s, const struct inner_scan_back *b,
			      struct scan_kept *k, int sequence, int from, int until, int d)
{
	const v16 ln2 = v16_all((real)0.693147180559945309);
	const real *decay = s->decay + (ptrdiff_t)d * s->n_state;
	real *ddecay = b->ddecay + (ptrdiff_t)d * s->n_state, *G = k->G + (ptrdiff_t)d * s->n_state;
	v16 dskip = v16_load(b->dskip + d), skip = v16_load(s->skip + d);
	for (int t = until - 1; t >= from; t--) {
		struct scan_at at = scan_place(s, t, sequence);
		ptrdiff_t here = (ptrdiff_t)(t - from) * s->n_state * 16, place = at.row * s->n_channels + d;
		const real *a = k->a + here, *before = k->before + here;
		real *dB = k->dB + here, *dC = k->dC + here;
		v16 dseen = scan_gate_back(s, b, v16_load(k->seen[t - from]), at.out, d);
		v16 dt = v16_load(k->dt[t - from]), x = v16_load(s->x + place), input = v16_mul(dt, x);
		v16 of_dt = v16_all(0), of_input = of_dt;
		for (int n = 0; n < 16 * s->n_state; n += 16) {
			v16 B = v16_all(at.B[n / 16]), C = v16_all(at.C[n / 16]), left = v16_load(before + n);
			v16 g = v16_fma(dseen, C, v16_load(G + n)), w = v16_mul(g, left);
			of_dt = v16_fma(w, v16_load(decay + n), of_dt);
			of_input = v16_fma(g, B, of_input);
			v16_store(ddecay + n, v16_fma(w, dt, v16_load(ddecay + n)));
			v16_store(dB + n, v16_fma(g, input, v16_load(dB + n)));
			v16_store(dC + n, v16_fma(dseen, v16_fma(input, B, left), v16_load(dC + n)));
			v16_store(G + n, v16_mul(v16_load(a + n), g));
		}
		dskip = v16_fma(dseen, x, dskip);
		v16_store(b->dx + place, v16_fma(dt, of_input, v16_mul(dseen, skip)));
		v16 ddt = v16_fma(x, of_input, v16_mul(ln2, of_dt));
		v16_store(b->ddt + place, v16_mul(ddt, v16_load(k->slope[t - from])));
	}
	v16_store(b->dskip + d, dskip);
}

static void scan_sum_lanes(const struct inner_scan *s, const struct inner_scan_back *b,
			   const struct scan_kept *k, int sequence, int from, int until)
{
	for (int t = from; t < until; t++) {
		real *row = b->dbc + ((ptrdiff_t)t * s->n_sequences + sequence) * s->ld_bc;
		ptrdiff_t here = (ptrdiff_t)(t - from) * s->n_state * 16;
		for (int i = 0; i < s->rank; i++)
			row[i] = 0;
		for (int n = 0; n < s->n_state; n++) {
			row[s->rank + n] = v16_sum(v16_load(k->dB + here + 16 * n));
			row[s->rank + s->n_state + n] = v16_sum(v16_load(k->dC + here + 16 * n));
		}
	}
}

static void scan_back(const struct inner_scan *s, const struct inner_scan_back *b)
{
	struct scan_kept k = scan_room(s, b->room);
	size_t size = (size_t)s->n_channels * (size_t)s->n_state;
	size_t sums = 2 * (size_t)INNER_STRETCH * (size_t)s->n_state * 16; /* dB and dC */
	for (int sequence = 0; sequence < s->n_sequences; sequence++) {
		memset(k.G, 0, size * sizeof(real));
		for (int i = inner_stretches(s->n_steps) - 1; i >= 0; i--) {
			int from = i * INNER_STRETCH, rest = s->n_steps - from;
			int until = rest < INNER_STRETCH ? s->n_steps : from + INNER_STRETCH;
			const real *S = s->saved + (size_t)(i * s->n_sequences + sequence) * size;
			memset(k.dB, 0, sums * sizeof(real));
			for (int d = 0; d < s->n_channels; d += 16) {
				scan_again(s, &k, sequence, from, until, d, S + (ptrdiff_t)d * s->n_state);
				scan_stretch_back(s, b, &k, sequence, from, until, d);
			}
			scan_sum_lanes(s, b, &k, sequence, from, until);
		}
	}
}
