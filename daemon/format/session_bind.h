/* session_bind: a record into the columns of its row. Private to session_*.c. */
#pragma once

#include <sqlite3.h>

#include "session.h"

/* A statement whose columns are bound one after the other. Text and blobs are not copied: they stay until it
 * was run. */
struct session_row {
	sqlite3_stmt *to;
	int column; /* bound last; 0: none yet */
};

void session_bind_int(struct session_row *r, int64_t value);
void session_bind_real(struct session_row *r, double value);
void session_bind_text(struct session_row *r, const char *text);
void session_bind_bytes(struct session_row *r, const void *bytes, size_t n);
/* NULL where it is all zero and `may_be_none`. */
void session_bind_hash(struct session_row *r, const struct hash *h, bool may_be_none);

/* n and all that its kind has. */
void session_bind(struct session_row *r, const struct session_record *record);
