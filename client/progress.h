/* progress: how far long work is, on stderr where that is a terminal. */
#pragma once

#include <stdint.h>

/* "what  42 %", at most ten times a second. `done` == `total` wipes the line. */
void progress_show(const char *what, int64_t done, int64_t total);
