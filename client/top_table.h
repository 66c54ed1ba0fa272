/* top_table: a line a stream, as many columns as the terminal has room for. [pure] */
#pragma once

#include "bcid/v1/control.pb-c.h"
#include "top_canvas.h"
#include "top_history.h"

/* Titles, then streams `first` up to `end` of them; '>' marks `selected`. */
void top_table_titles(struct top_canvas *c, const Bcid__V1__Status *s);
void top_table_rows(struct top_canvas *c, const Bcid__V1__Status *s, const struct top_history *h, int first,
		    int end, int selected);

/* "ARMED", "shadow": what acts, or no longer does, stands out without colour too. Static, until the next
 * call. */
const char *top_table_state(int state);
enum top_style top_table_state_style(int state);
