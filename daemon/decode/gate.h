/* gate: the last word on what may reach an effector. [pure]
 *
 * The decoder states an estimate; only the gate turns it into an intent. It stands at the door: called on the
 * loop just before sending, so nothing that was decided before a disarm can slip out after it. A step is
 * bounded in time, allocates nothing, reads no clock and cannot fail: doubt becomes GATE_HOLD.
 *
 * Checks, the most serious first; the first that applies is the reason: FAULT, IDLE, NOT_ARMED and
 * CALIBRATING by the state, then MISSING, GAP, LATE, RESUMING, HEARTBEAT, NOT_ENABLED, OUTPUTS, NOT_FINITE.
 * What is left is clamped: ACCELERATION, then SPEED.
 *
 * Limits apply to all velocity outputs together, as one vector in mm/s. A velocity whose unit is not one of
 * length (pixel/s) has no true limit in mm/s: its own unit is taken for mm/s. The acceleration is the change
 * since the newest intent over the time between the two bin edges, taken as a bin at least and valid_for_ns
 * at most. Positions and other outputs pass as they are.
 *
 * An intent that ran out (valid_for_ns) before the next one was followed by the effector's own hold: the
 * gate's memory follows it there, so that a limit counts from where the effector is, not from where it was
 * told to be. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "output.h"
#include "types.h"

enum gate_verdict {
	GATE_HOLD,  /* the safe intent: each output's own hold */
	GATE_PASS,  /* the estimate as it is */
	GATE_CLAMP, /* slowed to a limit, direction kept */
};

/* Numbers are on the wire (proto Reason): never reuse. */
enum gate_reason {
	REASON_NONE = 0,
	REASON_SPEED = 1,
	REASON_ACCELERATION = 2,
	REASON_IDLE = 3,
	REASON_NOT_ARMED = 4,
	REASON_CALIBRATING = 5,
	REASON_FAULT = 6,
	REASON_LATE = 7, /* no estimate, or its edge is more than deadline_ns from now */
	REASON_MISSING = 8,
	REASON_GAP = 9,       /* a gap that is not concealed, or concealed for more than conceal_max_bins */
	REASON_RESUMING = 10, /* one of the resume_bins good bins after a gap longer than conceal_max_bins */
	REASON_NOT_FINITE = 11,
	REASON_HEARTBEAT = 12,
	REASON_NOT_ENABLED = 13,
	REASON_OUTPUTS = 14, /* other outputs than the gate was told of, or no decoder */
	REASON_RATE = 15,    /* a command too soon after the one before */
	N_REASONS = 16,
};
const char *gate_verdict_text(enum gate_verdict verdict); /* "hold", "pass", "clamp" */
const char *gate_reason_text(enum gate_reason reason);    /* "not-armed", … */

enum stream_state {
	STREAM_IDLE,
	STREAM_SHADOW,
	STREAM_ARMED,
	STREAM_FAULT,
	STREAM_CALIBRATING,
};
const char *stream_state_text(enum stream_state state);

/* Zeroed is valid: every limit 0, nothing moves. Nothing here is negative or not finite. */
struct gate_limits {
	double max_speed_mm_s; /* of all velocity outputs together, as a vector; 0: none may move */
	double max_acceleration_mm_s2;
	int64_t deadline_ns; /* age of the bin edge beyond which an estimate is late */
	int64_t heartbeat_timeout_ns;
	int64_t valid_for_ns;
	int64_t bin_ns;       /* wall time of a bin */
	int conceal_max_bins; /* a longer gap wants resume_bins good bins after it */
	int resume_bins;
	int64_t command_interval_ns; /* least time between two commands */
	bool needs_enable;           /* stimulation, prosthesis */
};

struct gate {
	struct gate_limits limits;
	int n_outputs;
	struct output outputs[MAX_OUTPUTS];
	/* the gate's own memory */
	float last[MAX_OUTPUTS];      /* newest intent, or where the effector's own hold has taken it since */
	int64_t last_ns;              /* when it was sent, 0: none yet */
	int64_t last_edge_ns;         /* its bin edge */
	float hold_from[MAX_OUTPUTS]; /* where a ramp began */
	int64_t hold_since_ns;        /* 0: not holding */
	int gap_bins;                 /* length of the gap that is open, 0: none */
	int64_t command_ns;           /* newest command that passed; 0: none */
	int32_t command;              /* which */
	bool command_stands;          /* no hold has taken it back */
	int resume_left;              /* good bins to be held before the next one passes */
};

/* What is known about the bin at the door. */
struct gate_input {
	const struct estimate *estimate; /* NULL: there is none */
	uint32_t flags;                  /* enum bin_flag */
	bool missing;                    /* the bin never reached the decoder (full ring, reset) */
	enum stream_state state;
	int64_t edge_ns;
	int64_t now_ns;           /* CLOCK_MONOTONIC, > 0 */
	int64_t heartbeat_age_ns; /* oldest of the required effectors; INT64_MAX: never; -1: none is required
				   */
	int64_t enabled_until_ns; /* 0: not enabled */
};

/* What the gate lets out. Only gate_apply() fills it. */
struct intent {
	enum gate_verdict verdict;
	enum gate_reason reason;
	int32_t n_outputs;
	float value[MAX_OUTPUTS];
	int64_t sent_ns; /* = now_ns of the judgement */
	int64_t valid_for_ns;
	/* The newest command, in its own intent and, so that a client that reads the newest intent only
	 * cannot miss it, in those that follow it within valid_for_ns; a hold takes it back. */
	int32_t command;    /* number of the output, -1: none */
	int64_t command_ns; /* sent_ns of its own intent; clients act once on each */
};

/* n_outputs 0: a stream without a decoder; every intent is then an empty hold. */
void gate_init(struct gate *g, const struct gate_limits *limits, const struct output *outputs, int n_outputs);

/* A new epoch: the memory of gaps goes, the memory of the last intent stays (an arm is still where it was).
 * To change limits or outputs in between, gate_init() again and start from nothing. */
void gate_begin_epoch(struct gate *g);

/* Judge one bin, in order, exactly once, whatever the state: gaps are counted here. Always fills `out`, every
 * value finite. */
void gate_apply(struct gate *g, const struct gate_input *in, struct intent *out);
