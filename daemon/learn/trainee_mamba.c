/* Each layer, D = 2 width channels, R = ceil(width / 16):
 *   v = LN(h)     xi = in_proj[0..D) v     z = in_proj[D..2D) v
 *   x = silu(conv4(xi))     [r B C] = x_proj x
 *   y = scan(x, r, B, C, z)                                inner.h
 *   h = h + out_proj y
 * Kept for the way back: LN's shape, xi, x, z, [r B C], y, and S every few bins; v and S are made again. In
 * the last layer of windows y, z and the new h are of the last bin alone. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "linear.h"
#include "trainee.h"

enum { GAIN, SHIFT, IN, CONV, CONV_BIAS, X_PROJ, DT_PROJ, DT_BIAS, A_LOG, SKIP, OUT, N_PARAMS };

struct room {
	struct trainee_norm norm;
	real *xi;    /* ((max_steps + 3) sequences, ld): three bins in front */
	real *x, *z; /* (rows, ld) */
	real *bc;    /* (rows, ld_bc) */
	real *y;     /* (rows, ld) */
	real *saved; /* S, see inner.h */
	real *after; /* (sequences, ld n_state) */
	/* parameters as the inner loops want them */
	real *conv, *conv_bias, *decay, *skip, *dt_proj, *dt_bias;
};

struct scratch {
	real *v, *dv;             /* (rows, ld_width) */
	real *dy, *dx, *dz, *ddt; /* (rows, ld) */
	real *dbc;                /* (rows, ld_bc) */
	real *dconv, *dconv_bias, *ddecay, *dskip;
	size_t small; /* reals of those four, which lie one behind the other */
	real *scan;
};

struct sizes {
	int channels, rank, n_state, ld, ld_bc;
};

static struct sizes sizes_of(const struct trainee_sizes *s)
{
	int rank = (s->width + 15) / 16;
	return (struct sizes){ 2 * s->width, rank, s->n_state, real_padded(2 * s->width),
			       real_padded(rank + 2 * s->n_state) };
}

static void declare(struct trainee *t, int layer)
{
	struct sizes s = sizes_of(&t->sizes);
	int64_t w = t->sizes.width, d = s.channels;
	char name[64];
#define DECLARE(rest, n_dims, ...)                                                                           \
	(snprintf(name, sizeof(name), "mamba_blocks.%d." rest, layer),                                       \
	 trainee_declare(t, name, n_dims, (int64_t[]){ __VA_ARGS__ }))
	DECLARE("norm.weight", 1, w);
	DECLARE("norm.bias", 1, w);
	DECLARE("mamba.in_proj.weight", 2, 2 * d, w);
	DECLARE("mamba.conv1d.weight", 3, d, 1, INNER_TAPS);
	DECLARE("mamba.conv1d.bias", 1, d);
	DECLARE("mamba.x_proj.weight", 2, s.rank + 2 * s.n_state, d);
	DECLARE("mamba.dt_proj.weight", 2, d, s.rank);
	DECLARE("mamba.dt_proj.bias", 1, d);
	DECLARE("mamba.A_log", 2, d, s.n_state);
	DECLARE("mamba.D", 1, d);
	DECLARE("mamba.out_proj.weight", 2, w, d);
#undef DECLARE
}

/* Three bins of xi, then S. */
static int state_size(const struct trainee_sizes *sizes)
{
	struct sizes s = sizes_of(sizes);
	return s.ld * (INNER_TAPS - 1 + s.n_state);
}

/* dt between 0.001 and 0.1, A = -1 .. -n_state. */
static void init(const struct trainee *t, int layer, struct seed *seed)
{
	struct sizes s = sizes_of(&t->sizes);
	double of_width = 1 / sqrt(t->sizes.width), of_channels = 1 / sqrt(s.channels);
	real *dt_bias = trainee_value(t, layer, DT_BIAS), *A_log = trainee_value(t, layer, A_LOG);
	trainee_constant(t, layer, GAIN, 1);
	trainee_uniform(t, layer, IN, of_width, seed);
	trainee_uniform(t, layer, CONV, 0.5, seed);
	trainee_uniform(t, layer, CONV_BIAS, 0.5, seed);
	trainee_uniform(t, layer, X_PROJ, of_channels, seed);
	trainee_uniform(t, layer, DT_PROJ, 1 / sqrt(s.rank), seed);
	for (int d = 0; d < s.channels; d++) {
		double dt = exp(log(0.001) + seed_uniform(seed) * (log(0.1) - log(0.001)));
		dt_bias[d] = (real)(dt + log(-expm1(-dt))); /* softplus of it is dt */
		for (int n = 0; n < s.n_state; n++)
			A_log[d * s.n_state + n] = (real)log(n + 1);
	}
	trainee_constant(t, layer, SKIP, 1);
	trainee_uniform(t, layer, OUT, of_channels, seed);
}

