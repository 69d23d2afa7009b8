/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers in the report, as JSON, and as CSV. */
#include <math.h>
#include <stdio.h>

#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

static const tq_answers *answers_of(const tq_analysis *a)
{
    return &a->publication->answers;
}

/* ---- text ---- */

static void estimate_row(const report *r, const tq_answer_estimate *e, text_table *t)
{
    const tq_adjusted *v = &e->value;
    char text[REPORT_CELL];
    size_t c = 0;

    text_table_cell(t, c++, e->label);
    report_cell(t, c++, v->est, r->opt->digits);
    report_cell(t, c++, v->se, r->opt->digits);
    text_table_cell(t, c++, report_interval(text, v->ci_lb, v->ci_ub, r->opt->digits));
    report_p(t, c++, v->pval);
    if (r->natural && !isnan(v->est)) {
        tq_format_interval(text, sizeof text, e->natural.pred, e->natural.ci_lb, e->natural.ci_ub,
                           2);
        text_table_cell(t, c, text);
    }
    text_table_end_row(t);
}

static int estimates(const report *r)
{
    const tq_answers *f = answers_of(r->a);
    char interval[32], natural[REPORT_CELL];
    const char *heads[] = {"", report_effect_head(r), "SE", interval, "p", natural};

    report_bold(r, f->title);
    if (f->n_estimates == 0) {
        return 1;
    }
    snprintf(interval, sizeof interval, "%g%% CI", r->a->options.level);
    snprintf(natural, sizeof natural, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    text_table *t = text_table_new(r->natural ? 6 : 5, heads);

    for (size_t i = 0; t && i < f->n_estimates; i++) {
        estimate_row(r, &f->estimate[i], t);
    }
    return report_table(r, t);
}

static int tests(const report *r)
{
    static const char *const heads[] = {"Test", "", "Statistic", "df", "p"};
    const tq_answers *f = answers_of(r->a);
    text_table *t = f->n_tests ? text_table_new(5, heads) : NULL;
    char text[32];

    if (f->n_tests == 0) {
        return 1;
    }
    for (size_t i = 0; t && i < f->n_tests; i++) {
        const tq_answer_test *test = &f->test[i];

        text_table_cell(t, 0, test->label);
        text_table_cell(t, 1, test->statistic && !isnan(test->stat) ? test->statistic : "");
        report_cell(t, 2, test->stat, 2);
        snprintf(text, sizeof text, "%g", test->df);
        text_table_cell(t, 3, isnan(test->df) ? "" : text);
        report_p(t, 4, test->pval);
        text_table_end_row(t);
    }
    return report_titled(r, "Tests", t);
}

static void put_number(text_table *t, size_t c, double x, tq_show show, int digits)
{
    static const int decimals[] = {
        [TQ_SHOW_EFFECT] = -1, [TQ_SHOW_NATURAL] = 2, [TQ_SHOW_SHORT] = 2,
        [TQ_SHOW_PERCENT] = 1, [TQ_SHOW_P] = 4,       [TQ_SHOW_COUNT] = 0};

    if (show == TQ_SHOW_P) {
        report_p(t, c, x);
    } else if (show == TQ_SHOW_PERCENT) {
        report_percent(t, c, x, 1);
    } else {
        report_cell(t, c, x, decimals[show] < 0 ? digits : decimals[show]);
    }
}

static int numbers(const report *r)
{
    static const char *const heads[] = {"", ""};
    const tq_answers *f = answers_of(r->a);
    text_table *t = text_table_new(2, heads);

    for (size_t i = 0; t && i < f->n_numbers; i++) {
        const tq_answer_number *n = &f->number[i];

        if (isfinite(n->value) || n->none) {
            text_table_cell(t, 0, n->label);
            if (isfinite(n->value)) {
                put_number(t, 1, n->value, n->show, r->opt->digits);
            } else {
                text_table_cell(t, 1, n->none);
            }
            text_table_end_row(t);
        }
    }
    return report_titled(r, "Numbers", t);
}

/* Columns of which no value exists say nothing; nor do natural ones beside the same analysis scale. */
static int shown(const report *r, const tq_answer_column *c)
{
    if (c->show == TQ_SHOW_NATURAL && !r->natural) {
        return 0;
    }
    for (size_t i = 0; i < answers_of(r->a)->n_rows; i++) {
        if (isfinite(c->value[i])) {
            return 1;
        }
    }
    return 0;
}

static int rows(const report *r)
{
    const tq_answers *f = answers_of(r->a);
    const char *heads[TEXT_TABLE_COLUMNS] = {f->rows_head};
    const tq_answer_column *column[TEXT_TABLE_COLUMNS];
    size_t n = 1;

    if (f->n_rows == 0 || f->n_rows > REPORT_LISTED) {
        return 1;
    }
    for (size_t j = 0; j < f->n_columns && n < TEXT_TABLE_COLUMNS; j++) {
        if (shown(r, &f->column[j])) {
            column[n] = &f->column[j];
            heads[n++] = f->column[j].show == TQ_SHOW_NATURAL ? tq_analysis_scale_name(r->a, 1)
                                                              : f->column[j].head;
        }
    }
    text_table *t = text_table_new(n, heads);

    for (size_t i = 0; t && i < f->n_rows; i++) {
        text_table_cell(t, 0, f->row[i] ? f->row[i] : "");
        for (size_t c = 1; c < n; c++) {
            put_number(t, c, column[c]->value[i], column[c]->show, r->opt->digits);
        }
        text_table_end_row(t);
    }
    return report_titled(r, f->rows_title, t);
}

static int reading(const report *r)
{
    const tq_answers *f = answers_of(r->a);

    tq_buffer_text(r->out, "\n");
    report_wrapped(r, f->reading, REPORT_LINE, 0);
    tq_buffer_text(r->out, "\n");
    for (size_t i = 0; i < TQ_ANSWERS_SOURCES && f->source[i]; i++) {
        tq_buffer_text(r->out, "  - ");
        report_wrapped(r, f->source[i], REPORT_LINE - 4, 4);
    }
    return 1;
}

int report_answers(const report *r)
{
    static report_section *const sections[] = {estimates, tests, numbers, rows, reading};

    return !r->a->publication || report_parts(r, sections, sizeof sections / sizeof *sections);
}

tq_status tq_publication_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                              tq_error *err)
{
    static report_section *const sections[] = {report_head, report_answers, report_excluded,
                                               report_foot};

    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}

