/* records: the recorders of all streams together. Loop thread. */
#pragma once

#include "server_state.h"

/* Events and the loop's log lines go into the records from now on. */
void records_listen(struct server_state *state);

/* At the daemon's end, before the loop's handles are closed: all at once, so that together they take no
 * longer than the slowest, and five seconds at most. */
void records_end(struct server_state *state);
