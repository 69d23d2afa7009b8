/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells, their looks, the page: every write to a sheet goes through here or through a list. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/workbook/workbook_formula_internal.h"

enum { PAGE_PIXELS = 900, WIDEST_COLUMN = 380, NARROWEST_COLUMN = 48 };

/* What each style sets; 0 points: the body's size, 0 color: ink. */
static const struct {
    double points;
    lxw_color_t color;
    uint8_t align, indent;
    uint8_t bold, italic;
    uint8_t rule; /* below the cell */
    uint8_t wrap;
    uint8_t input;      /* on cream */
    lxw_color_t ground; /* 0: none */
} traits[WB_STYLE_COUNT] = {
    [WB_TEXT] = {.align = LXW_ALIGN_LEFT},
    [WB_RIGHT] = {.align = LXW_ALIGN_RIGHT},
    [WB_WRAP] = {.align = LXW_ALIGN_LEFT, .wrap = 1},
    [WB_INDENT] = {.align = LXW_ALIGN_LEFT, .indent = 1},
    [WB_TITLE] = {.align = LXW_ALIGN_LEFT, .points = 14, .bold = 1},
    [WB_SUBTITLE] = {.align = LXW_ALIGN_LEFT, .color = WB_GREY},
    [WB_SECTION] = {.align = LXW_ALIGN_LEFT, .points = 11, .color = WB_BLUE, .bold = 1},
    [WB_NOTICE] = {.align = LXW_ALIGN_LEFT, .color = WB_VERMILLION, .bold = 1},
    [WB_WIDE_NOTICE] = {.align = LXW_ALIGN_LEFT, .color = WB_VERMILLION, .bold = 1, .wrap = 1},
    [WB_NOTE] = {.align = LXW_ALIGN_LEFT, .points = 9, .color = WB_GREY, .indent = 1, .italic = 1},
    [WB_NAME] = {.align = LXW_ALIGN_LEFT, .points = 9, .color = WB_GREY, .indent = 1},
    [WB_LINK] = {.align = LXW_ALIGN_LEFT, .color = WB_BLUE},
    [WB_HEAD] = {.align = LXW_ALIGN_LEFT, .bold = 1, .rule = 1},
    [WB_HEAD_INDENT] = {.align = LXW_ALIGN_LEFT, .indent = 1, .bold = 1, .rule = 1},
    [WB_HEAD_RIGHT] = {.align = LXW_ALIGN_RIGHT, .bold = 1, .rule = 1},
    [WB_HEAD_CENTER] = {.align = LXW_ALIGN_CENTER, .bold = 1, .rule = 1},
    [WB_LIST_HEAD] = {.align = LXW_ALIGN_LEFT, .bold = 1, .rule = 1, .wrap = 1},
    [WB_LIST_HEAD_INDENT] = {.align = LXW_ALIGN_LEFT, .indent = 1, .bold = 1, .rule = 1, .wrap = 1},
    [WB_LIST_HEAD_RIGHT] = {.align = LXW_ALIGN_RIGHT, .bold = 1, .rule = 1, .wrap = 1},
    [WB_OVER] = {.align = LXW_ALIGN_CENTER_ACROSS, .bold = 1, .rule = 1},
    [WB_LIGHT] = {.align = LXW_ALIGN_CENTER, .bold = 1, .ground = 0x5DBB9A},
    [WB_LIGHT_SOME] = {.align = LXW_ALIGN_CENTER, .bold = 1, .ground = 0xF0E442},
    [WB_LIGHT_HIGH] = {.align = LXW_ALIGN_CENTER, .bold = 1, .ground = 0xE8743B},
    [WB_LIGHT_UNCLEAR] = {.align = LXW_ALIGN_CENTER, .bold = 1, .ground = 0xD0D0D0},
    [WB_ABSENT] = {.align = LXW_ALIGN_RIGHT, .color = WB_GREY},
    [WB_FIXED] = {.align = LXW_ALIGN_RIGHT},
    [WB_COUNT] = {.align = LXW_ALIGN_RIGHT},
    [WB_CI_LO] = {.align = LXW_ALIGN_RIGHT},
    [WB_CI_HI] = {.align = LXW_ALIGN_LEFT},
    [WB_PVAL] = {.align = LXW_ALIGN_RIGHT},
    [WB_SHARE] = {.align = LXW_ALIGN_RIGHT},
    [WB_SCIENTIFIC] = {.align = LXW_ALIGN_RIGHT},
    [WB_INPUT] = {.align = LXW_ALIGN_RIGHT, .input = 1},
    [WB_INPUT_TEXT] = {.align = LXW_ALIGN_LEFT, .indent = 1, .input = 1},
};

