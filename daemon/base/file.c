#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, char *to, size_t n)
{
	while (n > 0) {
		ssize_t got = read(fd, to, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -EIO; /* it shrank under us */
		to += got;
		n -= (size_t)got;
	}
	return 0;
}

int file_read(const char *path, size_t max, struct failure *f, void **ret, size_t *ret_size)
{
	struct stat st;
	char *bytes = NULL;
	int r = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return failure_set(f, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if ((size_t)st.st_size > max)
		r = -E2BIG;
	if (r == 0 && !(bytes = malloc((size_t)st.st_size + 1)))
		r = -ENOMEM;
	if (r == 0)
		r = read_all(fd, bytes, (size_t)st.st_size);
	close(fd);
	if (r < 0) {
		free(bytes);
		return failure_set(f, r, "%s: %s", path, r == -E2BIG ? "larger than allowed" : strerror(-r));
	}
	bytes[st.st_size] = '\0';
	*ret = bytes;
	*ret_size = (size_t)st.st_size;
	return 0;
}

struct file_writer {
	FILE *file;
	int error;
	char path[PATH_MAX];
	char temporary[PATH_MAX + 16];
};

int file_writer_open(const char *path, struct failure *f, struct file_writer **ret)
{
	if (strlen(path) >= PATH_MAX)
		return failure_set(f, -ENAMETOOLONG, "%.40s…: name too long", path);
	struct file_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return failure_set(f, -ENOMEM, "%s: out of memory", path);
	snprintf(w->path, sizeof(w->path), "%s", path);
	snprintf(w->temporary, sizeof(w->temporary), "%s.XXXXXX", path);
	int fd = mkostemp(w->temporary, O_CLOEXEC);
	if (fd >= 0) {
		mode_t mask = umask(0);
		umask(mask);
		fchmod(fd, 0666 & ~mask);
		w->file = fdopen(fd, "wb");
	}
	if (!w->file) {
		int r = -errno;
		if (fd >= 0) {
			close(fd);
			unlink(w->temporary);
		}
		free(w);
		return failure_set(f, r, "%s: %s", path, strerror(-r));
	}
	*ret = w;
	return 0;
}

int file_writer_put(struct file_writer *w, const void *bytes, size_t n)
{
	if (w->error == 0 && fwrite(bytes, 1, n, w->file) != n)
		w->error = errno ? -errno : -EIO;
	return w->error;
}

/* So that the new name itself survives a crash. */
static void sync_folder(const char *path)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof(folder), "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

int file_writer_commit(struct file_writer *w, struct failure *f)
{
	int r = w->error;
	if (r == 0 && (fflush(w->file) != 0 || fsync(fileno(w->file)) != 0))
		r = -errno;
	if (fclose(w->file) != 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(w->temporary, w->path) != 0)
		r = -errno;
	if (r == 0)
		sync_folder(w->path);
	else {
		unlink(w->temporary);
		failure_set(f, r, "%s: %s", w->path, strerror(-r));
	}
	free(w);
	return r;
}

void file_writer_abort(struct file_writer *w)
{
	if (!w)
		return;
	fclose(w->file);
	unlink(w->temporary);
	free(w);
}
