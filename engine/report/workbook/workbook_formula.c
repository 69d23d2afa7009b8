/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cells that formulas refer to, and the evaluation of formulas: the part of the language of
 * spreadsheets that this workbook uses, with Excel's rules. Arrays are columns or rows, and arithmetic
 * on them goes element by element, as inside SUMPRODUCT.
 */
#include "report/workbook/workbook_formula_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/distributions.h"
#include "report/workbook/workbook_functions_internal.h"

enum { MOST_ARGUMENTS = 16, LONGEST_WORD = 80, LONGEST_FORMULA = 8192 };

/* ---- the cells ------------------------------------------------------------------------------- */

typedef enum { UNSEEN, RUNNING, DONE } cell_state;

typedef struct {
    wb_sheet *sheet;
    lxw_row_t row;
    lxw_col_t col;
    cell_state state;
    wb_kind_of_value kind;
    double x;
    const char *text;
    const char *formula; /* NULL: a value */
    double expected;
    lxw_format *format;
} cell;

typedef struct defined_name {
    struct defined_name *next;
    const char *name, *reference;
} defined_name;

struct wb_cells {
    cell *cell; /* [n] in the order they were written */
    size_t n, capacity;
    size_t *slot; /* [slots] index + 1 into cell; 0: free */
    size_t slots; /* a power of two */
    defined_name *names;
};

wb_cells *wb_cells_new(void)
{
    return calloc(1, sizeof(wb_cells));
}

void wb_cells_free(wb_cells *cells)
{
    if (cells) {
        free(cells->cell);
        free(cells->slot);
        free(cells);
    }
}

static size_t slot_of(const wb_cells *c, const wb_sheet *sheet, lxw_row_t row, lxw_col_t col)
{
    uint64_t h = ((uint64_t)(uintptr_t)sheet >> 4) * 0x9E3779B97F4A7C15U;

    h = (h ^ ((uint64_t)row << 16 | col)) * 0xBF58476D1CE4E5B9U;
    size_t at = (size_t)(h ^ h >> 29) & (c->slots - 1);

    while (c->slot[at]) {
        const cell *found = &c->cell[c->slot[at] - 1];

        if (found->sheet == sheet && found->row == row && found->col == col) {
            break;
        }
        at = (at + 1) & (c->slots - 1);
    }
    return at;
}

static int grow(wb_cells *c)
{
    enum { FIRST = 1024 };
    const size_t slots = c->slots ? 2 * c->slots : FIRST, capacity = slots / 2;
    cell *more = realloc(c->cell, capacity * sizeof *more);
    size_t *slot = calloc(slots, sizeof *slot);

    if (more) {
        c->cell = more;
    }
    if (!more || !slot) {
        free(slot);
        return 0;
    }
    free(c->slot);
    c->slot = slot;
    c->slots = slots;
    c->capacity = capacity;
    for (size_t i = 0; i < c->n; i++) {
        c->slot[slot_of(c, c->cell[i].sheet, c->cell[i].row, c->cell[i].col)] = i + 1;
    }
    return 1;
}

static const cell *find_cell(const wb_cells *c, const wb_sheet *sheet, lxw_row_t row, lxw_col_t col)
{
    const size_t at = c->slots ? c->slot[slot_of(c, sheet, row, col)] : 0;

    return at ? &c->cell[at - 1] : NULL;
}

static void keep(wb_sheet *s, cell what)
{
    wb_cells *c = s->book->cells;

    if (!c) {
        return;
    }
    if (c->n == c->capacity && !grow(c)) {
        wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    const size_t at = slot_of(c, what.sheet, what.row, what.col);

    if (c->slot[at]) {
        c->cell[c->slot[at] - 1] = what;
    } else {
        c->cell[c->n++] = what;
        c->slot[at] = c->n;
    }
}

void wb_keep_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x)
{
    keep(
        s,
        (cell){.sheet = s, .row = row, .col = col, .state = DONE, .kind = WB_VALUE_NUMBER, .x = x});
}

