#include "pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CACHE_LINE ((size_t)64)
#define HUGE_PAGE ((size_t)2 << 20)

void *pages_alloc(size_t size)
{
	size_t align = size < HUGE_PAGE / 8 ? CACHE_LINE : HUGE_PAGE;
	size_t whole = (size / align + 1) * align;
	void *memory = aligned_alloc(align, whole);
	if (!memory)
		return NULL;
	if (align == HUGE_PAGE)
		madvise(memory, whole, MADV_HUGEPAGE); /* a wish: without it the pages are small */
	return memset(memory, 0, whole);
}
