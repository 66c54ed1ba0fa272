#include "kernels_set.h"

#if defined(__AVX2__) && defined(__FMA__)

#include "v16_avx2.h"

#include "kernels_body.h"
#include "kernels_matrix.h"
#include "kernels_scan.h"
#include "kernels_cells.h"

const struct kernels_set *kernels_avx2(void)
{
	static const struct kernels_set set = KERNELS_SET("avx2");
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &set : NULL;
}

#else

const struct kernels_set *kernels_avx2(void)
{
	return NULL;
}

#endif
