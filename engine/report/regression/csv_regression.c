/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contrasts, comparisons, marginal means and residuals as rows of the CSV table. */
#include <math.h>

#include "report/csv_table_internal.h"

static void linear_row(const tq_analysis *a, const char *kind, const char *label,
                       const tq_linear *l, tq_buffer *out)
{
    double values[CSV_NUMBERS];

    csv_estimate(l->est, l->se, l->ci_lb, l->ci_ub, l->pval, values);
    csv_heterogeneity(a->fit, values);
    csv_row(a, kind, label, a->fit->k, values, out);
}

/* A line, and its cluster-robust one where there are clusters. */
static void linear_rows(const tq_analysis *a, const char *kind, const char *robust,
                        const tq_contrast_line *line, tq_buffer *out)
{
    linear_row(a, kind, line->label, &line->test, out);
    if (a->robust) {
        linear_row(a, robust, line->label, &line->robust, out);
    }
}

static void mean_rows(const tq_analysis *a, const tq_marginal_means *m, tq_buffer *out)
{
    for (size_t l = 0; l < m->n; l++) {
        tq_buffer label = {0};

        tq_buffer_format(&label, "%s=%s", m->factor, m->level[l]);
        if (label.failed) {
            out->failed = 1;
        } else {
            csv_prediction(a, "marginal mean", label.data, &m->mean[l], &m->natural[l], out);
            if (m->robust) {
                csv_prediction(a, "marginal mean-robust", label.data, &m->robust[l],
                               &m->robust_natural[l], out);
            }
        }
        tq_buffer_free(&label);
    }
}

void csv_regression(const tq_analysis *a, tq_buffer *out)
{
    const tq_regression *g = a->regression;

    for (size_t i = 0; g && i < g->n_contrasts; i++) {
        linear_rows(a, "contrast", "contrast-robust", &g->contrast[i], out);
    }
    for (size_t i = 0; g && i < g->n_pairwise; i++) {
        for (size_t j = 0; j < g->pairwise[i].n; j++) {
            linear_rows(a, "pairwise", "pairwise-robust", &g->pairwise[i].line[j], out);
        }
    }
    for (size_t i = 0; g && i < g->n_emm; i++) {
        mean_rows(a, &g->emm[i], out);
    }
}

void csv_residual_heads(const tq_analysis *a, tq_buffer *out)
{
    if (a->regression && a->regression->residual) {
        tq_buffer_text(out, ",resid,pearson,rstandard,rstudent,hat");
    }
}

void csv_residuals(const tq_analysis *a, size_t i, tq_buffer *out)
{
    if (!a->regression || !a->regression->residual) {
        return;
    }
    const tq_residual *e = i < a->k ? &a->regression->residual[i] : NULL;
    const double values[] = {e ? e->resid : NAN, e ? e->pearson : NAN, e ? e->rstandard : NAN,
                             e ? e->rstudent : NAN, e ? e->hat : NAN};

    csv_numbers(out, values, sizeof values / sizeof *values);
}
