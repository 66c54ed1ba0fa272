#include "output.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define ITEM_SIZE 128
#define RAMP_MAX_MS 60000

/* ---- units ---- */

struct factor {
	const char *word;
	double value;
};

static const struct factor lengths[] = {
	{ "m", 1000 },   { "cm", 10 },    { "mm", 1 },
	{ "um", 0.001 }, { "µm", 0.001 }, { "μm", 0.001 }, /* the micro sign, the Greek letter */
	{ "pixel", 0 },  { "px", 0 },     { NULL, 0 },
};

static const struct factor times[] = { { "s", 1 }, { "ms", 1000 }, { "bin", 0 }, { NULL, 0 } };

static const struct factor *find_factor(const struct factor *table, const char *word, size_t n)
{
	for (; table->word; table++)
		if (strlen(table->word) == n && memcmp(table->word, word, n) == 0)
			return table;
	return NULL;
}

/* Is one of `words` a word of the name? Words are what stands between '_' and the like. */
static bool is_called(const char *name, const char *const *words)
{
	while (*name) {
		size_t n = 0;
		while (isalnum((unsigned char)name[n]))
			n++;
		for (const char *const *w = words; *w; w++)
			if (strlen(*w) == n && strncasecmp(*w, name, n) == 0)
				return true;
		name += n ? n : 1;
	}
	return false;
}

static double per_second(const struct factor *time, int bin_us)
{
	if (strcmp(time->word, "bin") == 0)
		return bin_us > 0 ? 1e6 / bin_us : 0;
	return time->value;
}

/* Kind, factor and the kind's own hold, from unit and name. */
static void classify(struct output *o, int bin_us)
{
	static const char *const velocity[] = { "vx", "vy", "vz", "velocity", NULL };
	static const char *const position[] = { "x", "y", "z", "position", NULL };
	const char *slash = strchr(o->unit, '/');
	const struct factor *length = find_factor(lengths, o->unit, strcspn(o->unit, "/"));
	const struct factor *time = slash ? find_factor(times, slash + 1, strlen(slash + 1)) : NULL;
	bool known = length && (!slash || time);

	if (strncmp(o->name, "class_", 6) == 0)
		o->kind = OUTPUT_CLASS;
	else if ((known && time) || is_called(o->name, velocity))
		o->kind = OUTPUT_VELOCITY;
	else if (known || is_called(o->name, position))
		o->kind = OUTPUT_POSITION;
	else
		o->kind = OUTPUT_OTHER;
	o->to_mm = known ? length->value * (time ? per_second(time, bin_us) : 1) : 0;
	bool zero = o->kind == OUTPUT_VELOCITY || o->kind == OUTPUT_CLASS;
	o->hold = zero ? HOLD_ZERO : HOLD_UNSTATED;
	o->ramp_ms = 0;
}

/* "hand_vx_m_per_s" → "m/s", "x_mm" → "mm", "grip" → "". */
static void unit_from_name(const char *name, char ret[static OUTPUT_UNIT_SIZE])
{
	char unit[2 * OUTPUT_NAME_SIZE] = "";
	const char *last = strrchr(name, '_');
	if (last && last - name > 4 && memcmp(last - 4, "_per", 4) == 0) {
		const char *end = last - 4, *begin = end;
		while (begin > name && begin[-1] != '_')
			begin--;
		snprintf(unit, sizeof(unit), "%.*s/%s", (int)(end - begin), begin, last + 1);
	} else if (last && find_factor(lengths, last + 1, strlen(last + 1))) {
		snprintf(unit, sizeof(unit), "%s", last + 1);
	}
	strcpy(ret, strlen(unit) < OUTPUT_UNIT_SIZE ? unit : "");
}

/* As much of the first n bytes as fits, no character cut in two, no space at the end. */
static void copy_text(char *ret, size_t size, const char *from, size_t n)
{
	size_t end = 0, length;
	while (end < n && (length = text_utf8(from + end, n - end)) > 0 && end + length < size)
		end += length;
	while (end > 0 && from[end - 1] == ' ')
		end--;
	memcpy(ret, from, end);
	ret[end] = '\0';
}

