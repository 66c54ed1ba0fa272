#include "binner.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH INT64_C(50000)
#define UNITS 3
#define ORIGIN INT64_C(1790000000123456789)

static struct binner *b;
static struct spike_bin *bin;

static void begin(void)
{
	cr_assert(eq(int, binner_create(UNITS, WIDTH, &b), 0));
	binner_begin(b, ORIGIN);
	bin = malloc(spike_bin_size(UNITS));
}

static void end(void)
{
	free(bin);
	binner_destroy(b);
}

TestSuite(binner, .init = begin, .fini = end);

/* An empty packet, times relative to the origin. */
static enum binner_refusal cover(int64_t from, int64_t until)
{
	int late = -1;
	return binner_add_spikes(b, ORIGIN + from, ORIGIN + until, 1, NULL, NULL, 0, &late);
}

static enum binner_refusal spike(int64_t from, int64_t until, uint32_t unit, uint32_t offset, int *ret_late)
{
	return binner_add_spikes(b, ORIGIN + from, ORIGIN + until, 1, &unit, &offset, 1, ret_late);
}

Test(binner, refuses_to_be_created_with_nonsense)
{
	struct binner *none = NULL;
	cr_expect(eq(int, binner_create(0, WIDTH, &none), -EINVAL));
	cr_expect(eq(int, binner_create(MAX_UNITS + 1, WIDTH, &none), -EINVAL));
	cr_expect(eq(int, binner_create(1, BINNER_MIN_WIDTH_NS - 1, &none), -EINVAL));
	cr_expect(eq(int, binner_create(1, BINNER_MAX_WIDTH_NS + 1, &none), -EINVAL));
	cr_expect(eq(ptr, none, NULL));
	binner_destroy(NULL);
}

Test(binner, puts_spikes_into_the_bin_of_their_time)
{
	const uint32_t unit[] = { 0, 1, 1, 2, 2, 0 };
	const uint32_t offset[] = { 0, 49999, 50000, 99999, 100000, 1 }; /* one out of order */
	int late = -1;
	cr_assert(eq(int, binner_add_spikes(b, ORIGIN, ORIGIN + 3 * WIDTH, 77, unit, offset, 6, &late),
		     BINNER_USED));
	cr_expect(eq(int, late, 0));

	const uint16_t expected[3][UNITS] = { { 2, 1, 0 }, { 0, 1, 1 }, { 0, 0, 1 } };
	for (int i = 0; i < 3; i++) {
		cr_expect(binner_complete(b));
		cr_expect(eq(i64, binner_edge_ns(b), ORIGIN + (i + 1) * WIDTH));
		binner_close(b, bin);
		cr_expect(eq(i64, bin->bin, i));
		cr_expect(eq(i64, bin->acquired_ns, ORIGIN + (i + 1) * WIDTH));
		cr_expect(eq(i64, bin->received_ns, 77));
		cr_expect(eq(u32, bin->flags, i == 0 ? BIN_EPOCH_BEGIN : 0));
		cr_expect(eq(i32, bin->n_units, UNITS));
		cr_expect(eq(int, memcmp(bin->counts, expected[i], sizeof(expected[i])), 0), "bin %d", i);
	}
	cr_expect(not(binner_touched(b)));
}

Test(binner, closes_a_bin_without_all_of_its_packets_as_a_gap)
{
	cr_assert(eq(int, cover(0, WIDTH - 1), BINNER_USED));
	cr_expect(not(binner_complete(b)));
	cr_expect(binner_touched(b));
	binner_close(b, bin);
	cr_expect(eq(u32, bin->flags, BIN_EPOCH_BEGIN | BIN_GAP));
	binner_close(b, bin);
	cr_expect(eq(u32, bin->flags, BIN_GAP));
	cr_expect(eq(i64, bin->received_ns, 0));
}

