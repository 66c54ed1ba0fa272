#include "source.h"

#define JUMP_WALL_NS INT64_C(20000000) /* what a loaded machine may add between two packets */

static bool is_retired(const struct source *s, uint64_t id)
{
	for (unsigned i = 0; i < SOURCE_RETIRED; i++)
		if (s->retired[i] == id)
			return true;
	return false;
}

static void note_newest(struct source *s, const struct wire_neural *m, int64_t received_ns)
{
	s->newest = m->seq;
	s->end_ns = m->end_ns;
	s->received_ns = received_ns;
}

static void start_over(struct source *s, const struct wire_neural *m, int64_t received_ns)
{
	if (s->id && s->id != m->source_id)
		s->retired[s->n_retired++ % SOURCE_RETIRED] = s->id;
	s->id = m->source_id;
	s->window = 1;
	note_newest(s, m, received_ns);
}

/* A number at or behind the newest. */
static enum source_verdict judge_old(struct source *s, uint64_t behind)
{
	if (behind >= SOURCE_WINDOW)
		return SOURCE_BACKWARD;
	if (s->window >> behind & 1)
		return SOURCE_DUPLICATE;
	s->window |= UINT64_C(1) << behind;
	s->reordered++;
	if (s->lost)
		s->lost--;
	return SOURCE_USE;
}

/* Acquisition time stands still between consecutive packets of one clock. Between packets that are not
 * consecutive only a jump back is certain: how much time the lost ones covered is not known. */
static bool stepped(const struct source *s, const struct wire_neural *m, int64_t received_ns,
		    int64_t slack_ns, double speed)
{
	int64_t jump = m->begin_ns - s->end_ns;
	if (jump < -slack_ns)
		return true;
	if (jump <= slack_ns || m->seq != s->newest + 1)
		return false;
	double wall = (double)(received_ns - s->received_ns + JUMP_WALL_NS);
	return (double)(jump - slack_ns) > wall * speed; /* slower than that, and the rig only paused */
}

enum source_verdict source_judge(struct source *s, const struct wire_neural *m, int64_t received_ns,
				 bool live, int64_t slack_ns, double speed)
{
	if (m->source_id != s->id) {
		if (is_retired(s, m->source_id))
			return SOURCE_REPLACED;
		bool first = s->id == 0;
		start_over(s, m, received_ns);
		return first ? SOURCE_USE : SOURCE_RESTARTED;
	}
	if (m->seq <= s->newest)
		return judge_old(s, s->newest - m->seq);
	if (live && stepped(s, m, received_ns, slack_ns, speed)) {
		start_over(s, m, received_ns);
		return SOURCE_STEPPED;
	}
	uint64_t ahead = m->seq - s->newest;
	s->lost += ahead - 1;
	s->window = ahead < SOURCE_WINDOW ? s->window << ahead | 1 : 1;
	note_newest(s, m, received_ns);
	return SOURCE_USE;
}
