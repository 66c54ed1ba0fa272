#include "kernels_set.h"

#ifdef __AVX512F__

#include "v16_avx512.h"

#include "kernels_body.h"
#include "kernels_matrix.h"
#include "kernels_scan.h"

const struct kernels_set *kernels_avx512(void)
{
	static const struct kernels_set set = {
		"avx512", dot, each_exp, each_silu, each_softplus, layer_norm, matrix, sparse, conv4, scan,
	};
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") && kernels_avx2() ? &set : NULL;
}

#else

const struct kernels_set *kernels_avx512(void)
{
	return NULL;
}

#endif
