#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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

/* -EISDIR or -EINVAL for what is no regular file. */
static int check_regular(mode_t mode)
{
	return S_ISREG(mode) ? 0 : S_ISDIR(mode) ? -EISDIR : -EINVAL;
}

static const char *reason(int r)
{
	return r == -EINVAL ? "not a regular file" : r == -E2BIG ? "larger than allowed" : strerror(-r);
}

static int read_whole(int fd, size_t max, char **ret, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	int r = check_regular(st.st_mode);
	if (r < 0)
		return r;
	size_t n = (size_t)st.st_size;
	if (n > max)
		return -E2BIG;
	char *bytes = malloc(n + 1);
	if (!bytes)
		return -ENOMEM;
	r = read_all(fd, bytes, n);
	if (r < 0) {
		free(bytes);
		return r;
	}
	bytes[n] = '\0';
	*ret = bytes;
	*ret_size = n;
	return 0;
}

int file_read(const char *path, size_t max, struct failure *f, void **ret, size_t *ret_size)
{
	char *bytes = NULL;
	/* O_NONBLOCK: a pipe that nobody writes to is refused, not waited for */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return failure_set(f, -errno, "%s: %s", path, strerror(errno));
	int r = read_whole(fd, max, &bytes, ret_size);
	close(fd);
	if (r < 0)
		return failure_set(f, r, "%s: %s", path, reason(r));
	*ret = bytes;
	return 0;
}

struct file_writer {
	FILE *file;
	int error;
	char path[PATH_MAX];
	char temporary[PATH_MAX + 24];
};

/* A new file beside the old one. mkstemp() would make it private, and to ask for the umask is to change it
 * for every thread. */
static int open_beside(struct file_writer *w)
{
	uint64_t random;
	int fd;

	do {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -errno;
		snprintf(w->temporary, sizeof(w->temporary), "%s.%016" PRIx64, w->path, random);
		fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	} while (fd < 0 && errno == EEXIST);
	if (fd < 0)
		return -errno;
	w->file = fdopen(fd, "wb");
	if (!w->file) {
		close(fd);
		unlink(w->temporary);
		return -ENOMEM;
	}
	return 0;
}

int file_writer_open(const char *path, struct failure *f, struct file_writer **ret)
{
	struct stat st;

	if (strlen(path) >= PATH_MAX)
		return failure_set(f, -ENAMETOOLONG, "%.40s…: name too long", path);
	int r = stat(path, &st) == 0 ? check_regular(st.st_mode) : 0;
	if (r < 0)
		return failure_set(f, r, "%s: %s", path, reason(r));
	struct file_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return failure_set(f, -ENOMEM, "%s: out of memory", path);
	strcpy(w->path, path); /* measured above */
	r = open_beside(w);
	if (r < 0) {
		free(w);
		return failure_set(f, r, "%s: %s", path, strerror(-r));
	}
	*ret = w;
	return 0;
}

int file_writer_put(struct file_writer *w, const void *bytes, size_t n)
{
	errno = 0;
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
