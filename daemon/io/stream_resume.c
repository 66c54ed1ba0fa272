/* What a stream goes on with after a restart. */
#include <errno.h>
#include <stdlib.h>

#include "stream.h"

static int n_masked(const struct kept *k)
{
	int n = 0;
	for (int u = 0; u < k->n_units; u++)
		n += k->masked[u];
	return n;
}

/* It is in shadow, whatever was kept: what cannot be read is an alarm, and no reason not to start. */
static void load(struct stream *s, const struct keeper *keeper, struct kept *kept)
{
	const char *name = s->options->name;
	struct failure f = { "" };
	int r = keeper_load(keeper, &f, kept);
	if (r == -ENOENT)
		return;
	if (r == 0)
		r = stream_set_mask(s, kept->masked);
	if (r < 0)
		telemetry_event(s->telemetry, SEVERITY_ALARM, name, "kept-trouble", "no unit is masked: %s",
				*f.text ? f.text : "out of memory");
	else
		telemetry_event(s->telemetry, SEVERITY_INFO, name, "kept", "%d masked units, as before",
				n_masked(kept));
}

int stream_resume(struct stream *s, const struct options *o, uv_loop_t *loop, struct failure *f)
{
	struct keeper *keeper;
	struct kept *kept = malloc(sizeof(*kept));
	if (!kept)
		return failure_set(f, -ENOMEM, "stream %s: out of memory", s->options->name);
	int r = keeper_create(o->daemon.state_dir, s->options->name, (int)s->options->n_units, loop,
			      s->telemetry, f, &keeper);
	if (r == 0) {
		load(s, keeper, kept);
		s->keeper = keeper;
	}
	free(kept);
	return r;
}
