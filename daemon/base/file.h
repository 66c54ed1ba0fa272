/* file: whole or not at all. */
#pragma once

#include <stddef.h>

#include "failure.h"

/* Read a regular file of at most `max` bytes into a new buffer (free() it), one byte longer and
 * NUL-terminated. -E2BIG beyond `max`, -EINVAL for a pipe, socket or device, or the errno of open or read. */
int file_read(const char *path, size_t max, struct failure *f, void **ret, size_t *ret_size);

/* A file that appears under its name only once it is complete: written beside it, synced, renamed.
 * Permissions are those of a new file (umask). What is there under the name and is no regular file
 * (/dev/null) is refused, not replaced. */
struct file_writer;
int file_writer_open(const char *path, struct failure *f, struct file_writer **ret);
/* -errno; the first error stays. */
int file_writer_put(struct file_writer *w, const void *bytes, size_t n);
/* Sync, rename, free. After an error of put() this returns that error and leaves nothing behind. */
int file_writer_commit(struct file_writer *w, struct failure *f);
/* Give up: nothing is left behind. NULL is fine. */
void file_writer_abort(struct file_writer *w);
