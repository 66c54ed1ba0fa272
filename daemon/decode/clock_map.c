#include "clock_map.h"

#include <assert.h>
#include <math.h>

#define SECOND_NS INT64_C(1000000000)

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t subtract(int64_t a, int64_t b)
{
	int64_t difference;
	if (__builtin_sub_overflow(a, b, &difference))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return difference;
}

static int64_t to_whole(double ns)
{
	if (ns >= 0x1p63)
		return INT64_MAX;
	if (ns < -0x1p63)
		return INT64_MIN;
	return llround(ns);
}

/* A double holds whole nanoseconds for 104 days only, so speed 1, the rig's, never goes through one. */
static int64_t to_wall(const struct clock_map *m, int64_t acquisition_ns)
{
	return m->speed == 1 ? acquisition_ns : to_whole((double)acquisition_ns / m->speed);
}

static int64_t from_wall(const struct clock_map *m, int64_t wall_ns)
{
	return m->speed == 1 ? wall_ns : to_whole((double)wall_ns * m->speed);
}

/* Where the packet would be received if it were delayed as the base was. */
static int64_t nominal_ns(const struct clock_map *m, int64_t acquired_ns)
{
	return add(m->base_monotonic_ns, to_wall(m, subtract(acquired_ns, m->base_acquired_ns)));
}

void clock_map_init(struct clock_map *m, double speed)
{
	assert(speed > 0);
	*m = (struct clock_map){ .speed = speed };
	clock_map_reset(m);
}

void clock_map_reset(struct clock_map *m)
{
	m->known = false;
	m->offset_ns = 0;
	m->slice_second = 0;
	for (int i = 0; i < CLOCK_MAP_SLICES; i++)
		m->slice_least[i] = INT64_MAX;
}

/* Empty the slices of the seconds that went by since the newest. */
static void advance(struct clock_map *m, int64_t second)
{
	int64_t passed = subtract(second, m->slice_second);
	if (passed > CLOCK_MAP_SLICES)
		passed = CLOCK_MAP_SLICES;
	for (int64_t i = 0; i < passed; i++)
		m->slice_least[(second - i) % CLOCK_MAP_SLICES] = INT64_MAX;
	if (passed > 0)
		m->slice_second = second;
}

void clock_map_observe(struct clock_map *m, int64_t acquired_ns, int64_t received_ns)
{
	assert(received_ns >= 0);
	if (!m->known) {
		m->base_acquired_ns = acquired_ns;
		m->base_monotonic_ns = received_ns;
		m->known = true;
	}
	advance(m, received_ns / SECOND_NS);

	int64_t offset = subtract(received_ns, nominal_ns(m, acquired_ns));
	int64_t *least = &m->slice_least[m->slice_second % CLOCK_MAP_SLICES];
	if (offset < *least)
		*least = offset;
	m->offset_ns = INT64_MAX;
	for (int i = 0; i < CLOCK_MAP_SLICES; i++)
		if (m->slice_least[i] < m->offset_ns)
			m->offset_ns = m->slice_least[i];
}

int64_t clock_map_to_monotonic(const struct clock_map *m, int64_t acquired_ns)
{
	return add(nominal_ns(m, acquired_ns), m->offset_ns);
}

int64_t clock_map_to_acquired(const struct clock_map *m, int64_t monotonic_ns)
{
	int64_t wall = subtract(subtract(monotonic_ns, m->base_monotonic_ns), m->offset_ns);
	return add(m->base_acquired_ns, from_wall(m, wall));
}

int64_t clock_map_delay_ns(const struct clock_map *m, int64_t acquired_ns, int64_t received_ns)
{
	return subtract(received_ns, clock_map_to_monotonic(m, acquired_ns));
}
