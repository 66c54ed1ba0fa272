#include "kernels_set.h"

#if defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>

/* The first n of eight lanes, n = 0 .. 8. */
static __m256i first_lanes(int n)
{
	return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static float sum_lanes(__m256 v)
{
	__m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
	s = _mm_add_ps(s, _mm_movehl_ps(s, s));
	s = _mm_add_ss(s, _mm_movehdup_ps(s));
	return _mm_cvtss_f32(s);
}

static float dot(const float *restrict a, const float *restrict b, int n)
{
	__m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
	int i = 0;

	for (; i + 32 <= n; i += 32) {
		s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
		s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
		s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
		s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
	}
	for (; i + 8 <= n; i += 8)
		s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
	if (i < n) {
		__m256i rest = first_lanes(n - i);
		s0 = _mm256_fmadd_ps(_mm256_maskload_ps(a + i, rest), _mm256_maskload_ps(b + i, rest), s0);
	}
	return sum_lanes(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
}

static void affine(float *restrict y, const float *restrict W, const float *restrict b,
		   const float *restrict x, int rows, int cols)
{
	for (int r = 0; r < rows; r++)
		y[r] = dot(W + (size_t)r * (size_t)cols, x, cols) + (b ? b[r] : 0.0f);
}

static const struct kernels_set avx2 = {"avx2", dot, affine};

const struct kernels_set *kernels_avx2(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2 : NULL;
}

#else

const struct kernels_set *kernels_avx2(void)
{
	return 0;
}

#endif
