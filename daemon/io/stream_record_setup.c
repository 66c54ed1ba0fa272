/* The begin and the end of what a stream records: stream_record.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "kernels.h"
#include "model.h"
#include "stream.h"

#define SPARE_BYTES ((size_t)1 << 20)   /* beside the bins: cues, events, log lines, snapshots */
#define MOST_BYTES  ((size_t)512 << 20) /* of a belt, whatever 30 s of bins are */

int stream_record_start(struct stream *s, struct failure *f)
{
	int r = recorder_start(s->record.recorder, f);
	if (r == 0)
		s->record.begun = false; /* it begins at the next idle moment */
	return r;
}

static size_t belt_bytes(const struct stream *s)
{
	const struct stream_record *k = &s->record;
	size_t n_units = (size_t)s->options->n_units, head = sizeof(struct session_record) + 2 * 16;
	size_t bin = 3 * head + n_units * (sizeof(uint16_t) + sizeof(float)) +
		     3 * (size_t)s->frame.n_outputs * sizeof(float);
	size_t packets =
		k->packets ? 4 * (head + 512) + n_units * 64 : 0; /* a packet each 10 ms, busy units */
	double bins = RECORDER_BELT_S * 1e9 / (double)s->bin_wall_ns;
	double bytes = (double)(bin + packets) * bins;
	return (bytes < (double)MOST_BYTES ? (size_t)bytes : MOST_BYTES) + SPARE_BYTES +
	       4 * (k->state_size + n_units);
}

static void fill_info(const struct stream *s, const struct options *o, struct session_info *i)
{
	snprintf(i->version, sizeof(i->version), "%s", BCID_VERSION);
	snprintf(i->rig, sizeof(i->rig), "%s", o->daemon.rig);
	snprintf(i->stream, sizeof(i->stream), "%s", s->options->name);
	gethostname(i->host, sizeof(i->host) - 1);
	snprintf(i->kernels, sizeof(i->kernels), "%s", kernels_name());
	i->n_units = (int)s->options->n_units;
	i->bin_us = s->options->bin_us;
	i->bin_wall_ns = s->bin_wall_ns;
	i->clock_speed = s->speed;
	snprintf(i->config_path, sizeof(i->config_path), "%s", o->path);
	i->config_hash = o->hash;
}

static int create_recorder(struct stream *s, const struct options *o, uv_loop_t *loop, struct failure *f)
{
	char folder[TEXT_SIZE + NAME_SIZE + 1];
	struct recorder_setup setup = {
		.folder = folder,
		.sync = (enum session_sync)s->options->record_synchronous,
		.commit_ns = s->options->record_commit_ms * NS_PER_MS,
		.retry_ns = NS_PER_S,
		.belt_bytes = belt_bytes(s),
		.loop = loop,
		.telemetry = s->telemetry,
	};
	snprintf(folder, sizeof(folder), "%s/%s", o->daemon.state_dir, s->options->name);
	fill_info(s, o, &setup.info);
	int r = recorder_create(&setup, f, &s->record.recorder);
	if (r == 0 &&
	    (r = recorder_keep_bytes(s->record.recorder, &o->hash, o->path, o->text, o->text_size)) < 0)
		failure_set(f, r, "stream %s: out of memory", s->options->name);
	return r;
}

/* Its hash goes into the session, and into *ret_part, which makes up the model's together with the other one.
 */
static int keep_model(struct stream *s, const char *name, struct failure *f, struct hash *ret_file,
		      struct hash *ret_part)
{
	int r = model_hash(name, f, ret_part);
	if (r < 0 || !model_is_file(name))
		return r;
	*ret_file = *ret_part;
	r = recorder_keep_file(s->record.recorder, ret_file, name);
	return r < 0 ? failure_set(f, r, "%s: %s", name, strerror(-r)) : 0;
}

static int keep_models(struct stream *s, struct failure *f)
{
	struct session_model *m = &s->record.model;
	struct hash parts[2];
	snprintf(m->forecaster, sizeof(m->forecaster), "%s", s->options->forecaster);
	snprintf(m->decoder, sizeof(m->decoder), "%s", s->options->decoder);
	m->context = s->options->context;
	m->hash = s->frame.model_hash;
	int r = keep_model(s, m->forecaster, f, &m->forecaster_hash, &parts[0]);
	if (r == 0)
		r = keep_model(s, m->decoder, f, &m->decoder_hash, &parts[1]);
	if (r < 0)
		return r;
	struct hash pair = hash_pair(&parts[0], &parts[1]);
	if (memcmp(&pair, &m->hash, sizeof(pair)) != 0)
		return failure_set(f, -EAGAIN,
				   "stream %s: its model files changed while they were read: start again",
				   s->options->name);
	return 0;
}

int stream_record_create(struct stream *s, const struct options *o, uv_loop_t *loop,
			 const struct pipeline *pipeline, struct failure *f)
{
	struct stream_record *k = &s->record;
	k->packets = s->options->record_packets;
	k->state_size = pipeline_state_size(pipeline);
	k->state = calloc(1, k->state_size + (size_t)s->options->n_units);
	if (!k->state)
		return failure_set(f, -ENOMEM, "stream %s: out of memory", s->options->name);
	k->masked = k->state + k->state_size;
	int r = create_recorder(s, o, loop, f);
	if (r == 0)
		r = keep_models(s, f);
	if (r == 0 && s->options->record)
		r = stream_record_start(s, f);
	return r;
}

void stream_record_destroy(struct stream *s)
{
	recorder_destroy(s->record.recorder);
	free(s->record.state);
}
