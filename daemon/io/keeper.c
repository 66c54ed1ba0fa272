#include "keeper.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 512

struct keeper {
	char stream[STREAM_NAME_SIZE];
	char folder[PATH_SIZE], path[PATH_SIZE + 32];
	uv_loop_t *loop;
	struct telemetry *telemetry;
	struct kept kept;
	bool writing, changed;
	uv_work_t work;
	/* the other thread's, while writing */
	struct kept written;
	int result;
	struct failure failure;
};

int keeper_create(const char *state_dir, const char *stream, int n_units, uv_loop_t *loop,
		  struct telemetry *telemetry, struct failure *f, struct keeper **ret)
{
	struct keeper *k = calloc(1, sizeof(*k));
	if (!k)
		return failure_set(f, -ENOMEM, "stream %s: out of memory", stream);
	snprintf(k->stream, sizeof(k->stream), "%s", stream);
	snprintf(k->folder, sizeof(k->folder), "%.400s/%s", state_dir, k->stream);
	snprintf(k->path, sizeof(k->path), "%s/kept.safetensors", k->folder);
	k->loop = loop;
	k->telemetry = telemetry;
	k->kept.n_units = n_units;
	k->work.data = k;
	*ret = k;
	return 0;
}

void keeper_destroy(struct keeper *k)
{
	free(k);
}

int keeper_load(const struct keeper *k, struct failure *f, struct kept *ret)
{
	return kept_read(k->path, k->stream, k->kept.n_units, f, ret);
}

/* On another thread. */
static void write_file(uv_work_t *work)
{
	struct keeper *k = work->data;
	if (mkdir(k->folder, 0750) < 0 && errno != EEXIST)
		k->result = failure_set(&k->failure, -errno, "%s: %s", k->folder, strerror(errno));
	else
		k->result = kept_write(k->path, k->stream, &k->written, &k->failure);
}

static void begin_to_write(struct keeper *k);

static void on_written(uv_work_t *work, int status)
{
	struct keeper *k = work->data;
	k->writing = false;
	if (status < 0)
		return;
	if (k->result < 0)
		telemetry_event(k->telemetry, SEVERITY_ALARM, k->stream, "kept-trouble",
				"the masks would not survive a restart: %s", k->failure.text);
	if (k->changed)
		begin_to_write(k);
}

static void begin_to_write(struct keeper *k)
{
	k->written = k->kept;
	k->changed = false;
	k->writing = true;
	int r = uv_queue_work(k->loop, &k->work, write_file, on_written);
	if (r == 0)
		return;
	k->writing = false;
	telemetry_event(k->telemetry, SEVERITY_ALARM, k->stream, "kept-trouble",
			"the masks would not survive a restart: %s", uv_strerror(r));
}

void keeper_save_masks(struct keeper *k, const uint8_t *masked)
{
	memcpy(k->kept.masked, masked, (size_t)k->kept.n_units);
	k->changed = true;
	if (!k->writing)
		begin_to_write(k);
}
