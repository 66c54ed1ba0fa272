/* text: what came as text and is not trusted yet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that starts at `s`, of which `n` bytes are there; 0 where that is not UTF-8 (or n
 * is 0). */
size_t text_utf8(const char *s, size_t n);

/* Control characters: C0, DEL, C1, and the two separators U+2028 and U+2029 that some readers take for the
 * end of a line. `length` is what text_utf8() said of `s`. */
bool text_is_control(const char *s, size_t length);

/* The whole of `s` is one number: no space around it, nothing behind it. -EINVAL, or -ERANGE beyond the type;
 * a double that is infinite or not a number is -EINVAL. */
int text_to_int(const char *s, int64_t *ret);
int text_to_double(const char *s, double *ret);

/* Letters to change, insert or drop on the way from `a` to `b`; both are read to 63 bytes at most. For
 * suggestions. */
int text_distance(const char *a, const char *b);
