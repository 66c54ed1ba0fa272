/* ctl_message: any message of the wire by its description, so that what the .proto says is all that is
 * said of it. */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

/* In every text of an unpacked message: what is not UTF-8, or is a control character, becomes '?'. A name
 * must not move the cursor of a terminal. */
void ctl_message_clean(ProtobufCMessage *m);
void ctl_message_clean_text(char *s);

/* STATE_NOT_ARMED of enum State → "not-armed"; "?" for a number that the enum does not have. Static, until
 * the next call. */
const char *ctl_message_word(const ProtobufCEnumDescriptor *e, int value);

/* An object with every field under its name in the .proto: bytes as hexadecimal, enums as words, what is
 * not a finite number as null. Of Percentiles the fields are in microseconds: p50_us for p50_ns. NULL: out
 * of memory. */
json_t *ctl_message_json(const ProtobufCMessage *m);

/* One line on stdout; frees it. */
void ctl_message_print(json_t *object);
