#include "latency.h"

#include "clock.h"

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

static void record_worst(struct latency *l, int64_t ns, int64_t now_ns)
{
	int64_t second = now_ns / NS_PER_S;
	struct latency_worst *w = &l->worst[second % LATENCY_SECONDS];
	if (w->second != second)
		*w = (struct latency_worst){ .second = second };
	if (ns > w->ns)
		w->ns = ns;
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
	record_worst(l, t->sent_ns - t->edge_ns, now);
}

static uint32_t to_us(int64_t ns)
{
	int64_t us = (ns + NS_PER_US - 1) / NS_PER_US;
	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

void latency_worst_us(const struct latency *l, int64_t now_ns, uint32_t ret[static LATENCY_SECONDS])
{
	int64_t second = now_ns / NS_PER_S - LATENCY_SECONDS + 1;
	for (int i = 0; i < LATENCY_SECONDS; i++, second++) {
		const struct latency_worst *w = &l->worst[second > 0 ? second % LATENCY_SECONDS : 0];
		ret[i] = second > 0 && w->second == second ? to_us(w->ns) : 0;
	}
}
