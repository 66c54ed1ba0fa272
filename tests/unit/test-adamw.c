#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "adamw.h"

Test(adamw, first_step_is_of_the_rate)
{
	struct adamw_options o = adamw_defaults();
	float value[] = { 1, 1, 1 }, gradient[] = { 1e-3f, -7, 0 }, first[3] = { 0 }, second[3] = { 0 };
	struct adamw a = { 3, 0, first, second };
	o.decay = 0;
	adamw_step(&a, &o, value, gradient);
	cr_expect(fabsf(value[0] - (1 - 3e-4f)) < 1e-7f);
	cr_expect(fabsf(value[1] - (1 + 3e-4f)) < 1e-7f);
	cr_expect(value[2] == 1);
	cr_expect(eq(i64, a.n_steps, 1));
}

Test(adamw, decays_what_has_no_gradient)
{
	struct adamw_options o = adamw_defaults();
	float value = 2, gradient = 0, first = 0, second = 0;
	struct adamw a = { 1, 0, &first, &second };
	o.rate = 0.1;
	o.decay = 0.01;
	adamw_step(&a, &o, &value, &gradient);
	cr_expect(fabsf(value - 2 * (1 - 0.001f)) < 1e-6f);
}

Test(adamw, clips_by_the_norm_of_all)
{
	struct adamw_options o = adamw_defaults();
	float value[2] = { 0 }, gradient[] = { 30, 40 }, first[2] = { 0 }, second[2] = { 0 };
	struct adamw a = { 2, 0, first, second };
	o.clip = 1;
	cr_expect(fabs(adamw_step(&a, &o, value, gradient) - 50) < 1e-4);
	cr_expect(fabsf(first[0] - 0.1f * 0.6f) < 1e-6f);
	cr_expect(fabsf(first[1] - 0.1f * 0.8f) < 1e-6f);
}

Test(adamw, does_nothing_with_what_is_not_finite)
{
	struct adamw_options o = adamw_defaults();
	float value[] = { 1, 2 }, gradient[] = { NAN, 1 }, first[2] = { 0 }, second[2] = { 0 };
	struct adamw a = { 2, 0, first, second };
	cr_expect(isfinite(adamw_step(&a, &o, value, gradient)) == 0);
	cr_expect(value[0] == 1 && value[1] == 2 && first[1] == 0);
	cr_expect(eq(i64, a.n_steps, 0));
}

Test(adamw, rate_warms_up_and_falls)
{
	cr_expect(fabs(adamw_schedule(1, 0.1, 0, 4, 104) - 0.25) < 1e-12);
	cr_expect(fabs(adamw_schedule(1, 0.1, 3, 4, 104) - 1) < 1e-12);
	cr_expect(fabs(adamw_schedule(1, 0.1, 4, 4, 104) - 1) < 1e-12);
	cr_expect(fabs(adamw_schedule(1, 0.1, 54, 4, 104) - 0.55) < 1e-12);
	cr_expect(fabs(adamw_schedule(1, 0.1, 104, 4, 104) - 0.1) < 1e-12);
	cr_expect(fabs(adamw_schedule(1, 0.1, 999, 4, 104) - 0.1) < 1e-12);
	cr_expect(fabs(adamw_schedule(1, 0, 0, 0, 0) - 1) < 1e-12);
}
