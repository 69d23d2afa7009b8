/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of multilevel models: effects along correlations of sampling errors, influence of clusters. */
#include <math.h>
#include <string.h>

#include "report/figure/plot_internal.h"

/* ---- correlations ----------------------------------------------------------------------- */

/* More coefficients than there are inks are not told apart. */
enum { LAYERS_OF_ONE = 3, MOST_DRAWN = TQ_INK_GROUPS, ENDS = 3 };

/* Coefficients stand beside each other, by this share of the range of correlations. */
#define APART 0.012

typedef struct {
    const tq_rho_sensitivity *s;
    double span; /* of the correlations */
    size_t drawn;
} rho_plot;

static double limit_of(const tq_rho_row *row, size_t c, int upper)
{
    const double *const model = upper ? row->ci_ub : row->ci_lb;
    const double *const robust = upper ? row->robust_ci_ub : row->robust_ci_lb;

    return robust ? robust[c] : model[c];
}

static double place(const rho_plot *r, const tq_rho_row *row, size_t c)
{
    return row->rho + APART * r->span * ((double)c - 0.5 * (double)(r->drawn - 1));
}

/* Rows in the order of their correlations: a line joins neighbours. */
static void sort_rows(const tq_rho_sensitivity *s, const tq_rho_row **row)
{
    for (size_t i = 0; i < s->n; i++) {
        size_t j = i;

        for (; j > 0 && row[j - 1]->rho > s->row[i].rho; j--) {
            row[j] = row[j - 1];
        }
        row[j] = &s->row[i];
    }
}

static void add_coefficient(chart_maker *m, const rho_plot *r, const tq_rho_row *const *row,
                            size_t c, chart_range *y)
{
    const size_t n = r->s->n;
    const tq_ink ink = r->drawn > 1 ? (tq_ink)(TQ_INK_GROUP + c) : TQ_INK_POOLED;
    tq_chart_layer *const lines = chart_layer(m, TQ_CHART_LINE, "interval", ink, ENDS * n);
    tq_chart_layer *const path = chart_layer(m, TQ_CHART_LINE, "path", ink, n);
    tq_chart_layer *const points = chart_layer(m, TQ_CHART_POINTS, "estimate", ink, n);
    const char **const hint = chart_take(m, n, sizeof *hint);

    if (!lines || !path || !points || !hint) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const double x = place(r, row[i], c), lb = limit_of(row[i], c, 0),
                     ub = limit_of(row[i], c, 1);

        path->x[i] = points->x[i] = x;
        path->y[i] = points->y[i] = row[i]->beta[c];
        lines->x[ENDS * i] = lines->x[ENDS * i + 1] = x;
        lines->x[ENDS * i + 2] = lines->y[ENDS * i + 2] = NAN;
        lines->y[ENDS * i] = lb;
        lines->y[ENDS * i + 1] = ub;
        *y = chart_with(chart_with(*y, lb), ub);
        hint[i] = CHART_TEXT(
            m, "%s, correlation %s: %s [%s, %s]", m->a->term[c], chart_exact(m, row[i]->rho),
            chart_number(m, chart_shown(m->a, row[i]->beta[c])),
            chart_number(m, chart_shown(m->a, lb)), chart_number(m, chart_shown(m->a, ub)));
    }
    path->width = CHART_THIN;
    path->dash = CHART_DASH;
    lines->width = CHART_LINE;
    points->hint = hint;
    points->marker = (tq_marker)(r->drawn > 1 ? c % TQ_MARKER_COUNT : TQ_MARKER_CIRCLE);
    points->legend = r->drawn > 1 ? m->a->term[c] : "Pooled effect";
}

