#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "replay_parts.h"

/* ---- models ---- */

static int read_source(struct replay *r, const char *name, const struct hash *h, struct failure *f,
		       struct model_source *ret)
{
	void *bytes = NULL;
	*ret = (struct model_source){ .name = name };
	if (!model_is_file(name))
		return 0;
	int e = session_blob(r->steps, h, f, &bytes, &ret->n);
	ret->bytes = bytes;
	return e;
}

static int make_pipeline(struct replay *r, const struct session_model *m, struct failure *f,
			 struct pipeline **ret)
{
	const struct session_info *info = session_info(r->records);
	struct model_source forecaster = { .name = "" }, decoder = { .name = "" };
	struct hash made;
	int e = read_source(r, m->forecaster, &m->forecaster_hash, f, &forecaster);
	if (e == 0)
		e = read_source(r, m->decoder, &m->decoder_hash, f, &decoder);
	if (e == 0)
		e = model_make_pipeline(&forecaster, &decoder, info->n_units, (int)info->bin_us,
					(enum forecaster_context)m->context, f, ret, &made);
	free((void *)forecaster.bytes);
	free((void *)decoder.bytes);
	if (e == 0 && memcmp(&made, &m->hash, sizeof(made)) != 0) {
		pipeline_destroy(*ret);
		*ret = NULL;
		return failure_set(f, -EBADMSG, "the models in the record are not those of its hash");
	}
	return e;
}

/* The model beside stands in the place of one part; the other part is that of the record. */
static int make_other(struct replay *r, const struct session_model *m, struct failure *f)
{
	const struct session_info *info = session_info(r->records);
	struct model_source other = { .name = r->plan->model }, kept;
	struct failure as_decoder = { "" };
	struct hash made;
	pipeline_destroy(r->other);
	r->other = NULL;
	int e = read_source(r, m->forecaster, &m->forecaster_hash, f, &kept);
	if (e == 0)
		e = model_make_pipeline(&kept, &other, info->n_units, (int)info->bin_us,
					(enum forecaster_context)m->context, &as_decoder, &r->other, &made);
	free((void *)kept.bytes);
	if (e == 0)
		return 0;
	e = read_source(r, m->decoder, &m->decoder_hash, f, &kept);
	if (e == 0)
		e = model_make_pipeline(&other, &kept, info->n_units, (int)info->bin_us,
					(enum forecaster_context)m->context, f, &r->other, &made);
	free((void *)kept.bytes);
	return e < 0 ? failure_set(f, e, "%s", as_decoder.text) : 0;
}

static int load_model(struct replay *r, const struct session_model *m, struct failure *f)
{
	if (r->pipeline && memcmp(&r->model, &m->hash, sizeof(m->hash)) == 0)
		return 0;
	pipeline_destroy(r->pipeline);
	r->pipeline = NULL;
	r->state_known = false;
	int e = make_pipeline(r, m, f, &r->pipeline);
	if (e == 0 && r->plan->model)
		e = make_other(r, m, f);
	if (e < 0)
		return e;
	r->model = r->report->model = m->hash;
	memcpy(r->report->decoder, m->decoder, sizeof(m->decoder));
	memcpy(r->report->forecaster, m->forecaster, sizeof(m->forecaster));
	const struct decoder *a = pipeline_decoder(r->pipeline),
			     *b = r->other ? pipeline_decoder(r->other) : NULL;
	if (a && b && r->report->score.n_outputs == 0)
		replay_score_begin(&r->report->score, a->outputs, a->n_outputs, b->outputs, b->n_outputs);
	return 0;
}

/* ---- what was done to the pipeline ---- */

static int64_t step_of(const struct session_record *s)
{
	switch (s->kind) {
	case SESSION_ORDER: return s->order.step;
	case SESSION_SNAPSHOT: return s->snapshot.step;
	default: return s->model->step;
	}
}

static int fetch(struct replay *r, struct failure *f)
{
	int64_t before = r->have_next ? step_of(&r->next) : 0;
	int e = session_next(r->steps, f, &r->next);
	r->have_next = e > 0;
	if (e > 0 && step_of(&r->next) < before)
		return failure_set(f, -EBADMSG, "%s: damaged: record %lld: its step goes back", r->plan->path,
				   (long long)r->next.n);
	return e < 0 ? e : 0;
}

static void execute(struct replay *r, const struct session_order *o)
{
	struct pipeline *both[] = { r->pipeline, r->other };
	for (int i = 0; i < 2; i++) {
		if (both[i] && o->kind == SESSION_ORDER_RESET)
			pipeline_reset(both[i]);
		else if (both[i])
			pipeline_set_mask(both[i], o->masked);
	}
}

