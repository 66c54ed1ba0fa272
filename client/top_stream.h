/* top_stream: all about one stream, for the body of the page. [pure] */
#pragma once

#include "bcid/v1/control.pb-c.h"
#include "top_canvas.h"
#include "top_history.h"

void top_stream_draw(struct top_canvas *c, const Bcid__V1__StreamStatus *s, const struct top_history *h);
