#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <zmq.h>

#include "wire.h"

static void set_int(void *socket, int option, int value)
{
	zmq_setsockopt(socket, option, &value, sizeof(value));
}

static int refuse(const char *endpoint, struct failure *f)
{
	int r = errno ? -errno : -EIO;
	return failure_set(f, r, "%s: %s", endpoint, zmq_strerror(-r));
}

static int open_socket(void *zmq, int type, const char *endpoint, struct failure *f, void **ret)
{
	void *socket = zmq_socket(zmq, type);
	if (!socket)
		return refuse(endpoint, f);
	int64_t largest = WIRE_MAX_MESSAGE;
	zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof(largest));
	set_int(socket, ZMQ_LINGER, 0);
	set_int(socket, ZMQ_HEARTBEAT_IVL, 1000);
	set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, 5000);
	set_int(socket, ZMQ_RECONNECT_IVL, 50);
	set_int(socket, ZMQ_RECONNECT_IVL_MAX, 1000);
	*ret = socket;
	return 0;
}

static int attach(void *socket, const char *endpoint, bool binds, struct failure *f, void **ret)
{
	int r = binds ? zmq_bind(socket, endpoint) : zmq_connect(socket, endpoint);
	if (r < 0) {
		r = refuse(endpoint, f);
		zmq_close(socket);
		return r;
	}
	*ret = socket;
	return 0;
}

static int open_bound(void *zmq, int type, const char *endpoint, int waiting, int send_buffer,
		      struct failure *f, void **ret)
{
	void *socket;
	int r = open_socket(zmq, type, endpoint, f, &socket);
	if (r < 0)
		return r;
	set_int(socket, ZMQ_SNDHWM, waiting);
	if (send_buffer)
		set_int(socket, ZMQ_SNDBUF, send_buffer);
	return attach(socket, endpoint + (*endpoint == '@'), true, f, ret);
}

int socket_open_sub(void *zmq, const char *endpoint, const char *prefix, struct failure *f, void **ret)
{
	void *socket;
	int r = open_socket(zmq, ZMQ_SUB, endpoint, f, &socket);
	if (r < 0)
		return r;
	set_int(socket, ZMQ_RCVHWM, 100000); /* a packet that has come this far is not to be lost here */
	zmq_setsockopt(socket, ZMQ_SUBSCRIBE, prefix, strlen(prefix));
	bool binds = *endpoint == '@';
	return attach(socket, endpoint + binds, binds, f, ret);
}

int socket_open_intents(void *zmq, const char *endpoint, struct failure *f, void **ret)
{
	return open_bound(zmq, ZMQ_PUB, endpoint, 4, 4096, f, ret);
}

int socket_open_monitor(void *zmq, const char *endpoint, struct failure *f, void **ret)
{
	return open_bound(zmq, ZMQ_PUB, endpoint, 1000, 0, f, ret);
}

int socket_open_control(void *zmq, const char *endpoint, struct failure *f, void **ret)
{
	return open_bound(zmq, ZMQ_ROUTER, endpoint, 1000, 0, f, ret);
}

int lock_file(const char *path, struct failure *f, int *ret_fd)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0660);
	if (fd < 0)
		return failure_set(f, -errno, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int r = -errno;
		char pid[16] = "";
		ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);
		close(fd);
		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		return failure_set(f, r, "%s: another bcid is running here%s%s", path,
				   *pid ? ", process " : "", pid);
	}
	char pid[16];
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)n, 0) < 0) {
		/* the number is only for people */
	}
	*ret_fd = fd;
	return 0;
}

int lock_endpoint(const char *endpoint, struct failure *f, int *ret_fd)
{
	endpoint += *endpoint == '@';
	if (strncmp(endpoint, "ipc://", 6) != 0 || endpoint[6] == '@') {
		*ret_fd = -1;
		return 0;
	}
	char path[300];
	snprintf(path, sizeof(path), "%s.lock", endpoint + 6);
	return lock_file(path, f, ret_fd);
}
