/* ctl_target: which bcid is meant, and where it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

#define CTL_RUN_DIR "/run/bcid"
#define CTL_ENDPOINT_SIZE 256

/* The control endpoint of a rig: ipc://RUN_DIR/RIG/control. Where `rig` is NULL it is the only folder in
 * `run_dir`; rig1 where there is none; -EINVAL with a line that names them where there are several, since
 * arming the wrong one does harm. */
int ctl_target_find(const char *rig, const char *run_dir, struct failure *f,
		    char ret[static CTL_ENDPOINT_SIZE]);

/* What this host can say at once: -ENOENT: there is no such socket, or nobody listens at it any more;
 * -EACCES: there is, but not for you. */
int ctl_target_check(const char *endpoint, struct failure *f);

/* Both ends share a CLOCK_MONOTONIC: ipc, or a loopback address. */
bool ctl_target_same_host(const char *endpoint);

/* An endpoint that bcid bound → one to connect to: "@" goes; any address ("*", "0.0.0.0", "[::]") becomes
 * the host of `control` where that is tcp, else loopback. */
void ctl_target_connectable(const char *bound, const char *control, char ret[static CTL_ENDPOINT_SIZE]);
