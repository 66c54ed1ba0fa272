#include "config_value.h"

static void print_help(FILE *out, const struct config_key *k)
{
	char range[200];

	config_value_range(k, range, sizeof(range));
	fprintf(out, "; %s (%s%s", k->help, range, range[0] ? ", " : "");
	if (k->type == CONFIG_STRING && k->max == 1)
		fprintf(out, "required%s", *k->fallback ? ", " : "");
	else if (!*k->fallback)
		fprintf(out, "default empty");
	if (*k->fallback)
		fprintf(out, "default %s", k->fallback);
	fprintf(out, ")\n");
}

static void print_section(FILE *out, const struct config_section *s, void *record)
{
	fprintf(out, "[%s%s%s]\n", s->kind, s->named ? " " : "", s->named ? config_name(s, record) : "");
	for (const struct config_key *k = s->keys; k->name; k++) {
		const char *field = (char *)record + k->offset;
		print_help(out, k);
		fprintf(out, "%s =%s", k->name, k->type == CONFIG_STRING && !*field ? "" : " ");
		config_value_print(out, k, record);
		fputc('\n', out);
	}
	fputc('\n', out);
}

static void print_absent(FILE *out, const struct config_section *s)
{
	fprintf(out, "; [%s NAME]\n", s->kind);
	for (const struct config_key *k = s->keys; k->name; k++) {
		print_help(out, k);
		fprintf(out, "; %s =%s%s\n", k->name, *k->fallback ? " " : "", k->fallback);
	}
	fputc('\n', out);
}

void config_print(FILE *out, const struct config_section *sections, const struct config_records *records)
{
	for (const struct config_section *s = sections; s->kind; s++, records++) {
		for (int i = 0; i < records->count; i++)
			print_section(out, s, config_record(s, records, i));
		if (records->count == 0)
			print_absent(out, s);
	}
}
