#include "latency.h"

static const char *const names[N_STAGES] = { "wire", "bin", "queue", "step", "gate", "send", "edge_to_sent" };

const char *stage_text(enum stage stage)
{
	return names[stage];
}

static void record(struct latency *l, enum stage stage, int64_t from_ns, int64_t to_ns, int64_t now_ns)
{
	if (from_ns && to_ns)
		histogram_pair_record(&l->stage[stage], to_ns - from_ns, now_ns);
}

void latency_record(struct latency *l, const struct stamps *t)
{
	int64_t now = t->queued_ns;
	record(l, STAGE_WIRE, t->edge_ns, t->received_ns, now);
	record(l, STAGE_BIN, t->received_ns, t->closed_ns, now);
	record(l, STAGE_QUEUE, t->closed_ns, t->start_ns, now);
	record(l, STAGE_STEP, t->start_ns, t->done_ns, now);
	record(l, STAGE_GATE, t->done_ns, t->sent_ns, now);
	record(l, STAGE_SEND, t->sent_ns, t->queued_ns, now);
	record(l, STAGE_EDGE_TO_SENT, t->edge_ns, t->sent_ns, now);
}
