#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

void progress_show(const char *what, int64_t done, int64_t total)
{
	static int64_t next_ns;
	static bool shown;
	if (done >= total) {
		if (shown)
			fputs("\r\033[K", stderr);
		shown = false;
		return;
	}
	int64_t now_ns = clock_now_ns();
	if (now_ns < next_ns || !isatty(STDERR_FILENO))
		return;
	next_ns = now_ns + 100 * NS_PER_MS;
	shown = true;
	fprintf(stderr, "\r\033[K%s %d %%", what, (int)(100 * done / total));
}
