/* top_canvas: lines of styled letters, before they go to a terminal. [pure]
 *
 * Text is added at the end of the open line and cut at the right edge; what is beyond the last line goes
 * nowhere. Nothing of it knows a terminal, so that tests can read it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOP_LINES 256
#define TOP_COLUMNS 400

/* Each can be told from the others without colour, but GOOD and WARNING, which words tell. */
enum top_style {
	TOP_PLAIN,
	TOP_BOLD,
	TOP_DIM,
	TOP_HEADING, /* a bar across the screen */
	TOP_GOOD,
	TOP_WARNING,
	TOP_ALARM,
};

struct top_cell {
	uint32_t letter; /* a code point; 0: the right half of a wide letter */
	enum top_style style;
};

struct top_canvas {
	int columns; /* 1 .. TOP_COLUMNS */
	bool utf8;   /* letters beyond ASCII are shown, else '?' and plainer bars */
	int n_lines;
	int line, column; /* where the next letter goes */
	bool in_item;     /* the open paragraph has one */
	struct top_cell cell[TOP_LINES][TOP_COLUMNS];
};

/* Empty, without a line. Columns beyond the limits are taken as the limits. */
void top_canvas_begin(struct top_canvas *c, int columns, bool utf8);

/* A new line, blank; or the one of that number, blank again. */
void top_canvas_line(struct top_canvas *c);
void top_canvas_line_again(struct top_canvas *c, int line);

void top_canvas_text(struct top_canvas *c, enum top_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Blanks up to `column`. */
void top_canvas_to(struct top_canvas *c, enum top_style style, int column);

/* Flush with the right edge, if it fits behind what is there. */
void top_canvas_right(struct top_canvas *c, enum top_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A paragraph: a new line with a label, then items, which are broken between, never within. */
void top_canvas_label(struct top_canvas *c, const char *label);
void top_canvas_indent(struct top_canvas *c); /* blanks up to where items begin */
void top_canvas_item(struct top_canvas *c, enum top_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* `part` and `peak` of a whole, as a bar of `width` columns with its brackets: filled up to part, a stroke at
 * peak, and where one of them is more than the whole, '!' at the end. */
void top_canvas_bar(struct top_canvas *c, int width, double part, double peak);

/* A letter a value: a blank for 0, '!' for one above `limit`, a height against the largest of the others. */
void top_canvas_spark(struct top_canvas *c, const uint32_t *value, size_t n, uint32_t limit);