void wb_keep_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text)
{
    keep(s, (cell){.sheet = s,
                   .row = row,
                   .col = col,
                   .state = DONE,
                   .kind = WB_VALUE_TEXT,
                   .text = text});
}

void wb_keep_formula(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula,
                     double expected, lxw_format *format)
{
    keep(s, (cell){.sheet = s,
                   .row = row,
                   .col = col,
                   .formula = formula,
                   .expected = expected,
                   .format = format});
}

void wb_keep_name(wb_book *book, const char *name, const char *reference)
{
    if (!book->cells) {
        return;
    }
    defined_name *d = tq_arena_take(book->arena, 1, sizeof *d);

    if (!d) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    *d = (defined_name){book->cells->names, name, reference};
    book->cells->names = d;
}

/* ---- evaluation ------------------------------------------------------------------------------ */

typedef struct {
    wb_book *book;
    wb_sheet *sheet; /* of references without one */
    const char *at;
    wb_arrays *arrays;
} parser;

static wb_value expression(parser *p);

static void evaluate(wb_book *book, size_t index)
{
    cell *c = &book->cells->cell[index];
    wb_arrays arrays = {0};

    if (c->state != UNSEEN) {
        if (c->state == RUNNING) { /* a circle */
            c->kind = WB_VALUE_ERROR;
        }
        return;
    }
    c->state = RUNNING;
    parser p = {book, c->sheet, c->formula, &arrays};
    wb_value v = expression(&p);

    if (*p.at || v.n > 0) {
        v = wb_value_error();
    }
    c->kind = v.kind == WB_VALUE_EMPTY ? WB_VALUE_NUMBER : v.kind; /* as Excel shows it: 0 */
    c->x = v.x;
    c->text = v.kind == WB_VALUE_TEXT ? tq_arena_text(book->arena, v.text) : NULL;
    c->state = DONE;
    wb_arrays_free(&arrays);
}

static wb_value value_at(parser *p, const wb_sheet *sheet, lxw_row_t row, lxw_col_t col)
{
    const cell *c = sheet ? find_cell(p->book->cells, sheet, row, col) : NULL;

    if (!sheet) {
        return wb_value_error();
    }
    if (!c) {
        return (wb_value){.kind = WB_VALUE_EMPTY};
    }
    evaluate(p->book, (size_t)(c - p->book->cells->cell));
    return (wb_value){.kind = c->kind, .x = c->x, .text = c->text ? c->text : ""};
}

static void space(parser *p)
{
    while (*p->at == ' ') {
        p->at++;
    }
}

static int take(parser *p, const char *token)
{
    const size_t n = strlen(token);

    space(p);
    if (strncmp(p->at, token, n) != 0) {
        return 0;
    }
    p->at += n;
    return 1;
}

/* "$B$12" at text: 1 and where it ends. */
static int reads_cell(const char *text, lxw_row_t *row, lxw_col_t *col, const char **end)
{
    unsigned c = 0, letters = 0;
    unsigned long r = 0;

    text += *text == '$';
    for (; letters < 3 && *text >= 'A' && *text <= 'Z'; letters++) {
        c = 26 * c + (unsigned)(*text++ - 'A') + 1;
    }
    text += *text == '$';
    if (letters == 0 || !isdigit((unsigned char)*text)) {
        return 0;
    }
    while (isdigit((unsigned char)*text)) {
        r = 10 * r + (unsigned long)(*text++ - '0');
    }
    if (isalnum((unsigned char)*text) || *text == '_' || *text == '(') {
        return 0;
    }
    *row = (lxw_row_t)(r - 1);
    *col = (lxw_col_t)(c - 1);
    *end = text;
    return 1;
}

