#include "ctl_message.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bcid/v1/telemetry.pb-c.h"
#include "text.h"

/* A field's values: the one that it has, or the list of a repeated one. */
struct values {
	const void *at;
	size_t n;
	size_t size; /* of one */
};

static size_t value_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}

static struct values values_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *d)
{
	const char *base = (const char *)m;
	struct values v = { base + d->offset, 1, value_size(d->type) };
	if (d->label == PROTOBUF_C_LABEL_REPEATED) {
		v.n = *(const size_t *)(base + d->quantifier_offset);
		v.at = *(const void *const *)(base + d->offset);
	} else if (d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		v.n = *(const uint32_t *)(base + d->quantifier_offset) == d->id;
	}
	return v;
}

void ctl_message_clean_text(char *s)
{
	for (size_t n = strlen(s); n > 0;) {
		size_t length = text_utf8(s, n);
		if (length == 0 || text_is_control(s, length))
			memset(s, '?', length = length ? length : 1);
		s += length;
		n -= length;
	}
}

void ctl_message_clean(ProtobufCMessage *m)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *d = &m->descriptor->fields[i];
		struct values v = values_of(m, d);
		void *const *value = v.at;
		for (size_t k = 0; d->type == PROTOBUF_C_TYPE_STRING && k < v.n; k++)
			ctl_message_clean_text(value[k]);
		for (size_t k = 0; d->type == PROTOBUF_C_TYPE_MESSAGE && k < v.n; k++)
			if (value[k])
				ctl_message_clean(value[k]);
	}
}

/* "UnitCondition" → 14, the length of "UNIT_CONDITION" and its '_'. */
static size_t prefix_length(const char *type)
{
	size_t n = strlen(type) + 1;
	for (const char *s = type + 1; *s; s++)
		n += isupper((unsigned char)*s) != 0;
	return n;
}

const char *ctl_message_word(const ProtobufCEnumDescriptor *e, int value)
{
	static char word[48];
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(e, value);
	if (!v)
		return "?";
	snprintf(word, sizeof(word), "%s", v->name + prefix_length(e->short_name));
	for (char *s = word; *s; s++)
		*s = *s == '_' ? '-' : (char)tolower((unsigned char)*s);
	return word;
}

static json_t *real_json(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *bytes_json(const ProtobufCBinaryData *b)
{
	char *hex = malloc(2 * b->len + 1);
	if (!hex)
		return NULL;
	hex[0] = '\0';
	for (size_t i = 0; i < b->len; i++)
		snprintf(hex + 2 * i, 3, "%02x", b->data[i]);
	json_t *j = json_string(hex);
	free(hex);
	return j;
}

static json_t *value_json(const ProtobufCFieldDescriptor *d, const void *at)
{
	switch (d->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return json_integer(*(const int32_t *)at);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return json_integer(*(const uint32_t *)at);
	case PROTOBUF_C_TYPE_FLOAT:
		return real_json(*(const float *)at);
	case PROTOBUF_C_TYPE_DOUBLE:
		return real_json(*(const double *)at);
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_ENUM:
		return json_string(ctl_message_word(d->descriptor, *(const int *)at));
	case PROTOBUF_C_TYPE_STRING:
		return json_string(*(const char *const *)at);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_json(at);
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(void *const *)at ? ctl_message_json(*(void *const *)at) : json_null();
	default:
		return json_integer(*(const int64_t *)at);
	}
}

static json_t *field_json(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *d)
{
	struct values v = values_of(m, d);
	if (d->label != PROTOBUF_C_LABEL_REPEATED)
		return v.n ? value_json(d, v.at) : json_null();
	json_t *list = json_array();
	for (size_t k = 0; k < v.n; k++)
		json_array_append_new(list, value_json(d, (const char *)v.at + k * v.size));
	return list;
}

static void set_microseconds(json_t *object, const char *name, int64_t ns)
{
	char us[32];
	snprintf(us, sizeof(us), "%.*s_us", (int)(strlen(name) - 3), name);
	json_object_set_new(object, us, json_real((double)ns / 1000));
}

json_t *ctl_message_json(const ProtobufCMessage *m)
{
	json_t *object = json_object();
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *d = &m->descriptor->fields[i];
		if (m->descriptor == &bcid__v1__percentiles__descriptor &&
		    d->type == PROTOBUF_C_TYPE_SFIXED64)
			set_microseconds(object, d->name, *(const int64_t *)values_of(m, d).at);
		else
			json_object_set_new(object, d->name, field_json(m, d));
	}
	return object;
}

void ctl_message_print(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	fflush(stdout);
	json_decref(object);
}
