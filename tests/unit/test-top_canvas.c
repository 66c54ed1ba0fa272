#include "../support/top_case.h"

static struct top_canvas c;

static void use_utf8(void)
{
	cr_assert(ne(ptr, setlocale(LC_CTYPE, "C.UTF-8"), NULL));
}

TestSuite(top_canvas, .init = use_utf8);

static const char *first(void)
{
	return line_text(&c, 0);
}

Test(top_canvas, cuts_text_at_the_right_edge)
{
	top_canvas_begin(&c, 5, false);
	top_canvas_line(&c);
	top_canvas_text(&c, TOP_PLAIN, "abc%d", 4567);
	top_canvas_text(&c, TOP_PLAIN, "more");
	cr_expect(eq(str, (char *)first(), "abc45"));
}

Test(top_canvas, shows_no_letter_that_the_terminal_does_not_know)
{
	top_canvas_begin(&c, 20, false);
	top_canvas_line(&c);
	top_canvas_text(&c, TOP_PLAIN, "gr\xc3\xbc\xc3\x9f\xe2\x82\xac \x1b[2J\n\x7f\xff.");
	cr_expect(eq(str, (char *)first(), "gr??? ?[2J???."));
}

Test(top_canvas, gives_a_wide_letter_two_columns)
{
	top_canvas_begin(&c, 6, true);
	top_canvas_line(&c);
	top_canvas_text(&c, TOP_PLAIN,
			"\xe6\x97\xa5\xe6\x9c\xac"
			"a\xe6\x97\xa5.");
	cr_expect(eq(u32, c.cell[0][0].letter, 0x65e5));
	cr_expect(eq(u32, c.cell[0][1].letter, 0));
	cr_expect(eq(u32, c.cell[0][4].letter, 'a'));
	cr_expect(eq(u32, c.cell[0][5].letter, ' '), "half of one would be garbage");
	cr_expect(eq(str, (char *)first(), "~~a"));
}

Test(top_canvas, leaves_out_letters_without_a_width)
{
	top_canvas_begin(&c, 6, true);
	top_canvas_line(&c);
	top_canvas_text(&c, TOP_PLAIN, "e\xcc\x81\xe2\x80\x8b.");
	cr_expect(eq(str, (char *)first(), "e."));
}

Test(top_canvas, puts_text_at_the_right_edge_if_there_is_room)
{
	top_canvas_begin(&c, 10, false);
	top_canvas_line(&c);
	top_canvas_text(&c, TOP_PLAIN, "abcd");
	top_canvas_right(&c, TOP_PLAIN, "1234567");
	cr_expect(eq(str, (char *)first(), "abcd"));
	top_canvas_right(&c, TOP_PLAIN, "12345");
	cr_expect(eq(str, (char *)first(), "abcd 12345"));
}

Test(top_canvas, breaks_a_paragraph_between_items)
{
	top_canvas_begin(&c, 20, false);
	top_canvas_label(&c, "held for");
	top_canvas_item(&c, TOP_PLAIN, "late 3");
	top_canvas_item(&c, TOP_BOLD, "not-armed 29");
	top_canvas_item(&c, TOP_PLAIN, "gap 1");
	cr_expect(eq(str, (char *)line_text(&c, 0), "held for late 3"));
	cr_expect(eq(str, (char *)line_text(&c, 1), "  not-armed 29"));
	cr_expect(eq(str, (char *)line_text(&c, 2), "  gap 1"));
	cr_expect(eq(int, style_of(&c, "not-armed"), TOP_BOLD));
	cr_expect(eq(int, style_of(&c, "gap"), TOP_PLAIN));
}

