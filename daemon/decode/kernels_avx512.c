#include "kernels_set.h"

#ifdef __AVX512F__

#include "v16_avx512.h"

#include "kernels_body.h"
#include "kernels_matrix.h"
#include "kernels_scan.h"
#include "kernels_cells.h"

const struct kernels_set *kernels_avx512(void)
{
	static const struct kernels_set set = KERNELS_SET("avx512");
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") && kernels_avx2() ? &set : NULL;
}

#else

const struct kernels_set *kernels_avx512(void)
{
	return NULL;
}

#endif
