/* session_column: the columns of a row, one after the other, none of them trusted. Private to session_*.c.
 *
 * After the first column that is wrong all others are zero, so that it is asked for once, at the end. */
#pragma once

#include <sqlite3.h>

#include "session.h"

#define SESSION_TAKES    4 /* blobs and texts that one record points at */
#define SESSION_TIME_MAX (INT64_C(1) << 62)

struct session_columns {
	const struct session_info *info;
	sqlite3_stmt *from;
	sqlite3_stmt *outputs; /* those of the gate ?1, by position */
	int column;            /* taken last */
	const char *wrong;     /* what is wrong with that one; NULL: all good so far */
	/* what the record points at */
	int n_taken;
	struct {
		void *bytes; /* aligned for any number */
		size_t size;
	} taken[SESSION_TAKES];
	struct session_model model;
	struct gate gate;
};

extern const char session_no_memory[]; /* the one `wrong` that is not the file's fault */

void session_columns_finish(struct session_columns *t);

/* The newest column, or the row, is wrong. */
void session_column_refuse(struct session_columns *t, const char *what);

/* True, and past it, where the next column is NULL. */
bool session_column_is_null(struct session_columns *t);

int64_t session_column_int(struct session_columns *t, int64_t min, int64_t max);
int64_t session_column_time(struct session_columns *t); /* within SESSION_TIME_MAX, so that differences fit */
double session_column_real(struct session_columns *t, double min, double max);

/* Copies, valid until the next row. */
const void *session_column_bytes(struct session_columns *t, size_t min, size_t max, size_t *ret_n);
const float *session_column_floats(struct session_columns *t, int max, int *ret_n);
const char *session_column_text(struct session_columns *t);

/* "" where it is wrong. */
void session_column_text_into(struct session_columns *t, char *to, size_t size);
struct hash session_column_hash(struct session_columns *t, bool may_be_none);

/* A word, as its place among n words, or among those that `text` gives for 0 .. n - 1. */
int session_column_word(struct session_columns *t, const char *const *words, int n);
int session_column_named(struct session_columns *t, const char *(*text)(int), int n);
