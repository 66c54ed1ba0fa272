#include "inner.h"

#include "inner_set.h"

static const struct inner_set *set = &inner_plain;

__attribute__((constructor)) static void choose(void)
{
	if (inner_avx512())
		set = inner_avx512();
	else if (inner_avx2())
		set = inner_avx2();
}

void inner_use(const struct inner_set *s)
{
	set = s;
}

const char *inner_name(void)
{
	return set->name;
}

void inner_fill(real *y, const real *row, int n, int width, int ld)
{
	set->fill(y, row, n, width, ld);
}

void inner_sum(real *sum, const real *y, int n, int width, int ld)
{
	set->sum(sum, y, n, width, ld);
}

void inner_softplus(real *y, const real *x, size_t n)
{
	set->softplus(y, x, n);
}

void inner_sigmoid(real *y, const real *x, size_t n)
{
	set->sigmoid(y, x, n);
}

void inner_multiply(real *y, const real *x, size_t n)
{
	set->multiply(y, x, n);
}

void inner_norm(const struct inner_norm *m, real *v, const real *h)
{
	set->norm(m, v, h);
}

void inner_norm_again(const struct inner_norm *m, real *v)
{
	set->norm_again(m, v);
}

void inner_norm_back(const struct inner_norm *m, real *dh, real *dgain, real *dshift, const real *dv)
{
	set->norm_back(m, dh, dgain, dshift, dv);
}

void inner_conv(const struct inner_conv *c, real *y)
{
	set->conv(c, y);
}

void inner_conv_back(const struct inner_conv *c, real *dx, real *dweight, real *dbias, real *dy)
{
	set->conv_back(c, dx, dweight, dbias, dy);
}

void inner_scan(const struct inner_scan *s, real *y, real *S_after)
{
	set->scan(s, y, S_after);
}

void inner_scan_back(const struct inner_scan *s, const struct inner_scan_back *b)
{
	set->scan_back(s, b);
}

void inner_lstm(const struct inner_cell *s, real *gates, const real *c_before, real *c, real *h)
{
	set->lstm(s, gates, c_before, c, h);
}

void inner_lstm_back(const struct inner_cell *s, real *gates, const real *c_before, const real *c,
		     const real *dh, real *dc)
{
	set->lstm_back(s, gates, c_before, c, dh, dc);
}

void inner_gru(const struct inner_cell *s, real *gates, const real *own, const real *h_before, real *h)
{
	set->gru(s, gates, own, h_before, h);
}

void inner_gru_back(const struct inner_cell *s, real *gates, real *own, const real *h_before, const real *dh,
		    real *dh_before)
{
	set->gru_back(s, gates, own, h_before, dh, dh_before);
}

void inner_keep(real *keep, size_t n, real p, uint64_t key)
{
	set->keep(keep, n, p, key);
}

double inner_squares(const real *x, size_t n)
{
	return set->squares(x, n);
}

void inner_adamw(const struct inner_adamw *a, real *value, real *first, real *second, const real *g, size_t n)
{
	set->adamw(a, value, first, second, g, n);
}

size_t inner_scan_room(const struct inner_scan *s)
{
	return ((size_t)4 * INNER_STRETCH * 16 + (size_t)s->n_channels) * (size_t)s->n_state;
}
