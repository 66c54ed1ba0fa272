#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_value.h"
#include "file.h"
#include "text.h"

struct reading {
	const char *at, *end;
	const char *origin;
	int line;
	const struct config_section *sections;
	struct config_records *records;
	struct failure *failure;
	int error; /* of the first refusal; nothing is read after it */
	/* the section that is open; NULL before the first */
	const struct config_section *section;
	void *record;
	uint64_t seen; /* a bit a key */
};

static int refuse_at(struct reading *r, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse_at(struct reading *r, int line, const char *format, ...)
{
	char text[sizeof(r->failure->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r->error = -EINVAL;
	return line > 0 ? failure_set(r->failure, -EINVAL, "%s:%d: %s", r->origin, line, text)
			: failure_set(r->failure, -EINVAL, "%s: %s", r->origin, text);
}

#define refuse(r, ...) refuse_at(r, (r)->line, __VA_ARGS__)

/* A slip of the finger: about a third of the letters at most. */
struct suggestion {
	const char *given, *best;
	int distance;
};

static void consider(struct suggestion *s, const char *candidate)
{
	int distance = text_distance(s->given, candidate);

	if (distance > ((int)strlen(candidate) + 1) / 3 || (s->best && distance >= s->distance))
		return;
	s->best = candidate;
	s->distance = distance;
}

static const char *before(const struct suggestion *s)
{
	return s->best ? "; did you mean `" : "";
}

static const char *after(const struct suggestion *s)
{
	return s->best ? "`?" : "";
}

static int refuse_kind(struct reading *r, const char *kind)
{
	struct suggestion near = { .given = kind };

	for (const struct config_section *s = r->sections; s->kind; s++)
		consider(&near, s->kind);
	return refuse(r, "unknown section [%s]%s%s%s", kind, before(&near), near.best ? near.best : "",
		      after(&near));
}

static int refuse_key(struct reading *r, const char *name)
{
	struct suggestion near = { .given = name };

	for (const struct config_key *k = r->section->keys; k->name; k++)
		consider(&near, k->name);
	return refuse(r, "key `%s` is unknown in [%s]%s%s%s", name, r->section->kind, before(&near),
		      near.best ? near.best : "", after(&near));
}

static void reset_record(const struct config_section *s, void *record)
{
	memset(record, 0, s->record_size);
	for (const struct config_key *k = s->keys; k->name; k++)
		config_value_reset(k, record);
}

static int check_name(struct reading *r, const struct config_section *s, const char *name)
{
	if (!s->named)
		return *name ? refuse(r, "section [%s] takes no name", s->kind) : 0;
	if (!*name)
		return refuse(r, "section [%s] needs a name: [%s NAME]", s->kind, s->kind);
	if (strlen(name) >= CONFIG_NAME_SIZE)
		return refuse(r, "[%s %s]: the name is longer than %d bytes", s->kind, name,
			      CONFIG_NAME_SIZE - 1);
	if (strpbrk(name, "/] \t"))
		return refuse(r, "[%s %s]: a name has no `/`, `]` or space", s->kind, name);
	return 0;
}

/* The record of a new section; the first of an unnamed kind is there from the start. */
static void *add_record(struct reading *r, const struct config_section *s, const char *name)
{
	struct config_records *records = &r->records[s - r->sections];

	for (int i = 0; i < records->count; i++)
		if (records->line[i] > 0 &&
		    (!s->named || strcmp(config_name(s, config_record(s, records, i)), name) == 0)) {
			refuse(r, "[%s%s%s] is already in line %d", s->kind, s->named ? " " : "", name,
			       records->line[i]);
			return NULL;
		}
	if (!s->named) {
		records->line[0] = r->line;
		return records->base;
	}
	if (records->count == s->max_records) {
		refuse(r, "[%s %s]: more than %d such sections", s->kind, name, s->max_records);
		return NULL;
	}
	void *record = config_record(s, records, records->count);
	records->line[records->count++] = r->line;
	reset_record(s, record);
	strcpy(config_name(s, record), name); /* check_name() measured it */
	return record;
}

/* `text` is what stands between the brackets; it is cut up. */
static int open_section(struct reading *r, char *text)
{
	char *kind = text + strspn(text, " \t");
	char *name = kind + strcspn(kind, " \t");
	const struct config_section *s = r->sections;

	if (*name)
		*name++ = '\0';
	name += strspn(name, " \t");
	for (char *end = name + strlen(name); end > name && isspace((unsigned char)end[-1]);)
		*--end = '\0';
	while (s->kind && strcmp(s->kind, kind) != 0)
		s++;
	if (!s->kind)
		return refuse_kind(r, kind);
	if (check_name(r, s, name) < 0)
		return r->error;
	r->record = add_record(r, s, name);
	r->section = s;
	r->seen = 0;
	return r->error;
}

static int read_key(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	const struct config_key *k;

	(void)section; /* inih cuts it at 49 bytes; next_line() knows better */
	if (r->error)
		return 0;
	if (!r->section)
		return !refuse(r, "key `%s` stands before the first section", name);
	if (*value == ';' || *value == '#')
		return !refuse(r, "key `%s`: a comment needs a line of its own", name);
	for (k = r->section->keys; k->name && strcmp(k->name, name) != 0; k++)
		;
	if (!k->name)
		return !refuse_key(r, name);
	uint64_t bit = UINT64_C(1) << (k - r->section->keys);
	if (r->seen & bit)
		return !refuse(r, "key `%s` is already in this section", name);
	r->seen |= bit;
	r->error = config_value_set(k, r->record, value, r->failure);
	if (r->error)
		failure_prefix(r->failure, r->error, "%s:%d", r->origin, r->line);
	return !r->error;
}

static bool has_inline_comment(const char *line, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if ((line[i] == ';' || line[i] == '#') && isspace((unsigned char)line[i - 1]))
			return true;
	return false;
}

/* The next line without the space around it. */
static size_t cut_line(struct reading *r, const char **ret)
{
	const char *begin = r->at, *end = memchr(begin, '\n', (size_t)(r->end - begin));

	if (!end)
		end = r->end;
	r->at = end < r->end ? end + 1 : end;
	r->line++;
	while (begin < end && isspace((unsigned char)*begin))
		begin++;
	while (end > begin && isspace((unsigned char)end[-1]))
		end--;
	*ret = begin;
	return (size_t)(end - begin);
}

/* inih's reader, in the manner of fgets(). inih gets only lines with a key: it would cut a long line in two,
 * take an indented one for more of the value before, drop comments behind values and whatever follows a
 * section's bracket. */
static char *next_line(char *to, int size, void *arg)
{
	struct reading *r = arg;
	const char *line;

	if (r->error || r->at == r->end)
		return NULL;
	size_t n = cut_line(r, &line), most = (size_t)size - 3;
	strcpy(to, "\n");
	if (n == 0 || *line == ';' || *line == '#')
		return to;
	if (n > most)
		return refuse(r, "line longer than %zu bytes", most), NULL;
	if (has_inline_comment(line, n))
		return refuse(r, "a comment needs a line of its own"), NULL;
	memcpy(to, line, n);
	strcpy(to + n, "\n");
	if (*line != '[')
		return to;
	if (line[n - 1] != ']')
		return refuse(r, "a section ends with its `]`"), NULL;
	to[n - 1] = '\0';
	if (open_section(r, to + 1) < 0)
		return NULL;
	return strcpy(to, "\n");
}

static int check_text(struct reading *r)
{
	int line = 1;

	for (const char *at = r->at; at < r->end;) {
		size_t n = text_utf8(at, (size_t)(r->end - at));
		if (n == 0)
			return refuse_at(r, line, "not UTF-8");
		bool end = at + 1 == r->end || at[1] == '\n';
		bool space = *at == '\n' || *at == '\t' || (*at == '\r' && end);
		if (text_is_control(at, n) && !space)
			return refuse_at(r, line, "a control character");
		line += *at == '\n';
		at += n;
	}
	return 0;
}

static void begin_records(const struct config_section *sections, struct config_records *records)
{
	for (const struct config_section *s = sections; s->kind; s++, records++) {
		assert(s->max_records <= (int)(sizeof(records->line) / sizeof(*records->line)));
		memset(records->line, 0, sizeof(records->line));
		records->count = !s->named;
		if (!s->named)
			reset_record(s, records->base);
	}
}

static int check_required(struct reading *r, const struct config_section *s,
			  const struct config_records *records, int i)
{
	void *record = config_record(s, records, i);

	for (const struct config_key *k = s->keys; k->name; k++)
		if (k->type == CONFIG_STRING && k->max == 1 && !((char *)record)[k->offset])
			return refuse_at(r, records->line[i], "[%s%s%s] lacks key `%s`", s->kind,
					 s->named ? " " : "", s->named ? config_name(s, record) : "",
					 k->name);
	return 0;
}

static int check_records(struct reading *r)
{
	const struct config_records *records = r->records;

	for (const struct config_section *s = r->sections; s->kind; s++, records++)
		for (int i = 0; i < records->count; i++)
			if (check_required(r, s, records, i) < 0)
				return r->error;
	return 0;
}

static int read_bytes(const char *text, size_t n, const char *origin, const struct config_section *sections,
		      struct config_records *records, struct failure *f)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t skip = n >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
	struct reading r = {
		.at = text + skip,
		.end = text + n,
		.origin = origin,
		.sections = sections,
		.records = records,
		.failure = f,
	};

	begin_records(sections, records);
	if (check_text(&r) < 0)
		return r.error;
	int line = ini_parse_stream(next_line, &r, read_key, &r);
	if (r.error)
		return r.error;
	if (line < 0)
		return failure_set(f, -ENOMEM, "%s: out of memory", origin);
	if (line > 0)
		return refuse_at(&r, line, "neither a section, a key with its value, nor a comment");
	return check_records(&r);
}

int config_read_text(const char *text, const char *origin, const struct config_section *sections,
		     struct config_records *records, struct failure *f)
{
	return read_bytes(text, strlen(text), origin, sections, records, f);
}

int config_read(const char *path, const struct config_section *sections, struct config_records *records,
		struct failure *f)
{
	void *text;
	size_t n;
	int r = file_read(path, CONFIG_FILE_MAX, f, &text, &n);

	if (r < 0)
		return r;
	r = read_bytes(text, n, path, sections, records, f);
	free(text);
	return r;
}
