#include "kernels.h"

#include "kernels_set.h"

static const struct kernels_set *set = &kernels_plain;

/* Function pointers and not ifuncs: those run before a sanitizer is ready. */
__attribute__((constructor)) static void choose(void)
{
	if (kernels_avx2())
		set = kernels_avx2();
}

const char *kernels_name(void)
{
	return set->name;
}

float kernel_dot(const float *restrict a, const float *restrict b, int n)
{
	return set->dot(a, b, n);
}

void kernel_affine(float *restrict y, const float *restrict W, const float *restrict b,
		   const float *restrict x, int rows, int cols)
{
	set->affine(y, W, b, x, rows, cols);
}
