/* options: what the configuration file says, key by key. The tables in options_keys.c are the one list of
 * keys. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"
#include "hash.h"
#include "types.h"

#define MAX_STREAMS 64
#define MAX_WORKERS 16
#define NAME_SIZE   STREAM_NAME_SIZE
#define TEXT_SIZE   256

struct daemon_options {
	char rig[NAME_SIZE];
	char control[TEXT_SIZE], intents[TEXT_SIZE], monitor[TEXT_SIZE];
	char state_dir[TEXT_SIZE];
	double clock_speed;
	int64_t fifo, cpu; /* of the loop and ZeroMQ's threads */
	bool lock_memory;
	int log_level; /* enum log_level */
};

enum effector_kind { EFFECTOR_CURSOR, EFFECTOR_PROSTHESIS, EFFECTOR_STIMULATION };
extern const char *const effector_kinds[];

struct stream_options {
	char name[NAME_SIZE];
	char neural[TEXT_SIZE], cues[TEXT_SIZE];
	int format;
	int64_t n_units, bin_us;
	double grace_ms, deadline_ms;
	int64_t valid_for_ms; /* 0: two bins */
	int64_t heartbeat_timeout_ms;
	int64_t lost_bins, resume_bins, disarm_after_ms, conceal_max_bins;
	char forecaster[TEXT_SIZE];
	int context; /* enum forecaster_context */
	char decoder[TEXT_SIZE];
	char worker[NAME_SIZE];
	char effectors[TEXT_SIZE];
	bool record, record_packets;
	int64_t record_commit_ms;
	int record_synchronous; /* enum session_sync */
	double dead_after_s, noisy_hz;
};

struct worker_options {
	char name[NAME_SIZE];
	int wait; /* enum worker_wait */
	int64_t fifo, cpu, prewarm_us;
};

struct gate_options {
	char name[NAME_SIZE];
	double max_speed_mm_s, max_acceleration_mm_s2, max_commands_per_s;
	int effector_kind;
	char holds[TEXT_SIZE];
};

struct options {
	char path[TEXT_SIZE];
	struct hash hash; /* of the file, as sha256sum prints it */
	struct daemon_options daemon;
	int n_streams, n_workers, n_gates;
	struct stream_options streams[MAX_STREAMS];
	struct worker_options workers[MAX_WORKERS];
	struct gate_options gates[MAX_STREAMS];
	size_t text_size;
	char text[]; /* (text_size) the file as it was read */
};

/* Read and check the whole configuration: keys and ranges, and what only shows when they are taken together
 * (workers that do not exist get defaults; a gate for no stream, a public endpoint with clock_speed, a model
 * file that is not there are refused). Paths of models are taken from the folder of the configuration file.
 * Free with free(). */
int options_read(const char *path, struct failure *f, struct options **ret);

/* One section of each kind, every key at its default. */
int options_defaults(struct options **ret);

/* Every key, as a configuration file. */
void options_print(FILE *out, const struct options *o);

/* Of this stream; never NULL: the defaults where there is no [gate NAME]. */
const struct gate_options *options_gate(const struct options *o, const char *stream);

/* Of this name; NULL where there is none: options_read() adds those that a stream names. */
const struct worker_options *options_worker(const struct options *o, const char *name);

/* ipc, inproc, or tcp to a loopback address. */
bool endpoint_is_local(const char *endpoint);