void output_from_name(const char *name, int bin_us, struct output *ret)
{
	*ret = (struct output){ 0 };
	copy_text(ret->name, sizeof(ret->name), name, strcspn(name, "("));
	unit_from_name(ret->name, ret->unit);
	classify(ret, bin_us);
}

static bool is_plain(const char *s)
{
	for (size_t length, n = strlen(s); n > 0; s += length, n -= length) {
		length = text_utf8(s, n);
		if (length == 0 || text_is_control(s, length))
			return false;
	}
	return true;
}

/* What came from outside, fit for a message. */
static const char *quoted(const char *s)
{
	return is_plain(s) ? s : "(not plain text)";
}

int output_set_unit(struct output *o, const char *unit, int bin_us, struct failure *f)
{
	if (strlen(unit) >= sizeof(o->unit) || !is_plain(unit))
		return failure_set(f, -EINVAL, "output %s: its unit is not plain text of at most %zu bytes",
				   o->name, sizeof(o->unit) - 1);
	strcpy(o->unit, unit);
	classify(o, bin_us);
	return 0;
}

/* ---- holds ---- */

int output_set_hold(struct output *o, const char *hold, struct failure *f)
{
	int64_t ms = 0;
	if (strcmp(hold, "zero") == 0)
		o->hold = HOLD_ZERO;
	else if (strcmp(hold, "last") == 0)
		o->hold = HOLD_LAST;
	else if (strncmp(hold, "ramp:", 5) == 0 && text_to_int(hold + 5, &ms) == 0 && ms >= 1 &&
		 ms <= RAMP_MAX_MS)
		o->hold = HOLD_RAMP;
	else
		return failure_set(f, -EINVAL,
				   "output %s: hold \"%s\" is neither zero nor last nor ramp:MS (1 to %d)",
				   o->name, quoted(hold), RAMP_MAX_MS);
	o->ramp_ms = (int)ms;
	return 0;
}

void output_hold_text(const struct output *o, char *ret, size_t size)
{
	switch (o->hold) {
	case HOLD_ZERO:
		snprintf(ret, size, "zero");
		return;
	case HOLD_LAST:
		snprintf(ret, size, "last");
		return;
	case HOLD_RAMP:
		snprintf(ret, size, "ramp:%d", o->ramp_ms);
		return;
	case HOLD_UNSTATED:
		break;
	}
	snprintf(ret, size, "%s", "");
}

/* ---- lists ---- */

static int count_items(const char *list)
{
	int n = 1;
	for (; *list; list++)
		n += *list == ',';
	return n;
}

/* Take the next item of a comma-separated list, without the space around it. Too long: cut, and so no name of
 * anything. */
static void next_item(const char **list, char ret[static ITEM_SIZE])
{
	const char *begin = *list + strspn(*list, " ");
	size_t all = strcspn(begin, ","), n = all;
	while (n > 0 && begin[n - 1] == ' ')
		n--;
	if (n >= ITEM_SIZE)
		n = ITEM_SIZE - 1;
	memcpy(ret, begin, n);
	ret[n] = '\0';
	*list = begin + all + (begin[all] == ',');
}

static const struct output *find_output(const struct output *outputs, int n_outputs, const char *name)
{
	for (int i = 0; i < n_outputs; i++)
		if (strcmp(outputs[i].name, name) == 0)
			return &outputs[i];
	return NULL;
}

static int list_note(const struct tensor_set *set, const char *key, int n_outputs, struct failure *f,
		     const char **ret)
{
	const char *list = tensor_note(set, key);
	if (!list)
		return failure_set(f, -ENOENT, "%s: note %s is missing", set->origin, key);
	if (count_items(list) != n_outputs)
		return failure_set(f, -EINVAL, "%s: note %s has %d entries, there are %d outputs",
				   set->origin, key, count_items(list), n_outputs);
	*ret = list;
	return 0;
}

