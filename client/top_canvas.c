#include "top_canvas.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "text.h"

#define LABEL_COLUMNS 11
#define NARROW_COLUMNS 60 /* labels and items one behind the other */
#define TEXT_SIZE 512

void top_canvas_begin(struct top_canvas *c, int columns, bool utf8)
{
	c->columns = columns < 1 ? 1 : columns > TOP_COLUMNS ? TOP_COLUMNS : columns;
	c->utf8 = utf8;
	c->n_lines = 0;
	c->column = c->columns;
}

void top_canvas_line(struct top_canvas *c)
{
	c->column = c->columns; /* beyond the last line there is no room for anything */
	if (c->n_lines < TOP_LINES)
		top_canvas_line_again(c, c->n_lines++);
}

void top_canvas_line_again(struct top_canvas *c, int line)
{
	for (int i = 0; i < c->columns; i++)
		c->cell[line][i] = (struct top_cell){ ' ', TOP_PLAIN };
	c->line = line;
	c->column = 0;
}

/* ---- letters ---- */

static uint32_t code_point(const char *s, size_t length)
{
	static const uint8_t first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = (uint8_t)s[0] & first[length];
	for (size_t i = 1; i < length; i++)
		code = code << 6 | ((uint8_t)s[i] & 0x3f);
	return code;
}

/* Columns of the letter; what cannot be shown becomes '?'. */
static int judge(const struct top_canvas *c, uint32_t *letter)
{
	int width = *letter < 0x7f ? 1 : c->utf8 ? wcwidth((wchar_t)*letter) : -1;
	if (width >= 0 && *letter >= ' ')
		return width;
	*letter = '?';
	return 1;
}

static void put(struct top_canvas *c, enum top_style style, uint32_t letter)
{
	int width = judge(c, &letter);
	if (c->column + width > c->columns)
		c->column = c->columns;
	for (int i = 0; i < width && c->column < c->columns; i++)
		c->cell[c->line][c->column++] = (struct top_cell){ i ? 0 : letter, style };
}

static void put_text(struct top_canvas *c, enum top_style style, const char *s)
{
	for (size_t n = strlen(s), length; n > 0; s += length, n -= length) {
		length = text_utf8(s, n);
		put(c, style, length ? code_point(s, length) : '?');
		length += length == 0;
	}
}

static int columns_of(const struct top_canvas *c, const char *s)
{
	int columns = 0;
	for (size_t n = strlen(s), length; n > 0; s += length, n -= length) {
		length = text_utf8(s, n);
		uint32_t letter = length ? code_point(s, length) : '?';
		columns += judge(c, &letter);
		length += length == 0;
	}
	return columns;
}

/* ---- text ---- */

void top_canvas_text(struct top_canvas *c, enum top_style style, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put_text(c, style, text);
}

void top_canvas_to(struct top_canvas *c, enum top_style style, int column)
{
	while (c->column < column && c->column < c->columns)
		put(c, style, ' ');
}

void top_canvas_right(struct top_canvas *c, enum top_style style, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	int at = c->columns - columns_of(c, text);
	if (at <= c->column)
		return;
	top_canvas_to(c, style, at);
	put_text(c, style, text);
}

static int indent(const struct top_canvas *c)
{
	return c->columns < NARROW_COLUMNS ? 2 : LABEL_COLUMNS;
}

void top_canvas_indent(struct top_canvas *c)
{
	top_canvas_to(c, TOP_PLAIN, indent(c));
}

void top_canvas_label(struct top_canvas *c, const char *label)
{
	top_canvas_line(c);
	c->in_item = false;
	put_text(c, TOP_DIM, label);
	if (c->column + 1 > indent(c))
		put(c, TOP_PLAIN, ' ');
	top_canvas_indent(c);
}

void top_canvas_item(struct top_canvas *c, enum top_style style, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	if (c->in_item && c->column + 2 + columns_of(c, text) > c->columns) {
		top_canvas_line(c);
		top_canvas_indent(c);
	} else if (c->in_item) {
		put_text(c, TOP_PLAIN, "  ");
	}
	put_text(c, style, text);
	c->in_item = true;
}

/* ---- pictures ---- */

/* The letter of a column of which `part` (below 1) is filled. */
static uint32_t partly(const struct top_canvas *c, double part)
{
	int eighths = (int)ceil(part * 8);
	if (!c->utf8)
		return eighths == 0 ? ' ' : eighths < 5 ? '-' : '=';
	return eighths == 0 ? ' ' : 0x2590 - (uint32_t)eighths; /* ▏ .. █ */
}

void top_canvas_bar(struct top_canvas *c, int width, double part, double peak)
{
	int inner = width - 2;
	bool over = part > 1 || peak > 1;
	double end = fmin(fmax(part, 0), 1) * inner;
	int stroke = (int)fmin(fmax(peak, 0) * inner, inner - 1);
	if (inner < 1)
		return;
	put(c, TOP_DIM, '[');
	for (int i = 0; i < inner; i++) {
		double left = end - i;
		if (over && i == inner - 1)
			put(c, TOP_ALARM, '!');
		else if (left >= 1)
			put(c, over ? TOP_WARNING : TOP_GOOD, c->utf8 ? 0x2588 : '#');
		else if (i == stroke && stroke > (int)end)
			put(c, TOP_BOLD, c->utf8 ? 0x2502 : '|');
		else
			put(c, over ? TOP_WARNING : TOP_GOOD, partly(c, fmax(left, 0)));
	}
	put(c, TOP_DIM, ']');
}

void top_canvas_spark(struct top_canvas *c, const uint32_t *value, size_t n, uint32_t limit)
{
	static const char plain[] = ".:-=+*%#";
	uint32_t largest = 1;
	for (size_t i = 0; i < n; i++)
		largest = value[i] > largest && value[i] <= limit ? value[i] : largest;
	for (size_t i = 0; i < n; i++) {
		uint32_t height = (uint32_t)(((uint64_t)value[i] * 8 + largest - 1) / largest); /* 0 .. 8 */
		if (value[i] > limit)
			put(c, TOP_ALARM, '!');
		else if (height == 0)
			put(c, TOP_PLAIN, ' ');
		else
			put(c, TOP_GOOD, c->utf8 ? 0x2580 + height : (uint32_t)plain[height - 1]);
	}
}