static double size_of(wb_style style)
{
    return traits[style].points > 0.0 ? traits[style].points : WB_BODY_POINTS;
}

wb_look wb_decimals(wb_style style, int decimals)
{
    const int d = decimals < 0 ? 0 : decimals > WB_DECIMALS ? WB_DECIMALS : decimals;

    return (wb_look){.style = style, .decimals = d};
}

wb_look wb_as(wb_style style)
{
    return wb_decimals(style, style == WB_PVAL ? 4 : style == WB_SHARE ? 1 : 0);
}

wb_look wb_bold(wb_look look)
{
    look.bold = 1;
    return look;
}

void wb_check(wb_book *book, lxw_error code)
{
    if (book->failed == LXW_NO_ERROR) {
        book->failed = code;
    }
    if (book->whole && book->whole->failed == LXW_NO_ERROR) {
        book->whole->failed = code;
    }
}

const char *wb_format(wb_book *book, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    const char *out = tq_arena_vformat(book->arena, fmt, args);

    va_end(args);
    if (!out) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return "";
    }
    return out;
}

const char *wb_natural_name(wb_book *book)
{
    const char *name = tq_analysis_scale_name(book->a, 1);

    return name && *name ? wb_format(book, "%c%s", toupper((unsigned char)*name), name + 1)
                         : "Effect";
}

/* ---- formats --------------------------------------------------------------------------------- */

/* Excel's number format of a look; NULL for text. A CI limit needs two sections, or its bracket
   would follow the minus sign. */
static void number_format(wb_look look, char *out, size_t size)
{
    static const char zeros[] = "0.00000000";
    const int n = look.decimals > 0 ? look.decimals + 2 : 1;
    char core[24];

    snprintf(core, sizeof core, "%.*s%s", look.scientific ? 4 : n, zeros,
             look.scientific ? "E+00" : "");
    switch (look.style) {
    case WB_COUNT:
    case WB_INPUT:
        snprintf(out, size, "#,##%s", core);
        break;
    case WB_CI_LO:
        snprintf(out, size, "\"[\"%s\",\";\"[-\"%s\",\"", core, core);
        break;
    case WB_CI_HI:
        snprintf(out, size, "%s\"]\"", core);
        break;
    case WB_PVAL:
        snprintf(out, size, "[<%.*f]\"< %.*f\";%s", look.decimals, pow(10.0, -look.decimals),
                 look.decimals, pow(10.0, -look.decimals), core);
        break;
    case WB_SHARE:
        snprintf(out, size, "%s%%", core);
        break;
    case WB_SCIENTIFIC:
        snprintf(out, size, "%sE+00", core);
        break;
    default:
        snprintf(out, size, "%s", core);
    }
}

