#include "session_column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session_schema.h"

const char session_no_memory[] = "out of memory";

void session_columns_finish(struct session_columns *t)
{
	for (int i = 0; i < SESSION_TAKES; i++)
		free(t->taken[i].bytes);
}

/* ---- one column: the next; after the first that is wrong all are zero ---- */

static int next_type(struct session_columns *t)
{
	return t->wrong ? SQLITE_NULL : sqlite3_column_type(t->from, ++t->column);
}

bool session_column_is_null(struct session_columns *t)
{
	if (t->wrong || sqlite3_column_type(t->from, t->column + 1) != SQLITE_NULL)
		return false;
	t->column++;
	return true;
}

void session_column_refuse(struct session_columns *t, const char *what)
{
	if (!t->wrong)
		t->wrong = what;
}

int64_t session_column_int(struct session_columns *t, int64_t min, int64_t max)
{
	if (next_type(t) != SQLITE_INTEGER) {
		session_column_refuse(t, "not a whole number");
		return 0;
	}
	int64_t value = sqlite3_column_int64(t->from, t->column);
	if (value >= min && value <= max)
		return value;
	session_column_refuse(t, "out of range");
	return 0;
}

int64_t session_column_time(struct session_columns *t)
{
	return session_column_int(t, -SESSION_TIME_MAX, SESSION_TIME_MAX);
}

double session_column_real(struct session_columns *t, double min, double max)
{
	int type = next_type(t);
	double value = type == SQLITE_FLOAT || type == SQLITE_INTEGER
			       ? sqlite3_column_double(t->from, t->column)
			       : (double)NAN;
	if (value >= min && value <= max)
		return value;
	session_column_refuse(t, "not a number, or out of range");
	return 0;
}

static void *room(struct session_columns *t, size_t n)
{
	if (t->n_taken == SESSION_TAKES)
		abort(); /* more pointers in a record than SESSION_TAKES: ours to get right */
	int i = t->n_taken++;
	if (t->taken[i].size < n || !t->taken[i].bytes) {
		void *bytes = realloc(t->taken[i].bytes, n + 1);
		if (!bytes) {
			session_column_refuse(t, session_no_memory);
			return NULL;
		}
		t->taken[i].bytes = bytes;
		t->taken[i].size = n;
	}
	return t->taken[i].bytes;
}

/* SQLite's own bytes lie anywhere; a copy is aligned. */
const void *session_column_bytes(struct session_columns *t, size_t min, size_t max, size_t *ret_n)
{
	*ret_n = 0;
	if (next_type(t) != SQLITE_BLOB) {
		session_column_refuse(t, "not a blob");
		return NULL;
	}
	const void *bytes = sqlite3_column_blob(t->from, t->column);
	size_t n = (size_t)sqlite3_column_bytes(t->from, t->column);
	if (n < min || n > max) {
		session_column_refuse(t, "a blob of the wrong size");
		return NULL;
	}
	if (n > 0 && !bytes) {
		session_column_refuse(t, session_no_memory);
		return NULL;
	}
	void *to = room(t, n);
	if (to && n > 0)
		memcpy(to, bytes, n);
	*ret_n = to ? n : 0;
	return to;
}

const float *session_column_floats(struct session_columns *t, int max, int *ret_n)
{
	size_t n;
	const float *value = session_column_bytes(t, 0, (size_t)max * sizeof(*value), &n);
	if (n % sizeof(*value) != 0)
		session_column_refuse(t, "a blob of the wrong size");
	*ret_n = (int)(n / sizeof(*value));
	return value;
}

/* "" where it is none. */
void session_column_text_into(struct session_columns *t, char *to, size_t size)
{
	*to = '\0';
	if (next_type(t) != SQLITE_TEXT) {
		session_column_refuse(t, "not a text");
		return;
	}
	const unsigned char *text = sqlite3_column_text(t->from, t->column);
	size_t n = (size_t)sqlite3_column_bytes(t->from, t->column);
	if (!text)
		session_column_refuse(t, session_no_memory);
	else if (n >= size || strlen((const char *)text) != n)
		session_column_refuse(t, "a text that is too long, or has a NUL in it");
	else
		memcpy(to, text, n + 1);
}

const char *session_column_text(struct session_columns *t)
{
	char *to = room(t, SESSION_TEXT_MAX);
	if (!to)
		return "";
	session_column_text_into(t, to, SESSION_TEXT_MAX);
	return to;
}

int session_column_word(struct session_columns *t, const char *const *words, int n)
{
	char text[32];
	session_column_text_into(t, text, sizeof(text));
	int i = session_word(text, words, n);
	if (i < 0)
		session_column_refuse(t, "an unknown word");
	return i < 0 ? 0 : i;
}

int session_column_named(struct session_columns *t, const char *(*text)(int), int n)
{
	char word[32];
	session_column_text_into(t, word, sizeof(word));
	for (int i = 0; i < n; i++)
		if (strcmp(word, text(i)) == 0)
			return i;
	session_column_refuse(t, "an unknown word");
	return 0;
}

struct hash session_column_hash(struct session_columns *t, bool may_be_none)
{
	struct hash h = { { 0 } };
	char hex[HASH_HEX];
	if (may_be_none && session_column_is_null(t))
		return h;
	session_column_text_into(t, hex, sizeof(hex));
	if (!t->wrong && hash_from_hex(hex, &h) < 0)
		session_column_refuse(t, "not a hash");
	return h;
}
