/* session_schema: the tables of a session, and what writer and reader share. Private to session_*.c. */
#pragma once

#include <sqlite3.h>

#include "session.h"

/* NULL-terminated; each is one statement that creates one table or view. */
extern const char *const session_schema[];

/* The table of a kind, and all its columns in the order of the struct, the first being n. */
struct session_table {
	const char *name;
	const char *columns;
	int n_columns;
};
extern const struct session_table session_tables[SESSION_N_KINDS];

/* The table of the gate's outputs: gate_n, position, name, unit, kind, hold, ramp_ms, to_mm. */
#define SESSION_OUTPUTS "outputs"

/* "zero", …: words that stand for numbers in the file. -1 where the word is none of them. */
int session_word(const char *word, const char *const *words, int n);
extern const char *const session_order_words[2];
extern const char *const session_output_kinds[4];
extern const char *const session_holds[4];
extern const char *const session_contexts[2];

/* -errno of what SQLite said last, with a line "WHERE: what". */
int session_failure(sqlite3 *db, const char *where, struct failure *f);
