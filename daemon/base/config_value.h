/* config_value: one value of a key, text ↔ field of a record. Used by config.c and config_print.c only. */
#pragma once

#include "config.h"

static inline void *config_record(const struct config_section *s, const struct config_records *r, int i)
{
	return (char *)r->base + (size_t)i * s->record_size;
}

static inline char *config_name(const struct config_section *s, void *record)
{
	return (char *)record + s->name_offset;
}

/* -EINVAL with a line that begins with the key: "key `n_units` must be …". Changes the field only on
 * success. */
int config_value_set(const struct config_key *k, void *record, const char *text, struct failure *f);

/* The default. A table with a default that does not fit is our own mistake: asserted. */
void config_value_reset(const struct config_key *k, void *record);

/* As text that config_value_set() reads back to the same value. */
void config_value_print(FILE *out, const struct config_key *k, const void *record);

/* "1000 .. 200000", "stream or window"; "" where anything goes. */
void config_value_range(const struct config_key *k, char *ret, size_t size);