/* Cells from one corner to the other: a column or a row of them, or one. */
static wb_value range_of(parser *p, const wb_sheet *sheet, lxw_row_t r0, lxw_col_t c0, lxw_row_t r1,
                         lxw_col_t c1)
{
    const size_t n = (size_t)(r1 - r0 + 1) * (size_t)(c1 - c0 + 1);
    wb_value v = wb_array_new(p->arrays, n);

    for (size_t i = 0; i < v.n; i++) {
        const wb_value x = value_at(p, sheet, r0 + (lxw_row_t)(i / (size_t)(c1 - c0 + 1)),
                                    (lxw_col_t)(c0 + i % (size_t)(c1 - c0 + 1)));

        v.a[i] = x.kind == WB_VALUE_NUMBER ? x.x : x.kind == WB_VALUE_EMPTY ? 0.0 : (double)NAN;
        v.has_error = v.has_error || x.kind == WB_VALUE_ERROR;
    }
    v.direct = 1;
    return v;
}

static wb_value reference(parser *p, const wb_sheet *sheet)
{
    lxw_row_t r0, r1;
    lxw_col_t c0, c1;

    if (!reads_cell(p->at, &r0, &c0, &p->at)) {
        return wb_value_error();
    }
    if (*p->at == ':' && reads_cell(p->at + 1, &r1, &c1, &p->at)) {
        return r1 < r0 || c1 < c0 ? wb_value_error() : range_of(p, sheet, r0, c0, r1, c1);
    }
    return value_at(p, sheet, r0, c0);
}

static const wb_sheet *sheet_called(const wb_book *book, const char *name)
{
    for (size_t i = 0; i < book->n_sheets; i++) {
        if (book->sheet[i].kind && strcmp(book->sheet[i].kind->name, name) == 0) {
            return &book->sheet[i];
        }
    }
    return NULL;
}

static wb_value call(parser *p, const char *name)
{
    wb_value argument[MOST_ARGUMENTS];
    size_t n = 0;

    if (!take(p, ")")) {
        do {
            if (n == MOST_ARGUMENTS) {
                return wb_value_error();
            }
            argument[n++] = expression(p);
        } while (take(p, ","));
        if (!take(p, ")")) {
            return wb_value_error();
        }
    }
    return wb_function_call(name, argument, n, p->arrays);
}

/* The cell or range that a defined name stands for. */
static wb_value named(parser *p, const char *name)
{
    for (const defined_name *d = p->book->cells->names; d; d = d->next) {
        if (strcmp(d->name, name) == 0) {
            parser inner = {p->book, p->sheet, d->reference, p->arrays};

            return expression(&inner);
        }
    }
    return wb_value_error();
}

/* A word: a function, a sheet before a reference, a reference, or a defined name. */
static wb_value word(parser *p)
{
    char name[LONGEST_WORD];
    lxw_row_t row;
    lxw_col_t col;
    const char *end;
    size_t n = 0;

    if (reads_cell(p->at, &row, &col, &end)) {
        return reference(p, p->sheet);
    }
    while (n + 1 < sizeof name &&
           (isalnum((unsigned char)*p->at) || *p->at == '_' || *p->at == '.')) {
        name[n++] = *p->at++;
    }
    name[n] = '\0';
    if (n == 0) {
        return wb_value_error();
    }
    if (*p->at == '!') {
        p->at++;
        return reference(p, sheet_called(p->book, name));
    }
    return take(p, "(") ? call(p, name) : named(p, name);
}

static wb_value quoted(parser *p)
{
    char text[LONGEST_FORMULA];
    size_t n = 0;

    for (p->at++; *p->at && n + 1 < sizeof text; p->at++) {
        if (*p->at == '"' && *++p->at != '"') {
            text[n] = '\0';
            return wb_value_text(p->arrays, text);
        }
        text[n++] = *p->at;
    }
    return wb_value_error();
}

