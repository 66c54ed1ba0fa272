/* clock: the only place where bcid reads a clock. decode/, signal/ and learn/ never do:
 * time is an argument. */
#pragma once

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* CLOCK_MONOTONIC. Any thread; a vDSO read, no system call. */
int64_t clock_now_ns(void);

/* CLOCK_REALTIME, for people and files only. */
int64_t clock_unix_ns(void);