Test(top_canvas, keeps_labels_in_a_column_where_there_is_room)
{
	top_canvas_begin(&c, 80, false);
	top_canvas_label(&c, "gate");
	top_canvas_item(&c, TOP_PLAIN, "pass 1");
	top_canvas_item(&c, TOP_PLAIN, "hold 2");
	cr_expect(eq(str, (char *)first(), "gate       pass 1  hold 2"));
	top_canvas_label(&c, "a label of some length");
	top_canvas_item(&c, TOP_PLAIN, "1");
	cr_expect(eq(str, (char *)line_text(&c, 1), "a label of some length 1"));
}

Test(top_canvas, writes_nothing_beyond_its_last_line)
{
	top_canvas_begin(&c, 3, false);
	top_canvas_text(&c, TOP_PLAIN, "x"); /* before the first line */
	for (int i = 0; i < TOP_LINES; i++) {
		top_canvas_line(&c);
		top_canvas_text(&c, TOP_PLAIN, "abc");
	}
	top_canvas_label(&c, "xyz");
	top_canvas_item(&c, TOP_PLAIN, "xyz");
	top_canvas_bar(&c, 3, 1, 1);
	cr_expect(eq(int, c.n_lines, TOP_LINES));
	cr_expect(eq(str, (char *)line_text(&c, TOP_LINES - 1), "abc"));
	top_canvas_line_again(&c, 4);
	top_canvas_text(&c, TOP_PLAIN, "new");
	cr_expect(eq(str, (char *)line_text(&c, 4), "new"));
}

Test(top_canvas, takes_any_number_of_columns)
{
	top_canvas_begin(&c, 0, false);
	cr_expect(eq(int, c.columns, 1));
	top_canvas_begin(&c, 100000, false);
	cr_expect(eq(int, c.columns, TOP_COLUMNS));
}

struct bar_case {
	double part, peak;
	char text[16];
};

ParameterizedTestParameters(top_canvas, draws_a_bar)
{
	static struct bar_case cases[] = {
		{ 0, 0, "[          ]" },      { 0.5, 0.8, "[#####   | ]" },  { 0.01, 0.01, "[-         ]" },
		{ 0.27, 0.3, "[##=|      ]" }, { 0.5, 0.52, "[#####     ]" }, { 1, 1, "[##########]" },
		{ 0.5, 1.2, "[#####    !]" },  { 9, 9, "[#########!]" },      { -1, -1, "[          ]" },
		{ 0.5, 1, "[#####    |]" },
	};
	return cr_make_param_array(struct bar_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct bar_case *b, top_canvas, draws_a_bar)
{
	top_canvas_begin(&c, 20, false);
	top_canvas_line(&c);
	top_canvas_bar(&c, 12, b->part, b->peak);
	cr_expect(eq(str, (char *)first(), b->text), "%g %g", b->part, b->peak);
}

Test(top_canvas, fills_a_bar_by_eighths_where_it_can)
{
	top_canvas_begin(&c, 20, true);
	top_canvas_line(&c);
	top_canvas_bar(&c, 10, 3.0 / 16, 0);
	cr_expect(eq(u32, c.cell[0][1].letter, 0x2588), "full");
	cr_expect(eq(u32, c.cell[0][2].letter, 0x258c), "half");
	cr_expect(eq(u32, c.cell[0][3].letter, ' '));
}

Test(top_canvas, draws_a_sparkline)
{
	static const uint32_t value[] = { 0, 1, 200, 400, 300, 800, 801, UINT32_MAX };
	top_canvas_begin(&c, 20, false);
	top_canvas_line(&c);
	top_canvas_spark(&c, value, 8, 800);
	cr_expect(eq(str, (char *)first(), " .:=-#!!"));
	top_canvas_begin(&c, 20, true);
	top_canvas_line(&c);
	top_canvas_spark(&c, value, 8, 800);
	cr_expect(eq(u32, c.cell[0][1].letter, 0x2581));
	cr_expect(eq(u32, c.cell[0][5].letter, 0x2588));
	cr_expect(eq(u32, c.cell[0][6].letter, '!'));
	cr_expect(eq(int, c.cell[0][6].style, TOP_ALARM));
}
