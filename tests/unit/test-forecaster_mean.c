#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "forecaster.h"

#define UNITS 3

static struct forecaster *create(void)
{
	struct forecaster *f = NULL;
	cr_assert(eq(int, forecaster_create_mean(UNITS, &f), 0));
	cr_assert(eq(int, f->n_units, UNITS));
	return f;
}

static void step(struct forecaster *f, int t, float *rates)
{
	float counts[UNITS] = {0, (float)(t % 4), 65535};
	forecaster_step(f, counts, rates);
}

Test(forecaster_mean, is_the_mean_of_the_bins_so_far)
{
	struct forecaster *f = create();
	float rates[UNITS];
	long sum = 0;
	for (int t = 0; t < 100000; t++) {
		step(f, t, rates);
		sum += t % 4;
		cr_expect(eq(flt, rates[0], 0.0f));
		cr_expect(eq(flt, rates[1], (float)((double)sum / (t + 1))));
		cr_expect(eq(flt, rates[2], 65535.0f));
	}
	forecaster_destroy(f);
}

Test(forecaster_mean, takes_its_own_rates_as_counts)
{
	struct forecaster *f = create();
	float counts[UNITS] = {0.25f, 1.5f, 2}, rates[UNITS];
	forecaster_step(f, counts, rates);
	for (int t = 0; t < 10; t++)
		forecaster_step(f, rates, rates);
	for (int u = 0; u < UNITS; u++)
		cr_expect(eq(flt, rates[u], counts[u]));
	forecaster_destroy(f);
}

Test(forecaster_mean, starts_anew_after_a_reset)
{
	struct forecaster *f = create();
	float rates[UNITS];
	step(f, 3, rates);
	forecaster_reset(f);
	step(f, 1, rates);
	cr_expect(eq(flt, rates[1], 1.0f));
	forecaster_destroy(f);
}

Test(forecaster_mean, goes_on_from_a_saved_state)
{
	struct forecaster *a = create(), *b = create();
	float ra[UNITS], rb[UNITS];
	for (int t = 0; t < 7; t++)
		step(a, t, ra);
	void *state = malloc(a->class->state_size(a));
	a->class->state_save(a, state);
	step(b, 3, rb);
	b->class->state_load(b, state);
	for (int t = 7; t < 12; t++) {
		step(a, t, ra);
		step(b, t, rb);
	}
	cr_expect(memcmp(ra, rb, sizeof(ra)) == 0);
	free(state);
	forecaster_destroy(a);
	forecaster_destroy(b);
}

Test(forecaster_mean, has_no_hidden_state)
{
	struct forecaster *f = create();
	int width = -1;
	cr_expect(eq(ptr, (void *)f->class->hidden(f, &width), NULL));
	cr_expect(eq(int, width, 0));
	forecaster_destroy(f);
}

Test(forecaster_mean, refuses_units_out_of_range)
{
	struct forecaster *f = NULL;
	cr_expect(eq(int, forecaster_create_mean(0, &f), -EINVAL));
	cr_expect(eq(int, forecaster_create_mean(MAX_UNITS + 1, &f), -EINVAL));
	cr_expect(eq(ptr, f, NULL));
}
