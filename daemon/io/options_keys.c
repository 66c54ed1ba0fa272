/* options_keys: the one list of configuration keys. */
#include "options_keys.h"

#include <stddef.h>

#include "options.h"

static const char *const levels[] = { "debug", "info", "warning", "error", NULL };
static const char *const formats[] = { "bcid", NULL };
static const char *const contexts[] = { "stream", "window", NULL };
static const char *const record_syncs[] = { "off", "normal", "full", NULL };
static const char *const waits[] = { "block", "spin", NULL };
const char *const effector_kinds[] = { "cursor", "prosthesis", "stimulation", NULL };

#define FIELD(record, field) offsetof(struct record, field), sizeof(((struct record *)0)->field)
#define TEXT(name, record, field, required, fallback, help) \
	{ name, CONFIG_STRING, FIELD(record, field), 0, required, fallback, NULL, help }
#define WHOLE(name, record, field, min, max, fallback, help) \
	{ name, CONFIG_INT, FIELD(record, field), min, max, fallback, NULL, help }
#define REAL(name, record, field, min, max, fallback, help) \
	{ name, CONFIG_DOUBLE, FIELD(record, field), min, max, fallback, NULL, help }
#define CHOICE(name, record, field, choices, fallback, help) \
	{ name, CONFIG_CHOICE, FIELD(record, field), 0, 0, fallback, choices, help }
#define YES_NO(name, record, field, fallback, help) \
	{ name, CONFIG_BOOL, FIELD(record, field), 0, 0, fallback, NULL, help }

static const struct config_key daemon_keys[] = {
	TEXT("rig", daemon_options, rig, 1, "rig1", "name of this set-up"),
	TEXT("control", daemon_options, control, 1, "ipc:///run/bcid/rig1/control",
	     "endpoint for bcictl and heartbeats; bound"),
	TEXT("intents", daemon_options, intents, 1, "tcp://127.0.0.1:7101", "endpoint for effectors; bound"),
	TEXT("monitor", daemon_options, monitor, 1, "tcp://127.0.0.1:7102",
	     "endpoint for forecasts, latencies, events; bound"),
	TEXT("state_dir", daemon_options, state_dir, 1, "/var/lib/bcid/rig1",
	     "folder of the daemon's own files"),
	REAL("clock_speed", daemon_options, clock_speed, 0.01, 1000, "1",
	     "acquisition seconds a wall second; other than 1 only for simulations, on local endpoints"),
	WHOLE("fifo", daemon_options, fifo, 0, 98, "0",
	      "SCHED_FIFO priority of the loop, ZeroMQ's threads one above; 0: the default policy"),
	WHOLE("cpu", daemon_options, cpu, -1, 1023, "-1",
	      "processor for the loop and ZeroMQ's threads; -1: any"),
	YES_NO("lock_memory", daemon_options, lock_memory, "no",
	       "keep all memory that was touched from being paged out"),
	CHOICE("log", daemon_options, log_level, levels, "info", "least level that is logged"),
	{ 0 },
};

