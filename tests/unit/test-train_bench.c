#include "../support/train_case.h"

#include <jansson.h>

#include "bcitrain.h"

TestSuite(train_bench, .init = train_begin, .fini = train_end);

static void expect_times(const json_t *all, const char *key, const char *const *numbers)
{
	const json_t *side = json_object_get(all, key);
	double p50 = json_number_value(json_object_get(side, "p50_us"));
	double p99 = json_number_value(json_object_get(side, "p99_us"));
	double p999 = json_number_value(json_object_get(side, "p999_us"));
	cr_expect(p50 > 0 && p50 <= p99 && p99 <= p999, "%s: %g %g %g", key, p50, p99, p999);
	cr_expect(json_integer_value(json_object_get(side, "n")) > 0);
	for (; *numbers; numbers++)
		cr_expect(json_number_value(json_object_get(side, *numbers)) > 0, "%s: %s", key, *numbers);
}

static json_t *measure(const char *line)
{
	json_t *all = json_loads(train_said(train_bench, line), 0, NULL);
	cr_assert(all != NULL);
	expect_times(all, "hot", (const char *const[]){ "bound_us", "over_bound", NULL });
	expect_times(all, "cold", (const char *const[]){ "bound_us", "over_bound", NULL });
	expect_times(all, "prewarmed", (const char *const[]){ "over_hot", NULL });
	return all;
}

static void expect_text(const json_t *all, const char *key, const char *value)
{
	cr_expect(eq(str, (char *)json_string_value(json_object_get(all, key)), (char *)value));
}

Test(train_bench, measures_an_untrained_model)
{
	json_t *all = measure("--architecture hgrn2 --units 20 --width 16 --layers 1 --seconds 0.01 --json");
	expect_text(all, "architecture", "hgrn2");
	expect_text(all, "context", "stream");
	cr_expect(eq(i64, json_integer_value(json_object_get(all, "units")), 20));
	/* 20 x 16 in, 16 x 32 forget and input, 32 x 16 out, 16 x 32 (padded) out; norms, biases, state */
	json_int_t bytes = json_integer_value(json_object_get(all, "bytes"));
	cr_expect(bytes > 4 * (320 + 1024 + 512 + 512) && bytes < 12000, "%lld", (long long)bytes);
	json_decref(all);
}

Test(train_bench, writes_a_model_and_measures_it)
{
	json_t *all = json_loads(train_said(train_bench, "--architecture transformer --units 9 --width 16 "
							 "--layers 1 --write-random @m --json"),
				 0, NULL);
	cr_assert(all != NULL);
	expect_text(all, "architecture", "transformer");
	json_decref(all);
	all = measure("--model @m --context window --seconds 0.01 --json");
	expect_text(all, "context", "window");
	json_decref(all);
}

static void expect_refused(const char *line, const char *text)
{
	struct failure f = { 0 };
	cr_expect(lt(int, train_run(train_bench, line, &f), 0), "%s", line);
	cr_expect(strstr(f.text, text) != NULL, "%s: %s", line, f.text);
}

Test(train_bench, refuses_what_it_cannot_measure)
{
	expect_refused("--seconds 1", "one of --model and --architecture is needed");
	expect_refused("--model mean --architecture lru", "one of --model and --architecture is needed");
	expect_refused("--model none", "there is no forecaster in \"none\"");
	expect_refused("--model @nowhere", "nowhere");
	expect_refused("--architecture gru", "unknown architecture \"gru\"");
	expect_refused("--architecture transformer", "a transformer has no stream context");
	expect_refused("--architecture lru --context wide", "\"wide\" is neither window nor stream");
	expect_refused("--architecture lru --units 0", "units");
	expect_refused("--model mean --write-random @m", "--write-random needs --architecture");
	cr_expect(eq(int, train_files(), 0));
}
