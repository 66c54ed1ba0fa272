#include "sim_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include "clock.h"
#include "sim_wait.h"
#include "wire.h"

/* libzmq unlinks whatever lies at an ipc path and binds there. */
static bool ipc_in_use(const char *endpoint)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strncmp(endpoint, "ipc://", 6) != 0 || endpoint[6] == '@')
		return false;
	strncpy(address.sun_path, endpoint + 6, sizeof(address.sun_path) - 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool answers = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return answers;
}

static void set_int(void *socket, int option, int value)
{
	zmq_setsockopt(socket, option, &value, sizeof(value));
}

int sim_socket_open(void *context, const char *endpoint, bool connect_to, struct failure *f, void **ret)
{
	if (*endpoint == '@')
		endpoint++;
	if (!connect_to && ipc_in_use(endpoint))
		return failure_set(f, -EADDRINUSE, "%s: another program listens there", endpoint);
	void *socket = zmq_socket(context, ZMQ_XPUB);
	if (!socket)
		return failure_set(f, -zmq_errno(), "socket: %s", zmq_strerror(zmq_errno()));
	set_int(socket, ZMQ_SNDHWM, 0);
	set_int(socket, ZMQ_LINGER, 0);
	set_int(socket, ZMQ_HEARTBEAT_IVL, 1000);
	int64_t most = WIRE_MAX_MESSAGE;
	zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof(most));
	if ((connect_to ? zmq_connect(socket, endpoint) : zmq_bind(socket, endpoint)) < 0) {
		int error = zmq_errno();
		zmq_close(socket);
		return failure_set(f, -error, "%s: %s", endpoint, zmq_strerror(error));
	}
	*ret = socket;
	return 0;
}

/* A subscription is a 1 and the beginning of the topics that are wanted. Anything else is passed over. */
static bool subscribes(const char *bytes, int n, const char *topic)
{
	return n >= 1 && bytes[0] == 1 && (size_t)(n - 1) <= strlen(topic) &&
	       memcmp(bytes + 1, topic, (size_t)(n - 1)) == 0;
}

int sim_socket_wait(void *socket, const char *topic, const char *also, int64_t until_ns)
{
	zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
	bool wanted = false, also_wanted = !also;
	while (!sim_wait_stopped()) {
		char bytes[256];
		int n = zmq_recv(socket, bytes, sizeof(bytes), ZMQ_DONTWAIT);
		if (n >= 0 && n <= (int)sizeof(bytes)) {
			also_wanted = also_wanted || subscribes(bytes, n, also);
			if (!wanted && subscribes(bytes, n, topic)) {
				wanted = true;
				until_ns = clock_now_ns() + NS_PER_S;
			}
		}
		if (wanted && also_wanted)
			return 0;
		if (n < 0 && clock_now_ns() >= until_ns)
			return wanted ? 0 : -ETIMEDOUT;
		if (n < 0)
			zmq_poll(&item, 1, 100);
	}
	return -EINTR;
}

/* Subscriptions that come and go must not pile up. */
static void drain(void *socket)
{
	char bytes[1];
	while (zmq_recv(socket, bytes, sizeof(bytes), ZMQ_DONTWAIT) >= 0)
		;
}

int sim_socket_send(void *socket, const char *topic, const void *bytes, size_t n)
{
	if (zmq_send(socket, topic, strlen(topic), ZMQ_SNDMORE) < 0 || zmq_send(socket, bytes, n, 0) < 0)
		return -zmq_errno();
	drain(socket);
	return 0;
}

void sim_socket_close(void *socket, int linger_ms)
{
	if (!socket)
		return;
	set_int(socket, ZMQ_LINGER, linger_ms);
	zmq_close(socket);
}
