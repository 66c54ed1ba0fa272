#define NCURSES_WIDECHAR 1
#include "top_screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/* term.h has macros of these names */
#undef columns
#undef lines

#define ESCAPE_MS 25

static SCREEN *screen;
static attr_t styles[TOP_ALARM + 1];

/* Without colour: bold and reversed letters say the same. */
static void choose_styles(void)
{
	static const struct {
		short color;
		attr_t attributes;
	} look[TOP_ALARM + 1] = {
		[TOP_PLAIN] = { -1, A_NORMAL },
		[TOP_BOLD] = { -1, A_BOLD },
		[TOP_DIM] = { -1, A_DIM },
		[TOP_HEADING] = { -1, A_REVERSE },
		[TOP_GOOD] = { COLOR_GREEN, A_BOLD },
		[TOP_WARNING] = { COLOR_YELLOW, A_BOLD },
		[TOP_ALARM] = { COLOR_RED, A_BOLD | A_REVERSE },
	};
	const char *no_color = getenv("NO_COLOR");
	bool colors =
		has_colors() && !(no_color && *no_color) && start_color() == OK && use_default_colors() == OK;
	for (short i = 0; i <= TOP_ALARM; i++) {
		styles[i] = look[i].attributes;
		if (colors && look[i].color >= 0 && init_pair((short)(i + 1), look[i].color, -1) == OK)
			styles[i] |= COLOR_PAIR(i + 1);
	}
}

int top_screen_check(struct failure *f)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return failure_set(f, -EINVAL, "top wants a terminal (bcictl status does without)");
	return 0;
}

int top_screen_open(struct failure *f)
{
	const char *term = getenv("TERM");
	setlocale(LC_CTYPE, "");
	screen = term && *term ? newterm(NULL, stdout, stdin) : NULL;
	if (!screen)
		return failure_set(f, -EINVAL, "top cannot draw on this terminal (TERM is \"%.40s\")",
				   term ? term : "");
	if (!cursor_address) {
		top_screen_close();
		return failure_set(f, -EINVAL, "top cannot draw on this terminal (TERM is \"%.40s\")", term);
	}
	set_escdelay(ESCAPE_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	choose_styles();
	return 0;
}

void top_screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void top_screen_size(struct top_view *v)
{
	getmaxyx(stdscr, v->rows, v->columns);
	v->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* The cells from `at` on that look the same, in one go. Returns the column behind them. */
static int show_run(int row, int at, const struct top_cell *cell, int columns)
{
	wchar_t text[TOP_COLUMNS];
	enum top_style style = cell[at].style;
	int n = 0, end = at;
	for (; end < columns && cell[end].style == style; end++)
		if (cell[end].letter)
			text[n++] = (wchar_t)cell[end].letter;
	attrset(styles[style]);
	mvaddnwstr(row, at, text, n);
	return end;
}

void top_screen_show(const struct top_page *p)
{
	erase();
	for (int row = 0; row < p->n_rows; row++) {
		const struct top_cell *cell = top_page_row(p, row);
		for (int at = 0; cell && at < p->canvas.columns;)
			at = show_run(row, at, cell, p->canvas.columns);
	}
	attrset(A_NORMAL);
	refresh();
}

enum top_key top_screen_key(void)
{
	static const struct {
		int typed;
		enum top_key key;
	} keys[] = {
		{ ERR, TOP_KEY_NONE },
		{ 'q', TOP_KEY_QUIT },
		{ 'Q', TOP_KEY_QUIT },
		{ KEY_UP, TOP_KEY_UP },
		{ KEY_DOWN, TOP_KEY_DOWN },
		{ KEY_PPAGE, TOP_KEY_PAGE_UP },
		{ KEY_NPAGE, TOP_KEY_PAGE_DOWN },
		{ KEY_HOME, TOP_KEY_HOME },
		{ '\t', TOP_KEY_NEXT },
		{ KEY_RIGHT, TOP_KEY_NEXT },
		{ KEY_BTAB, TOP_KEY_PREVIOUS },
		{ KEY_LEFT, TOP_KEY_PREVIOUS },
		{ '\f', TOP_KEY_REDRAW },
		{ KEY_RESIZE, TOP_KEY_REDRAW },
	};
	int typed = getch();
	if (typed == '\f' || typed == KEY_RESIZE)
		clearok(curscr, TRUE);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].typed == typed)
			return keys[i].key;
	return TOP_KEY_OTHER;
}