static void lay_out(const struct trainee_pass *p, void *at, struct real_room *r)
{
	struct room *m = at;
	struct sizes s = sizes_of(&p->trainee->sizes);
	size_t rows = (size_t)p->max_rows, ld = (size_t)s.ld, sequences = (size_t)p->max_sequences;
	size_t S = ld * (size_t)s.n_state;
	int max_steps = p->max_rows / p->max_sequences;
	m->norm.shape = real_take(r, rows * (size_t)p->trainee->ld_width);
	m->norm.scale = real_take(r, rows);
	m->xi = real_take(r, (rows + (INNER_TAPS - 1) * sequences) * ld);
	m->x = real_take(r, rows * ld);
	m->z = real_take(r, rows * ld);
	m->bc = real_take(r, rows * (size_t)s.ld_bc);
	m->y = real_take(r, rows * ld);
	m->saved = real_take(r, (size_t)inner_stretches(max_steps) * sequences * S);
	m->after = real_take(r, sequences * S);
	m->conv = real_take(r, INNER_TAPS * ld);
	m->conv_bias = real_take(r, ld);
	m->decay = real_take(r, S);
	m->skip = real_take(r, ld);
	m->dt_proj = real_take(r, (size_t)s.rank * ld);
	m->dt_bias = real_take(r, ld);
}

static void lay_out_scratch(const struct trainee_pass *p, void *at, struct real_room *r)
{
	struct scratch *m = at;
	struct sizes s = sizes_of(&p->trainee->sizes);
	size_t rows = (size_t)p->max_rows, ld = (size_t)s.ld, wide = rows * (size_t)p->trainee->ld_width;
	const struct inner_scan scan = { .n_channels = s.ld, .n_state = s.n_state };
	m->v = real_take(r, wide);
	m->dv = real_take(r, wide);
	m->dy = real_take(r, rows * ld);
	m->dx = real_take(r, rows * ld);
	m->dz = real_take(r, rows * ld);
	m->ddt = real_take(r, rows * ld);
	m->dbc = real_take(r, rows * (size_t)s.ld_bc);
	m->small = ld * (size_t)(INNER_TAPS + 2 + s.n_state);
	m->dconv = real_take(r, m->small);
	if (m->dconv) {
		m->dconv_bias = m->dconv + INNER_TAPS * ld;
		m->dskip = m->dconv_bias + ld;
		m->ddecay = m->dskip + ld;
	}
	m->scan = real_take(r, inner_scan_room(&scan));
}

/* Where A of channel d and state n lies in blocks. */
static int block_at(const struct sizes *s, int d, int n)
{
	return (d / 16 * s->n_state + n) * 16 + d % 16;
}

static void arrange(const struct trainee *t, const struct sizes *s, int layer, const struct room *m)
{
	const real *conv = trainee_value(t, layer, CONV), *A_log = trainee_value(t, layer, A_LOG);
	const real *dt = trainee_value(t, layer, DT_PROJ);
	size_t channels = (size_t)s->channels * sizeof(real);
	memcpy(m->conv_bias, trainee_value(t, layer, CONV_BIAS), channels);
	memcpy(m->skip, trainee_value(t, layer, SKIP), channels);
	memcpy(m->dt_bias, trainee_value(t, layer, DT_BIAS), channels);
	for (int d = 0; d < s->channels; d++) {
		for (int k = 0; k < INNER_TAPS; k++)
			m->conv[k * s->ld + d] = conv[d * INNER_TAPS + k];
		for (int i = 0; i < s->rank; i++)
			m->dt_proj[i * s->ld + d] = dt[d * s->rank + i];
		for (int n = 0; n < s->n_state; n++)
			m->decay[block_at(s, d, n)] =
				(real)(-exp((double)A_log[d * s->n_state + n]) * M_LOG2E);
	}
}

/* --- state --- */

static void state_in(const struct trainee_pass *p, const struct sizes *s, int layer, const struct room *m)
{
	size_t ld = (size_t)s->ld, S = ld * (size_t)s->n_state, sequences = (size_t)p->batch.n_sequences;
	if (!p->batch.state) {
		memset(m->xi, 0, (INNER_TAPS - 1) * sequences * ld * sizeof(real));
		memset(m->saved, 0, sequences * S * sizeof(real));
		return;
	}
	for (size_t b = 0; b < sequences; b++) {
		const real *state = trainee_state(p, layer, (int)b);
		for (size_t k = 0; k < INNER_TAPS - 1; k++)
			memcpy(m->xi + (k * sequences + b) * ld, state + k * ld, ld * sizeof(real));
		memcpy(m->saved + b * S, state + (INNER_TAPS - 1) * ld, S * sizeof(real));
	}
}

