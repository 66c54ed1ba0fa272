#include "../support/train_case.h"
#include "bcitrain.h"

static void begin(void)
{
	static const float input[] = { 1, 4, 3, 0, 2, 2, 10, 6 }, nan[] = { NAN, 1 };
	const struct tensor inputs[] = {
		{ "counts", TENSOR_F32, 2, { 4, 2 }, input },
		{ "windows", TENSOR_F32, 3, { 2, 2, 2 }, input },
		{ "nan", TENSOR_F32, 2, { 1, 2 }, nan },
	};
	train_begin();
	train_write("x", inputs, 3, NULL, 0);
}

TestSuite(train_forecast, .init = begin, .fini = train_end);

static void expect_rates(const char *line, int n, const float (*wanted)[2])
{
	struct failure f = { 0 };
	cr_assert(eq(int, train_run(train_forecast, line, &f), 0), "%s: %s", line, f.text);
	const float *rates = train_read("r", "rates", 2, (int64_t[]){ n, 2 });
	for (int i = 0; i < n; i++)
		for (int u = 0; u < 2; u++)
			cr_expect(eq(flt, rates[2 * i + u], wanted[i][u]), "%s: row %d", line, i);
}

Test(train_forecast, gives_a_row_for_each_bin)
{
	static const float wanted[][2] = { { 1, 4 }, { 2, 2 }, { 2, 2 }, { 4, 3 } };
	expect_rates("--model mean --input @x --output @r", 4, wanted);
	expect_rates("--model mean --input @x --context stream --output @r", 4, wanted);
}

Test(train_forecast, gives_a_row_for_each_window)
{
	static const float wanted[][2] = { { 2, 2 }, { 6, 4 } };
	expect_rates("--model mean --input @x:windows --context window --output @r", 2, wanted);
}

Test(train_forecast, starts_each_trial_afresh)
{
	static const float wanted[][2] = { { 1, 4 }, { 2, 2 }, { 2, 2 }, { 6, 4 } };
	expect_rates("--model mean --input @x:windows --context stream --output @r", 4, wanted);
}

/* Rates fed back leave a mean where it is; had they stayed in it, the later rows would differ. */
Test(train_forecast, looks_ahead_and_comes_back)
{
	static const float wanted[][2] = { { 1, 4 }, { 2, 2 }, { 2, 2 }, { 4, 3 } };
	expect_rates("--model mean --input @x --horizon 5 --output @r", 4, wanted);
}

Test(train_forecast, refuses_what_is_no_number_and_what_is_no_model)
{
	struct failure f = { 0 };
	cr_expect(lt(int, train_run(train_forecast, "--model mean --input @x:nan --output @r", &f), 0));
	cr_expect(strstr(f.text, "nan") != NULL, "%s", f.text);
	cr_expect(lt(int, train_run(train_forecast, "--model none --input @x --output @r", &f), 0));
	cr_expect(strstr(f.text, "no forecaster") != NULL, "%s", f.text);
	cr_expect(lt(int, train_run(train_forecast, "--model mean --input @x --context wide --output @r", &f),
		     0));
	cr_expect(strstr(f.text, "wide") != NULL, "%s", f.text);
	cr_expect(eq(int, train_files(), 1));
}
