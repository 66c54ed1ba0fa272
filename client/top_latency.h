/* top_latency: how long each stage of a stream took, beside what it may take. [pure] */
#pragma once

#include "bcid/v1/control.pb-c.h"
#include "top_canvas.h"

/* A line a stage, edge_to_sent first, with a bar against the deadline: filled up to p99, a stroke at the
 * longest of the last 10 s. Then the longest of each of the last 60 s. Nothing without stages. */
void top_latency_draw(struct top_canvas *c, const Bcid__V1__StreamStatus *s);
