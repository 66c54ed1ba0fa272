#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "train_bench_pass.h"

/* A bit that stands in one line only comes out only if that line is read. */
Test(train_bench_pass, reads_every_line)
{
	enum { BYTES = 4 * 64 * 9 };
	char *memory = aligned_alloc(64, BYTES);
	for (int kind = 0; kind < PASS_KINDS; kind++)
		for (size_t at = 0; at < BYTES; at += 64) {
			memset(memory, 0, BYTES);
			cr_expect(eq(u64, bench_pass((enum bench_pass)kind, memory, BYTES), 0));
			memory[at] = 8;
			cr_expect(ne(u64, bench_pass((enum bench_pass)kind, memory, BYTES), 0), "%d, %zu",
				  kind, at);
		}
	free(memory);
}

Test(train_bench_pass, leaves_what_is_behind)
{
	char *memory = aligned_alloc(64, 512);
	memset(memory, 0, 512);
	memory[256] = 1;
	for (int kind = 0; kind < PASS_KINDS; kind++) {
		cr_expect(eq(u64, bench_pass((enum bench_pass)kind, memory, 511), 0));
		cr_expect(eq(u64, bench_pass((enum bench_pass)kind, memory, 0), 0));
	}
	free(memory);
}
