/* crc: CRC-32C (Castagnoli), a check on bytes that were stored. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continue from `crc`; start with 0. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);
