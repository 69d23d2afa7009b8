/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cluster-robust inference in report, JSON and CSV. */
#include <math.h>
#include <stdio.h>

#include "report/csv_table_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* ---- text ---- */

/* The natural scale stands beside a pooled effect alone. */
static int natural(const report *r)
{
    return r->natural && r->a->fit->p == 1;
}

static void coefficient(const report *r, size_t i, text_table *t)
{
    const tq_robust_report *b = r->a->robust;
    const tq_robust *f = b->fit;
    const int digits = r->opt->digits;
    char text[REPORT_CELL];
    size_t c = 0;

    text_table_cell(t, c++, f->p == 1 ? "pooled" : r->a->term[i]);
    report_cell(t, c++, f->beta[i], digits);
    report_cell(t, c++, f->se[i], digits);
    report_cell(t, c++, f->stat[i], 3);
    report_cell(t, c++, f->df[i], f->type == TQ_ROBUST_CR2 ? 2 : 0);
    report_p(t, c++, f->pval[i]);
    text_table_cell(t, c++, report_interval(text, f->ci_lb[i], f->ci_ub[i], digits));
    if (natural(r)) {
        text_table_cell(t, c++,
                        tq_format_interval(text, sizeof text, b->natural.pred, b->natural.ci_lb,
                                           b->natural.ci_ub, 2));
    }
    if (b->wild) {
        report_p(t, c, b->wild[i].pval);
    }
    text_table_end_row(t);
}

static int coefficients(const report *r)
{
    const tq_robust_report *b = r->a->robust;
    char interval[32], scale[REPORT_CELL];
    const char *heads[9] = {"", "Estimate", "Robust SE", "t", "df", "p", interval};
    size_t n = 7;

    snprintf(interval, sizeof interval, "%g%% CI", b->fit->level);
    snprintf(scale, sizeof scale, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1), b->fit->level);
    if (natural(r)) {
        heads[n++] = scale;
    }
    if (b->wild) {
        heads[n++] = "p, wild";
    }
    text_table *t = text_table_new(n, heads);

    for (size_t i = 0; t && i < b->fit->p; i++) {
        coefficient(r, i, t);
    }
    return report_table(r, t);
}

static void tests(const report *r)
{
    const tq_robust_report *b = r->a->robust;
    char stat[REPORT_CELL], p[REPORT_CELL];

    for (size_t i = 0; i < b->n_tests; i++) {
        const tq_robust_test *t = &b->test[i];

        if (isnan(t->wald.pval)) {
            tq_buffer_format(r->out, "Test of %s: too few clusters for %zu coefficients at once\n",
                             t->name, t->n);
            continue;
        }
        tq_buffer_format(r->out, "Test of %s (%s): F(%zu, ", t->name,
                         b->fit->type == TQ_ROBUST_CR2 ? "HTZ" : "Wald", t->n);
        tq_buffer_text(r->out, report_number(stat, t->wald.df2, 2));
        tq_buffer_format(r->out, ") = %s, p %s", report_number(stat, t->wald.stat, 3),
                         tq_format_p_relation(p, sizeof p, t->wald.pval, 4));
        if (!isnan(t->wild.pval)) {
            tq_buffer_format(r->out, ", wild bootstrap p %s",
                             tq_format_p_relation(p, sizeof p, t->wild.pval, 4));
        }
        tq_buffer_text(r->out, "\n");
    }
}

static void bootstrap_line(const report *r)
{
    const tq_robust_report *b = r->a->robust;
    const tq_wild *w = b->wild;

    if (!w) {
        return;
    }
    if (w->exact) {
        tq_buffer_format(r->out, "Wild bootstrap: all %zu samples of %s weights\n", w->iterations,
                         tq_wild_name(w->weights));
    } else {
        tq_buffer_format(r->out, "Wild bootstrap: %zu samples of %s weights, seed %llu\n",
                         w->iterations, tq_wild_name(w->weights), (unsigned long long)b->seed);
    }
}

static void working_line(const report *r)
{
    const tq_robust_report *b = r->a->robust;
    char text[REPORT_CELL];

    if (b->weighted_by < 0) {
        return;
    }
    tq_buffer_format(r->out, "Weights: working model %s, tau2 = %s",
                     tq_working_name((tq_working)b->weighted_by),
                     report_number(text, b->working.tau2, r->opt->digits));
    if (b->weighted_by == TQ_WORKING_CORR) {
        tq_buffer_format(r->out, ", rho = %s", report_number(text, b->rho, 2));
        tq_buffer_format(r->out, ", I2 = %s%%", report_number(text, b->working.I2, 2));
    } else {
        tq_buffer_format(r->out, ", omega2 = %s",
                         report_number(text, b->working.omega2, r->opt->digits));
    }
    tq_buffer_text(r->out, "\n");
}