/* ---- JSON ---- */

static json_t *estimate_object(const tq_answer_estimate *e)
{
    const tq_adjusted *v = &e->value;

    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", e->name, "label",
                     e->label, "beta", json_number(v->est), "se", json_number(v->se), "stat",
                     json_number(v->stat), "df", json_number(v->df), "pval", json_number(v->pval),
                     "ci_lb", json_number(v->ci_lb), "ci_ub", json_number(v->ci_ub), "transformed",
                     json_natural(&e->natural));
}

static json_t *test_object(const tq_answer_test *t)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", t->name, "label", t->label,
                     "statistic", json_text(t->statistic), "stat", json_number(t->stat), "df",
                     json_number(t->df), "pval", json_number(t->pval));
}

static json_t *row_object(const tq_answers *f, size_t i)
{
    json_t *out = json_pack("{s:o}", "row", json_text(f->row[i]));

    for (size_t j = 0; j < f->n_columns; j++) {
        json_object_set_new(out, f->column[j].name, json_number(f->column[j].value[i]));
    }
    return out;
}

static json_t *list_of(size_t n, json_t *(*item)(const tq_answers *f, size_t i),
                       const tq_answers *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, item(f, i));
    }
    return list;
}

static json_t *estimate_at(const tq_answers *f, size_t i)
{
    return estimate_object(&f->estimate[i]);
}

static json_t *test_at(const tq_answers *f, size_t i)
{
    return test_object(&f->test[i]);
}

static json_t *references(const tq_answers *f)
{
    size_t n = 0;

    while (n < TQ_ANSWERS_SOURCES && f->source[n]) {
        n++;
    }
    return json_texts(f->source, n);
}

static void add_answers(const tq_analysis *a, json_t *doc)
{
    const tq_answers *f = answers_of(a);

    json_object_set_new(doc, "k", json_integer((json_int_t)a->k));
    json_object_set_new(doc, "direction", json_text(f->direction));
    json_object_set_new(doc, "estimates", list_of(f->n_estimates, estimate_at, f));
    json_object_set_new(doc, "tests", list_of(f->n_tests, test_at, f));
    for (size_t i = 0; i < f->n_numbers; i++) {
        json_object_set_new(doc, f->number[i].name, json_number(f->number[i].value));
    }
    json_object_set_new(doc, "rows", list_of(f->n_rows, row_object, f));
    json_object_set_new(doc, "reading", json_text(f->reading));
    json_object_set_new(doc, "references", references(f));
}

tq_status tq_publication_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                              tq_error *err)
{
    static json_section *const sections[] = {add_answers};

    (void)opt;
    return json_write_sections(a, sections, 1, out, err);
}

/* ---- CSV ---- */

static void csv_rows(const tq_answers *f, tq_buffer *out)
{
    tq_buffer_text(out, "row");
    for (size_t j = 0; j < f->n_columns; j++) {
        tq_buffer_format(out, ",%s", f->column[j].name);
    }
    tq_buffer_text(out, "\n");
    for (size_t i = 0; i < f->n_rows; i++) {
        text_csv_field(out, f->row[i] ? f->row[i] : "");
        for (size_t j = 0; j < f->n_columns; j++) {
            csv_numbers(out, &f->column[j].value[i], 1);
        }
        tq_buffer_text(out, "\n");
    }
}

static void csv_estimates(const tq_answers *f, tq_buffer *out)
{
    tq_buffer_text(out, "estimate,beta,se,stat,df,pval,ci_lb,ci_ub,pred,pred_ci_lb,pred_ci_ub\n");
    for (size_t i = 0; i < f->n_estimates; i++) {
        const tq_adjusted *v = &f->estimate[i].value;
        const tq_natural *n = &f->estimate[i].natural;
        const double x[] = {v->est,   v->se,    v->stat, v->df,    v->pval,
                            v->ci_lb, v->ci_ub, n->pred, n->ci_lb, n->ci_ub};

        text_csv_field(out, f->estimate[i].name);
        csv_numbers(out, x, sizeof x / sizeof *x);
        tq_buffer_text(out, "\n");
    }
}

tq_status tq_publication_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                             tq_error *err)
{
    const tq_answers *f = answers_of(a);

    (void)opt;
    if (f->n_rows > 0 || f->n_estimates == 0) {
        csv_rows(f, out);
    } else {
        csv_estimates(f, out);
    }
    return tq_buffer_status(out, err);
}
