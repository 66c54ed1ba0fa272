/* config: an INI file read by inih into structs, by tables of keys on top of it.
 *
 * Parsing, ranges, --print-config and the lint of config/bcid.conf against the program all follow from
 * the tables.
 *
 *   [kind] or [kind name]    key = value (or key : value)    ; comment    # comment
 *
 * Space around a line, a key, a value is dropped; inside a value it stays. Comments stand on lines of their
 * own: " ;" or " #" within a line is refused, never taken into a value nor dropped. A line other than a
 * comment has at most 197 bytes (inih's buffer). A name has 1 to 31 bytes, no '/', ']' or space.
 *
 * An unknown section or key, a duplicate of either, a value out of range or followed by rubbish, a required
 * string left empty, bytes that are not UTF-8, control characters: -EINVAL and one line
 * "FILE:LINE: key `x` …". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"

enum config_type {
	CONFIG_INT,    /* int64_t */
	CONFIG_DOUBLE, /* double, finite */
	CONFIG_BOOL,   /* bool: yes/no, true/false, on/off, 1/0 in any case */
	CONFIG_STRING, /* char[size] in the struct */
	CONFIG_CHOICE, /* int: index into `choices` */
};

#define CONFIG_STRING_MAX 256
#define CONFIG_NAME_SIZE 32
#define CONFIG_FILE_MAX (1 << 20)

struct config_key {
	const char *name;
	enum config_type type;
	size_t offset;
	size_t size;                 /* of the field */
	double min, max;             /* numbers, both 0: any; strings: max 1 = required, not empty */
	const char *fallback;        /* default, as text */
	const char *const *choices;  /* NULL-terminated */
	const char *help;            /* one line, with the unit */
};

/* A kind of section: "daemon" stands alone, "stream" carries a name: [stream m1]. */
struct config_section {
	const char *kind;
	bool named;
	const struct config_key *keys; /* ends with a NULL name; 64 at most */
	size_t record_size;            /* of the struct behind one section */
	size_t name_offset;            /* of its char[32] name; named kinds only */
	int max_records;               /* 64 at most */
};

/* The sections of one kind, in the order of the file. */
struct config_records {
	void *base;   /* the caller's max_records structs */
	int count;
	int line[64]; /* where each was opened, for later complaints; 0: not in the file */
};

/* Read `path` (at most 1 MiB) against `sections` (NULL kind ends) into `records`, one entry a section kind.
 * Each record is zeroed and set to its defaults first. Unnamed kinds always have one record, even when the
 * file does not mention them. After a failure the records mean nothing. -errno of the file, or -EINVAL. */
int config_read(const char *path, const struct config_section *sections, struct config_records *records,
		struct failure *f);

/* The same from memory; `origin` stands in messages for the file. */
int config_read_text(const char *text, const char *origin, const struct config_section *sections,
		     struct config_records *records, struct failure *f);

/* Every key with its value, its help line with range and default in front. What is printed reads back to the
 * same values. A named kind without a section is printed as a comment with its defaults. */
void config_print(FILE *out, const struct config_section *sections, const struct config_records *records);