static void dress(const wb_library *xlsx, lxw_format *f, wb_look look)
{
    const lxw_color_t color = traits[look.style].color;

    xlsx->format_set_font_name(f, "Arial");
    xlsx->format_set_font_size(f, size_of(look.style));
    xlsx->format_set_font_color(f, color ? color : WB_INK);
    xlsx->format_set_align(f, traits[look.style].align);
    xlsx->format_set_indent(f, traits[look.style].indent);
    if (traits[look.style].bold || look.bold) {
        xlsx->format_set_bold(f);
    }
    if (traits[look.style].italic) {
        xlsx->format_set_italic(f);
    }
    if (look.style == WB_LINK) {
        xlsx->format_set_underline(f, LXW_UNDERLINE_SINGLE);
    }
    if (traits[look.style].wrap) {
        xlsx->format_set_text_wrap(f);
        xlsx->format_set_align(f, look.style == WB_WRAP || look.style == WB_WIDE_NOTICE
                                      ? LXW_ALIGN_VERTICAL_TOP
                                      : LXW_ALIGN_VERTICAL_BOTTOM);
    }
    if (look.style == WB_INPUT_TEXT) {
        xlsx->format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
    }
    if (traits[look.style].rule) {
        xlsx->format_set_bottom(f, LXW_BORDER_THIN);
        xlsx->format_set_bottom_color(f, WB_RULE);
    }
    if (traits[look.style].input) {
        xlsx->format_set_bg_color(f, WB_CREAM);
    }
    if (traits[look.style].ground) {
        xlsx->format_set_bg_color(f, traits[look.style].ground);
        xlsx->format_set_border(f, LXW_BORDER_THIN);
        xlsx->format_set_border_color(f, WB_PAPER);
    }
    if (look.style >= WB_FIXED && look.style != WB_INPUT_TEXT) {
        char pattern[128];

        number_format(look, pattern, sizeof pattern);
        xlsx->format_set_num_format(f, pattern);
    }
}

lxw_format *wb_look_format(wb_book *book, wb_look look)
{
    wb_book *of = book->whole ? book->whole : book;
    lxw_format **f = &of->format[look.style][look.decimals][look.bold][look.scientific];

    if (!*f) {
        *f = book->xlsx->workbook_add_format(book->file);
        if (!*f) {
            wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
            return NULL;
        }
        dress(book->xlsx, *f, look);
    }
    return *f;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static double points_of(wb_look look)
{
    const int bold = traits[look.style].bold || look.bold;

    return size_of(look.style) * (bold ? WB_BOLD_WIDTH : 1.0);
}

static void widen(wb_sheet *s, lxw_col_t col, const char *text, wb_look look)
{
    if (col < WB_COLUMNS) {
        s->width[col] = fmax(s->width[col], wb_text_width(text, points_of(look)) + WB_CELL_PADDING +
                                                WB_INDENT_PIXELS * traits[look.style].indent);
    }
}

void wb_flow(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, wb_look look)
{
    if (text && *text) {
        const char *clean = wb_clean(s->book, text, WB_LONGEST_TEXT, 0);

        wb_put_text(s, row, col, clean, wb_look_format(s->book, look));
        wb_keep_text(s, row, col, clean);
    }
}

void wb_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, wb_look look)
{
    if (text) {
        wb_flow(s, row, col, text, look);
        widen(s, col, text, look);
    }
}

lxw_row_t wb_paragraph(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, wb_look look)
{
    const char *rest = text ? text : "";

    while (*rest) {
        const size_t n = wb_line_length(rest, points_of(look), PAGE_PIXELS);

        wb_flow(s, row++, col, wb_format(s->book, "%.*s", (int)n, rest), look);
        rest += n;
        while (isspace((unsigned char)*rest)) {
            rest++;
        }
    }
    return row;
}

lxw_row_t wb_wrapped(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, double pixels)
{
    enum { LINE_PIXELS = 18, TALLEST = 400 };
    const char *clean = wb_clean(s->book, text, WB_LONGEST_TEXT, 0);
    uint32_t lines = 0;

    for (const char *rest = clean; *rest; lines++) {
        rest += wb_line_length(rest, WB_BODY_POINTS, pixels - WB_CELL_PADDING);
        while (isspace((unsigned char)*rest)) {
            rest++;
        }
    }
    wb_flow(s, row, col, clean, wb_as(WB_WRAP));
    if (lines > 1) {
        const uint32_t height = LINE_PIXELS * lines;

        wb_put_height(s, row, height < TALLEST ? height : TALLEST);
    }
    return row + 1;
}

