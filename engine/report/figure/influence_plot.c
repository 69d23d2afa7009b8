/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Influence of the studies, by their place in the sheet: each diagnostic as a share of the limit from
 * which on it marks a study (Viechtbauer & Cheung 2010, Res. Synth. Methods 1:112-125), so that all of
 * them share an axis and a line at 1.
 */
#include <math.h>

#include "report/figure/plot_internal.h"

/* A diagnostic of study i over its limit, >= 0. */
typedef double share_fn(const tq_influence *f, size_t i);

static double share_dffits(const tq_influence *f, size_t i)
{
    return fabs(f->row[i].dffits) / f->limits.dffits;
}

static double share_cook(const tq_influence *f, size_t i)
{
    return f->row[i].cook_d / f->limits.cook_d;
}

static double share_hat(const tq_influence *f, size_t i)
{
    return f->residual[i].hat / f->limits.hat;
}

/* Of the coefficient that changes most. */
static double share_dfbs(const tq_influence *f, size_t i)
{
    double most = NAN;

    for (size_t a = 0; a < f->p; a++) {
        most = fmax(most, fabs(f->dfbs[i * f->p + a]) / f->limits.dfbs);
    }
    return most;
}

static const struct {
    const char *name;
    share_fn *share;
    tq_ink ink;
    tq_marker marker;
} shares[] = {
    {"|DFFITS|", share_dffits, TQ_INK_GROUP, TQ_MARKER_CIRCLE},
    {"Cook's distance", share_cook, TQ_INK_GROUP_2, TQ_MARKER_SQUARE},
    {"Hat value", share_hat, TQ_INK_GROUP_3, TQ_MARKER_TRIANGLE},
    {"Largest |DFBETAS|", share_dfbs, TQ_INK_GROUP_4, TQ_MARKER_DIAMOND},
};
enum { SHARES = sizeof shares / sizeof *shares };

/* Of the diagnostics of study i the one furthest beyond its limit; SHARES: none is beyond. */
static size_t furthest(const tq_influence *f, size_t i)
{
    size_t found = SHARES;
    double most = 1.0;

    for (size_t j = 0; j < SHARES; j++) {
        const double x = shares[j].share(f, i);

        if (x > most) {
            most = x;
            found = j;
        }
    }
    return found;
}

/* A layer a diagnostic; a study beyond a limit is named at its highest point. */
static chart_range add_shares(chart_maker *m, const tq_influence *f, size_t j, chart_range y)
{
    tq_chart_layer *const l = chart_layer(m, TQ_CHART_POINTS, "influence", shares[j].ink, f->k);
    const char **const label = chart_take(m, f->k, sizeof *label);
    const char **const hint = chart_take(m, f->k, sizeof *hint);

    if (!l || !label || !hint) {
        return y;
    }
    for (size_t i = 0; i < f->k; i++) {
        const char *const study = m->a->study[i].label ? m->a->study[i].label : "";

        l->x[i] = (double)i + 1.0;
        l->y[i] = shares[j].share(f, i);
        y = chart_with(y, l->y[i]);
        label[i] = furthest(f, i) == j ? study : NULL;
        hint[i] = CHART_TEXT(m, "%s: %s %s times its limit", study, shares[j].name,
                             chart_number(m, l->y[i]));
    }
    l->marker = shares[j].marker;
    l->label = label;
    l->hint = hint;
    l->legend = shares[j].name;
    return y;
}

/* Studies are whole numbers; the ticks of a short axis would stand between them too. */
static void tick_each_study(chart_maker *m, size_t k)
{
    enum { FEW = 7 };
    tq_forest_tick *const tick = k < FEW ? chart_take(m, k, sizeof *tick) : NULL;

    for (size_t i = 0; tick && i < k; i++) {
        tick[i] = (tq_forest_tick){(double)i + 1.0, CHART_TEXT(m, "%zu", i + 1)};
    }
    if (tick) {
        m->c->x.tick = tick;
        m->c->x.n_ticks = k;
    }
}

tq_status plot_influence(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                         tq_error *err)
{
    const tq_influence *const f = a->sensitivity ? a->sensitivity->influence : NULL;

    if (a->multilevel) {
        return plot_cluster_influence(a, opt, out, err);
    }
    if (!f) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "the analysis has no diagnostics of influence");
    }
    chart_maker m = chart_begin(a, "Influence of each study", SHARES + 1);

    if (!m.failed) {
        chart_range y = {0.0, 1.0};

        chart_segment(&m, "limit", TQ_INK_RULE, CHART_THIN, CHART_DASH, 0.5, 1.0,
                      (double)f->k + 0.5, 1.0);
        for (size_t j = 0; j < SHARES; j++) {
            y = add_shares(&m, f, j, y);
        }
        chart_x_axis(&m, (chart_range){0.5, (double)f->k + 0.5}, 0, 1,
                     "Study, in the order of the sheet");
        tick_each_study(&m, f->k);
        chart_y_axis(&m, (chart_range){0.0, 1.08 * y.hi}, 0, 1, "Share of the limit");
        m.c->caption =
            CHART_TEXT(&m, "Limits: |DFFITS| %s, Cook's distance %s, hat value %s, |DFBETAS| %s.",
                       chart_number(&m, f->limits.dffits), chart_number(&m, f->limits.cook_d),
                       chart_number(&m, f->limits.hat), chart_number(&m, f->limits.dfbs));
    }
    return chart_end(&m, out, err);
}
