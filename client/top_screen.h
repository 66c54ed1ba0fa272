/* top_screen: the terminal (ncurses). One at a time. */
#pragma once

#include <stdbool.h>

#include "failure.h"
#include "top_page.h"

enum top_key {
	TOP_KEY_NONE, /* nothing more was typed */
	TOP_KEY_QUIT,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_NEXT,
	TOP_KEY_PREVIOUS,
	TOP_KEY_REDRAW, /* ^L, or another size */
	TOP_KEY_OTHER,
};

/* -EINVAL with a line where there is no terminal. */
int top_screen_check(struct failure *f);

/* -EINVAL with a line where the terminal cannot be drawn on. Call top_screen_close() whatever happens
 * afterwards: the terminal is of no use otherwise. */
int top_screen_open(struct failure *f);
void top_screen_close(void);

/* Rows, columns and whether it can show letters beyond ASCII. */
void top_screen_size(struct top_view *v);

void top_screen_show(const struct top_page *p);

/* The next key that was typed, without waiting. */
enum top_key top_screen_key(void);
