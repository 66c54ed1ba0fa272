/* hop_arms: three ways from a closed bin to an answer, all through the same pipeline_step().
 *
 * unix: a bare echo in another process over a Unix stream socket. zmq: the same over ZeroMQ PUB/SUB, raw
 * structs. bcid: the daemon, protobuf in and intent out. One thread sends (a rig), another receives (an
 * effector); both stay on processor 0, and whoever answers on processor 1: left to itself, a busy machine
 * puts both ends of a socket on one processor, where a hop costs a fifth. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "types.h"

#define HOP_UNITS 96
#define HOP_WAIT_MS 500

struct arm;

/* `folder` holds decoder-BIN_US.safetensors and the sockets, `build` the programs. NULL after a line on
 * stderr. */
struct arm *arm_unix(const char *folder, int bin_us);
struct arm *arm_zmq(const char *folder, int bin_us);
struct arm *arm_bcid(const char *folder, const char *build, int bin_us, bool real_time);
void arm_destroy(struct arm *a);

void stay_on_cpu(int cpu);

const char *arm_name(const struct arm *a);
pid_t arm_child(const struct arm *a);

/* False after an error. */
bool arm_send(struct arm *a, const struct spike_bin *bin);

/* Wait for the next answer: the acquired_ns of its bin. False where none comes within HOP_WAIT_MS. */
bool arm_receive(struct arm *a, int64_t *ret_acquired_ns);
