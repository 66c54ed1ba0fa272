/* top_page: what `bcictl top` shows, at any size of terminal. [pure]
 *
 * From the top: who and for how long, what must be seen (no answer, a simulation, a fault), a line a stream,
 * then the body, which scrolls: one stream in detail and the newest events; at last the keys. A small
 * terminal shows as much as it has lines for, in that order. */
#pragma once

#include "bcid/v1/control.pb-c.h"
#include "top_canvas.h"
#include "top_events.h"
#include "top_history.h"

struct top_view {
	int rows, columns;
	bool utf8;
	int selected;        /* the stream in detail; drawing puts it into range */
	int scroll;          /* lines of the body that are above the window; likewise */
	const char *clock;   /* what time it is */
	const char *trouble; /* why the status is not of now; "": it is */
};

struct top_page {
	struct top_canvas canvas;
	int n_rows;
	int line[TOP_LINES]; /* of the canvas, for each row; -1: a blank one */
	int body_rows;       /* height of the window: what a page down scrolls */
};

/* What is there is replaced. */
void top_page_draw(struct top_page *p, struct top_view *v, const Bcid__V1__Status *s,
		   const struct top_history *h, const struct top_events *e);

/* The cells of a row (canvas.columns of them); NULL: blank. */
const struct top_cell *top_page_row(const struct top_page *p, int row);