static void compare_state(struct replay *r, const struct session_snapshot *s)
{
	r->report->states++;
	pipeline_state_save(r->pipeline, r->state);
	if (r->step != s->step || memcmp(r->state, s->state, s->size) != 0)
		replay_differ(r, "the pipeline's state before step %lld", (long long)s->step);
}

static int take_snapshot(struct replay *r, const struct session_snapshot *s, int64_t n, struct failure *f)
{
	if (!r->pipeline || n < r->loss_n)
		return 0;
	if (s->size != pipeline_state_size(r->pipeline))
		return failure_set(f, -EBADMSG, "%s: damaged: record %lld: a state of %zu bytes, not %zu",
				   r->plan->path, (long long)n, s->size, pipeline_state_size(r->pipeline));
	if (s->size > r->state_size) {
		free(r->state);
		r->state = malloc(s->size);
		r->state_size = r->state ? s->size : 0;
		if (!r->state)
			return failure_set(f, -ENOMEM, "out of memory");
	}
	if (r->state_known)
		compare_state(r, s);
	pipeline_set_mask(r->pipeline, s->masked);
	pipeline_state_load(r->pipeline, s->state);
	if (r->other)
		pipeline_set_mask(r->other, s->masked);
	r->state_known = true;
	r->step = s->step;
	return 0;
}

static int catch_up(struct replay *r, int64_t step, struct failure *f)
{
	int e = 0;
	while (e == 0 && r->have_next && step_of(&r->next) <= step) {
		switch (r->next.kind) {
		case SESSION_MODEL: e = load_model(r, r->next.model, f); break;
		case SESSION_SNAPSHOT: e = take_snapshot(r, &r->next.snapshot, r->next.n, f); break;
		default: execute(r, &r->next.order); break;
		}
		if (e == 0)
			e = fetch(r, f);
	}
	return e;
}

/* ---- one bin ---- */

static struct replay_bin *remember(struct replay *r, const struct session_bin *b)
{
	struct replay_bin *m = &r->memory[r->n_memory++ % REPLAY_MEMORY];
	m->epoch = b->epoch;
	m->bin = b->bin;
	m->known = m->beside = false;
	return m;
}

static void fill_bin(struct replay *r, const struct session_bin *b)
{
	*r->bin = (struct spike_bin){
		.epoch = b->epoch,
		.flags = b->flags,
		.bin = b->bin,
		.acquired_ns = b->acquired_ns,
		.edge_ns = b->edge_ns,
		.received_ns = b->received_ns,
		.closed_ns = b->closed_ns,
		.n_units = b->n_counts,
	};
	memcpy(r->bin->counts, b->counts, (size_t)b->n_counts * sizeof(*b->counts));
}

int replay_pipeline_bin(struct replay *r, const struct session_bin *b, struct failure *f)
{
	int e = catch_up(r, b->step, f);
	if (e < 0)
		return e;
	struct replay_bin *m = remember(r, b);
	fill_bin(r, b);
	if (r->other) {
		pipeline_step(r->other, r->bin, m->other);
		m->beside = true;
	}
	if (r->step != b->step)
		r->state_known = false;
	if (!r->state_known)
		return 0;
	pipeline_step(r->pipeline, r->bin, m->result);
	m->known = true;
	r->step = b->step + 1;
	return 0;
}

void replay_pipeline_lose(struct replay *r)
{
	r->state_known = false;
	for (int i = 0; i < REPLAY_MEMORY; i++)
		r->memory[i].known = false;
	if (r->other)
		pipeline_reset(r->other);
}

/* ---- life ---- */

int replay_pipeline_create(struct replay *r, struct failure *f)
{
	int n_units = session_info(r->records)->n_units;
	r->bin = calloc(1, spike_bin_size(n_units));
	bool good = r->bin != NULL;
	for (int i = 0; good && i < REPLAY_MEMORY; i++) {
		r->memory[i].bin = -1;
		r->memory[i].result = calloc(1, result_size(n_units));
		if (r->plan->model)
			r->memory[i].other = calloc(1, result_size(n_units));
		good = r->memory[i].result && (!r->plan->model || r->memory[i].other);
	}
	return good ? fetch(r, f) : failure_set(f, -ENOMEM, "out of memory");
}

void replay_pipeline_destroy(struct replay *r)
{
	for (int i = 0; i < REPLAY_MEMORY; i++) {
		free(r->memory[i].result);
		free(r->memory[i].other);
	}
	free(r->bin);
	free(r->state);
	pipeline_destroy(r->pipeline);
	pipeline_destroy(r->other);
}
