#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bcid/v1/control.pb-c.h"
#include "bcid/v1/intent.pb-c.h"
#include "ctl_message.h"

static void expect_word(const ProtobufCEnumDescriptor *e, int value, const char *word)
{
	cr_expect(eq(str, (char *)ctl_message_word(e, value), (char *)word));
}

Test(ctl_message, gives_enums_their_words)
{
	expect_word(&bcid__v1__state__descriptor, 0, "idle");
	expect_word(&bcid__v1__state__descriptor, 4, "calibrating");
	expect_word(&bcid__v1__reason__descriptor, 4, "not-armed");
	expect_word(&bcid__v1__unit_condition__descriptor, 2, "noisy");
	expect_word(&bcid__v1__verdict__descriptor, 77, "?");
}

Test(ctl_message, cleans_every_text_however_deep)
{
	char version[] = "0.1\x1b[2J", name[] = "m\n1", broken[] = "\xff\xc3good\xc3\xa9";
	char *outputs[] = { broken };
	Bcid__V1__StreamStatus stream = BCID__V1__STREAM_STATUS__INIT, *streams[] = { &stream };
	Bcid__V1__Status s = BCID__V1__STATUS__INIT;
	s.version = version;
	s.streams = streams;
	s.n_streams = 1;
	stream.name = name;
	stream.output = outputs;
	stream.n_output = 1;
	ctl_message_clean(&s.base);
	cr_expect(eq(str, version, (char *)"0.1?[2J"));
	cr_expect(eq(str, name, (char *)"m?1"));
	cr_expect(eq(str, broken, (char *)"??good\xc3\xa9"));
}

Test(ctl_message, puts_every_field_into_json_under_its_own_name)
{
	float values[] = { 1.5f, NAN };
	uint8_t hash[] = { 0x0a, 0xff };
	Bcid__V1__Intent in = BCID__V1__INTENT__INIT;
	in.stream = "m1";
	in.bin = 1234567890123;
	in.edge_ns = -5;
	in.value = values;
	in.n_value = 2;
	in.reason = BCID__V1__REASON__REASON_NOT_ARMED;
	in.late = true;
	in.model_hash = (ProtobufCBinaryData){ sizeof(hash), hash };
	json_t *j = ctl_message_json(&in.base);

	cr_expect(eq(sz, json_object_size(j), bcid__v1__intent__descriptor.n_fields));
	cr_expect(eq(str, (char *)json_string_value(json_object_get(j, "stream")), "m1"));
	cr_expect(eq(i64, json_integer_value(json_object_get(j, "bin")), 1234567890123));
	cr_expect(eq(i64, json_integer_value(json_object_get(j, "edge_ns")), -5));
	cr_expect(eq(str, (char *)json_string_value(json_object_get(j, "reason")), "not-armed"));
	cr_expect(eq(str, (char *)json_string_value(json_object_get(j, "verdict")), "hold"));
	cr_expect(eq(int, json_is_true(json_object_get(j, "late")), 1));
	cr_expect(eq(int, json_is_false(json_object_get(j, "gap")), 1));
	cr_expect(eq(str, (char *)json_string_value(json_object_get(j, "model_hash")), "0aff"));
	cr_expect(eq(str, (char *)json_string_value(json_object_get(j, "config_hash")), ""));
	cr_expect(eq(dbl, json_real_value(json_array_get(json_object_get(j, "value"), 0)), 1.5));
	cr_expect(eq(int, json_is_null(json_array_get(json_object_get(j, "value"), 1)), 1), "NaN");
	json_decref(j);
}

Test(ctl_message, gives_latencies_in_microseconds)
{
	Bcid__V1__Percentiles run = BCID__V1__PERCENTILES__INIT;
	Bcid__V1__StageLatency stage = BCID__V1__STAGE_LATENCY__INIT;
	run.count = 7;
	run.p50_ns = 1500;
	run.p999_ns = 2000000;
	stage.run = &run;
	json_t *j = ctl_message_json(&stage.base), *p = json_object_get(j, "run");
	cr_expect(eq(i64, json_integer_value(json_object_get(p, "count")), 7));
	cr_expect(eq(dbl, json_real_value(json_object_get(p, "p50_us")), 1.5));
	cr_expect(eq(dbl, json_real_value(json_object_get(p, "p999_us")), 2000));
	cr_expect(eq(ptr, json_object_get(p, "p50_ns"), NULL));
	cr_expect(eq(int, json_is_null(json_object_get(j, "recent")), 1), "a message that is not there");
	json_decref(j);
}
