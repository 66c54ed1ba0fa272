#include "counters.h"

#include <inttypes.h>

static const char *const names[COUNT_BINNER] = {
	[COUNT_FRAMES] = "frames",
	[COUNT_TOPIC] = "topic",
	[COUNT_DUPLICATE] = "duplicate",
	[COUNT_BACKWARD] = "backward",
	[COUNT_OTHER_SOURCE] = "other-source",
};

static const char *const meanings[N_DROPS] = {
	[COUNT_WIRE + WIRE_TRUNCATED] = "not a whole protobuf message",
	[COUNT_WIRE + WIRE_OVERSIZED] = "larger than is taken",
	[COUNT_WIRE + WIRE_EMPTY] = "no content or no source_id",
	[COUNT_WIRE + WIRE_UNITS] = "wrong unit count, or a unit out of range",
	[COUNT_WIRE + WIRE_TIME] = "times that cannot be",
	[COUNT_WIRE + WIRE_VALUE] = "values that cannot be",
	[COUNT_WIRE + WIRE_UNSUPPORTED] = "a kind that this stream does not take",
	[COUNT_FRAMES] = "not the two frames topic and message",
	[COUNT_TOPIC] = "another topic than this stream's",
	[COUNT_DUPLICATE] = "a sequence number that came before",
	[COUNT_BACKWARD] = "a sequence number far behind the newest",
	[COUNT_OTHER_SOURCE] = "a source that a newer one has replaced: are two publishers on this stream?",
	[COUNT_BINNER + BINNER_LATE] = "for bins that have closed: late beyond grace_ms",
	[COUNT_BINNER + BINNER_AHEAD] = "far ahead of the open bins",
	[COUNT_BINNER + BINNER_STRADDLE] =
		"counts across a bin edge: does the rig bin otherwise than bin_us?",
	[COUNT_BINNER + BINNER_OVERLAP] = "time that another packet covered",
	[COUNT_BINNER + BINNER_SCATTERED] = "pieces of a bin too small and too far apart",
};

const char *counter_name(int counter)
{
	if (counter == COUNT_WIRE + WIRE_OK)
		return "used";
	if (counter >= COUNT_BINNER)
		return binner_refusal_text((enum binner_refusal)(counter - COUNT_BINNER));
	return counter < WIRE_N_REFUSALS ? wire_refusal_text((enum wire_refusal)counter) : names[counter];
}

void counters_drop(struct counters *c, int counter, const char *where, int64_t now_ns)
{
	uint64_t suppressed;
	c->received++;
	c->by[counter]++;
	if (!log_limit_pass(&c->limit[counter], now_ns, &suppressed))
		return;
	log_warning("%s: message dropped (%s): %s; %" PRIu64 " so far", where, counter_name(counter),
		    meanings[counter], c->by[counter]);
}

void counters_use(struct counters *c)
{
	c->received++;
	c->by[COUNT_WIRE + WIRE_OK]++;
}
