#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static char folder[64];
static char path[128];
static struct failure failure;

static void make_folder(void)
{
	strcpy(folder, "/tmp/bcid-test-file-XXXXXX");
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	snprintf(path, sizeof(path), "%s/name", folder);
}

static int entries(void)
{
	int n = 0;
	DIR *d = opendir(folder);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

static struct file_writer *open_writer(void)
{
	struct file_writer *w = NULL;
	cr_assert(eq(int, file_writer_open(path, &failure, &w), 0), "%s", failure.text);
	return w;
}

static void write_file(const void *bytes, size_t n)
{
	struct file_writer *w = open_writer();
	cr_assert(eq(int, file_writer_put(w, bytes, n), 0));
	cr_assert(eq(int, file_writer_commit(w, &failure), 0), "%s", failure.text);
}

static void expect_content(const char *wanted, size_t n)
{
	void *bytes = NULL;
	size_t size = 0;
	cr_assert(eq(int, file_read(path, 1000, &failure, &bytes, &size), 0), "%s", failure.text);
	cr_expect(eq(sz, size, n));
	cr_expect(eq(int, memcmp(bytes, wanted, n + 1), 0), "the NUL behind counts too");
	free(bytes);
}

Test(file, reads_what_it_wrote)
{
	write_file("a\0b", 3);
	expect_content("a\0b", 3);
	write_file("", 0);
	expect_content("", 0);
	cr_expect(eq(int, entries(), 1));
}

Test(file, refuses_to_read_more_than_allowed)
{
	void *bytes = &failure;
	size_t size = 77;

	write_file("abcd", 4);
	cr_expect(eq(int, file_read(path, 3, &failure, &bytes, &size), -E2BIG));
	cr_expect(ne(ptr, strstr(failure.text, "name: larger than allowed"), NULL), "%s", failure.text);
	cr_expect(eq(ptr, bytes, &failure), "changed on failure");
	cr_expect(eq(sz, size, 77));
	cr_expect(eq(int, file_read(path, 4, &failure, &bytes, &size), 0));
	free(bytes);
}

Test(file, refuses_to_read_what_is_no_file)
{
	void *bytes;
	size_t size;

	cr_expect(eq(int, file_read(path, 9, &failure, &bytes, &size), -ENOENT));
	cr_expect(ne(ptr, strstr(failure.text, "name: No such file"), NULL), "%s", failure.text);
	cr_expect(eq(int, file_read(folder, 9, &failure, &bytes, &size), -EISDIR));
	cr_expect(eq(int, file_read("/dev/null", 9, &failure, &bytes, &size), -EINVAL));
	cr_expect(eq(str, failure.text, "/dev/null: not a regular file"));
	cr_assert(eq(int, mkfifo(path, 0600), 0));
	cr_expect(eq(int, file_read(path, 9, &failure, &bytes, &size), -EINVAL),
		  "a pipe that nobody writes to");
}

Test(file, keeps_the_old_one_until_the_new_one_is_complete)
{
	write_file("old", 3);
	struct file_writer *w = open_writer();
	file_writer_put(w, "new", 3);
	expect_content("old", 3);
	file_writer_put(w, "er", 2);
	cr_expect(eq(int, file_writer_commit(w, &failure), 0));
	expect_content("newer", 5);
	cr_expect(eq(int, entries(), 1));
}

Test(file, leaves_nothing_behind_when_given_up)
{
	struct file_writer *w = open_writer();
	file_writer_put(w, "new", 3);
	cr_expect(eq(int, entries(), 1));
	file_writer_abort(w);
	cr_expect(eq(int, entries(), 0));
	file_writer_abort(NULL);
}

Test(file, has_the_permissions_of_any_new_file)
{
	struct stat st;

	umask(027);
	write_file("x", 1);
	stat(path, &st);
	cr_expect(eq(int, st.st_mode & 07777, 0640));
	cr_expect(eq(int, umask(0), 027), "the umask was touched");
}

Test(file, says_when_the_disk_is_full)
{
	static char bytes[100000];
	struct rlimit limit = { 50000, RLIM_INFINITY };

	write_file("old", 3);
	signal(SIGXFSZ, SIG_IGN);
	struct file_writer *w = open_writer();
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_expect(eq(int, file_writer_put(w, bytes, sizeof(bytes)), -EFBIG));
	cr_expect(eq(int, file_writer_put(w, "x", 1), -EFBIG), "the first error stays");
	cr_expect(eq(int, file_writer_commit(w, &failure), -EFBIG));
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_expect(ne(ptr, strstr(failure.text, "name: File too large"), NULL), "%s", failure.text);
	cr_expect(eq(int, entries(), 1));
	expect_content("old", 3);
}

Test(file, says_so_when_only_the_last_bytes_do_not_fit)
{
	struct rlimit limit = { 10, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	struct file_writer *w = open_writer();
	setrlimit(RLIMIT_FSIZE, &limit);
	file_writer_put(w, "0123456789abcdef", 16); /* still in the buffer */
	cr_expect(eq(int, file_writer_commit(w, &failure), -EFBIG));
	cr_expect(eq(int, entries(), 0));
}

static int open_code(const char *where)
{
	struct file_writer *w = NULL;
	int r = file_writer_open(where, &failure, &w);
	cr_expect(eq(ptr, w, NULL));
	file_writer_abort(w);
	return r;
}

Test(file, refuses_to_replace_what_is_no_file)
{
	char longer[PATH_MAX + 2];

	cr_expect(eq(int, open_code(folder), -EISDIR));
	cr_expect(eq(int, open_code("/dev/null"), -EINVAL));
	cr_expect(eq(str, failure.text, "/dev/null: not a regular file"));
	cr_expect(eq(int, open_code("/nowhere/name"), -ENOENT));
	cr_expect(eq(str, failure.text, "/nowhere/name: No such file or directory"));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cr_expect(eq(int, open_code(longer), -ENAMETOOLONG));
	cr_expect(eq(int, entries(), 0));
}

Test(file, is_written_in_the_folder_where_we_are)
{
	char *before = getcwd(NULL, 0);

	cr_assert(eq(int, chdir(folder), 0));
	strcpy(path, "name");
	write_file("here", 4);
	expect_content("here", 4);
	unlink(path);
	cr_expect(eq(int, chdir(before), 0));
	free(before);
}
