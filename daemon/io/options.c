#include "options.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "options_keys.h"

static const struct stream_options *find_stream(const struct options *o, const char *name)
{
	for (int i = 0; i < o->n_streams; i++)
		if (strcmp(o->streams[i].name, name) == 0)
			return &o->streams[i];
	return NULL;
}

const struct gate_options *options_gate(const struct options *o, const char *stream)
{
	static const struct gate_options fallback = { .max_speed_mm_s = 1000,
						      .max_acceleration_mm_s2 = 100000,
						     .max_commands_per_s = 2 };
	for (int i = 0; i < o->n_gates; i++)
		if (strcmp(o->gates[i].name, stream) == 0)
			return &o->gates[i];
	return &fallback;
}

const struct worker_options *options_worker(const struct options *o, const char *name)
{
	for (int i = 0; i < o->n_workers; i++)
		if (strcmp(o->workers[i].name, name) == 0)
			return &o->workers[i];
	return NULL;
}

bool endpoint_is_local(const char *endpoint)
{
	static const char *const local[] = { "ipc://",       "inproc://", "tcp://127.", "tcp://localhost:",
					     "tcp://[::1]:", "tcp://lo:", NULL };
	endpoint += *endpoint == '@';
	for (int i = 0; local[i]; i++)
		if (strncmp(endpoint, local[i], strlen(local[i])) == 0)
			return true;
	return false;
}

static int check_endpoint(const struct options *o, const char *section, const char *key, const char *endpoint,
			  struct failure *f)
{
	const char *bare = endpoint + (*endpoint == '@');
	if (strncmp(bare, "tcp://", 6) != 0 && strncmp(bare, "ipc://", 6) != 0)
		return failure_set(f, -EINVAL, "%s: [%s] %s = %.80s: not a tcp:// or ipc:// endpoint",
				   o->path, section, key, endpoint);
	if (o->daemon.clock_speed != 1 && !endpoint_is_local(endpoint))
		return failure_set(f, -EINVAL,
				   "%s: [%s] %s = %.80s: clock_speed other than 1 is for simulations, on ipc "
				   "or loopback only",
				   o->path, section, key, endpoint);
	return 0;
}

static int check_endpoints(const struct options *o, struct failure *f)
{
	int r = check_endpoint(o, "daemon", "control", o->daemon.control, f);
	if (r == 0)
		r = check_endpoint(o, "daemon", "intents", o->daemon.intents, f);
	if (r == 0)
		r = check_endpoint(o, "daemon", "monitor", o->daemon.monitor, f);
	for (int i = 0; r == 0 && i < o->n_streams; i++) {
		char section[NAME_SIZE + 8];
		snprintf(section, sizeof(section), "stream %s", o->streams[i].name);
		r = check_endpoint(o, section, "neural", o->streams[i].neural, f);
		if (r == 0 && *o->streams[i].cues)
			r = check_endpoint(o, section, "cues", o->streams[i].cues, f);
	}
	return r;
}

/* A relative name of a file is looked for beside the configuration. */
static int resolve_model(const struct options *o, const char *stream, const char *key, char *name,
			 struct failure *f)
{
	if (!*name || strcmp(name, "none") == 0 || strcmp(name, "mean") == 0)
		return 0;
	char folder[TEXT_SIZE], path[2 * TEXT_SIZE];
	snprintf(folder, sizeof(folder), "%s", o->path);
	snprintf(path, sizeof(path), "%s%s%s", *name == '/' ? "" : dirname(folder), *name == '/' ? "" : "/",
		 name);
	if (access(path, R_OK) != 0)
		return failure_set(f, -errno, "%s: [stream %s] %s: %s: %s", o->path, stream, key, path,
				   strerror(errno));
	if (strlen(path) >= TEXT_SIZE)
		return failure_set(f, -ENAMETOOLONG, "%s: [stream %s] %s: the path is too long", o->path,
				   stream, key);
	memcpy(name, path, strlen(path) + 1);
	return 0;
}

