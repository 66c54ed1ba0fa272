/* effector_rule: when an effector may act on an intent, and when it holds by itself. [pure]
 *
 * An intent is good for valid_for_ms from the instant at which bcid sent it. When it was read proves
 * nothing: a socket that was not read for five seconds holds minutes of old intents. So every age counts
 * from sent_ns, put on this host's clock:
 *
 * - On bcid's own host (`same_host`) both use CLOCK_MONOTONIC, and sent_ns is taken as it stands.
 * - On another host the clocks have nothing to do with each other. The least of (read - sent_ns) is what
 *   they differ by, and the shortest way through the network; an intent that took longer is older by just
 *   that. The least may creep up by EFFECTOR_DRIFT_PPM, since clocks drift. It is learnt for
 *   EFFECTOR_LEARN_NS, without acting, at the start and whenever EFFECTOR_FORGET_NS went by without an
 *   intent (bcid's host may have been booted anew). A delay that all intents have in common cannot be seen
 *   from here; bcid sees it in the heartbeats.
 *
 * A command (of a decoder with classes) stands in the intents that follow its own, so that whoever reads the
 * newest only cannot miss it. It is to be acted on once, and it is good for valid_for_ms from its own intent:
 * that a later one repeats it does not make it younger.
 *
 * Reading once a frame adds up to one frame to the least, and so to the age at which an intent from
 * another host expires.
 *
 * Time is an argument: nanoseconds on this host's CLOCK_MONOTONIC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EFFECTOR_LEARN_NS INT64_C(500000000)
#define EFFECTOR_FORGET_NS INT64_C(10000000000)
#define EFFECTOR_DRIFT_PPM 200
#define EFFECTOR_AHEAD_NS INT64_C(1000000) /* same host: sent later than that is another clock */
#define EFFECTOR_HEARTBEAT_NS INT64_C(100000000)

enum effector_word {
	EFFECTOR_NONE,    /* no intent yet, or none whose age can be told: hold */
	EFFECTOR_LIVE,    /* do what the intent says */
	EFFECTOR_HOLD,    /* do what the intent says, which is bcid's safe intent */
	EFFECTOR_EXPIRED, /* the newest intent is too old: hold */
};
const char *effector_word_text(enum effector_word word); /* "none", "live", "hold", "expired" */

/* Zeroed is valid: another host, nothing known. */
struct effector_rule {
	bool same_host;
	/* the other host's clock */
	bool known;
	int64_t least_ns;
	int64_t least_at_ns; /* when least_ns was brought up to date */
	int64_t learn_until_ns;
	/* the newest intent */
	bool any;
	bool hold;
	int64_t sent_ns, valid_ns, expires_ns;
	int64_t command_ns; /* the newest command that was acted on; 0: none yet */
	/* the newest heartbeat */
	int64_t heartbeat_ns;
};

/* A newer intent was read; `hold` where its verdict is hold. Call it for each one drained, in order: the
 * last call counts. -ERANGE: sent_ns cannot be (same host: in the future, so the hosts differ); the rule
 * then stands at EFFECTOR_NONE. */
int effector_rule_take(struct effector_rule *r, int64_t sent_ns, uint32_t valid_for_ms, bool hold,
		       int64_t now_ns);

/* May it act now? Ask once a frame, after draining. */
enum effector_word effector_rule_judge(const struct effector_rule *r, int64_t now_ns);

/* Is a heartbeat due? At once where a new intent was applied, else every EFFECTOR_HEARTBEAT_NS; only while
 * the word is live or hold. Remembers that it said yes. */
bool effector_rule_heartbeat(struct effector_rule *r, enum effector_word word, bool new_intent,
			     int64_t now_ns);

/* Is there a command to act on now? command_ns is the newest intent's, 0 where it has none. Once yes to each,
 * and only while the word is live. Remembers that it said yes. */
bool effector_rule_command(struct effector_rule *r, enum effector_word word, int64_t command_ns,
			   int64_t now_ns);
