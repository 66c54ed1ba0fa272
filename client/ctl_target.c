#include "ctl_target.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RIG_SIZE 64

static int rig_endpoint(const char *rig, const char *run_dir, struct failure *f, char *ret)
{
	if (!*rig || strchr(rig, '/') || strlen(rig) >= RIG_SIZE)
		return failure_set(f, -EINVAL, "\"%.60s\" is not the name of a rig", rig);
	snprintf(ret, CTL_ENDPOINT_SIZE, "ipc://%.100s/%s/control", run_dir, rig);
	return 0;
}

/* Folders in run_dir: how many, the last one seen, and the first few of them as a list. */
static int look_around(const char *run_dir, char rig[static RIG_SIZE], char *list, size_t list_size)
{
	DIR *d = opendir(run_dir);
	struct dirent *e;
	int n = 0;
	while (d && (e = readdir(d))) {
		size_t used = strlen(list);
		if (e->d_name[0] == '.' || strlen(e->d_name) >= RIG_SIZE || e->d_type != DT_DIR)
			continue;
		snprintf(rig, RIG_SIZE, "%s", e->d_name);
		snprintf(list + used, list_size - used, "%s%s", n++ ? ", " : "", e->d_name);
	}
	if (d)
		closedir(d);
	return n;
}

int ctl_target_find(const char *rig, const char *run_dir, struct failure *f,
		    char ret[static CTL_ENDPOINT_SIZE])
{
	char found[RIG_SIZE] = "rig1", list[200] = "";
	if (rig)
		return rig_endpoint(rig, run_dir, f, ret);
	if (look_around(run_dir, found, list, sizeof(list)) > 1)
		return failure_set(f, -EINVAL, "which rig? --rig or BCID_RIG names one of %s", list);
	return rig_endpoint(found, run_dir, f, ret);
}

/* A bcid that was killed leaves the file behind. */
static bool nobody_listens(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(at.sun_path))
		return false;
	strcpy(at.sun_path, path);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0)
		return false;
	bool refused = connect(s, (const struct sockaddr *)&at, sizeof(at)) < 0 && errno == ECONNREFUSED;
	close(s);
	return refused;
}

int ctl_target_check(const char *endpoint, struct failure *f)
{
	const char *path = endpoint + strlen("ipc://");
	if (strncmp(endpoint, "ipc://", 6) != 0 || *path == '@')
		return 0;
	bool there = access(path, W_OK) == 0;
	if (!there && errno == EACCES)
		return failure_set(f, -EACCES, "%s: permission denied: are you in the group bcid?", endpoint);
	if (there && !nobody_listens(path))
		return 0;
	return failure_set(f, -ENOENT, "bcid does not answer at %s: is it running?", endpoint);
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

bool ctl_target_same_host(const char *endpoint)
{
	return starts(endpoint, "ipc://") || starts(endpoint, "tcp://127.") ||
	       starts(endpoint, "tcp://localhost:") || starts(endpoint, "tcp://[::1]:");
}

void ctl_target_connectable(const char *bound, const char *control, char ret[static CTL_ENDPOINT_SIZE])
{
	static const char *const any[] = { "tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:" };
	bound += *bound == '@';
	control += *control == '@';
	snprintf(ret, CTL_ENDPOINT_SIZE, "%s", bound);
	for (size_t i = 0; i < sizeof(any) / sizeof(*any); i++) {
		if (!starts(bound, any[i]))
			continue;
		const char *port = strrchr(control, ':');
		bool tcp = starts(control, "tcp://") && port > control + 6;
		snprintf(ret, CTL_ENDPOINT_SIZE, "%.*s:%s", tcp ? (int)(port - control) : 15,
			 tcp ? control : "tcp://127.0.0.1", bound + strlen(any[i]));
	}
}