static wb_value primary(parser *p)
{
    space(p);
    if (*p->at == '"') {
        return quoted(p);
    }
    if (isdigit((unsigned char)*p->at) || *p->at == '.') {
        char *end;
        const double x = strtod(p->at, &end);

        p->at = end;
        return wb_value_number(x);
    }
    if (take(p, "(")) {
        const wb_value v = expression(p);

        return take(p, ")") ? v : wb_value_error();
    }
    return word(p);
}

/* Excel's sign binds tighter than its power: -2^2 is 4. */
static wb_value signed_value(parser *p)
{
    if (take(p, "-")) {
        return wb_operate('-', wb_value_number(0.0), signed_value(p), p->arrays);
    }
    return take(p, "+") ? signed_value(p) : primary(p);
}

static wb_value powers(parser *p)
{
    wb_value v = signed_value(p);

    while (take(p, "^")) {
        v = wb_operate('^', v, signed_value(p), p->arrays);
    }
    return v;
}

static wb_value products(parser *p)
{
    wb_value v = powers(p);

    for (;;) {
        const char op = take(p, "*") ? '*' : take(p, "/") ? '/' : '\0';

        if (!op) {
            return v;
        }
        v = wb_operate(op, v, powers(p), p->arrays);
    }
}

static wb_value sums(parser *p)
{
    wb_value v = products(p);

    for (;;) {
        const char op = take(p, "+") ? '+' : take(p, "-") ? '-' : '\0';

        if (!op) {
            return v;
        }
        v = wb_operate(op, v, products(p), p->arrays);
    }
}

static wb_value texts(parser *p)
{
    wb_value v = sums(p);

    while (take(p, "&")) {
        v = wb_operate('&', v, sums(p), p->arrays);
    }
    return v;
}

static wb_value expression(parser *p)
{
    static const struct {
        const char *token;
        char op;
    } comparisons[] = {{"<>", '!'}, {"<=", 'l'}, {">=", 'g'}, {"=", '='}, {"<", '<'}, {">", '>'}};
    wb_value v = texts(p);

    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (take(p, comparisons[i].token)) {
            return wb_operate(comparisons[i].op, v, texts(p), p->arrays);
        }
    }
    return v;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int as_expected(const cell *c)
{
    if (!isfinite(c->expected)) {
        return c->kind != WB_VALUE_ERROR;
    }
    return c->kind == WB_VALUE_NUMBER &&
           fabs(c->x - c->expected) <= 1e-9 * fmax(1.0, fabs(c->expected));
}

static void write(wb_book *book, const cell *c)
{
    const wb_library *xlsx = book->xlsx;
    const char *formula = wb_format(book, "=%s", c->formula);

    if (c->kind == WB_VALUE_NUMBER) {
        const double shown = isfinite(c->expected) && as_expected(c) ? c->expected : c->x;

        wb_check(book, xlsx->worksheet_write_formula_num(c->sheet->ws, c->row, c->col, formula,
                                                         c->format, shown + 0.0));
    } else {
        wb_check(book, xlsx->worksheet_write_formula_str(
                           c->sheet->ws, c->row, c->col, formula, c->format,
                           c->kind == WB_VALUE_TEXT && c->text ? c->text : "#VALUE!"));
    }
}

size_t wb_write_formulas(wb_book *book)
{
    wb_cells *cells = book->cells;
    size_t differ = 0;

    for (size_t i = 0; cells && i < cells->n && book->failed == LXW_NO_ERROR; i++) {
        if (cells->cell[i].formula) {
            evaluate(book, i);
            differ += !as_expected(&cells->cell[i]);
            write(book, &cells->cell[i]);
        }
    }
    return differ;
}

double wb_cell_number(wb_sheet *s, lxw_row_t row, lxw_col_t col)
{
    const cell *c = s->book->cells ? find_cell(s->book->cells, s, row, col) : NULL;

    if (!c) {
        return WB_NONE;
    }
    evaluate(s->book, (size_t)(c - s->book->cells->cell));
    return c->kind == WB_VALUE_NUMBER ? c->x : WB_NONE;
}