static void lay_out_rho(chart_maker *m, const rho_plot *r, const tq_rho_row *const *row)
{
    const tq_analysis *const a = m->a;
    const double null = chart_null(a), margin = 0.06 * r->span;
    const chart_range x = {row[0]->rho - margin, row[r->s->n - 1]->rho + margin};
    chart_range y = chart_with(CHART_EMPTY_RANGE, null);

    if (isfinite(null)) {
        chart_segment(m, "null", TQ_INK_RULE, CHART_THIN, 0.0, x.lo, null, x.hi, null);
    }
    for (size_t c = 0; c < r->drawn; c++) {
        add_coefficient(m, r, row, c, &y);
    }
    chart_x_axis(m, x, 0, 1, "Correlation of the sampling errors of a cluster");
    chart_y_axis(m, y, chart_log_axis(a), 0, chart_effect_label(m));
    m->c->caption =
        a->robust
            ? CHART_TEXT(m, "%s%% confidence intervals, cluster-robust (%s, %zu clusters by %s).",
                         chart_level(m), tq_robust_name(a->robust->fit->type), a->robust->m,
                         a->robust->by)
            : CHART_TEXT(m, "%s%% confidence intervals.", chart_level(m));
    if (r->drawn < r->s->p) {
        m->c->caption = CHART_TEXT(m, "%s The first %zu of %zu coefficients.", m->c->caption,
                                   r->drawn, r->s->p);
    }
}

tq_status plot_rho(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out, tq_error *err)
{
    rho_plot r = {.s = a->rho};

    (void)opt;
    if (!a->rho || a->rho->n < 2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--kind rho shows tausq mv with several correlations: --rho R,R,..");
    }
    r.drawn = r.s->p < MOST_DRAWN ? r.s->p : MOST_DRAWN;
    chart_maker m = chart_begin(a, "Correlation of sampling errors", LAYERS_OF_ONE * r.drawn + 1);
    const tq_rho_row **const row = chart_take(&m, r.s->n, sizeof *row);

    if (row && !m.failed) {
        sort_rows(r.s, row);
        r.span = row[r.s->n - 1]->rho - row[0]->rho;
        r.span = r.span > 0.0 ? r.span : 1.0;
        lay_out_rho(&m, &r, row);
    }
    return chart_end(&m, out, err);
}

/* ---- clusters --------------------------------------------------------------------------- */

/* A stem and a point for each cluster, by the distance of Cook. */
static double add_stems(chart_maker *m, const tq_mv_influence *f, const char *const *name)
{
    tq_chart_layer *const stems = chart_layer(m, TQ_CHART_LINE, "stem", TQ_INK_LINE, ENDS * f->n);
    tq_chart_layer *const points = chart_layer(m, TQ_CHART_POINTS, "influence", TQ_INK_GROUP, f->n);
    const char **const label = chart_take(m, f->n, sizeof *label);
    const char **const hint = chart_take(m, f->n, sizeof *hint);
    double most = 0.0;

    if (!stems || !points || !label || !hint) {
        return most;
    }
    for (size_t i = 0; i < f->n; i++) {
        const tq_mv_influence_row *const row = &f->row[i];

        points->x[i] = stems->x[ENDS * i] = stems->x[ENDS * i + 1] = (double)i + 1.0;
        points->y[i] = stems->y[ENDS * i + 1] = row->cook;
        stems->x[ENDS * i + 2] = stems->y[ENDS * i + 2] = NAN;
        stems->y[ENDS * i] = isfinite(row->cook) ? 0.0 : (double)NAN;
        most = fmax(most, row->cook);
        label[i] = name[i];
        hint[i] =
            CHART_TEXT(m, "%s (k = %zu): Cook's distance %s; without it %s %s", name[i], row->k,
                       chart_number(m, row->cook), m->a->term[0], chart_number(m, row->beta[0]));
    }
    stems->width = CHART_THIN;
    points->label = label;
    points->hint = hint;
    return most;
}

tq_status plot_cluster_influence(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                                 tq_error *err)
{
    const tq_multilevel *const mv = a->multilevel;

    (void)opt;
    if (!mv->influence) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--kind influence needs --influence COL: whose levels are left out");
    }
    const double right = (double)mv->influence->n + 0.5;
    chart_maker m = chart_begin(a, "Influence of each cluster", 3);

    if (!m.failed) {
        const double most = add_stems(&m, mv->influence, mv->influence_level);

        chart_x_axis(&m, (chart_range){0.5, right}, 0, 1,
                     CHART_TEXT(&m, "%s, in order", mv->influence_by));
        m.c->x.n_ticks = 0; /* places say nothing */
        chart_y_axis(&m, (chart_range){0.0, most > 0.0 ? 1.08 * most : 1.0}, 0, 1,
                     "Cook's distance");
        m.c->caption = CHART_TEXT(&m,
                                  "How far the coefficients move without a %s, in units of their "
                                  "covariance; the model is fitted again each time.",
                                  mv->influence_by);
    }
    return chart_end(&m, out, err);
}
