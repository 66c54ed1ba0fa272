#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

Test(pages, are_zero_and_aligned)
{
	static const size_t sizes[] = {0, 1, 64, 4097, 300000, 3000000};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned char *p = pages_alloc(sizes[i]);
		cr_assert(ne(ptr, p, NULL));
		cr_expect(eq(u64, (uintptr_t)p % 64, 0), "%zu", sizes[i]);
		for (size_t b = 0; b < sizes[i]; b++)
			cr_assert(eq(int, p[b], 0), "%zu", sizes[i]);
		memset(p, 1, sizes[i]);
		free(p);
	}
}
