/* ctl_replay: bcictl replay: a recording through the daemon's own steps again, compared to the bit. */
#pragma once

#include "ctl_command.h"

/* c->text is the file. Prints; 1 where anything differs, is missing without a word, or nothing could be
 * compared. */
int ctl_replay_run(struct ctl *c, struct failure *f);
