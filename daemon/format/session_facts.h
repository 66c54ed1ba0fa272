/* session_facts: what holds for the whole file, as rows of the table session. Private to session_*.c. */
#pragma once

#include <sqlite3.h>

#include "session.h"

/* `put` is INSERT (key, value). */
int session_facts_put(sqlite3_stmt *put, const struct session_info *info);
int session_facts_put_end(sqlite3_stmt *put, const struct session_end *end);

/* -EBADMSG names the key. */
int session_facts_read(sqlite3 *db, const char *origin, struct failure *f, struct session_info *ret_info,
		       struct session_end *ret_end);
