/* v16: sixteen floats in one AVX-512 register. The very bits of v16_avx2.h. [pure] */
#pragma once

#include <immintrin.h>

typedef __m512 v16;

#define OP static inline __attribute__((always_inline))

#define V16_WIDE 1

OP v16 v16_load(const float *p)
{
	return _mm512_loadu_ps(p);
}

OP __mmask16 v16_lanes(int n)
{
	return (__mmask16)((1u << n) - 1);
}

OP v16 v16_load_first(const float *p, int n)
{
	return _mm512_maskz_loadu_ps(v16_lanes(n), p);
}

OP v16 v16_first(v16 v, int n)
{
	return _mm512_maskz_mov_ps(v16_lanes(n), v);
}

OP void v16_store(float *p, v16 v)
{
	_mm512_storeu_ps(p, v);
}

OP void v16_store_first(float *p, v16 v, int n)
{
	_mm512_mask_storeu_ps(p, v16_lanes(n), v);
}

OP v16 v16_all(float x)
{
	return _mm512_set1_ps(x);
}

OP v16 v16_add(v16 x, v16 y)
{
	return _mm512_add_ps(x, y);
}

OP v16 v16_sub(v16 x, v16 y)
{
	return _mm512_sub_ps(x, y);
}

OP v16 v16_mul(v16 x, v16 y)
{
	return _mm512_mul_ps(x, y);
}

OP v16 v16_div(v16 x, v16 y)
{
	return _mm512_div_ps(x, y);
}

OP v16 v16_fma(v16 x, v16 y, v16 z)
{
	return _mm512_fmadd_ps(x, y, z);
}

OP v16 v16_max(v16 x, v16 y)
{
	return _mm512_max_ps(x, y);
}

OP v16 v16_min(v16 x, v16 y)
{
	return _mm512_min_ps(x, y);
}

OP v16 v16_choose(v16 x, v16 y, v16 above, v16 other)
{
	return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, y, _CMP_GT_OQ), other, above);
}

OP v16 v16_scale(v16 x, v16 n)
{
	return _mm512_castsi512_ps(
		_mm512_add_epi32(_mm512_castps_si512(x), _mm512_slli_epi32(_mm512_castps_si512(n), 23)));
}

OP float v16_sum(v16 v)
{
	__m256 s8 = _mm256_add_ps(_mm512_castps512_ps256(v),
				  _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1)));
	__m128 s4 = _mm_add_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
	__m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
	return _mm_cvtss_f32(_mm_add_ss(s2, _mm_movehdup_ps(s2)));
}
