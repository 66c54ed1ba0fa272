#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "units.h"

static struct units *units;

static void start(void)
{
	cr_assert(eq(int, units_create(3, 50000, &units), 0));
}

static void stop(void)
{
	units_destroy(units);
}

TestSuite(units, .init = start, .fini = stop);

/* Unit 0 fires once in four bins (5 Hz), unit 1 never, unit 2 twenty times in each (400 Hz). */
static void observe(int n_bins)
{
	for (int i = 0; i < n_bins; i++) {
		uint16_t counts[3] = { i % 4 == 0, 0, 20 };
		units_observe(units, counts);
	}
}

Test(units, reports_rates_at_once_and_later)
{
	observe(20);
	cr_expect(epsilon_eq(flt, units->rate_hz[0], 5, 0.5f));
	observe(2000);
	cr_expect(epsilon_eq(flt, units->rate_hz[0], 5, 0.3f));
	cr_expect(epsilon_eq(flt, units->rate_hz[2], 400, 0.01f));
}

Test(units, calls_a_silent_unit_dead_only_after_the_time_asked_for)
{
	observe(1199);
	cr_expect(eq(int, units_condition(units, 1, 60, 300), UNIT_GOOD));
	observe(1);
	cr_expect(eq(int, units_condition(units, 1, 60, 300), UNIT_DEAD));
	cr_expect(eq(int, units_condition(units, 0, 60, 300), UNIT_GOOD));
}

Test(units, calls_a_unit_noisy_above_the_rate_asked_for)
{
	observe(100);
	cr_expect(eq(int, units_condition(units, 2, 60, 300), UNIT_NOISY));
	cr_expect(eq(int, units_condition(units, 2, 60, 500), UNIT_GOOD));
}
