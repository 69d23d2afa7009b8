/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Influence of studies: the plain-text report, JSON and CSV. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/format.h"
#include "report/json_internal.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL, NUMBERS = 8 };

/* The numbers of a study under their names in JSON and CSV, and as the report heads them. */
typedef struct {
    const char *name, *head;
    int decimals; /* in the report; -1: those of estimates */
    double value;
} named_number;

static void numbers_of(const tq_influence *f, size_t i, named_number out[NUMBERS])
{
    const tq_influence_row *row = &f->row[i];
    const tq_residual *r = &f->residual[i];
    const named_number all[NUMBERS] = {
        {"rstudent", "rstudent", -1, r->rstudent},
        {"dffits", "DFFITS", -1, row->dffits},
        {"cook_d", "Cook's d", -1, row->cook_d},
        {"cov_r", "cov. ratio", -1, row->cov_r},
        {"tau2_del", "tau2", -1, r->tau2_del},
        {"QE_del", "QE", 2, row->QE_del},
        {"hat", "hat", -1, r->hat},
        {"weight", "Weight", 2, row->weight},
    };

    for (size_t n = 0; n < NUMBERS; n++) {
        out[n] = all[n];
    }
}

/* ---- text ---- */

/* Whether the report has the number: not every method has a tau2. */
static int is_shown(const report *r, const named_number *n)
{
    return strcmp(n->name, "tau2_del") != 0 || tq_method_random(r->a->fit->method);
}

static void put_cell(const report *r, text_table *t, size_t column, double x, int decimals)
{
    char text[CELL];

    text_table_cell(t, column,
                    isnan(x) ? ""
                             : report_number(text, x, decimals < 0 ? r->opt->digits : decimals));
}

static void influence_line(const report *r, size_t i, text_table *t)
{
    const tq_influence *f = r->a->sensitivity->influence;
    named_number number[NUMBERS];
    size_t column = 0;

    numbers_of(f, i, number);
    text_table_cell(t, column++, r->a->study[i].label);
    for (size_t n = 0; n < NUMBERS; n++) {
        if (is_shown(r, &number[n])) {
            put_cell(r, t, column++, number[n].value, number[n].decimals);
        }
    }
    if (f->p == 1) {
        put_cell(r, t, column++, f->dfbs[i], -1);
    }
    text_table_cell(t, column, f->row[i].influential ? "*" : "");
    text_table_end_row(t);
}

static int influence_table(const report *r)
{
    const tq_influence *f = r->a->sensitivity->influence;
    named_number number[NUMBERS];
    const char *heads[NUMBERS + 3] = {"Study"};
    size_t columns = 1;

    numbers_of(f, 0, number);
    for (size_t n = 0; n < NUMBERS; n++) {
        if (is_shown(r, &number[n])) {
            heads[columns++] = number[n].head;
        }
    }
    if (f->p == 1) {
        heads[columns++] = "DFBETAS";
    }
    heads[columns++] = "";
    text_table *t = text_table_new(columns, heads);

    if (!t) {
        return 0;
    }
    for (size_t i = 0; i < f->k; i++) {
        influence_line(r, i, t);
    }
    report_bold(r, "Influence of each study, the model fitted without it");
    return report_table(r, t);
}

/* A regression has a change for each coefficient: a table of their own, as many as fit a line. */
static int dfbs_table(const report *r)
{
    enum { MOST_TERMS = TEXT_TABLE_COLUMNS - 1 };
    const tq_influence *f = r->a->sensitivity->influence;
    const size_t p = f->p < MOST_TERMS ? f->p : MOST_TERMS;
    const char *heads[TEXT_TABLE_COLUMNS] = {"Study"};
    char text[CELL];

    if (f->p == 1) {
        return 1;
    }
    for (size_t a = 0; a < p; a++) {
        heads[a + 1] = r->a->term[a];
    }
    text_table *t = text_table_new(p + 1, heads);

    if (!t) {
        return 0;
    }
    for (size_t i = 0; i < f->k; i++) {
        text_table_cell(t, 0, r->a->study[i].label);
        for (size_t a = 0; a < p; a++) {
            const double x = f->dfbs[i * f->p + a];

            text_table_cell(t, a + 1, isnan(x) ? "" : report_number(text, x, r->opt->digits));
        }
        text_table_end_row(t);
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, "Change of each coefficient in standard errors (DFBETAS)");
    if (p < f->p) {
        tq_buffer_format(r->out, "The first %zu of %zu coefficients; --format csv has all.\n", p,
                         f->p);
    }
    return report_table(r, t);
}

