/* session_take: a row into a record. Private to session_*.c. */
#pragma once

#include "session_column.h"

/* The row that `t->from` stands on. -EBADMSG with "table, record n, column: what", -ENOMEM. */
int session_take(struct session_columns *t, enum session_kind kind, struct failure *f,
		 struct session_record *ret);
