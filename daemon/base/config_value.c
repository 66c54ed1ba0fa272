#include "config_value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "text.h"

static bool ranged(const struct config_key *k)
{
	return k->min != 0 || k->max != 0;
}

static bool in_range(const struct config_key *k, double value)
{
	return !ranged(k) || (value >= k->min && value <= k->max);
}

/* "a", "a or b", "a, b or c" */
static void join_choices(const char *const *choices, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	for (int i = 0; choices[i] && n < size; i++) {
		const char *between = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
		n += (size_t)snprintf(ret + n, size - n, "%s%s", between, choices[i]);
	}
}

void config_value_range(const struct config_key *k, char *ret, size_t size)
{
	ret[0] = '\0';
	switch (k->type) {
	case CONFIG_INT:
	case CONFIG_DOUBLE:
		if (ranged(k))
			snprintf(ret, size, "%.15g .. %.15g", k->min, k->max);
		break;
	case CONFIG_BOOL: snprintf(ret, size, "yes or no"); break;
	case CONFIG_CHOICE: join_choices(k->choices, ret, size); break;
	case CONFIG_STRING: break;
	}
}

static int refuse(const struct config_key *k, const char *text, struct failure *f)
{
	static const char *const kinds[] = {
		[CONFIG_INT] = "a whole number", [CONFIG_DOUBLE] = "a number", [CONFIG_BOOL] = "yes or no",
		[CONFIG_CHOICE] = "one of",
	};
	char range[200] = "";

	if (k->type != CONFIG_BOOL)
		config_value_range(k, range, sizeof(range));
	return failure_set(f, -EINVAL, "key `%s` must be %s%s%s, not `%s`", k->name, kinds[k->type],
			   range[0] ? " " : "", range, text);
}

static int set_int(const struct config_key *k, int64_t *field, const char *text)
{
	int64_t value;

	assert(k->size == sizeof(*field));
	if (text_to_int(text, &value) < 0 || !in_range(k, (double)value))
		return -EINVAL;
	*field = value;
	return 0;
}

static int set_double(const struct config_key *k, double *field, const char *text)
{
	double value;

	assert(k->size == sizeof(*field));
	if (text_to_double(text, &value) < 0 || !in_range(k, value))
		return -EINVAL;
	*field = value;
	return 0;
}

static int set_bool(const struct config_key *k, bool *field, const char *text)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	assert(k->size == sizeof(*field));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(text, words[i]) == 0) {
			*field = i % 2;
			return 0;
		}
	return -EINVAL;
}

static int set_choice(const struct config_key *k, int *field, const char *text)
{
	assert(k->size == sizeof(*field));
	for (int i = 0; k->choices[i]; i++)
		if (strcmp(text, k->choices[i]) == 0) {
			*field = i;
			return 0;
		}
	return -EINVAL;
}

static int set_string(const struct config_key *k, char *field, const char *text, struct failure *f)
{
	size_t n = strlen(text);

	if (n >= k->size)
		return failure_set(f, -EINVAL, "key `%s` is longer than %zu bytes", k->name, k->size - 1);
	if (n == 0 && k->max == 1)
		return failure_set(f, -EINVAL, "key `%s` must not be empty", k->name);
	memset(field, 0, k->size);
	memcpy(field, text, n);
	return 0;
}

static int set(const struct config_key *k, void *field, const char *text)
{
	switch (k->type) {
	case CONFIG_INT: return set_int(k, field, text);
	case CONFIG_DOUBLE: return set_double(k, field, text);
	case CONFIG_BOOL: return set_bool(k, field, text);
	case CONFIG_CHOICE: return set_choice(k, field, text);
	case CONFIG_STRING: break;
	}
	return -EINVAL;
}

int config_value_set(const struct config_key *k, void *record, const char *text, struct failure *f)
{
	void *field = (char *)record + k->offset;

	if (k->type == CONFIG_STRING)
		return set_string(k, field, text, f);
	return set(k, field, text) < 0 ? refuse(k, text, f) : 0;
}

void config_value_reset(const struct config_key *k, void *record)
{
	/* a required one too: the file has to fill it */
	bool left_open = k->type == CONFIG_STRING && !*k->fallback;
	int r = left_open ? 0 : config_value_set(k, record, k->fallback, NULL);

	assert(r == 0);
	(void)r;
}

/* As few digits as bring the same number back. */
static void print_double(FILE *out, double value)
{
	char text[40];
	double back;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (text_to_double(text, &back) == 0 && back == value)
			break;
	}
	fputs(text, out);
}

void config_value_print(FILE *out, const struct config_key *k, const void *record)
{
	const void *field = (const char *)record + k->offset;

	switch (k->type) {
	case CONFIG_INT: fprintf(out, "%" PRId64, *(const int64_t *)field); break;
	case CONFIG_DOUBLE: print_double(out, *(const double *)field); break;
	case CONFIG_BOOL: fputs(*(const bool *)field ? "yes" : "no", out); break;
	case CONFIG_CHOICE: fputs(k->choices[*(const int *)field], out); break;
	case CONFIG_STRING: fputs(field, out); break;
	}
}
