/* pages: memory for weights and buffers that are walked through at every step. */
#pragma once

#include <stddef.h>

/* Zeroed, at a cache line, and, where it is large, on huge pages if the system gives them: a cold pass over
 * it is a tenth faster then. NULL: no memory. free() releases it. */
void *pages_alloc(size_t size);