static void state_out(const struct trainee_pass *p, const struct sizes *s, int layer, const struct room *m)
{
	size_t ld = (size_t)s->ld, S = ld * (size_t)s->n_state, sequences = (size_t)p->batch.n_sequences;
	const real *newest = m->xi + (size_t)p->n_rows * ld;
	for (size_t b = 0; p->batch.state && b < sequences; b++) {
		real *state = trainee_state(p, layer, (int)b);
		for (size_t k = 0; k < INNER_TAPS - 1; k++)
			memcpy(state + k * ld, newest + (k * sequences + b) * ld, ld * sizeof(real));
		memcpy(state + (INNER_TAPS - 1) * ld, m->after + b * S, S * sizeof(real));
	}
}

/* --- there and back --- */

/* What a layer computes with, gathered once. */
struct layer {
	struct sizes s;
	const struct room *m;
	int ld_width, n_rows, n_out, first_out;
	size_t out; /* the first row with output */
	struct inner_norm norm;
	struct linear in_x, in_z, x_proj, dt_proj, out_proj;
	struct inner_conv conv;
	struct inner_scan scan;
};

static void gather_loops(const struct trainee_pass *p, struct layer *l)
{
	const struct room *m = l->m;
	l->conv =
		(struct inner_conv){ p->n_rows, p->batch.n_sequences, l->s.ld, m->conv, m->conv_bias, m->xi };
	l->scan = (struct inner_scan){
		.n_steps = p->batch.n_steps,
		.first_out = l->first_out,
		.n_sequences = p->batch.n_sequences,
		.n_channels = l->s.ld,
		.n_state = l->s.n_state,
		.rank = l->s.rank,
		.ld_bc = l->s.ld_bc,
		.decay = m->decay,
		.skip = m->skip,
		.dt_bias = m->dt_bias,
		.dt_proj = m->dt_proj,
		.x = m->x,
		.z = m->z,
		.bc = m->bc,
		.saved = m->saved,
	};
}

static struct layer gather(const struct trainee_pass *p, int layer)
{
	const struct trainee *t = p->trainee;
	bool last = layer == t->sizes.n_layers - 1;
	struct layer l = { .s = sizes_of(&t->sizes), .m = trainee_room(p, layer), .ld_width = t->ld_width };
	const real *in = trainee_value(t, layer, IN);
	int w = t->sizes.width, d = l.s.channels;
	l.n_rows = p->n_rows;
	l.first_out = last ? p->first_out : 0;
	l.n_out = last ? p->n_out : p->n_rows;
	l.out = (size_t)(l.n_rows - l.n_out);
	l.norm = (struct inner_norm){ p->n_rows,
				      w,
				      t->ld_width,
				      trainee_value(t, layer, GAIN),
				      trainee_value(t, layer, SHIFT),
				      l.m->norm.shape,
				      l.m->norm.scale };
	l.in_x = (struct linear){ d, w, in, NULL };
	l.in_z = (struct linear){ d, w, in + (size_t)d * (size_t)w, NULL };
	l.x_proj = (struct linear){ l.s.rank + 2 * l.s.n_state, d, trainee_value(t, layer, X_PROJ), NULL };
	l.dt_proj = (struct linear){ d, l.s.rank, trainee_value(t, layer, DT_PROJ), NULL };
	l.out_proj = (struct linear){ w, d, trainee_value(t, layer, OUT), NULL };
	gather_loops(p, &l);
	return l;
}

static void forward(struct trainee_pass *p, int layer)
{
	struct layer l = gather(p, layer);
	const struct room *m = l.m;
	const struct scratch *x = p->scratch;
	int ld = l.s.ld;
	real *own = m->xi + (size_t)(INNER_TAPS - 1) * (size_t)p->batch.n_sequences * (size_t)ld;
	size_t out = l.out * (size_t)l.ld_width;
	arrange(p->trainee, &l.s, layer, m);
	state_in(p, &l.s, layer, m);
	inner_norm(&l.norm, x->v, p->h);
	linear_forward(&l.in_x, own, ld, x->v, l.ld_width, l.n_rows, false);
	linear_forward(&l.in_z, m->z, ld, x->v + out, l.ld_width, l.n_out, false);
	inner_conv(&l.conv, m->x);
	linear_forward(&l.x_proj, m->bc, l.s.ld_bc, m->x, ld, l.n_rows, false);
	inner_scan(&l.scan, m->y, m->after);
	state_out(p, &l.s, layer, m);
	if (!(p->dropout > 0)) {
		linear_forward(&l.out_proj, p->h + out, l.ld_width, m->y, ld, l.n_out, true);
		return;
	}
	linear_forward(&l.out_proj, x->v + out, l.ld_width, m->y, ld, l.n_out, false);
	trainee_drop(p, layer + 1, x->v + out, (int)l.out, l.n_out);
	for (size_t i = out; i < (size_t)l.n_rows * (size_t)l.ld_width; i++)
		p->h[i] += x->v[i];
}

