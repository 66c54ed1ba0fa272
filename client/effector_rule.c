#include "effector_rule.h"

#include <errno.h>

const char *effector_word_text(enum effector_word word)
{
	static const char *const text[] = { "none", "live", "hold", "expired" };
	return text[word];
}

static void forget(struct effector_rule *r, int64_t now_ns)
{
	r->known = true;
	r->least_ns = INT64_MAX;
	r->least_at_ns = now_ns;
	r->learn_until_ns = now_ns + EFFECTOR_LEARN_NS;
}

/* sent_ns on this host's clock, as early as it may have been. */
static int64_t born_ns(struct effector_rule *r, int64_t sent_ns, int64_t now_ns)
{
	if (r->same_host)
		return sent_ns;

	if (!r->known || now_ns - r->least_at_ns > EFFECTOR_FORGET_NS)
		forget(r, now_ns);
	else
		r->least_ns += (now_ns - r->least_at_ns) * EFFECTOR_DRIFT_PPM / 1000000;
	r->least_at_ns = now_ns;

	int64_t took_ns = now_ns - sent_ns;
	if (took_ns < r->least_ns)
		r->least_ns = took_ns;
	return sent_ns + r->least_ns;
}

int effector_rule_take(struct effector_rule *r, int64_t sent_ns, uint32_t valid_for_ms, bool hold,
		       int64_t now_ns)
{
	r->any = false;
	if (sent_ns <= 0 || sent_ns > INT64_MAX / 4 || (r->same_host && sent_ns > now_ns + EFFECTOR_AHEAD_NS))
		return -ERANGE;

	r->sent_ns = sent_ns;
	r->valid_ns = (int64_t)valid_for_ms * 1000000;
	r->expires_ns = born_ns(r, sent_ns, now_ns) + r->valid_ns;
	r->hold = hold;
	r->any = true;
	return 0;
}

enum effector_word effector_rule_judge(const struct effector_rule *r, int64_t now_ns)
{
	if (!r->any || (!r->same_host && now_ns < r->learn_until_ns))
		return EFFECTOR_NONE;
	if (now_ns >= r->expires_ns)
		return EFFECTOR_EXPIRED;
	return r->hold ? EFFECTOR_HOLD : EFFECTOR_LIVE;
}

bool effector_rule_heartbeat(struct effector_rule *r, enum effector_word word, bool new_intent,
			     int64_t now_ns)
{
	if (word != EFFECTOR_LIVE && word != EFFECTOR_HOLD)
		return false;
	if (!new_intent && now_ns - r->heartbeat_ns < EFFECTOR_HEARTBEAT_NS)
		return false;
	r->heartbeat_ns = now_ns;
	return true;
}

bool effector_rule_command(struct effector_rule *r, enum effector_word word, int64_t command_ns,
			   int64_t now_ns)
{
	int64_t earlier_ns = r->sent_ns - command_ns; /* than the intent that repeats it */
	if (word != EFFECTOR_LIVE || command_ns <= 0 || command_ns == r->command_ns || earlier_ns < 0)
		return false;
	if (earlier_ns >= r->valid_ns || now_ns >= r->expires_ns - earlier_ns)
		return false;
	r->command_ns = command_ns;
	return true;
}