static const struct config_key stream_keys[] = {
	TEXT("neural", stream_options, neural, 1, "tcp://127.0.0.1:7100",
	     "endpoint of the rig; connected to, or bound with @ in front"),
	TEXT("cues", stream_options, cues, 0, "",
	     "endpoint of the task's cues; connected to, or bound with @ in front; empty: none"),
	CHOICE("format", stream_options, format, formats, "bcid", "what the rig publishes"),
	WHOLE("n_units", stream_options, n_units, 1, MAX_UNITS, "96", "units that the rig publishes"),
	WHOLE("bin_us", stream_options, bin_us, 500, 1000000, "50000", "width of one bin, microseconds"),
	REAL("grace_ms", stream_options, grace_ms, 0, 1000, "5",
	     "how long after its edge a bin waits for packets, ms"),
	REAL("deadline_ms", stream_options, deadline_ms, 0.1, 10000, "20",
	     "bin edge to intent, ms; later is held"),
	WHOLE("valid_for_ms", stream_options, valid_for_ms, 0, 60000, "0",
	      "how long an intent may be acted on, ms; 0: two bins"),
	WHOLE("heartbeat_timeout_ms", stream_options, heartbeat_timeout_ms, 10, 60000, "500",
	      "silence of a required effector that disarms, ms"),
	WHOLE("lost_bins", stream_options, lost_bins, 1, 100000, "20",
	      "bins without any packet that end the epoch"),
	WHOLE("resume_bins", stream_options, resume_bins, 0, 1000, "2",
	      "good bins wanted after a gap longer than conceal.max_bins"),
	WHOLE("disarm_after_ms", stream_options, disarm_after_ms, 1, 3600000, "1000", "gap that disarms, ms"),
	WHOLE("conceal.max_bins", stream_options, conceal_max_bins, 0, 20, "4",
	      "longest gap after which intents resume by themselves, bins"),
	TEXT("forecaster", stream_options, forecaster, 0, "mean",
	     "a model file, mean (running mean of each unit) or none"),
	CHOICE("context", stream_options, context, contexts, "stream",
	       "one carried state, or a fresh window for each bin"),
	TEXT("decoder", stream_options, decoder, 0, "",
	     "a decoder file; empty: only forecasts are published"),
	TEXT("worker", stream_options, worker, 1, "w1", "the worker that runs this stream"),
	TEXT("effectors", stream_options, effectors, 0, "",
	     "clients whose heartbeats the stream needs to stay armed, separated by spaces"),
	YES_NO("record", stream_options, record, "yes",
	       "record from the start, into state_dir/STREAM/TIME-PID.db"),
	YES_NO("record_packets", stream_options, record_packets, "no", "and each packet as it came in"),
	WHOLE("record_commit_ms", stream_options, record_commit_ms, 0, 10000, "100",
	      "a crash loses no more than this, ms; 0: commit after each intent"),
	CHOICE("record_synchronous", stream_options, record_synchronous, record_syncs, "full",
	       "what a loss of power may take; full: nothing committed; normal: the last seconds; off: the "
	       "file"),
	REAL("dead_after_s", stream_options, dead_after_s, 1, 86400, "60",
	     "silence after which a unit is called dead, s"),
	REAL("noisy_hz", stream_options, noisy_hz, 1, 1e5, "300",
	     "rate above which a unit is called noisy, Hz"),
	{ 0 },
};

static const struct config_key worker_keys[] = {
	CHOICE("wait", worker_options, wait, waits, "block",
	       "how the worker waits for a bin; spin: from prewarm_us before its expected edge, never "
	       "endlessly"),
	WHOLE("fifo", worker_options, fifo, 0, 99, "0", "SCHED_FIFO priority; 0: the default policy"),
	WHOLE("cpu", worker_options, cpu, -1, 1023, "-1", "processor to stay on; -1: any"),
	WHOLE("prewarm_us", worker_options, prewarm_us, 0, 10000, "0",
	      "wake this long before the expected edge, for warm caches, microseconds; 0: do not"),
	{ 0 },
};

static const struct config_key gate_keys[] = {
	REAL("max_speed_mm_s", gate_options, max_speed_mm_s, 0, 1e6, "1000",
	     "speed limit of an intent, mm/s; 0: nothing moves"),
	REAL("max_acceleration_mm_s2", gate_options, max_acceleration_mm_s2, 0, 1e9, "100000",
	     "limit of the change of velocity, mm/s2"),
	REAL("max_commands_per_s", gate_options, max_commands_per_s, 0.001, 1000, "2",
	     "commands a second, for decoders with classes; sooner is held"),
	CHOICE("effector_kind", gate_options, effector_kind, effector_kinds, "cursor",
	       "stimulation and prosthesis also need the operator's enable"),
	TEXT("holds", gate_options, holds, 0, "",
	     "holds instead of the decoder file's: output:zero, output:last, output:ramp:MS, ..."),
	{ 0 },
};

const struct config_section options_sections[] = {
	{ "daemon", false, daemon_keys, sizeof(struct daemon_options), 0, 1 },
	{ "stream", true, stream_keys, sizeof(struct stream_options), offsetof(struct stream_options, name),
	  MAX_STREAMS },
	{ "worker", true, worker_keys, sizeof(struct worker_options), offsetof(struct worker_options, name),
	  MAX_WORKERS },
	{ "gate", true, gate_keys, sizeof(struct gate_options), offsetof(struct gate_options, name),
	  MAX_STREAMS },
	{ 0 },
};
