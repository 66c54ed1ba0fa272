#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "text.h"

#define REPEAT_NS (10 * NS_PER_S)

static const struct {
	const char *name;
	int syslog; /* sd-daemon(3) */
} levels[] = {
	[LOG_DEBUG] = { "debug", 7 },
	[LOG_INFO] = { "info", 6 },
	[LOG_WARNING] = { "warning", 4 },
	[LOG_ERROR] = { "error", 3 },
};

static enum log_level least_level = LOG_INFO;
static bool to_journal;
static void (*log_tap)(void *arg, enum log_level level, const char *text);
static void *log_tap_arg;

/* The variable is inherited by children whose stderr went elsewhere, so it alone says nothing
 * (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(enum log_level least)
{
	tzset();
	least_level = least;
	to_journal = stderr_is_journal();
}

void log_set_tap(void (*tap)(void *arg, enum log_level level, const char *text), void *arg)
{
	log_tap = tap;
	log_tap_arg = arg;
}

const char *log_level_text(enum log_level level)
{
	return levels[level].name;
}

static size_t put_head(char *to, size_t size, enum log_level level)
{
	if (to_journal)
		return (size_t)snprintf(to, size, "<%d>", levels[level].syslog);

	int64_t now_ns = clock_unix_ns();
	time_t second = now_ns / NS_PER_S;
	struct tm t;
	localtime_r(&second, &t);
	return (size_t)snprintf(to, size, "%02d:%02d:%02d.%03d %s ", t.tm_hour, t.tm_min, t.tm_sec,
				(int)(now_ns % NS_PER_S / NS_PER_MS), levels[level].name);
}

/* Up to 4 n bytes. */
static size_t put_escaped(char *to, const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t i = 0, length; i < n; i += length) {
		length = text_utf8(text + i, n - i);
		bool plain = length > 0 && !text_is_control(text + i, length);
		if (length == 0)
			length = 1;
		if (plain) {
			memcpy(to + used, text + i, length);
			used += length;
			continue;
		}
		for (size_t k = i; k < i + length; k++) {
			to[used++] = '\\';
			to[used++] = 'x';
			to[used++] = hex[(unsigned char)text[k] >> 4];
			to[used++] = hex[text[k] & 15];
		}
	}
	return used;
}

/* At most LOG_MAX_TEXT bytes of the n, and no part of a character; text holds a byte more. */
static size_t cut_at(size_t n, const char *text)
{
	if (n <= LOG_MAX_TEXT)
		return n;
	n = LOG_MAX_TEXT;
	while (n > LOG_MAX_TEXT - 4 && (text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void write_all(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* there is nowhere left to complain */
		bytes += done;
		n -= (size_t)done;
	}
}

void log_line(enum log_level level, const char *format, ...)
{
	static const char cut[] = "…";
	char text[LOG_MAX_TEXT + 8], line[32 + 4 * LOG_MAX_TEXT + sizeof(cut) + 1];
	int saved = errno;
	va_list args;

	if (level < least_level)
		return;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		n = snprintf(text, sizeof(text), "%s", format);
	size_t length = cut_at((size_t)n, text);
	size_t head = put_head(line, sizeof(line), level), used = head;
	used += put_escaped(line + used, text, length);
	if (length < (size_t)n) {
		memcpy(line + used, cut, sizeof(cut) - 1);
		used += sizeof(cut) - 1;
	}
	line[used] = '\n';
	write_all(line, used + 1);
	line[used] = '\0';
	if (log_tap)
		log_tap(log_tap_arg, level, line + head);
	errno = saved;
}

bool log_limit_pass(struct log_limit *l, int64_t now_ns, uint64_t *ret_suppressed)
{
	if (now_ns < l->next_ns) {
		l->suppressed++;
		return false;
	}
	if (ret_suppressed)
		*ret_suppressed = l->suppressed;
	l->suppressed = 0;
	l->next_ns = now_ns + REPEAT_NS;
	return true;
}