static int influence_reading(const report *r)
{
    const tq_influence_limits *limits = &r->a->sensitivity->influence->limits;
    char dffits[CELL], cook[CELL], hat[CELL];

    tq_buffer_format(r->out, "\n* |DFFITS| > %s, Cook's d > %s, hat > %s, or |DFBETAS| > %g\n\n",
                     report_number(dffits, limits->dffits, 3),
                     report_number(cook, limits->cook_d, 3), report_number(hat, limits->hat, 3),
                     limits->dfbs);
    report_wrapped(r, r->a->sensitivity->influence_reading, REPORT_LINE, 0);
    return 1;
}

static report_section *const text_sections[] = {
    report_head,       influence_table, dfbs_table, influence_reading,
    report_moderators, report_excluded, report_foot};

tq_status tq_influence_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                            tq_error *err)
{
    return report_write(a, opt, text_sections, sizeof text_sections / sizeof *text_sections, out,
                        err);
}

/* ---- JSON ---- */

static json_t *study_object(const tq_analysis *a, size_t i)
{
    const tq_influence *f = a->sensitivity->influence;
    named_number number[NUMBERS];
    json_t *out = json_pack("{s:o}", "study", json_text(a->study[i].label)), *dfbs = json_array();

    numbers_of(f, i, number);
    for (size_t n = 0; n < NUMBERS; n++) {
        json_object_set_new(out, number[n].name, json_number(number[n].value));
    }
    for (size_t b = 0; b < f->p; b++) {
        json_array_append_new(dfbs, json_number(f->dfbs[i * f->p + b]));
    }
    json_object_set_new(out, "dfbs", dfbs);
    json_object_set_new(out, "influential", json_boolean(f->row[i].influential));
    json_object_set_new(out, "baujat",
                        json_pack("{s:o, s:o}", "x", json_number(f->row[i].baujat_x), "y",
                                  json_number(f->row[i].baujat_y)));
    return out;
}

static void add_influence(const tq_analysis *a, json_t *doc)
{
    const tq_influence *f = a->sensitivity->influence;
    json_t *rows = json_array();

    for (size_t i = 0; i < f->k; i++) {
        json_array_append_new(rows, study_object(a, i));
    }
    json_object_set_new(doc, "k", json_integer((json_int_t)f->k));
    json_object_set_new(doc, "p", json_integer((json_int_t)f->p));
    json_object_set_new(doc, "rows", rows);
    json_object_set_new(doc, "limits",
                        json_pack("{s:o, s:o, s:o, s:o}", "dffits", json_number(f->limits.dffits),
                                  "cook_d", json_number(f->limits.cook_d), "hat",
                                  json_number(f->limits.hat), "dfbs", json_number(f->limits.dfbs)));
    json_object_set_new(doc, "coefficients", json_coefficients(a->fit, a->term));
    json_object_set_new(doc, "heterogeneity", json_heterogeneity(a->fit));
    json_object_set_new(doc, "reading", json_text(a->sensitivity->influence_reading));
}

tq_status tq_influence_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                            tq_error *err)
{
    static json_section *const sections[] = {add_influence};

    (void)opt;
    return json_write_sections(a, sections, 1, out, err);
}

/* ---- CSV ---- */

static void csv_head(const tq_analysis *a, tq_buffer *out)
{
    named_number number[NUMBERS];

    tq_buffer_text(out, "study");
    numbers_of(a->sensitivity->influence, 0, number);
    for (size_t n = 0; n < NUMBERS; n++) {
        tq_buffer_format(out, ",%s", number[n].name);
    }
    tq_buffer_text(out, ",influential,baujat_x,baujat_y");
    for (size_t b = 0; b < a->sensitivity->influence->p; b++) {
        char name[CELL];

        snprintf(name, sizeof name, "dfbs_%.150s", a->term[b]);
        tq_buffer_text(out, ",");
        text_csv_field(out, name);
    }
    tq_buffer_text(out, "\n");
}

tq_status tq_influence_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                           tq_error *err)
{
    const tq_influence *f = a->sensitivity->influence;
    named_number number[NUMBERS];

    (void)opt;
    csv_head(a, out);
    for (size_t i = 0; i < f->k; i++) {
        text_csv_field(out, a->study[i].label);
        numbers_of(f, i, number);
        for (size_t n = 0; n < NUMBERS; n++) {
            tq_buffer_text(out, ",");
            text_csv_number(out, number[n].value);
        }
        tq_buffer_format(out, ",%s,", f->row[i].influential ? "TRUE" : "FALSE");
        text_csv_number(out, f->row[i].baujat_x);
        tq_buffer_text(out, ",");
        text_csv_number(out, f->row[i].baujat_y);
        for (size_t b = 0; b < f->p; b++) {
            tq_buffer_text(out, ",");
            text_csv_number(out, f->dfbs[i * f->p + b]);
        }
        tq_buffer_text(out, "\n");
    }
    return tq_buffer_status(out, err);
}