Test(binner, is_complete_by_packets_in_any_order)
{
	int order[50];
	for (int i = 0; i < 50; i++)
		order[i] = i;
	srand(5);
	for (int i = 49; i > 0; i--) {
		int j = rand() % (i + 1), t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	for (int i = 0; i < 50; i++) {
		cr_assert(not(binner_complete(b)));
		cr_assert(eq(int, cover(order[i] * 1000, order[i] * 1000 + 1000), BINNER_USED));
	}
	cr_expect(binner_complete(b));
}

Test(binner, keeps_the_time_of_the_latest_packet)
{
	int late;
	binner_add_spikes(b, ORIGIN, ORIGIN + 10, 900, NULL, NULL, 0, &late);
	binner_add_spikes(b, ORIGIN + 10, ORIGIN + 20, 800, NULL, NULL, 0, &late);
	binner_close(b, bin);
	cr_expect(eq(i64, bin->received_ns, 900));
}

Test(binner, refuses_time_that_was_covered_already)
{
	int late = -1;
	cr_assert(eq(int, spike(1000, 2000, 0, 0, &late), BINNER_USED));
	cr_assert(eq(int, spike(3000, 4000, 0, 0, &late), BINNER_USED));
	cr_expect(eq(int, spike(1000, 2000, 0, 0, &late), BINNER_OVERLAP));
	cr_expect(eq(int, cover(0, 1001), BINNER_OVERLAP));
	cr_expect(eq(int, cover(1999, 2500), BINNER_OVERLAP));
	cr_expect(eq(int, cover(2000, 3001), BINNER_OVERLAP));
	cr_expect(eq(int, cover(1200, 1300), BINNER_OVERLAP));
	cr_expect(eq(int, cover(500, 5000), BINNER_OVERLAP));
	cr_expect(eq(int, cover(2000, 3000), BINNER_USED)); /* what was left between them */
	cr_expect(eq(int, cover(0, 1000), BINNER_USED));
	cr_expect(eq(int, cover(4000, WIDTH), BINNER_USED));
	cr_expect(binner_complete(b));
	binner_close(b, bin);
	cr_expect(eq(u16, bin->counts[0], 2));
}

Test(binner, leaves_nothing_behind_of_a_refused_packet)
{
	int late = -1;
	cr_assert(eq(int, cover(WIDTH, 2 * WIDTH), BINNER_USED));
	cr_expect(eq(int, spike(0, WIDTH + 1, 0, 3, &late), BINNER_OVERLAP));
	cr_expect(not(binner_touched(b)));
	cr_expect(eq(int, late, -1));
	cr_expect(eq(int, cover(0, WIDTH), BINNER_USED));
}

Test(binner, refuses_more_pieces_than_it_remembers)
{
	for (int i = 0; i < BINNER_PIECES; i++)
		cr_assert(eq(int, cover(i * 20, i * 20 + 10), BINNER_USED));
	cr_expect(eq(int, cover(40000, 40010), BINNER_SCATTERED));
	cr_expect(eq(int, cover(35, 38), BINNER_SCATTERED));
	cr_expect(eq(int, cover(30, 35), BINNER_USED)); /* joins the piece before */
	cr_expect(eq(int, cover(35, 40), BINNER_USED)); /* joins both: one piece fewer */
	cr_expect(eq(int, cover(40000, 40010), BINNER_USED));
	cr_expect(eq(int, cover(40015, 40020), BINNER_SCATTERED));
}

Test(binner, refuses_what_lies_in_closed_bins)
{
	int late = -1;
	binner_close(b, NULL);
	cr_expect(eq(int, cover(0, WIDTH), BINNER_LATE));
	cr_expect(eq(int, cover(-100, -50), BINNER_LATE));
	cr_expect(eq(int, binner_add_spikes(b, INT64_MIN, INT64_MIN + 1, 1, NULL, NULL, 0, &late),
		     BINNER_LATE));
}

Test(binner, uses_the_open_part_of_a_late_packet)
{
	const uint32_t unit[] = { 0, 0, 1 }, offset[] = { 0, 9, 10 };
	int late = -1;
	binner_close(b, NULL);
	cr_assert(eq(int,
		     binner_add_spikes(b, ORIGIN + WIDTH - 10, ORIGIN + 2 * WIDTH, 1, unit, offset, 3, &late),
		     BINNER_USED));
	cr_expect(eq(int, late, 2));
	cr_expect(binner_complete(b));
	binner_close(b, bin);
	cr_expect(eq(u16, bin->counts[0], 0));
	cr_expect(eq(u16, bin->counts[1], 1));
}

Test(binner, leaves_out_what_lies_before_the_epoch)
{
	int late = -1;
	cr_expect(eq(int, spike(-10, 10, 0, 9, &late), BINNER_USED));
	cr_expect(eq(int, late, 1));
	cr_expect(eq(int, spike(10, 20, 0, 0, &late), BINNER_USED));
	binner_close(b, bin);
	cr_expect(eq(u16, bin->counts[0], 1));
}

Test(binner, refuses_what_lies_beyond_the_open_bins)
{
	int late = -1;
	cr_expect(eq(int, cover(BINNER_OPEN * WIDTH - 1, BINNER_OPEN * WIDTH + 1), BINNER_AHEAD));
	cr_expect(eq(int, binner_add_spikes(b, INT64_MIN, INT64_MAX, 1, NULL, NULL, 0, &late), BINNER_AHEAD));
	cr_expect(eq(int, cover(0, BINNER_OPEN * WIDTH), BINNER_USED));
	cr_expect(eq(int, cover(BINNER_OPEN * WIDTH, BINNER_OPEN * WIDTH + 1), BINNER_AHEAD));
	binner_close(b, NULL);
	cr_expect(eq(int, cover(BINNER_OPEN * WIDTH, BINNER_OPEN * WIDTH + 1), BINNER_USED));
}

Test(binner, adds_counts_of_a_bin_and_of_parts)
{
	const uint32_t counts[] = { 1, 0, 65535 }, more[] = { 1, 2, 3 };
	cr_expect(eq(int, binner_add_counts(b, ORIGIN, ORIGIN + WIDTH / 2, 5, counts), BINNER_USED));
	cr_expect(not(binner_complete(b)));
	cr_expect(eq(int, binner_add_counts(b, ORIGIN, ORIGIN + WIDTH / 2, 5, counts), BINNER_OVERLAP));
	cr_expect(eq(int, binner_add_counts(b, ORIGIN + WIDTH / 2, ORIGIN + WIDTH, 6, more), BINNER_USED));
	cr_expect(binner_complete(b));
	binner_close(b, bin);
	cr_expect(eq(u16, bin->counts[0], 2));
	cr_expect(eq(u16, bin->counts[1], 2));
	cr_expect(eq(u16, bin->counts[2], 65535)); /* stops there */
	cr_expect(eq(int, binner_add_counts(b, ORIGIN, ORIGIN + WIDTH, 7, counts), BINNER_LATE));
}

Test(binner, refuses_counts_across_an_edge)
{
	const uint32_t counts[UNITS] = { 0 };
	cr_expect(eq(int, binner_add_counts(b, ORIGIN, ORIGIN + WIDTH + 1, 5, counts), BINNER_STRADDLE));
	cr_expect(eq(int, binner_add_counts(b, ORIGIN - 1, ORIGIN + 1, 5, counts), BINNER_STRADDLE));
	cr_expect(eq(int, binner_add_counts(b, ORIGIN + WIDTH, ORIGIN + 2 * WIDTH, 5, counts), BINNER_USED));
}

Test(binner, stops_counting_spikes_at_65535)
{
	enum { N = 70000 };
	uint32_t *unit = calloc(N, sizeof(*unit)), *offset = calloc(N, sizeof(*offset));
	int late;
	cr_assert(eq(int, binner_add_spikes(b, ORIGIN, ORIGIN + WIDTH, 1, unit, offset, N, &late),
		     BINNER_USED));
	binner_close(b, bin);
	cr_expect(eq(u16, bin->counts[0], 65535));
	cr_expect(eq(u16, bin->counts[1], 0));
	free(unit);
	free(offset);
}

Test(binner, starts_an_epoch_without_the_rest_of_the_last)
{
	int late;
	spike(0, 5 * WIDTH, 1, 0, &late);
	binner_close(b, bin);
	binner_begin(b, 42);
	cr_expect(eq(i64, binner_bin(b), 0));
	cr_expect(eq(i64, binner_edge_ns(b), 42 + WIDTH));
	for (int i = 0; i < BINNER_OPEN; i++) {
		cr_assert(not(binner_touched(b)));
		binner_close(b, bin);
		cr_expect(eq(u32, bin->flags, BIN_GAP | (i ? 0 : BIN_EPOCH_BEGIN)));
		cr_assert(eq(u16, bin->counts[1], 0));
	}
}

Test(binner, begins_the_epoch_with_the_first_bin_that_is_not_dropped)
{
	binner_close(b, NULL);
	binner_close(b, bin);
	cr_expect(eq(i64, bin->bin, 1));
	cr_expect(eq(u32, bin->flags, BIN_GAP | BIN_EPOCH_BEGIN));
}

Test(binner, uses_a_slot_again_clean)
{
	const int64_t rounds = BINNER_PIECES + 2;
	int late;
	for (int64_t i = 0; i < rounds * BINNER_OPEN; i++) {
		int64_t received = rounds * BINNER_OPEN - i;
		uint32_t unit = 2, offset = 7;
		cr_assert(eq(int,
			     binner_add_spikes(b, ORIGIN + i * WIDTH, ORIGIN + (i + 1) * WIDTH, received,
					       &unit, &offset, 1, &late),
			     BINNER_USED));
		cr_assert(binner_complete(b));
		binner_close(b, bin);
		cr_assert(eq(u16, bin->counts[2], 1));
		cr_assert(eq(i64, bin->bin, i));
		cr_assert(eq(i64, bin->received_ns, received));
	}
}

struct clock_case {
	char name[24];
	int64_t origin;
};

ParameterizedTestParameters(binner, takes_any_origin)
{
	static struct clock_case cases[] = {
		{ "least", INT64_MIN },
		{ "zero", 0 },
		{ "nearly the largest", INT64_MAX - WIDTH },
		{ "largest", INT64_MAX },
	};
	return cr_make_param_array(struct clock_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct clock_case *c, binner, takes_any_origin)
{
	const int64_t times[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX };
	int late;
	binner_begin(b, c->origin);
	for (int closed = 0; closed < 3; closed++) {
		for (int i = 0; i < 7; i++)
			for (int j = i + 1; j < 7; j++)
				cr_expect(
					lt(int,
					   binner_add_spikes(b, times[i], times[j], 1, NULL, NULL, 0, &late),
					   BINNER_N_REFUSALS));
		cr_expect(ge(i64, binner_edge_ns(b), c->origin));
		binner_close(b, bin);
	}
}

Test(binner, names_each_refusal)
{
	for (int i = 0; i < BINNER_N_REFUSALS; i++)
		cr_expect(ne(ptr, (void *)binner_refusal_text(i), NULL));
}
