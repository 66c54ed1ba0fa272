/* ctl_text: what a person reads in a terminal of 80 columns, at two in the morning. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CTL_COLUMNS 80

/* A paragraph on stdout: a label at its left, then items that are broken between, never within. */
struct ctl_text {
	int column;
};
void ctl_text_begin(struct ctl_text *t, const char *label);
void ctl_text_item(struct ctl_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ctl_text_end(struct ctl_text *t);

/* "850 us", "12 ms", "4.2 s", "3 min 20 s", "5 h 12 min", "9 d 4 h" into ret; negative ones as 0. Returns
 * ret. */
#define CTL_DURATION_SIZE 32
const char *ctl_text_duration(int64_t ns, char ret[static CTL_DURATION_SIZE]);

/* Microseconds with about three digits: "0.42", "8.1", "812", "20112". Returns ret. */
#define CTL_MICROSECONDS_SIZE 24
const char *ctl_text_microseconds(int64_t ns, char ret[static CTL_MICROSECONDS_SIZE]);

/* The first 12 digits of a hash, enough to tell one from another; "-" where there is none. Returns ret. */
#define CTL_HASH_DIGITS 12
const char *ctl_text_hash(const uint8_t *bytes, size_t n, char ret[static CTL_HASH_DIGITS + 1]);
