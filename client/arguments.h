/* arguments: a program's options as a table, read with getopt_long; --help follows from the table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

enum argument_kind {
	ARGUMENT_FLAG,   /* bool: no value */
	ARGUMENT_TEXT,   /* const char *, into argv */
	ARGUMENT_INT,    /* int64_t within min .. max */
	ARGUMENT_NUMBER, /* double within min .. max, finite */
	ARGUMENT_LIST,   /* struct argument_list: words up to the next option; may come again */
};

#define ARGUMENT_LIST_MAX 256

/* Zeroed is valid and empty. */
struct argument_list {
	int n;
	const char *item[ARGUMENT_LIST_MAX];
};

struct argument {
	const char *name; /* the long option, without dashes; NULL ends the table */
	enum argument_kind kind;
	void *value;       /* what the kind says; keeps its default where the option is not given */
	const char *shown; /* "FILE" in the help; NULL for flags */
	const char *help;  /* one line, with the unit and the default */
	bool required;
	double min, max;
};

struct arguments {
	const char *program;  /* "bcitrain decode" */
	const char *purpose;  /* one line or a few */
	const char *operands; /* "FILE" after the options in the help; NULL where there are none */
	int min_operands, max_operands;
	const struct argument *table;
};

/* What main does next. */
enum arguments_next { ARGUMENTS_GO, ARGUMENTS_DONE /* help or version was printed: exit 0 */ };

/* argv[0] is the program (or its subcommand). Operands end up in argv[*ret_operand .. argc - 1]. -EINVAL
 * with one line for an option that is none or lacks its value, a number out of range, a missing one that is
 * required, too few or many operands. */
int arguments_parse(const struct arguments *a, int argc, char **argv, struct failure *f,
		    enum arguments_next *ret_next, int *ret_operand);

/* A whole number, or a finite one, and nothing after it. -EINVAL. */
int argument_int(const char *text, int64_t min, int64_t max, int64_t *ret);
int argument_number(const char *text, double min, double max, double *ret);