/* Where fixed decimals would flood the cell, or show 0 for what is not; as tq_format_number(). */
static int needs_exponent(double x, wb_look look)
{
    const double size = fabs(x);
    const int fixed = look.style == WB_FIXED || look.style == WB_CI_LO || look.style == WB_CI_HI ||
                      look.style == WB_INPUT;

    return fixed && !look.plain &&
           (size >= 1e7 || (size > 0.0 && size < 0.5 * pow(10.0, -look.decimals)));
}

/* Make room for a number as its format will show it. */
static void widen_number(wb_sheet *s, lxw_col_t col, double x, wb_look look)
{
    const char *minus = x < 0.0 ? "-" : "";
    const double size = look.style == WB_SHARE ? 100.0 * fabs(x) : fabs(x);
    char digits[400];
    const int n = look.scientific ? snprintf(digits, sizeof digits, "%.2E", size)
                                  : snprintf(digits, sizeof digits, "%.*f", look.decimals, size);
    const char *commas = ",,,,,,,,";
    const int whole = n - look.decimals;
    const int grouped = look.style == WB_COUNT || look.style == WB_INPUT;
    const int thousands = grouped && whole > 3 ? (whole - 1) / 3 : 0;
    const char *rest = look.style == WB_CI_LO || look.style == WB_CI_HI ? "[," : "";

    rest = look.style == WB_SHARE ? "%" : look.style == WB_PVAL ? "< " : rest;
    widen(s, col,
          wb_format(s->book, "%s%s%.*s%s", minus, digits, thousands < 8 ? thousands : 8, commas,
                    rest),
          look);
}

void wb_optional(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, wb_look look)
{
    if (!isfinite(x)) {
        return;
    }
    look.scientific = needs_exponent(x, look);
    /* Adding 0 takes the sign off minus zero. */
    wb_put_number(s, row, col, x + 0.0, wb_look_format(s->book, look));
    wb_keep_number(s, row, col, x);
    widen_number(s, col, x, look);
}

void wb_formula(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula, double engine,
                wb_look look)
{
    if (!formula || !s->book->cells) {
        wb_number(s, row, col, engine, look);
        return;
    }
    look.scientific = isfinite(engine) && needs_exponent(engine, look);
    wb_keep_formula(s, row, col, formula, engine, wb_look_format(s->book, look));
    widen_number(s, col, isfinite(engine) ? engine : 0.0, look);
}

void wb_formula_checked(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula,
                        double engine, wb_look look, const char *what)
{
    wb_book *book = s->book;

    wb_formula(s, row, col, formula, engine, look);
    if (formula && book->cells && isfinite(engine)) {
        char cell[LXW_MAX_CELL_NAME_LENGTH];
        wb_checked *c = tq_arena_take(book->arena, 1, sizeof *c);

        if (!c) {
            wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
            return;
        }
        book->xlsx->lxw_rowcol_to_cell_abs(cell, row, col, 1, 1);
        c->what = what;
        c->cell = wb_format(book, "%s!%s", s->name, cell);
        c->engine = engine;
        *book->last_checked = c;
        book->last_checked = &c->next;
    }
}

void wb_engine_only(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, wb_look look)
{
    if (isfinite(x) && s->book->cells) {
        wb_formula(s, row, col,
                   wb_format(s->book, "IF(" WB_VERDICT "=\"yes\",%.17g,\"\")", x + 0.0), x, look);
    } else {
        wb_optional(s, row, col, x, look);
    }
}

void wb_following(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula, double engine,
                  wb_look look, const char *what)
{
    if (!formula && isfinite(engine)) {
        wb_engine_only(s, row, col, engine, look);
    } else if (what) {
        wb_formula_checked(s, row, col, formula, engine, look, what);
    } else {
        wb_formula(s, row, col, formula, engine, look);
    }
}

void wb_formula_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula, wb_look look)
{
    if (formula && s->book->cells) {
        wb_keep_formula(s, row, col, formula, WB_NONE, wb_look_format(s->book, look));
    }
}