static int add_missing_worker(struct options *o, const char *name, struct failure *f)
{
	if (options_worker(o, name))
		return 0;
	if (o->n_workers == MAX_WORKERS)
		return failure_set(f, -EINVAL, "%s: more than %d workers", o->path, MAX_WORKERS);
	struct worker_options *w = &o->workers[o->n_workers++];
	*w = (struct worker_options){ .cpu = -1 };
	snprintf(w->name, sizeof(w->name), "%s", name);
	return 0;
}

static int check_together(struct options *o, struct failure *f)
{
	if (o->n_streams == 0)
		return failure_set(f, -EINVAL, "%s: no [stream NAME] section", o->path);
	int r = check_endpoints(o, f);
	for (int i = 0; r == 0 && i < o->n_streams; i++) {
		struct stream_options *s = &o->streams[i];
		r = add_missing_worker(o, s->worker, f);
		if (r == 0)
			r = resolve_model(o, s->name, "forecaster", s->forecaster, f);
		if (r == 0)
			r = resolve_model(o, s->name, "decoder", s->decoder, f);
		if (r == 0 && s->grace_ms >= s->deadline_ms)
			r = failure_set(f, -EINVAL,
					"%s: [stream %s] grace_ms = %g leaves nothing of deadline_ms = %g",
					o->path, s->name, s->grace_ms, s->deadline_ms);
	}
	for (int i = 0; r == 0 && i < o->n_workers; i++)
		if (o->daemon.fifo && o->workers[i].fifo >= o->daemon.fifo)
			r = failure_set(f, -EINVAL,
					"%s: [worker %s] fifo = %d is not below [daemon] fifo = %d: the loop "
					"comes first",
					o->path, o->workers[i].name, (int)o->workers[i].fifo,
					(int)o->daemon.fifo);
	for (int i = 0; r == 0 && i < o->n_gates; i++)
		if (!find_stream(o, o->gates[i].name))
			r = failure_set(f, -EINVAL, "%s: [gate %s]: there is no [stream %s]", o->path,
					o->gates[i].name, o->gates[i].name);
	return r;
}

static int read_text(struct options *o, const char *text, size_t size, struct failure *f)
{
	struct config_records records[] = { { &o->daemon }, { o->streams }, { o->workers }, { o->gates } };
	int r = strlen(text) == size ? config_read_text(text, o->path, options_sections, records, f)
				     : failure_set(f, -EINVAL, "%s: a NUL byte in a text file", o->path);
	o->hash = hash_of(text, size);
	o->n_streams = records[1].count;
	o->n_workers = records[2].count;
	o->n_gates = records[3].count;
	return r == 0 ? check_together(o, f) : r;
}

static int create(const char *path, const char *text, size_t size, struct failure *f, struct options **ret)
{
	struct options *o = calloc(1, sizeof(*o) + size + 1);
	if (!o)
		return failure_set(f, -ENOMEM, "%s: out of memory", path);
	snprintf(o->path, sizeof(o->path), "%s", path);
	memcpy(o->text, text, size);
	o->text_size = size;
	int r = read_text(o, text, size, f);
	if (r < 0)
		free(o);
	else
		*ret = o;
	return r;
}

int options_read(const char *path, struct failure *f, struct options **ret)
{
	void *text = NULL;
	size_t size;
	if (strlen(path) >= TEXT_SIZE)
		return failure_set(f, -ENAMETOOLONG, "%.60s...: the path is too long", path);
	int r = file_read(path, 1 << 20, f, &text, &size);
	if (r < 0)
		return r;
	r = create(path, text, size, f, ret);
	free(text);
	return r;
}

int options_defaults(struct options **ret)
{
	static const char example[] = "[stream m1]\n[worker w1]\n[gate m1]\n";
	return create("defaults", example, sizeof(example) - 1, NULL, ret);
}

void options_print(FILE *out, const struct options *o)
{
	struct config_records records[] = {
		{ (void *)&o->daemon, 1 },
		{ (void *)o->streams, o->n_streams },
		{ (void *)o->workers, o->n_workers },
		{ (void *)o->gates, o->n_gates },
	};
	config_print(out, options_sections, records);
}
