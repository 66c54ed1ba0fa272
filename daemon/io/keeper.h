/* keeper: what a stream goes on with after a restart, kept in STATE_DIR/STREAM/kept.safetensors. Loop thread;
 * the file is written on another one, whole or not at all, and again if something changed meanwhile. */
#pragma once

#include <uv.h>

#include "kept.h"
#include "telemetry.h"

struct keeper;

int keeper_create(const char *state_dir, const char *stream, int n_units, uv_loop_t *loop,
		  struct telemetry *telemetry, struct failure *f, struct keeper **ret);
/* After the loop has run once more. */
void keeper_destroy(struct keeper *k);

/* What was kept; -ENOENT where nothing was. */
int keeper_load(const struct keeper *k, struct failure *f, struct kept *ret);

/* Keep these masks (n_units) from now on. A disk that refuses is an alarm. */
void keeper_save_masks(struct keeper *k, const uint8_t *masked);
