/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Influence of studies: the plain-text report, JSON and CSV. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/named_number_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL, NUMBERS = 8 };

static void numbers_of(const tq_influence *f, size_t i, named_number out[NUMBERS])
{
    const tq_influence_row *row = &f->row[i];
    const tq_residual *r = &f->residual[i];
    const named_number all[NUMBERS] = {
        {"rstudent", r->rstudent}, {"dffits", row->dffits},   {"cook_d", row->cook_d},
        {"cov_r", row->cov_r},     {"tau2_del", r->tau2_del}, {"QE_del", row->QE_del},
        {"hat", r->hat},           {"weight", row->weight},
    };

    memcpy(out, all, sizeof all);
}

/* ---- text ---- */

/* The same as the report heads them. */
static const struct {
    const char *head;
    int decimals;    /* -1: those of estimates */
    int random_only; /* not every method has a tau2 */
} shown[NUMBERS] = {
    {"rstudent", -1, 0}, {"DFFITS", -1, 0}, {"Cook's d", -1, 0}, {"cov. ratio", -1, 0},
    {"tau2", -1, 1},     {"QE", 2, 0},      {"hat", -1, 0},      {"Weight", 2, 0},
};

static int is_shown(const report *r, size_t n)
{
    return !shown[n].random_only || tq_method_random(r->a->fit->method);
}

static int decimals_of(const report *r, size_t n)
{
    return shown[n].decimals < 0 ? r->opt->digits : shown[n].decimals;
}

static void influence_line(const report *r, size_t i, text_table *t)
{
    const tq_influence *f = r->a->sensitivity->influence;
    named_number number[NUMBERS];
    size_t column = 0;

    numbers_of(f, i, number);
    text_table_cell(t, column++, r->a->study[i].label);
    for (size_t n = 0; n < NUMBERS; n++) {
        if (is_shown(r, n)) {
            report_cell(t, column++, number[n].value, decimals_of(r, n));
        }
    }
    if (f->p == 1) {
        report_cell(t, column++, f->dfbs[i], r->opt->digits);
    }
    text_table_cell(t, column, f->row[i].influential ? "*" : "");
    text_table_end_row(t);
}

static int influence_table(const report *r)
{
    const tq_influence *f = r->a->sensitivity->influence;
    const char *heads[NUMBERS + 3] = {"Study"};
    size_t columns = 1;

    for (size_t n = 0; n < NUMBERS; n++) {
        if (is_shown(r, n)) {
            heads[columns++] = shown[n].head;
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
            report_cell(t, a + 1, f->dfbs[i * f->p + a], r->opt->digits);
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

int report_influence(const report *r)
{
    static report_section *const parts[] = {influence_table, dfbs_table, influence_reading};
    const tq_sensitivity *s = r->a->sensitivity;

    return !s || !s->influence || report_parts(r, parts, sizeof parts / sizeof *parts);
}

static report_section *const text_sections[] = {report_head, report_influence, report_moderators,
                                                report_excluded, report_foot};

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
    json_t *out = json_pack("{s:o}", "study", json_text(a->study[i].label));

    numbers_of(f, i, number);
    json_add_numbers(out, number, NUMBERS);
    json_object_set_new(out, "dfbs", json_numbers(f->dfbs + i * f->p, f->p));
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
    csv_names(out, number, NUMBERS);
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
        csv_values(out, number, NUMBERS);
        tq_buffer_format(out, ",%s", f->row[i].influential ? "TRUE" : "FALSE");
        csv_numbers(out, (const double[]){f->row[i].baujat_x, f->row[i].baujat_y}, 2);
        csv_numbers(out, f->dfbs + i * f->p, f->p);
        tq_buffer_text(out, "\n");
    }
    return tq_buffer_status(out, err);
}
