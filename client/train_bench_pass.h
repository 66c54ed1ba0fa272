/* train_bench_pass: how fast this machine can read memory at all: the bound that a step is held against. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum bench_pass { PASS_ONE, PASS_FOUR, PASS_KINDS }; /* one straight line, or four quarters side by side */

/* Read `bytes` (at a cache line; a rest below four lines is left) by the widest loads that the processor has.
 * What comes out means nothing; the caller keeps it, so that no compiler drops the pass. */
uint64_t bench_pass(enum bench_pass kind, const void *memory, size_t bytes);
