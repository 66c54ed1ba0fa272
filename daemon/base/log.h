/* log: one line a fact, to stderr. Any thread but a worker (it formats and writes).
 *
 * "HH:MM:SS.mmm level text" in local time; where stderr is the journal (JOURNAL_STREAM names it),
 * "<level>text" instead. A line is one write(2). Control characters and bytes that are not UTF-8 are written
 * as \xNN, so that a hostile name cannot forge a line; a line beyond LOG_MAX_TEXT bytes is cut and ends in
 * "…". errno is left alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LOG_MAX_TEXT 1000

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Lines below `least` are not written. Before the first thread starts; without it, LOG_INFO and the time. */
void log_init(enum log_level least);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

/* Each line that is written also goes to `tap`, on the thread that logs; NULL: to none. `text` is the
 * line without time and level, escaped. Before the first other thread starts, or after the last has ended. */
void log_set_tap(void (*tap)(void *arg, enum log_level level, const char *text), void *arg);
const char *log_level_text(enum log_level level); /* "debug", … */

/* For what a hostile or broken peer could repeat: true once, then at most once every 10 s.
 * `ret_suppressed` (may be NULL) gets how many were swallowed since the last true. Zeroed is valid. */
struct log_limit {
	int64_t next_ns;
	uint64_t suppressed;
};
bool log_limit_pass(struct log_limit *l, int64_t now_ns, uint64_t *ret_suppressed);
