/* v16: sixteen floats, the unit in which kernels_body.h computes; here as two AVX2 registers. [pure] */
#pragma once

#include <immintrin.h>

typedef struct {
	__m256 a, b;
} v16;

#define OP static inline __attribute__((always_inline))

/* How many v16 of outputs the matrix kernels hold a row: 16 registers are enough for one. */
#define V16_WIDE 0

OP v16 v16_load(const float *p)
{
	return (v16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}

OP __m256i v16_lanes(int n)
{
	return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* The first n lanes from p, 0 in the others; n = 0 .. 16. */
OP v16 v16_load_first(const float *p, int n)
{
	return (v16){_mm256_maskload_ps(p, v16_lanes(n)),
		     n > 8 ? _mm256_maskload_ps(p + 8, v16_lanes(n - 8)) : _mm256_setzero_ps()};
}

OP v16 v16_first(v16 v, int n)
{
	return (v16){_mm256_and_ps(v.a, _mm256_castsi256_ps(v16_lanes(n))),
		     _mm256_and_ps(v.b, _mm256_castsi256_ps(v16_lanes(n - 8)))};
}

OP void v16_store(float *p, v16 v)
{
	_mm256_storeu_ps(p, v.a);
	_mm256_storeu_ps(p + 8, v.b);
}

OP void v16_store_first(float *p, v16 v, int n)
{
	_mm256_maskstore_ps(p, v16_lanes(n), v.a);
	if (n > 8)
		_mm256_maskstore_ps(p + 8, v16_lanes(n - 8), v.b);
}

OP v16 v16_all(float x)
{
	return (v16){_mm256_set1_ps(x), _mm256_set1_ps(x)};
}

OP v16 v16_add(v16 x, v16 y)
{
	return (v16){_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)};
}

OP v16 v16_sub(v16 x, v16 y)
{
	return (v16){_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)};
}

OP v16 v16_mul(v16 x, v16 y)
{
	return (v16){_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)};
}

OP v16 v16_div(v16 x, v16 y)
{
	return (v16){_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)};
}

/* x y + z. */
OP v16 v16_fma(v16 x, v16 y, v16 z)
{
	return (v16){_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}

/* y where x or y is not a number. */
OP v16 v16_max(v16 x, v16 y)
{
	return (v16){_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)};
}

OP v16 v16_min(v16 x, v16 y)
{
	return (v16){_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)};
}

/* `above` where x > y, `other` elsewhere and where x or y is not a number. */
OP v16 v16_choose(v16 x, v16 y, v16 above, v16 other)
{
	return (v16){_mm256_blendv_ps(other.a, above.a, _mm256_cmp_ps(x.a, y.a, _CMP_GT_OQ)),
		     _mm256_blendv_ps(other.b, above.b, _mm256_cmp_ps(x.b, y.b, _CMP_GT_OQ))};
}

/* x 2^n, n being the low bits of `n`; no exponent may leave its range. */
OP v16 v16_scale(v16 x, v16 n)
{
	return (v16){
		_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x.a),
						     _mm256_slli_epi32(_mm256_castps_si256(n.a), 23))),
		_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x.b),
						     _mm256_slli_epi32(_mm256_castps_si256(n.b), 23))),
	};
}

/* Halves upon halves: the order is the same for every set. */
OP float v16_sum(v16 v)
{
	__m256 s8 = _mm256_add_ps(v.a, v.b);
	__m128 s4 = _mm_add_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
	__m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
	return _mm_cvtss_f32(_mm_add_ss(s2, _mm_movehdup_ps(s2)));
}
