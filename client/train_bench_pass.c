#include "train_bench_pass.h"

#include <stdint.h>

#define LINE 64
#define STREAMS 4

/* Lines of 64 bytes at four places, `step` on each time: ORed into four sums, so that none waits for another.
 * Named sums: gcc 12 keeps an array of them in memory. */
#define READ_LINE(p, sum)                                                                                    \
	for (size_t w = 0; w < LINE; w += sizeof(sum))                                                       \
		sum |= *(const vector *)(p + i + w);

#define READER(name, WIDTH, ATTRIBUTE)                                                                       \
	ATTRIBUTE static uint64_t name(const char *at, size_t apart, size_t step, size_t n)                  \
	{                                                                                                    \
		typedef uint64_t vector __attribute__((vector_size(WIDTH), may_alias));                      \
		const char *a = at, *b = a + apart, *c = b + apart, *d = c + apart;                          \
		vector sa = { 0 }, sb = sa, sc = sa, sd = sa;                                                \
		for (size_t i = 0; i < n; i += step) {                                                       \
			READ_LINE(a, sa)                                                                     \
			READ_LINE(b, sb)                                                                     \
			READ_LINE(c, sc)                                                                     \
			READ_LINE(d, sd)                                                                     \
		}                                                                                            \
		sa |= sb | sc | sd;                                                                          \
		return sa[0] | sa[1];                                                                        \
	}

READER(read_plain, 16, )
#ifdef __x86_64__
READER(read_avx2, 32, __attribute__((target("avx2"))))
READER(read_avx512, 64, __attribute__((target("avx512f"))))
#endif

static uint64_t read_widest(const char *at, size_t apart, size_t step, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f"))
		return read_avx512(at, apart, step, n);
	if (__builtin_cpu_supports("avx2"))
		return read_avx2(at, apart, step, n);
#endif
	return read_plain(at, apart, step, n);
}

uint64_t bench_pass(enum bench_pass kind, const void *memory, size_t bytes)
{
	size_t quarter = bytes / STREAMS / LINE * LINE;
	if (kind == PASS_ONE)
		return read_widest(memory, LINE, STREAMS * LINE, STREAMS * quarter);
	return read_widest(memory, quarter, LINE, quarter);
}
