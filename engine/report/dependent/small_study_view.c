/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests for small-study effects of a multilevel model in report, JSON and CSV. */
#include <math.h>
#include <stdio.h>

#include "report/csv_table_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

static const tq_small_study *of(const tq_analysis *a)
{
    return a->multilevel ? a->multilevel->small_study : NULL;
}

/* ---- text ---- */

static void test_row(const report *r, const tq_small_study_row *row, text_table *t)
{
    const tq_linear *l = r->a->robust ? &row->robust : &row->slope;
    char text[REPORT_CELL];
    size_t c = 0;

    text_table_cell(t, c++, tq_small_study_text(row->predictor));
    report_cell(t, c++, l->est, r->opt->digits);
    report_cell(t, c++, l->se, r->opt->digits);
    report_cell(t, c++, l->stat, 3);
    text_table_cell(t, c++, isnan(l->df) ? "" : tq_format_df(text, sizeof text, l->df, 2));
    report_p(t, c++, l->pval);
    text_table_cell(t, c,
                    isnan(row->natural.pred)
                        ? ""
                        : tq_format_interval(text, sizeof text, row->natural.pred,
                                             row->natural.ci_lb, row->natural.ci_ub, 2));
    text_table_end_row(t);
}

/* "PET finds an effect (p = 0.002), so PEESE: 0.31 [0.10, 0.52]" */
static void pet_peese(const report *r, const tq_small_study *s)
{
    const tq_natural *n = s->peese >= 0 ? &s->row[s->chosen].natural : NULL;
    char p[REPORT_CELL], text[REPORT_CELL];

    if (n) {
        tq_buffer_format(r->out,
                         "PET-PEESE: PET finds %s effect (p %s, at 5%% one-sided), so %s: %s\n",
                         s->peese ? "an" : "no", tq_format_p_relation(p, sizeof p, s->pet_pval, 4),
                         s->peese ? "PEESE" : "PET",
                         tq_format_interval(text, sizeof text, n->pred, n->ci_lb, n->ci_ub, 2));
    }
}

int report_small_study(const report *r)
{
    const tq_small_study *s = of(r->a);
    const tq_robust_report *b = r->a->robust;
    char title[REPORT_CELL], effect[REPORT_CELL];
    const char *heads[] = {"Predictor",
                           "Slope",
                           b ? "Robust SE" : "SE",
                           b || r->a->fit->test != TQ_TEST_Z ? "t" : "z",
                           "df",
                           "p",
                           effect};

    if (!s) {
        return 1;
    }
    snprintf(effect, sizeof effect, "%s at 0 [%g%% CI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    snprintf(title, sizeof title, "Small-study effects (Egger, multilevel%s%s)",
             b ? "; cluster-robust, " : "", b ? tq_robust_name(b->fit->type) : "");
    text_table *t = text_table_new(7, heads);

    for (size_t i = 0; t && i < s->n; i++) {
        if (!s->row[i].why) {
            test_row(r, &s->row[i], t);
        }
    }
    if (!report_titled(r, title, t)) {
        return 0;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (s->row[i].why) {
            tq_buffer_format(r->out, "  no test by %s: %s\n",
                             tq_small_study_text(s->row[i].predictor), s->row[i].why);
        }
    }
    pet_peese(r, s);
    return 1;
}

/* ---- JSON ---- */

static json_t *linear(const tq_linear *l)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "beta", json_number(l->est), "se",
                     json_number(l->se), "stat", json_number(l->stat), "df", json_number(l->df),
                     "pval", json_number(l->pval), "ci_lb", json_number(l->ci_lb), "ci_ub",
                     json_number(l->ci_ub));
}

static json_t *test_object(const tq_analysis *a, const tq_small_study_row *row)
{
    json_t *out = linear(&row->slope);

    json_object_set_new(out, "name", json_text("egger-mv"));
    json_object_set_new(out, "predictor", json_text(tq_small_study_name(row->predictor)));
    json_object_set_new(out, "why", json_text(row->why));
    json_object_set_new(out, "limit", linear(&row->limit));
    if (a->robust) {
        json_t *robust = linear(&row->robust);

        json_object_set_new(robust, "limit", linear(&row->robust_limit));
        json_object_set_new(out, "robust", robust);
    }
    json_object_set_new(out, "transformed", json_natural(&row->natural));
    return out;
}

void json_small_study(const tq_analysis *a, json_t *doc)
{
    const tq_small_study *s = of(a);
    json_t *list = s ? json_array() : NULL;

    for (size_t i = 0; s && i < s->n; i++) {
        json_array_append_new(list, test_object(a, &s->row[i]));
    }
    if (s) {
        json_object_set_new(doc, "small_study", list);
    }
    if (s && s->peese >= 0) {
        const tq_small_study_row *row = &s->row[s->chosen];
        json_t *chosen = linear(a->robust ? &row->robust_limit : &row->limit);

        json_object_set_new(chosen, "name", json_text(s->peese ? "peese" : "pet"));
        json_object_set_new(chosen, "pet_pval", json_number(s->pet_pval));
        json_object_set_new(chosen, "transformed", json_natural(&row->natural));
        json_object_set_new(doc, "pet_peese", chosen);
    }
}

/* ---- CSV ---- */

static void csv_linear(const tq_analysis *a, const char *kind, const char *label,
                       const tq_linear *l, tq_buffer *out)
{
    double values[CSV_NUMBERS];

    csv_estimate(l->est, l->se, l->ci_lb, l->ci_ub, l->pval, values);
    csv_row(a, kind, label, a->fit->k, values, out);
}

void csv_small_study(const tq_analysis *a, tq_buffer *out)
{
    const tq_small_study *s = of(a);

    for (size_t i = 0; s && i < s->n; i++) {
        const tq_small_study_row *row = &s->row[i];
        const char *label = tq_small_study_name(row->predictor);

        if (row->why) {
            continue;
        }
        csv_linear(a, "small-study", label, &row->slope, out);
        if (!isnan(row->limit.est)) {
            csv_linear(a, "small-study limit", label, &row->limit, out);
        }
        if (a->robust) {
            csv_linear(a, "small-study-robust", label, &row->robust, out);
        }
        if (!isnan(row->robust_limit.est)) {
            csv_linear(a, "small-study limit-robust", label, &row->robust_limit, out);
        }
    }
}
