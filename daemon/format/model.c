#include "model.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "safetensors.h"

static const char mean[] = "mean";

static bool is_none(const char *name)
{
	return *name == '\0' || strcmp(name, "none") == 0;
}

static int load_mean(int n_units, struct failure *f, struct forecaster **ret)
{
	if (n_units < 1)
		return failure_set(f, -EINVAL, "forecaster mean: the number of units is not known");
	int r = forecaster_create_mean(n_units, ret);
	return r < 0 ? failure_set(f, r, "forecaster mean: %s", strerror(-r)) : 0;
}

static int open_source(const struct model_source *s, struct failure *f, struct safetensors **ret)
{
	return s->bytes ? safetensors_parse(s->bytes, s->n, s->name, f, ret)
			: safetensors_open(s->name, f, ret);
}

static int make_forecaster(const struct model_source *source, int n_units, enum forecaster_context context,
			   struct failure *f, struct forecaster **ret, struct hash *ret_hash)
{
	struct safetensors *file = NULL;
	struct forecaster *forecaster = NULL;
	struct hash hash = { { 0 } };
	int r = 0;

	if (strcmp(source->name, mean) == 0) {
		r = load_mean(n_units, f, &forecaster);
		hash = hash_of(mean, strlen(mean));
	} else if (!is_none(source->name)) {
		r = open_source(source, f, &file);
		if (r == 0) {
			r = forecaster_create(safetensors_tensors(file), n_units, context, f, &forecaster);
			hash = *safetensors_hash(file);
		}
	}
	safetensors_close(file);
	if (r < 0)
		return r;
	*ret = forecaster;
	*ret_hash = hash;
	return 0;
}

int model_load_forecaster(const char *name, int n_units, enum forecaster_context context, struct failure *f,
			  struct forecaster **ret, struct hash *ret_hash)
{
	struct model_source source = { .name = name };
	return make_forecaster(&source, n_units, context, f, ret, ret_hash);
}

static int make_decoder(const struct model_source *source, int n_units, int bin_us, struct failure *f,
			struct decoder **ret, struct hash *ret_hash)
{
	struct safetensors *file = NULL;
	struct decoder *decoder = NULL;
	struct hash hash = { { 0 } };
	int r = 0;

	if (!is_none(source->name)) {
		r = open_source(source, f, &file);
		if (r == 0) {
			r = decoder_create(safetensors_tensors(file), n_units, bin_us, f, &decoder);
			hash = *safetensors_hash(file);
		}
	}
	safetensors_close(file);
	if (r < 0)
		return r;
	*ret = decoder;
	*ret_hash = hash;
	return 0;
}

int model_load_decoder(const char *name, int n_units, int bin_us, struct failure *f, struct decoder **ret,
		       struct hash *ret_hash)
{
	struct model_source source = { .name = name };
	return make_decoder(&source, n_units, bin_us, f, ret, ret_hash);
}

/* What the stream has, or else what a file says. */
static int units_of(int n_units, const struct forecaster *f, const struct decoder *d)
{
	if (n_units > 0)
		return n_units;
	return d ? d->n_units : f ? f->n_units : 0;
}

int model_make_pipeline(const struct model_source *forecaster, const struct model_source *decoder,
			int n_units, int bin_us, enum forecaster_context context, struct failure *f,
			struct pipeline **ret, struct hash *ret_hash)
{
	struct forecaster *fc = NULL;
	struct decoder *dc = NULL;
	struct hash fc_hash, dc_hash;
	const char *blamed = is_none(decoder->name) ? forecaster->name : decoder->name;

	int r = make_decoder(decoder, n_units, bin_us, f, &dc, &dc_hash);
	if (r == 0)
		r = make_forecaster(forecaster, units_of(n_units, NULL, dc), context, f, &fc, &fc_hash);
	if (r == 0) {
		r = pipeline_create(units_of(n_units, fc, dc), fc, dc, f, ret);
		if (r < 0)
			failure_prefix(f, r, "%s", is_none(blamed) ? "no model" : blamed);
	}
	if (r < 0) {
		forecaster_destroy(fc);
		decoder_destroy(dc);
		return r;
	}
	*ret_hash = hash_pair(&fc_hash, &dc_hash);
	return 0;
}

int model_load_pipeline(const char *forecaster, const char *decoder, int n_units, int bin_us,
			enum forecaster_context context, struct failure *f, struct pipeline **ret,
			struct hash *ret_hash)
{
	struct model_source fc = { .name = forecaster }, dc = { .name = decoder };
	return model_make_pipeline(&fc, &dc, n_units, bin_us, context, f, ret, ret_hash);
}

bool model_is_file(const char *name)
{
	return !is_none(name) && strcmp(name, mean) != 0;
}

int model_hash(const char *name, struct failure *f, struct hash *ret)
{
	void *bytes;
	size_t n;
	*ret = (struct hash){ { 0 } };
	if (strcmp(name, mean) == 0)
		*ret = hash_of(mean, strlen(mean));
	if (!model_is_file(name))
		return 0;
	int r = file_read(name, SAFETENSORS_MAX_FILE, f, &bytes, &n);
	if (r < 0)
		return r;
	*ret = hash_of(bytes, n);
	free(bytes);
	return 0;
}
