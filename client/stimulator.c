#include "stimulator.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* The next number of a list, up to a comma; `fallback` at its end. */
static bool take_number(const char **text, double fallback, double min, double max, double *ret)
{
	char *end;
	*ret = fallback;
	if (!**text)
		return true;
	*ret = strtod(*text, &end);
	if (end == *text || (*end && *end != ',') || (*end == ',' && !end[1]))
		return false;
	*text = end + (*end == ',');
	return *ret >= min && *ret <= max;
}

int stimulator_read(const char *text, struct failure *f, struct stimulus *ret)
{
	const char *at = text;
	double amplitude, width, pulses, rate;
	if (!take_number(&at, 20, 0.1, STIMULATOR_MAX_UA, &amplitude))
		return failure_set(f, -EINVAL, "\"%.40s\": an amplitude is 0.1 to %g uA", text,
				   STIMULATOR_MAX_UA);
	if (!take_number(&at, 200, 10, STIMULATOR_MAX_WIDTH_US, &width) || width != floor(width))
		return failure_set(f, -EINVAL, "\"%.40s\": a phase is 10 to %d us", text,
				   STIMULATOR_MAX_WIDTH_US);
	if (!take_number(&at, 1, 1, STIMULATOR_MAX_PULSES, &pulses) || pulses != floor(pulses))
		return failure_set(f, -EINVAL, "\"%.40s\": a train has 1 to %d pulses", text,
				   STIMULATOR_MAX_PULSES);
	if (!take_number(&at, 100, 1, STIMULATOR_MAX_HZ, &rate) || *at)
		return failure_set(f, -EINVAL, "\"%.40s\": a rate is 1 to %g Hz, and the last number", text,
				   STIMULATOR_MAX_HZ);
	struct stimulus s = { amplitude, (int)width, (int)pulses, rate };
	if (stimulator_charge_nc(&s) > STIMULATOR_MAX_NC)
		return failure_set(f, -EINVAL, "\"%.40s\": %g nC a phase, at most %g are allowed", text,
				   stimulator_charge_nc(&s), STIMULATOR_MAX_NC);
	*ret = s;
	return 0;
}

double stimulator_charge_nc(const struct stimulus *s)
{
	return s->amplitude_ua * s->width_us / 1000;
}

/* From the begin of the train to that of pulse `i`. */
static int64_t pulse_ns(const struct stimulus *s, int i)
{
	return (int64_t)(i * (NS_PER_S / s->rate_hz));
}

int stimulator_fire(struct stimulator *x, const struct stimulus *s, int64_t now_ns)
{
	stimulator_run(x, now_ns);
	if (x->fired && now_ns - x->end_ns < STIMULATOR_INTERVAL_NS) {
		x->refused++;
		return -EBUSY;
	}
	x->train = *s;
	x->begun_ns = now_ns;
	x->end_ns = now_ns + pulse_ns(s, s->pulses - 1) + 2 * s->width_us * NS_PER_US;
	x->fired = x->running = true;
	x->trains++;
	return 0;
}

/* Pulses of the train that begin before `elapsed_ns`. */
static int begun(const struct stimulus *s, int64_t elapsed_ns)
{
	int n = 0;
	while (n < s->pulses && pulse_ns(s, n) < elapsed_ns)
		n++;
	return n;
}

static void end(struct stimulator *x, int pulses)
{
	x->pulses += (uint64_t)pulses;
	x->charge_nc += pulses * stimulator_charge_nc(&x->train);
	x->running = false;
}

void stimulator_run(struct stimulator *x, int64_t now_ns)
{
	if (x->running && now_ns >= x->end_ns)
		end(x, x->train.pulses);
}

bool stimulator_stop(struct stimulator *x, int64_t now_ns)
{
	stimulator_run(x, now_ns);
	if (!x->running)
		return false;
	int pulses = begun(&x->train, now_ns - x->begun_ns);
	end(x, pulses);
	if (pulses == x->train.pulses)
		return false;
	x->end_ns = now_ns;
	x->cut++;
	return true;
}
