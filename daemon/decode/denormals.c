#include "denormals.h"

#include <stdint.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

void denormals_flush(void)
{
#if defined(__SSE2__)
	_mm_setcsr(_mm_getcsr() | 0x8040); /* flush to zero, denormals are zero */
#elif defined(__aarch64__)
	uint64_t fpcr;
	__asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
	__asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (UINT64_C(1) << 24)));
#endif
}
