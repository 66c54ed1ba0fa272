#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define MAX_OPTIONS 48
#define HELP_COLUMN 26
#define HELP_WIDTH 80

int argument_int(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	int64_t value;
	if (text_to_int(text, &value) < 0 || value < min || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

int argument_number(const char *text, double min, double max, double *ret)
{
	double value;
	if (text_to_double(text, &value) < 0 || value < min || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* Words from the help's column on, broken at the width of a terminal. */
static void print_words(const char *text)
{
	int at = HELP_COLUMN;
	while (*text) {
		int length = (int)strcspn(text, " ");
		if (at > HELP_COLUMN && at + 1 + length > HELP_WIDTH)
			at = printf("\n%*s", HELP_COLUMN, "") - 1;
		at += printf("%s%.*s", at > HELP_COLUMN ? " " : "", length, text);
		text += length + (text[length] == ' ');
	}
	putchar('\n');
}

static void print_option(const char *name, const char *shown, bool required, const char *help)
{
	char text[600];
	int n = printf("  --%s%s%s", name, shown ? " " : "", shown ? shown : "");
	if (n >= HELP_COLUMN)
		n = printf("\n") - 1;
	printf("%*s", HELP_COLUMN - n, "");
	snprintf(text, sizeof(text), "%s%s", help, required ? " (required)" : "");
	print_words(text);
}

static void print_help(const struct arguments *a)
{
	printf("usage: %s [OPTION]...%s%s\n%s\n\n", a->program, a->operands ? " " : "",
	       a->operands ? a->operands : "", a->purpose);
	for (const struct argument *o = a->table; o->name; o++)
		print_option(o->name, o->shown, o->required, o->help);
	print_option("help", NULL, false, "this text");
	print_option("version", NULL, false, "the version");
}

/* getopt's indices: the table's, then help and version. */
static int make_options(const struct arguments *a, struct option *ret)
{
	int n = 0;
	for (const struct argument *o = a->table; o->name; o++, n++)
		ret[n] = (struct option){ o->name, o->kind == ARGUMENT_FLAG ? no_argument : required_argument,
					  NULL, 0 };
	ret[n] = (struct option){ "help", no_argument, NULL, 0 };
	ret[n + 1] = (struct option){ "version", no_argument, NULL, 0 };
	ret[n + 2] = (struct option){ 0 };
	return n;
}

static int list_add(struct argument_list *list, const struct argument *o, const char *text, struct failure *f)
{
	if (list->n == ARGUMENT_LIST_MAX)
		return failure_set(f, -E2BIG, "--%s: more than %d", o->name, ARGUMENT_LIST_MAX);
	list->item[list->n++] = text;
	return 0;
}

static int take_list(const struct argument *o, int argc, char **argv, struct failure *f)
{
	int r = list_add(o->value, o, optarg, f);
	while (r == 0 && optind < argc && argv[optind][0] != '-')
		r = list_add(o->value, o, argv[optind++], f);
	return r;
}

static int take(const struct argument *o, int argc, char **argv, struct failure *f)
{
	switch (o->kind) {
	case ARGUMENT_FLAG:
		*(bool *)o->value = true;
		return 0;
	case ARGUMENT_TEXT:
		*(const char **)o->value = optarg;
		return 0;
	case ARGUMENT_LIST:
		return take_list(o, argc, argv, f);
	case ARGUMENT_INT:
		if (argument_int(optarg, (int64_t)o->min, (int64_t)o->max, o->value) == 0)
			return 0;
		return failure_set(f, -EINVAL, "--%s: \"%.60s\" is not a whole number from %.0f to %.0f",
				   o->name, optarg, o->min, o->max);
	case ARGUMENT_NUMBER:
		if (argument_number(optarg, o->min, o->max, o->value) == 0)
			return 0;
		return failure_set(f, -EINVAL, "--%s: \"%.60s\" is not a number from %g to %g", o->name,
				   optarg, o->min, o->max);
	}
	return -EINVAL;
}

static int check(const struct arguments *a, const bool *given, int argc, char **argv, struct failure *f)
{
	for (int i = 0; a->table[i].name; i++)
		if (a->table[i].required && !given[i])
			return failure_set(f, -EINVAL, "--%s %s is missing (see --help)", a->table[i].name,
					   a->table[i].shown);
	if (argc - optind < a->min_operands)
		return failure_set(f, -EINVAL, "%s is missing (see --help)", a->operands);
	if (argc - optind > a->max_operands)
		return failure_set(f, -EINVAL, "what is \"%.80s\"? (see --help)",
				   argv[optind + a->max_operands]);
	return 0;
}

static int refuse_option(int c, char **argv, int at, struct failure *f)
{
	const char *word = at > 0 ? argv[at] : "";
	return c == ':' ? failure_set(f, -EINVAL, "%.80s wants a value (see --help)", word)
			: failure_set(f, -EINVAL, "unknown, ambiguous or misused option %.80s (see --help)",
				      word);
}

int arguments_parse(const struct arguments *a, int argc, char **argv, struct failure *f,
		    enum arguments_next *ret_next, int *ret_operand)
{
	struct option options[MAX_OPTIONS + 3];
	bool given[MAX_OPTIONS] = { 0 };
	int n = make_options(a, options), c, which;

	optind = 0; /* glibc: start anew, a subcommand may have been parsed before */
	while ((c = getopt_long(argc, argv, ":", options, &which)) != -1) {
		if (c != 0)
			return refuse_option(c, argv, optind - 1, f);
		if (which >= n) {
			which == n ? print_help(a) : (void)printf("%s %s\n", a->program, BCID_VERSION);
			*ret_next = ARGUMENTS_DONE;
			return 0;
		}
		given[which] = true;
		int r = take(&a->table[which], argc, argv, f);
		if (r < 0)
			return r;
	}
	int r = check(a, given, argc, argv, f);
	if (r < 0)
		return r;
	*ret_next = ARGUMENTS_GO;
	*ret_operand = optind;
	return 0;
}
