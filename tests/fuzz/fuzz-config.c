/* Any bytes as a configuration: refused with a line, or read, and then printed and read back to the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

struct record {
	char name[CONFIG_NAME_SIZE];
	char text[24];
	char required[CONFIG_STRING_MAX];
	int64_t whole, any;
	double real;
	bool yes;
	int choice;
};

struct records {
	struct record one[1], named[3], other[2];
	struct config_records index[3];
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char *const choices[] = { "red", "green", "blue", NULL };

#define FIELD(field) offsetof(struct record, field), sizeof(((struct record *)0)->field)

static const struct config_key keys[] = {
	{ "text", CONFIG_STRING, FIELD(text), 0, 0, "", NULL, "any text" },
	{ "whole", CONFIG_INT, FIELD(whole), -5, 1000000, "7", NULL, "a whole number" },
	{ "whole.any", CONFIG_INT, FIELD(any), 0, 0, "7", NULL, "any whole number" },
	{ "real", CONFIG_DOUBLE, FIELD(real), 0, 0, "0.1", NULL, "a number" },
	{ "yes", CONFIG_BOOL, FIELD(yes), 0, 0, "no", NULL, "yes or no" },
	{ "choice", CONFIG_CHOICE, FIELD(choice), 0, 0, "green", choices, "a colour" },
	{ 0 },
};

static const struct config_key other_keys[] = {
	{ "required", CONFIG_STRING, FIELD(required), 0, 1, "", NULL, "a text that must be there" },
	{ "real", CONFIG_DOUBLE, FIELD(real), -1, 1, "-1", NULL, "a number" },
	{ 0 },
};

static const struct config_section sections[] = {
	{ "one", false, keys, sizeof(struct record), 0, 1 },
	{ "named", true, keys, sizeof(struct record), offsetof(struct record, name), 3 },
	{ "other", true, other_keys, sizeof(struct record), offsetof(struct record, name), 2 },
	{ 0 },
};

static int read_text(const char *text, struct records *r, struct failure *f)
{
	memset(r, 0, sizeof(*r));
	r->index[0].base = r->one;
	r->index[1].base = r->named;
	r->index[2].base = r->other;
	return config_read_text(text, "fuzz", sections, r->index, f);
}

static char *print(const struct records *r)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	config_print(out, sections, r->index);
	fclose(out);
	return text;
}

static int check_back(const struct records *r)
{
	static struct records back;
	struct failure f;
	char *text = print(r);
	int wrong = read_text(text, &back, &f) != 0;

	if (wrong)
		fprintf(stderr, "%s\n", f.text);
	for (int i = 0; i < 3; i++)
		wrong |= back.index[i].count != r->index[i].count;
	wrong |= memcmp(back.one, r->one, sizeof(r->one)) || memcmp(back.named, r->named, sizeof(r->named)) ||
		 memcmp(back.other, r->other, sizeof(r->other));
	free(text);
	return wrong;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct records r;
	struct failure f = { 0 };
	char *text = malloc(n + 1);

	if (n > 0)
		memcpy(text, bytes, n);
	text[n] = '\0';
	int result = read_text(text, &r, &f);
	free(text);
	if (result < 0 ? !f.text[0] : check_back(&r))
		abort();
	return 0;
}
