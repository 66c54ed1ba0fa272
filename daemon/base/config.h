/* config: an INI file read by inih into structs, by tables of keys on top of it.
 *
 * Parsing, ranges, --print-config and the lint of config/bcid.conf against the program all follow from the tables.
 * An unknown section or key, a duplicate, a line too long, a value out of range: -EINVAL and one line with file, line, key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"

enum config_type {
	CONFIG_INT,    /* int64_t */
	CONFIG_DOUBLE, /* double */
	CONFIG_BOOL,   /* bool: yes/no, true/false, on/off, 1/0 */
	CONFIG_STRING, /* char[size] in the struct */
	CONFIG_CHOICE, /* int: index into `choices` */
};

#define CONFIG_STRING_MAX 256

struct config_key {
	const char *name;
	enum config_type type;
	size_t offset;
	size_t size;                 /* of the char array, for strings */
	double min, max;             /* numbers; for strings: max 1 = required, may not be empty */
	const char *fallback;        /* default, as text */
	const char *const *choices;  /* NULL-terminated */
	const char *help;            /* one line, with the unit */
};

/* A kind of section: "daemon" stands alone, "stream" carries a name: [stream m1]. */
struct config_section {
	const char *kind;
	bool named;
	const struct config_key *keys; /* ends with a NULL name */
	size_t record_size;            /* of the struct behind one section */
	size_t name_offset;            /* of its char[32] name; named kinds only */
	int max_records;
};

/* Called for the first sight of a section: the record to fill, already set to defaults, or NULL when there are too many. */
struct config_records {
	void *base;  /* max_records structs */
	int count;
	int line[64]; /* where each was opened, for later complaints */
};

/* Read `path` against `sections` (NULL kind ends) into `records`, one entry a section kind, zeroed by the caller.
 * Defaults are applied to each record. Unnamed kinds always have one record, even when the file does not mention them. */
int config_read(const char *path, const struct config_section *sections, struct config_records *records,
		struct failure *f);

/* The same from memory; `origin` stands in messages for the file. */
int config_read_text(const char *text, const char *origin, const struct config_section *sections,
		     struct config_records *records, struct failure *f);

/* Every key with its value, its help line in front. */
void config_print(FILE *out, const struct config_section *sections, const struct config_records *records);
