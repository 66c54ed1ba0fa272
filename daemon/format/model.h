/* model: forecasters, decoders and pipelines from files. */
#pragma once

#include "decoder.h"
#include "failure.h"
#include "forecaster.h"
#include "hash.h"
#include "pipeline.h"

/* "" or "none": no forecaster (*ret NULL, hash all zero); "mean": the running mean (hash of the word); otherwise a file. */
int model_load_forecaster(const char *name, int n_units, enum forecaster_context context, struct failure *f,
			  struct forecaster **ret, struct hash *ret_hash);

/* "" or "none": no decoder. */
int model_load_decoder(const char *name, int n_units, int bin_us, struct failure *f, struct decoder **ret,
		       struct hash *ret_hash);

/* Both, and the pipeline over them; the hash is that of the pair. */
int model_load_pipeline(const char *forecaster, const char *decoder, int n_units, int bin_us,
			enum forecaster_context context, struct failure *f, struct pipeline **ret, struct hash *ret_hash);
