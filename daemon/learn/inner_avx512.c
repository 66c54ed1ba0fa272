#include "inner_set.h"

#if defined(__AVX512F__) && !defined(LEARN_DOUBLE)

#include "v16_avx512.h"
#include "v16_math.h"

#include "inner_body.h"
#include "inner_scan.h"
#include "inner_cells.h"

const struct inner_set *inner_avx512(void)
{
	static const struct inner_set set = INNER_SET("avx512");
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") ? &set : NULL;
}

#else

const struct inner_set *inner_avx512(void)
{
	return NULL;
}

#endif
