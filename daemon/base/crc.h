/* crc: CRC-32C (Castagnoli), a check on bytes that were stored. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continue from `crc`; start with 0. Any thread. By the processor's own instruction where it has one. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

/* The same without it. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t n);
