/* model: forecasters, decoders and pipelines from files. The lines of refusals name the file. */
#pragma once

#include <stdbool.h>

#include "decoder.h"
#include "failure.h"
#include "forecaster.h"
#include "hash.h"
#include "pipeline.h"

/* "" or "none": no forecaster (*ret NULL, hash all zero); "mean": the running mean (the word's hash;
 * `context` makes no difference to it); otherwise a file. n_units 0 takes the file's own. */
int model_load_forecaster(const char *name, int n_units, enum forecaster_context context, struct failure *f,
			  struct forecaster **ret, struct hash *ret_hash);

/* "" or "none": no decoder. n_units 0 and bin_us 0 take the file's own. */
int model_load_decoder(const char *name, int n_units, int bin_us, struct failure *f, struct decoder **ret,
		       struct hash *ret_hash);

/* Both, and the pipeline over them; the hash is that of the pair. */
int model_load_pipeline(const char *forecaster, const char *decoder, int n_units, int bin_us,
			enum forecaster_context context, struct failure *f, struct pipeline **ret,
			struct hash *ret_hash);

/* A name as above; where it is a file's, its bytes (8-byte aligned), or NULL: they are read from there. */
struct model_source {
	const char *name;
	const void *bytes;
	size_t n;
};
int model_make_pipeline(const struct model_source *forecaster, const struct model_source *decoder,
			int n_units, int bin_us, enum forecaster_context context, struct failure *f,
			struct pipeline **ret, struct hash *ret_hash);

/* The name is that of a file, and not "", "none" or "mean". */
bool model_is_file(const char *name);

/* The hash that model_load_forecaster() or model_load_decoder() gives for this name. -errno of the file. */
int model_hash(const char *name, struct failure *f, struct hash *ret);