int report_robust(const report *r)
{
    const tq_robust_report *b = r->a->robust;
    char title[128];

    if (!b) {
        return 1;
    }
    snprintf(title, sizeof title, "Cluster-robust inference (%s), %zu clusters by %.60s",
             tq_robust_name(b->fit->type), b->m, b->by);
    tq_buffer_text(r->out, "\n");
    report_bold(r, title);
    const int whole = coefficients(r);

    tests(r);
    bootstrap_line(r);
    working_line(r);
    return whole;
}

/* ---- JSON ---- */

static json_t *json_wild(const tq_wild *w)
{
    return json_pack("{s:o, s:o, s:I, s:b, s:s}", "stat", json_number(w->stat), "pval",
                     json_number(w->pval), "iterations", (json_int_t)w->iterations, "exact",
                     w->exact, "weights", tq_wild_name(w->weights));
}

static json_t *json_robust_coefficients(const tq_analysis *a)
{
    const tq_robust_report *b = a->robust;
    const tq_robust *f = b->fit;
    json_t *list = json_array();

    for (size_t i = 0; i < f->p; i++) {
        json_t *one = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "term",
                                json_text(a->term[i]), "beta", json_number(f->beta[i]), "se",
                                json_number(f->se[i]), "stat", json_number(f->stat[i]), "df",
                                json_number(f->df[i]), "pval", json_number(f->pval[i]), "ci_lb",
                                json_number(f->ci_lb[i]), "ci_ub", json_number(f->ci_ub[i]));

        if (b->wild) {
            json_object_set_new(one, "wild", json_wild(&b->wild[i]));
        }
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *json_robust_tests(const tq_robust_report *b)
{
    json_t *list = json_array();

    for (size_t i = 0; i < b->n_tests; i++) {
        const tq_robust_test *t = &b->test[i];
        json_t *one = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "name", json_text(t->name),
                                "test", b->fit->type == TQ_ROBUST_CR2 ? "HTZ" : "F", "stat",
                                json_number(t->wald.stat), "df1", json_number(t->wald.df1), "df2",
                                json_number(t->wald.df2), "pval", json_number(t->wald.pval));

        if (!isnan(t->wild.pval)) {
            json_object_set_new(one, "wild", json_wild(&t->wild));
        }
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *json_vcov(const tq_robust *f)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < f->p; i++) { /* symmetric: a column is a row */
        json_array_append_new(rows, json_numbers(f->vb + i * f->p, f->p));
    }
    return rows;
}

void json_robust(const tq_analysis *a, json_t *doc)
{
    const tq_robust_report *b = a->robust;

    if (!b) {
        return;
    }
    json_t *out = json_pack("{s:s, s:o, s:I, s:o, s:o, s:o}", "type", tq_robust_name(b->fit->type),
                            "cluster", json_text(b->by), "clusters", (json_int_t)b->m,
                            "coefficients", json_robust_coefficients(a), "vcov", json_vcov(b->fit),
                            "tests", json_robust_tests(b));

    if (a->fit->p == 1) {
        json_object_set_new(out, "transformed", json_natural(&b->natural));
    }
    if (b->wild) {
        json_object_set_new(out, "seed", json_count(b->seed));
    }
    if (b->weighted_by >= 0) {
        json_object_set_new(
            out, "working",
            json_pack("{s:s, s:o, s:o, s:o, s:o}", "model",
                      tq_working_name((tq_working)b->weighted_by), "rho",
                      json_number(b->weighted_by == TQ_WORKING_CORR ? b->rho : (double)NAN), "tau2",
                      json_number(b->working.tau2), "omega2", json_number(b->working.omega2), "I2",
                      json_number(b->working.I2)));
    }
    json_object_set_new(doc, "robust", out);
}

/* ---- CSV ---- */

void csv_robust(const tq_analysis *a, tq_buffer *out)
{
    const tq_robust_report *b = a->robust;

    for (size_t i = 0; b && i < b->fit->p; i++) {
        const tq_robust *f = b->fit;
        double values[CSV_NUMBERS];

        csv_estimate(f->beta[i], f->se[i], f->ci_lb[i], f->ci_ub[i], f->pval[i], values);
        if (f->p == 1) {
            csv_natural(&b->natural, values);
        }
        csv_row(a, "robust", f->p == 1 ? "overall" : a->term[i], b->m, values, out);
    }
}