void wb_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, wb_look look)
{
    if (isfinite(x)) {
        wb_optional(s, row, col, x, look);
    } else {
        const char *text = isnan(x) ? "NE" : x > 0.0 ? "Inf" : "-Inf";

        wb_text(s, row, col, text, (wb_look){.style = WB_ABSENT, .bold = look.bold});
    }
}

void wb_blank(wb_sheet *s, lxw_row_t row, lxw_col_t col, wb_look look)
{
    wb_put_text(s, row, col, NULL, wb_look_format(s->book, look));
}

const char *wb_sheet_name(wb_book *book, const char *kind)
{
    return book->number > 0 ? wb_format(book, "%zu %s", book->number, kind) : kind;
}

void wb_link(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *sheet, const char *text)
{
    wb_put_link(s, row, col, wb_format(s->book, "internal:'%s'!A1", sheet),
                wb_look_format(s->book, wb_as(WB_LINK)));
    wb_text(s, row, col, text ? text : sheet, wb_as(WB_LINK));
}

void wb_choice(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *const *texts)
{
    size_t n = 0;

    wb_text(s, row, col, texts[0], wb_as(WB_INPUT_TEXT));
    while (texts[n]) {
        n++;
    }
    char **list = tq_arena_take(s->book->arena, n + 1, sizeof *list); /* the library's type */
    size_t kept = 0;

    while (list && kept < n && (list[kept] = tq_arena_text(s->book->arena, texts[kept])) != NULL) {
        kept++;
    }
    if (!list || kept < n) {
        wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    lxw_data_validation rule = {.validate = LXW_VALIDATION_TYPE_LIST, .value_list = list};

    wb_check(s->book,
             s->book->xlsx->worksheet_data_validation_range(s->ws, row, col, row, col, &rule));
}

void wb_strike_excluded(wb_sheet *s, lxw_row_t row, lxw_col_t col, lxw_row_t last_row,
                        lxw_col_t last_col, const char *criterion)
{
    wb_book *book = s->book;
    const wb_library *xlsx = book->xlsx;
    lxw_format *struck = xlsx->workbook_add_format(book->file);
    char *text = tq_arena_text(book->arena, criterion);

    if (!struck || !text) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    xlsx->format_set_font_strikeout(struck);
    xlsx->format_set_font_color(struck, WB_RULE);
    lxw_conditional_format rule = {
        .type = LXW_CONDITIONAL_TYPE_FORMULA, .value_string = text, .format = struck};

    wb_check(book,
             xlsx->worksheet_conditional_format_range(s->ws, row, col, last_row, last_col, &rule));
}

void wb_define(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *name)
{
    const wb_library *xlsx = s->book->xlsx;
    char cell[LXW_MAX_CELL_NAME_LENGTH];

    xlsx->lxw_rowcol_to_cell_abs(cell, row, col, 1, 1);
    wb_check(s->book, xlsx->workbook_define_name(
                          s->book->file,
                          s->book->number ? wb_format(s->book, "'%s'!%s", s->name, name) : name,
                          wb_format(s->book, "='%s'!%s", s->name, cell)));
    wb_keep_name(s->book, name, wb_format(s->book, "%s!%s", s->name, cell));
}

/* ---- the page -------------------------------------------------------------------------------- */

enum { NOTICE_ROW = 2 };

static const char *notice_of(const wb_book *book)
{
    return book->a            ? book->a->provenance.notice
           : book->simulation ? book->simulation->s->provenance.notice
                              : book->review->d->notice;
}

void wb_top(wb_sheet *s, const char *title, const char *subtitle)
{
    enum { LONGEST_TITLE = 200, TITLE_PIXELS = 26 };

    wb_book *book = s->book;
    const char *notice = notice_of(book);

    title = book->label ? wb_format(book, "%s: %s", book->label, title) : title;
    wb_put_height(s, 0, TITLE_PIXELS);
    wb_flow(s, 0, 0, wb_clean(book, title, LONGEST_TITLE, 1), wb_as(WB_TITLE));
    wb_flow(s, 1, 0, subtitle, wb_as(WB_SUBTITLE));
    if (notice || book->number == 0) {
        wb_flow(s, NOTICE_ROW, 0, notice, wb_as(WB_NOTICE));
    } else {
        wb_link(s, NOTICE_ROW, 0, "Summary", "To the summary");
    }
}

static double shown_width(const wb_sheet *s, int col)
{
    return fmin(fmax(s->width[col], NARROWEST_COLUMN), WIDEST_COLUMN);
}

/* A notice longer than the sheet is wide would be cut at the edge of the page: it takes several lines over
   all columns. Of a book that streams, its row is in the file by now. */
static void wrap_notice(wb_sheet *s)
{
    const char *notice = notice_of(s->book);
    double width = 0.0;
    int last = 0;

    for (int j = 0; j < WB_COLUMNS; j++) {
        if (s->width[j] > 0.0) {
            width += shown_width(s, j);
            last = j;
        }
    }
    const double needed = notice ? wb_text_width(notice, points_of(wb_as(WB_WIDE_NOTICE))) : 0.0;

    if (s->book->streams || last == 0 || needed + WB_CELL_PADDING <= width) {
        return;
    }
    const wb_library *xlsx = s->book->xlsx;
    /* Lines break between words. */
    const double lines = ceil(1.1 * needed / (width - WB_CELL_PADDING));

    wb_check(s->book, xlsx->worksheet_set_row_pixels(s->ws, NOTICE_ROW,
                                                     (uint32_t)(lines * WB_ROW_PIXELS), NULL));
    wb_check(s->book, xlsx->worksheet_merge_range(s->ws, NOTICE_ROW, 0, NOTICE_ROW, (lxw_col_t)last,
                                                  wb_clean(s->book, notice, WB_LONGEST_TEXT, 0),
                                                  wb_look_format(s->book, wb_as(WB_WIDE_NOTICE))));
}

void wb_finish(wb_sheet *s, lxw_row_t first_head, lxw_row_t last_head)
{
    /* LibreOffice takes about a quarter of a second for the titles of each sheet while it opens the file. */
    enum { A4 = 9, ROWS_OF_A_PAGE = 28 };
    const wb_library *xlsx = s->book->xlsx;
    lxw_worksheet *ws = s->ws;

    wb_put_waiting(s);
    wrap_notice(s);
    for (int j = 0; j < WB_COLUMNS; j++) {
        if (s->width[j] > 0.0) {
            const lxw_col_t col = (lxw_col_t)j;
            const double width = shown_width(s, j);

            wb_check(s->book,
                     xlsx->worksheet_set_column_pixels(ws, col, col, (uint32_t)ceil(width), NULL));
        }
    }
    xlsx->worksheet_set_paper(ws, A4);
    xlsx->worksheet_set_landscape(ws);
    xlsx->worksheet_fit_to_pages(ws, 1, 0);
    xlsx->worksheet_set_margins(ws, 0.5, 0.5, 0.6, 0.7);
    wb_check(s->book,
             xlsx->worksheet_set_footer(ws, "&L&\"Arial,Regular\"&8&F&C&\"Arial,Regular\"&8&A"
                                            "&R&\"Arial,Regular\"&8Page &P of &N"));
    if (last_head > 0 && ws->dim_rowmax >= ROWS_OF_A_PAGE) {
        wb_check(s->book, xlsx->worksheet_repeat_rows(ws, first_head, last_head));
    }
    wb_check(s->book,
             xlsx->worksheet_ignore_errors(ws, LXW_IGNORE_NUMBER_STORED_AS_TEXT, "A1:XFD1048576"));
    wb_check(s->book,
             xlsx->worksheet_ignore_errors(ws, LXW_IGNORE_FORMULA_DIFFERS, "A1:XFD1048576"));
    wb_check(s->book, xlsx->worksheet_ignore_errors(ws, LXW_IGNORE_FORMULA_RANGE, "A1:XFD1048576"));
}
