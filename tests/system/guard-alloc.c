/* guard-alloc: preloaded into bcid, counts every call of the allocator by who made it, and keeps the first
 * that the hot path may not make. tests/support/guard.py arms and reads it through the file that BCID_GUARD
 * names.
 *
 * On a worker's thread every call counts. On the loop, the main thread, libzmq's own do not: a call belongs
 * to the first object up the stack that is not the C or C++ library. ZeroMQ's threads and the recorders' are
 * left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);
extern void __libc_free(void *p);
void *reallocarray(void *p, size_t n, size_t size);
void *memalign(size_t alignment, size_t n);

enum caller { ON_WORKER, ON_LOOP, ZMQ_ON_LOOP, ELSEWHERE, N_CALLERS };

#define MAX_FRAMES 24

/* The file, mapped. */
struct guard {
	atomic_uint armed;
	atomic_uint caught;
	_Atomic uint64_t calls[N_CALLERS];
	/* The first of ON_WORKER and ON_LOOP: call and thread, then a line "object offset" a frame. */
	char first[4040];
};

static struct guard *guard;
static pthread_t main_thread;
static __thread bool inside __attribute__((tls_model("initial-exec")));
static __thread char thread_name[16] __attribute__((tls_model("initial-exec")));

static bool is(const char *path, const char *object)
{
	const char *name = strrchr(path, '/');
	return strncmp(name ? name + 1 : path, object, strlen(object)) == 0;
}

/* What calls the allocator for others. */
static bool is_between(const char *path)
{
	return is(path, "libguard-alloc") || is(path, "libc.so") || is(path, "libstdc++") ||
	       is(path, "libgcc_s");
}

static bool is_zmq(const char *path)
{
	return is(path, "libzmq") || is(path, "ld-linux");
}

static bool is_background(const char *name)
{
	return strncmp(name, "ZMQbg", 5) == 0 || strcmp(name, "record") == 0;
}

static enum caller whose(void **frames, int n)
{
	if (is_background(thread_name))
		return ELSEWHERE;
	if (!pthread_equal(pthread_self(), main_thread))
		return ON_WORKER;
	for (int i = 0; i < n; i++) {
		Dl_info info;
		if (dladdr(frames[i], &info) && info.dli_fname && !is_between(info.dli_fname))
			return is_zmq(info.dli_fname) ? ZMQ_ON_LOOP : ON_LOOP;
	}
	return ON_LOOP;
}

static void keep(const char *call, void **frames, int n)
{
	size_t used = 0, size = sizeof(guard->first);
	used += (size_t)snprintf(guard->first, size, "%s in thread %s\n", call, thread_name);
	for (int i = 0; i < n && used < size; i++) {
		Dl_info info;
		bool known = dladdr(frames[i], &info) && info.dli_fname;
		if (known && is(info.dli_fname, "libguard-alloc"))
			continue;
		uintptr_t offset = (uintptr_t)frames[i] - (known ? (uintptr_t)info.dli_fbase : 0);
		used += (size_t)snprintf(guard->first + used, size - used, "%s %#lx\n",
					 known ? info.dli_fname : "?", (unsigned long)offset);
	}
	atomic_store(&guard->caught, 2);
}

static void count(const char *call)
{
	if (!guard || inside || !atomic_load_explicit(&guard->armed, memory_order_relaxed))
		return;
	int error = errno;
	inside = true;
	if (!*thread_name)
		pthread_getname_np(pthread_self(), thread_name, sizeof(thread_name));
	void *frames[MAX_FRAMES];
	int n = backtrace(frames, MAX_FRAMES);
	enum caller c = whose(frames, n);
	atomic_fetch_add(&guard->calls[c], 1);
	unsigned none = 0;
	if ((c == ON_WORKER || c == ON_LOOP) && atomic_compare_exchange_strong(&guard->caught, &none, 1))
		keep(call, frames, n);
	inside = false;
	errno = error;
}

void *malloc(size_t n)
{
	count("malloc");
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	count("calloc");
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	count("realloc");
	return __libc_realloc(p, n);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t all;
	count("reallocarray");
	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, all);
}

void *memalign(size_t alignment, size_t n)
{
	count("memalign");
	return __libc_memalign(alignment, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
	count("aligned_alloc");
	return __libc_memalign(alignment, n);
}

int posix_memalign(void **ret, size_t alignment, size_t n)
{
	count("posix_memalign");
	void *p = __libc_memalign(alignment, n);
	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

void free(void *p)
{
	if (p)
		count("free");
	__libc_free(p);
}

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("BCID_GUARD");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd < 0 || ftruncate(fd, sizeof(struct guard)) < 0) {
		fprintf(stderr, "guard-alloc: BCID_GUARD: %s\n", strerror(errno));
		_exit(99);
	}
	void *frames[2];
	backtrace(frames, 2); /* loads its unwinder, which allocates */
	main_thread = pthread_self();
	guard = mmap(NULL, sizeof(struct guard), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (guard == MAP_FAILED)
		_exit(99);
	close(fd);
}
