/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model over several correlations of sampling errors: report, JSON, CSV. */
#include <math.h>
#include <stdio.h>

#include "report/csv_table_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* ---- text ---- */

enum { MOST_COMPONENTS = TEXT_TABLE_COLUMNS - 2 };

static void coefficient(const report *r, const tq_rho_row *row, size_t c, text_table *t)
{
    const int digits = r->opt->digits;
    char text[REPORT_CELL];
    size_t at = 0;

    report_cell(t, at++, row->rho, 2);
    if (r->a->rho->p > 1) {
        text_table_cell(t, at++, r->a->term[c]);
    }
    report_cell(t, at++, row->beta[c], digits);
    report_cell(t, at++, row->se[c], digits);
    text_table_cell(t, at++, report_interval(text, row->ci_lb[c], row->ci_ub[c], digits));
    report_p(t, at++, row->pval[c]);
    if (row->robust_se) {
        report_cell(t, at++, row->robust_se[c], digits);
        text_table_cell(t, at++,
                        report_interval(text, row->robust_ci_lb[c], row->robust_ci_ub[c], digits));
        report_p(t, at++, row->robust_pval[c]);
    }
    text_table_end_row(t);
}

static int coefficients(const report *r)
{
    const tq_rho_sensitivity *s = r->a->rho;
    char interval[32], robust[32];
    const char *heads[9] = {"rho"};
    size_t n = 1;

    snprintf(interval, sizeof interval, "%g%% CI", r->a->options.level);
    snprintf(robust, sizeof robust, "robust %g%% CI", r->a->options.level);
    if (s->p > 1) {
        heads[n++] = "Term";
    }
    heads[n++] = "Estimate";
    heads[n++] = "SE";
    heads[n++] = interval;
    heads[n++] = "p";
    if (s->row[0].robust_se) {
        heads[n++] = "robust SE";
        heads[n++] = robust;
        heads[n++] = "robust p";
    }
    text_table *t = text_table_new(n, heads);

    if (t && s->p > 1) {
        text_table_left(t, 1);
    }
    for (size_t i = 0; t && i < s->n; i++) {
        if (i > 0 && s->p > 1) {
            text_table_rule(t);
        }
        for (size_t c = 0; c < s->p; c++) {
            coefficient(r, &s->row[i], c, t);
        }
    }
    return report_titled(r, "Sensitivity to the correlation of sampling errors", t);
}

static int components(const report *r)
{
    const tq_rho_sensitivity *s = r->a->rho;
    const size_t n = s->n_components < MOST_COMPONENTS ? s->n_components : MOST_COMPONENTS;
    const char *heads[TEXT_TABLE_COLUMNS] = {"rho"};

    for (size_t c = 0; c < n; c++) {
        heads[1 + c] = r->a->multilevel->label[c];
    }
    heads[1 + n] = "log-likelihood";
    text_table *t = text_table_new(n + 2, heads);

    for (size_t i = 0; t && i < s->n; i++) {
        report_cell(t, 0, s->row[i].rho, 2);
        for (size_t c = 0; c < n; c++) {
            report_cell(t, 1 + c, s->row[i].component[c], r->opt->digits);
        }
        report_cell(t, 1 + n, s->row[i].ll, r->opt->digits);
        text_table_end_row(t);
    }
    return report_titled(r, "Components of variance for each correlation", t);
}

int report_rho(const report *r)
{
    return !r->a->rho || (coefficients(r) && components(r));
}

/* ---- JSON ---- */

static json_t *row_coefficients(const tq_analysis *a, const tq_rho_row *row)
{
    json_t *list = json_array();

    for (size_t c = 0; c < a->rho->p; c++) {
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "term", json_text(a->term[c]), "beta",
                            json_number(row->beta[c]), "se", json_number(row->se[c]), "pval",
                            json_number(row->pval[c]), "ci_lb", json_number(row->ci_lb[c]), "ci_ub",
                            json_number(row->ci_ub[c])));
    }
    return list;
}

static json_t *row_robust(const tq_analysis *a, const tq_rho_row *row)
{
    json_t *list = json_array();

    for (size_t c = 0; c < a->rho->p; c++) {
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "term", json_text(a->term[c]), "se",
                      json_number(row->robust_se[c]), "df", json_number(row->robust_df[c]), "pval",
                      json_number(row->robust_pval[c]), "ci_lb", json_number(row->robust_ci_lb[c]),
                      "ci_ub", json_number(row->robust_ci_ub[c])));
    }
    return json_pack("{s:s, s:o}", "type", tq_robust_name(a->robust->fit->type), "coefficients",
                     list);
}

static json_t *row_components(const tq_analysis *a, const tq_rho_row *row)
{
    json_t *list = json_array();

    for (size_t c = 0; c < a->rho->n_components; c++) {
        json_array_append_new(list,
                              json_pack("{s:o, s:o}", "name", json_text(a->multilevel->label[c]),
                                        "value", json_number(row->component[c])));
    }
    return list;
}

void json_rho(const tq_analysis *a, json_t *doc)
{
    const tq_rho_sensitivity *s = a->rho;
    json_t *list = s ? json_array() : NULL;

    for (size_t i = 0; s && i < s->n; i++) {
        const tq_rho_row *row = &s->row[i];
        json_t *one =
            json_pack("{s:o, s:o, s:o, s:o, s:o}", "rho", json_number(row->rho), "coefficients",
                      row_coefficients(a, row), "components", row_components(a, row), "ll",
                      json_number(row->ll), "QE", json_number(row->QE));

        if (s->p == 1) {
            json_object_set_new(one, "transformed", json_natural(&row->natural));
        }
        if (row->robust_se) {
            json_object_set_new(one, "robust", row_robust(a, row));
        }
        json_array_append_new(list, one);
    }
    if (list) {
        json_object_set_new(doc, "rho_sensitivity", list);
    }
}

/* ---- CSV ---- */

void csv_rho(const tq_analysis *a, tq_buffer *out)
{
    const tq_rho_sensitivity *s = a->rho;
    char label[160];

    for (size_t i = 0; s && i < s->n; i++) {
        const tq_rho_row *row = &s->row[i];

        for (size_t c = 0; c < s->p; c++) {
            double values[CSV_NUMBERS];

            csv_estimate(row->beta[c], row->se[c], row->ci_lb[c], row->ci_ub[c], row->pval[c],
                         values);
            values[CSV_Q] = row->QE;
            if (s->p == 1) {
                csv_natural(&row->natural, values);
            }
            snprintf(label, sizeof label, "%.15g%s%.120s", row->rho, s->p == 1 ? "" : ": ",
                     s->p == 1 ? "" : a->term[c]);
            csv_row(a, "rho", label, a->k, values, out);
        }
    }
}