static void scan_backward(struct trainee_pass *p, int layer, const struct layer *l, const real *dbranch)
{
	const struct scratch *x = p->scratch;
	int ld = l->s.ld;
	const struct inner_scan_back back = { x->dy,  x->dx,     x->dz,    x->dbc,
					      x->ddt, x->ddecay, x->dskip, x->scan };
	memset(x->dconv, 0, x->small * sizeof(real));
	linear_gradient(&l->out_proj, trainee_slope(p, layer, OUT), NULL, dbranch, l->ld_width, l->m->y, ld,
			l->n_out);
	linear_back(&l->out_proj, x->dy, ld, dbranch, l->ld_width, l->n_out, false);
	inner_scan_back(&l->scan, &back);
	linear_gradient(&l->dt_proj, trainee_slope(p, layer, DT_PROJ), trainee_slope(p, layer, DT_BIAS),
			x->ddt, ld, l->m->bc, l->s.ld_bc, l->n_rows);
	linear_back(&l->dt_proj, x->dbc, l->s.ld_bc, x->ddt, ld, l->n_rows, true);
	linear_gradient(&l->x_proj, trainee_slope(p, layer, X_PROJ), NULL, x->dbc, l->s.ld_bc, l->m->x, ld,
			l->n_rows);
	linear_back(&l->x_proj, x->dx, ld, x->dbc, l->s.ld_bc, l->n_rows, true);
}

/* The gradients that the inner loops gave in their own order. */
static void sort_back(const struct trainee_pass *p, int layer, const struct layer *l)
{
	const struct scratch *x = p->scratch;
	const struct sizes *s = &l->s;
	real *conv = trainee_slope(p, layer, CONV), *conv_bias = trainee_slope(p, layer, CONV_BIAS);
	real *A_log = trainee_slope(p, layer, A_LOG), *skip = trainee_slope(p, layer, SKIP);
	for (int d = 0; d < s->channels; d++) {
		conv_bias[d] += x->dconv_bias[d];
		skip[d] += x->dskip[d];
		for (int k = 0; k < INNER_TAPS; k++)
			conv[d * INNER_TAPS + k] += x->dconv[k * s->ld + d];
		for (int n = 0; n < s->n_state; n++) {
			int at = block_at(s, d, n);
			A_log[d * s->n_state + n] += x->ddecay[at] * l->m->decay[at] * (real)M_LN2;
		}
	}
}

static void backward(struct trainee_pass *p, int layer)
{
	struct layer l = gather(p, layer);
	const struct scratch *x = p->scratch;
	int ld = l.s.ld;
	size_t out = l.out * (size_t)l.ld_width;
	real *in = trainee_slope(p, layer, IN), *dxi = x->dy;
	const real *dbranch = p->dh + out;
	if (p->dropout > 0) {
		memcpy(x->v, dbranch, (size_t)l.n_out * (size_t)l.ld_width * sizeof(real));
		trainee_drop(p, layer + 1, x->v, (int)l.out, l.n_out);
		dbranch = x->v;
	}
	scan_backward(p, layer, &l, dbranch);
	inner_conv_back(&l.conv, dxi, x->dconv, x->dconv_bias, x->dx);
	sort_back(p, layer, &l);
	inner_norm_again(&l.norm, x->v);
	linear_gradient(&l.in_x, in, NULL, dxi, ld, x->v, l.ld_width, l.n_rows);
	linear_gradient(&l.in_z, in + (size_t)l.s.channels * (size_t)p->trainee->sizes.width, NULL, x->dz, ld,
			x->v + out, l.ld_width, l.n_out);
	linear_back(&l.in_x, x->dv, l.ld_width, dxi, ld, l.n_rows, false);
	linear_back(&l.in_z, x->dv + out, l.ld_width, x->dz, ld, l.n_out, true);
	inner_norm_back(&l.norm, p->dh, trainee_slope(p, layer, GAIN), trainee_slope(p, layer, SHIFT), x->dv);
}

const struct trainee_class trainee_mamba = {
	.architecture = "mamba",
	.layer = "mamba_blocks.%d.norm.weight",
	.state = "mamba_blocks.0.mamba.A_log",
	.final_norm = true,
	.room_size = sizeof(struct room),
	.scratch_size = sizeof(struct scratch),
	.declare = declare,
	.state_size = state_size,
	.init = init,
	.lay_out = lay_out,
	.lay_out_scratch = lay_out_scratch,
	.forward = forward,
	.backward = backward,
};
