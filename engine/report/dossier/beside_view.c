/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results side by side, in report and document. */
#include "report/dossier/beside_internal.h"

#include <math.h>
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL, DECIMALS = 2 };

/* As good as the normal distribution: variances at 0 leave Satterthwaite's without bound. */
static const double MANY_DF = 1e6;

/* ---- text ---- */

/* {head, share of the width of documents, 1: numbers} */
static const struct {
    const char *head;
    double share;
    int number;
} columns[] = {
    {"Analysis", 0.20, 0},    {"k", 0.05, 1},           {"Studies", 0.07, 1},
    {"Effect [CI]", 0.18, 1}, {"SE", 0.06, 1},          {"df", 0.05, 1},
    {"p", 0.07, 1},           {"tau\xC2\xB2", 0.06, 1}, {"Difference", 0.08, 1},
    {"SE %", 0.05, 1},        {"Width %", 0.06, 1},     {"tau\xC2\xB2 diff.", 0.07, 1},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void put_row(const tq_beside_row *r, text_table *t)
{
    char text[CELL];

    text_table_cell(t, 0, r->label);
    if (r->a) {
        report_count(t, 1, r->k);
        report_count(t, 2, r->studies);
    }
    tq_format_interval(text, sizeof text, r->natural.pred, r->natural.ci_lb, r->natural.ci_ub,
                       DECIMALS);
    text_table_cell(t, 3, r->why_none ? r->a ? "not pooled" : "not done" : text);
    report_cell(t, 4, r->se, DECIMALS);
    if (r->df < MANY_DF) {
        report_cell(t, 5, r->df, 1);
    }
    report_p(t, 6, r->pval);
    report_cell(t, 7, r->tau2, DECIMALS);
    report_cell(t, 8, r->difference, DECIMALS);
    report_percent(t, 9, 100.0 * r->se_ratio, 0);
    report_percent(t, 10, 100.0 * r->width_ratio, 0);
    report_cell(t, 11, r->tau2_difference, DECIMALS);
    text_table_end_row(t);
}

static text_table *table_of(const tq_beside *b)
{
    const char *heads[COLUMNS];
    double shares[COLUMNS];

    for (size_t c = 0; c < COLUMNS; c++) {
        heads[c] = columns[c].head;
        shares[c] = columns[c].share;
    }
    text_table *t = text_table_new(COLUMNS, heads);

    if (t) {
        text_table_shares(t, shares);
    }
    for (size_t i = 0; t && i < b->n; i++) {
        put_row(&b->row[i], t);
    }
    return t;
}

/* Why there is no effect, where there is none. */
static void list_reasons(const tq_beside *b, tq_arena *arena, page *p)
{
    for (size_t i = 0; i < b->n; i++) {
        const char *line = b->row[i].why_none ? tq_arena_format(arena, "%s: %s", b->row[i].label,
                                                                b->row[i].why_none)
                                              : "";

        p->lines->failed |= !line;
        if (line && *line) {
            tq_buffer_text(p->lines, "  - ");
            page_wrapped(p, line, REPORT_LINE, 4);
        }
    }
}

tq_status beside_section(const tq_dossier_entry *e, tq_arena *arena, page *p, tq_error *err)
{
    tq_beside b;
    const tq_status status = tq_beside_make(e, arena, &b, err);

    if (status != TQ_OK || b.n == 0) {
        return status;
    }
    text_table *t = table_of(&b);

    if (!t) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    page_heading(p, "Side by side");
    page_table(p, t);
    text_table_free(t);
    list_reasons(&b, arena, p);
    if (b.scale) {
        tq_buffer_format(p->lines, "SE, tau\xC2\xB2 and differences: %s\n", b.scale);
    }
    if (*b.reading) {
        page_wrapped(p, b.reading, REPORT_LINE, 0);
    }
    return TQ_OK;
}

/* ---- JSON ---- */

static json_t *row_json(const tq_beside_row *r)
{
    json_t *out = json_pack("{s:o, s:o, s:b}", "label", json_text(r->label), "entry",
                            json_text(r->entry), "robust", r->robust);

    if (r->a) {
        json_object_set_new(out, "k", json_integer((json_int_t)r->k));
        json_object_set_new(out, "studies", json_integer((json_int_t)r->studies));
    }
    json_object_set_new(out, "why_none", json_text(r->why_none));
    if (!r->why_none) {
        const struct {
            const char *name;
            double value;
        } numbers[] = {{"beta", r->est},
                       {"se", r->se},
                       {"df", r->df},
                       {"ci_lb", r->ci_lb},
                       {"ci_ub", r->ci_ub},
                       {"pval", r->pval},
                       {"natural", r->natural.pred},
                       {"natural_ci_lb", r->natural.ci_lb},
                       {"natural_ci_ub", r->natural.ci_ub},
                       {"tau2", r->tau2},
                       {"I2", r->I2},
                       {"difference", r->difference},
                       {"se_ratio", r->se_ratio},
                       {"width_ratio", r->width_ratio},
                       {"tau2_difference", r->tau2_difference}};

        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            json_object_set_new(out, numbers[i].name, json_number(numbers[i].value));
        }
    }
    return out;
}

tq_status beside_json(const tq_dossier_entry *e, json_t **out, tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    tq_beside b = {.n = 0};
    const tq_status status = arena ? tq_beside_make(e, arena, &b, err)
                                   : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    json_t *rows = status == TQ_OK && b.n > 0 ? json_array() : NULL;

    for (size_t i = 0; rows && i < b.n; i++) {
        json_array_append_new(rows, row_json(&b.row[i]));
    }
    *out = rows ? json_pack("{s:o, s:o, s:o}", "rows", rows, "scale", json_text(b.scale), "reading",
                            json_text(b.reading))
                : NULL;
    tq_arena_free(arena);
    return status;
}