static int read_names(const struct tensor_set *set, int n_outputs, int bin_us, struct failure *f,
		      struct output *ret)
{
	const char *list;
	char item[ITEM_SIZE];
	int r = list_note(set, "outputs", n_outputs, f, &list);
	for (int i = 0; i < n_outputs && r == 0; i++) {
		next_item(&list, item);
		output_from_name(item, bin_us, &ret[i]);
		if (!*item || strcmp(item, ret[i].name) != 0 || strchr(item, ':') || !is_plain(item))
			r = failure_set(f, -EINVAL,
					"%s: note outputs: entry %d is not a name of 1 to %d bytes",
					set->origin, i + 1, OUTPUT_NAME_SIZE - 1);
		else if (find_output(ret, i, item))
			r = failure_set(f, -EINVAL, "%s: note outputs: %s is there twice", set->origin, item);
	}
	return r;
}

static int read_units(const struct tensor_set *set, int n_outputs, int bin_us, struct failure *f,
		      struct output *ret)
{
	const char *list;
	char item[ITEM_SIZE];
	int r = list_note(set, "output_units", n_outputs, f, &list);
	for (int i = 0; i < n_outputs && r == 0; i++) {
		next_item(&list, item);
		r = output_set_unit(&ret[i], item, bin_us, f);
		if (r < 0)
			failure_prefix(f, r, "%s: note output_units", set->origin);
	}
	return r;
}

static int read_holds(const struct tensor_set *set, int n_outputs, struct failure *f, struct output *ret)
{
	const char *list;
	char item[ITEM_SIZE];
	if (!tensor_note(set, "holds"))
		return 0;
	int r = list_note(set, "holds", n_outputs, f, &list);
	for (int i = 0; i < n_outputs && r == 0; i++) {
		next_item(&list, item);
		r = *item ? output_set_hold(&ret[i], item, f) : 0;
		if (r < 0)
			failure_prefix(f, r, "%s: note holds", set->origin);
	}
	return r;
}

int outputs_from_notes(const struct tensor_set *set, int n_outputs, int bin_us, struct failure *f,
		       struct output *ret)
{
	struct output outputs[MAX_OUTPUTS];
	int r = read_names(set, n_outputs, bin_us, f, outputs);
	if (r == 0)
		r = read_units(set, n_outputs, bin_us, f, outputs);
	if (r == 0)
		r = read_holds(set, n_outputs, f, outputs);
	if (r == 0)
		memcpy(ret, outputs, (size_t)n_outputs * sizeof(*ret));
	return r;
}

/* "name:hold" */
static int override_hold(struct output *outputs, int n_outputs, bool *seen, char *item, struct failure *f)
{
	char *hold = strchr(item, ':');
	if (!hold)
		return failure_set(f, -EINVAL, "\"%s\" is not an output's name:hold", quoted(item));
	*hold++ = '\0';
	const struct output *found = find_output(outputs, n_outputs, item);
	if (!found)
		return failure_set(f, -EINVAL, "there is no output \"%s\"", quoted(item));
	if (seen[found - outputs])
		return failure_set(f, -EINVAL, "output %s is there twice", item);
	seen[found - outputs] = true;
	return output_set_hold(&outputs[found - outputs], hold, f);
}

int outputs_override_holds(struct output *outputs, int n_outputs, const char *text, struct failure *f)
{
	struct output changed[MAX_OUTPUTS];
	bool seen[MAX_OUTPUTS] = { false };
	int r = 0;
	memcpy(changed, outputs, (size_t)n_outputs * sizeof(*outputs));
	for (int i = *text ? count_items(text) : 0; i > 0 && r == 0; i--) {
		char item[ITEM_SIZE];
		next_item(&text, item);
		r = override_hold(changed, n_outputs, seen, item, f);
	}
	if (r == 0)
		memcpy(outputs, changed, (size_t)n_outputs * sizeof(*outputs));
	return r;
}

int outputs_check_holds(const struct output *outputs, int n_outputs, struct failure *f)
{
	for (int i = 0; i < n_outputs; i++)
		if (outputs[i].hold == HOLD_UNSTATED)
			return failure_set(f, -EINVAL,
					   "output %s is not a velocity, so its hold has to be stated: zero, "
					   "last or ramp:MS",
					   outputs[i].name);
	return 0;
}
