/* v16_math: functions of sixteen floats at once; after a v16_*.h that has the arithmetic. [pure] */
#pragma once

/* 2^f for f within -0.5 .. 0.5: 1 + ln2 f + …, fitted for the least relative error, 3e-9, and exact around 0,
 * where the decays of long memories live. */
OP v16 v16_exp2_fraction(v16 f)
{
	v16 p = v16_all(0.00015321057f);
	p = v16_fma(p, f, v16_all(0.0013390229f));
	p = v16_fma(p, f, v16_all(0.009618527f));
	p = v16_fma(p, f, v16_all(0.05550362f));
	p = v16_fma(p, f, v16_all(0.24022648f));
	p = v16_fma(p, f, v16_all(0.6931472f));
	return v16_fma(p, f, v16_all(1.0f));
}

/* 1.5 2^23: what is added to it loses its fraction, and has it as a whole number in its low bits. */
#define V16_ROUND v16_all(12582912.0f)

/* 2^x for x up to 126; below 2^-125 it stays there. */
OP v16 v16_exp2(v16 x)
{
	x = v16_max(v16_all(-125.0f), x);
	v16 n = v16_add(x, V16_ROUND);
	return v16_scale(v16_exp2_fraction(v16_sub(x, v16_sub(n, V16_ROUND))), n);
}

/* ln 2 in two parts, the first short, so that n times it is exact. */
OP v16 v16_exp(v16 x)
{
	x = v16_min(v16_all(86.6f), v16_max(v16_all(-86.6f), x));
	v16 n = v16_fma(x, v16_all(1.44269504f), V16_ROUND);
	v16 whole = v16_sub(n, V16_ROUND);
	v16 rest = v16_fma(whole, v16_all(-0.693359375f), x);
	rest = v16_fma(whole, v16_all(2.12194440e-4f), rest);
	return v16_scale(v16_exp2_fraction(v16_mul(rest, v16_all(1.44269504f))), n);
}

OP v16 v16_sigmoid(v16 x)
{
	v16 e = v16_exp(v16_sub(v16_all(0.0f), x));
	return v16_div(v16_all(1.0f), v16_add(v16_all(1.0f), e));
}

OP v16 v16_silu(v16 x)
{
	v16 e = v16_exp(v16_sub(v16_all(0.0f), x));
	return v16_div(x, v16_add(v16_all(1.0f), e));
}

/* max(x, 0) + ln(1 + u), u = e^-|x|; ln(1 + u) = 2 artanh(s), s = u / (2 + u) <= 1/3, by a polynomial in s^2
 * (4e-9). */
OP v16 v16_softplus(v16 x)
{
	const v16 zero = v16_all(0.0f);
	v16 negative = v16_sub(zero, x);
	v16 u = v16_exp(v16_min(negative, x));
	v16 s = v16_div(u, v16_add(v16_all(2.0f), u));
	v16 q = v16_mul(s, s);
	v16 p = v16_all(0.14006333f);
	p = v16_fma(p, q, v16_all(0.14000839f));
	p = v16_fma(p, q, v16_all(0.20010766f));
	p = v16_fma(p, q, v16_all(0.3333321f));
	p = v16_fma(p, q, v16_all(1.0f));
	return v16_fma(v16_add(s, s), p, v16_max(zero, x));
}

/* (1 - u) / (1 + u), u = e^(-2 |x|); where that cancels, x + x^3 times a polynomial in x^2 (6e-8). */
OP v16 v16_tanh(v16 x)
{
	const v16 zero = v16_all(0.0f), one = v16_all(1.0f);
	v16 size = v16_max(x, v16_sub(zero, x));
	v16 u = v16_exp(v16_mul(v16_all(-2.0f), size));
	v16 far = v16_div(v16_sub(one, u), v16_add(one, u));
	v16 q = v16_mul(x, x);
	v16 p = v16_all(-5.70498873e-3f);
	p = v16_fma(p, q, v16_all(2.06390888e-2f));
	p = v16_fma(p, q, v16_all(-5.37397156e-2f));
	p = v16_fma(p, q, v16_all(1.33314422e-1f));
	p = v16_fma(p, q, v16_all(-3.33332819e-1f));
	v16 near = v16_fma(v16_mul(p, q), x, x);
	return v16_choose(size, v16_all(0.625f), v16_choose(x, zero, far, v16_sub(zero, far)), near);
}

OP v16 v16_relu(v16 x)
{
	return v16_max(v16_all(0.0f), x);
}
