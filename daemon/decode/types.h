/* types: spike_bin → forecast → estimate → intent. One direction, one type a step. [pure] */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_UNITS 8192
#define MAX_OUTPUTS 32
#define STREAM_NAME_SIZE 32 /* with the NUL; no '/' in it */

enum bin_flag {
	BIN_EPOCH_BEGIN = 1 << 0, /* first bin of its epoch: recurrent state starts from zero here */
	BIN_GAP = 1 << 1,         /* closed without all of its packets */
	BIN_CONCEALED = 1 << 2,   /* filled from the forecast */
	BIN_CALIBRATING = 1 << 3,
};

/* One bin of one stream. Lives in a ring slot; its size is spike_bin_size(n_units). Times are nanoseconds. */
struct spike_bin {
	uint32_t epoch;
	uint32_t flags;       /* enum bin_flag */
	int64_t bin;          /* number in its epoch, from 0 */
	int64_t acquired_ns;  /* the bin edge on the acquisition clock */
	int64_t edge_ns;      /* the bin edge on CLOCK_MONOTONIC */
	int64_t received_ns;  /* of its last packet; 0 where none came */
	int64_t closed_ns;
	int32_t n_units;
	uint16_t counts[];    /* (n_units) */
};

static inline size_t spike_bin_size(int n_units)
{
	return sizeof(struct spike_bin) + (size_t)n_units * sizeof(uint16_t);
}

/* What the decoder believes, in the decoder file's own units and order of outputs. */
struct estimate {
	int32_t n_outputs; /* 0: there is no decoder */
	bool has_sd;
	int32_t command;   /* class that is commanded in this bin, by number of output; -1: none */
	float value[MAX_OUTPUTS];
	float sd[MAX_OUTPUTS]; /* standard deviation, where has_sd */
};

/* A step's result. Lives in a ring slot; its size is result_size(n_units). */
struct result {
	/* copied from the bin */
	uint32_t epoch;
	uint32_t flags;
	int64_t bin;
	/* stamps by the worker */
	int64_t start_ns;
	int64_t done_ns;
	struct estimate estimate;
	int32_t horizon;      /* the rates are those of bin + horizon */
	int32_t n_rates;      /* n_units, or 0 where there is no forecaster */
	float rates[];        /* (n_units) expected spikes a bin */
};

static inline size_t result_size(int n_units)
{
	return sizeof(struct result) + (size_t)n_units * sizeof(float);
}
