#include "inner_set.h"

#if defined(__AVX2__) && defined(__FMA__) && !defined(LEARN_DOUBLE)

#include "v16_avx2.h"
#include "v16_math.h"

#include "inner_body.h"
#include "inner_scan.h"
#include "inner_cells.h"

const struct inner_set *inner_avx2(void)
{
	static const struct inner_set set = INNER_SET("avx2");
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &set : NULL;
}

#else

const struct inner_set *inner_avx2(void)
{
	return NULL;
}

#endif
