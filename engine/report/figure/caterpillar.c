/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of all intervals at once: caterpillar plot, and drapery of p-value functions. */
#include <math.h>
#include <stdlib.h>

#include "report/figure/forest_internal.h"
#include "report/figure/plot_internal.h"
#include "report/points.h"

/* ---- caterpillar: studies in the order of their effects, without names ------------------ */

static void add_pooled(chart_maker *m, double top)
{
    const tq_prediction *const p = &m->a->fit->prediction;
    tq_chart_layer *const band = chart_layer(m, TQ_CHART_AREA, "confidence-band", TQ_INK_BAND, 4);
    tq_chart_layer *const line =
        chart_segment(m, "pooled", TQ_INK_POOLED, CHART_LINE, 0.0, p->pred, 0.0, p->pred, top);

    for (size_t i = 0; band && i < 4; i++) {
        band->x[i] = i == 0 || i == 3 ? p->ci_lb : p->ci_ub;
        band->y[i] = i < 2 ? 0.0 : top;
    }
    if (band && line) {
        band->legend = CHART_TEXT(m, "%s%% confidence interval", chart_level(m));
        line->legend =
            CHART_TEXT(m, "Pooled effect %s", chart_number(m, chart_shown(m->a, p->pred)));
    }
}

/* The intervals as one line that is interrupted, then the points. */
static chart_range add_intervals(chart_maker *m, const tq_plot_options *opt, const size_t *order)
{
    const tq_analysis *const a = m->a;
    tq_chart_layer *const lines = chart_layer(m, TQ_CHART_LINE, "interval", TQ_INK_LINE, 3 * a->k);
    tq_point *const at = chart_take(m, a->k, sizeof *at);
    chart_range r = CHART_EMPTY_RANGE;

    if (!lines || !at || !order) {
        return r;
    }
    lines->width = a->k > 100 ? 0.5 : CHART_THIN;
    for (size_t j = 0; j < a->k; j++) {
        const tq_study *const s = &a->study[order[j]];
        const double y = (double)(a->k - j) - 0.5;

        at[order[j]] = (tq_point){s->yi, y};
        lines->x[3 * j] = s->ci_lb;
        lines->x[3 * j + 1] = s->ci_ub;
        lines->x[3 * j + 2] = lines->y[3 * j + 2] = NAN;
        lines->y[3 * j] = lines->y[3 * j + 1] = y;
        r = chart_with(chart_with(r, s->ci_lb), s->ci_ub);
    }
    const plot_points p = plot_split(m, at);
    double *const radius = chart_take(m, a->k, sizeof *radius);

    for (size_t i = 0; radius && i < a->k; i++) {
        radius[i] = a->k > 100 ? 1.0 : 2.0;
    }
    if (!m->failed) {
        chart_studies(m, plot_block(a, opt), p.x, p.y, radius, NULL, plot_hints(m, &p, NULL, NULL));
    }
    return r;
}

tq_status plot_caterpillar(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                           tq_error *err)
{
    const tq_forest_options by_effect = {.sort = "effect"};
    const double null = chart_null(a), top = (double)a->k;
    chart_maker m = chart_begin(a, "Caterpillar plot", 5 + chart_study_layers(plot_block(a, opt)));
    size_t *const order = chart_take(&m, a->k, sizeof *order);

    if (order && !m.failed && !forest_order(a, &by_effect, order)) {
        m.failed = 1;
    }
    if (!m.failed) {
        if (isfinite(a->fit->prediction.pred)) {
            add_pooled(&m, top);
        }
        if (isfinite(null)) {
            chart_segment(&m, "null", TQ_INK_RULE, CHART_THIN, 0.0, null, 0.0, null, top);
        }
        chart_range x = add_intervals(&m, opt, order);
        const int given = plot_limits(a, opt, &x);

        chart_x_axis(&m, x, chart_log_axis(a), given, chart_effect_label(&m));
        chart_y_axis(&m, (chart_range){0.0, top}, 0, 1, "Studies in the order of their effects");
        m.c->y.n_ticks = 0; /* ranks say nothing */
    }
    return plot_end(&m, TQ_OK, out, err);
}

/* ---- drapery: Rucker & Schwarzer (2021), Res. Synth. Methods 12:165-173 ------------------ */

enum { GRID = 241 };

static tq_chart_layer *add_curve(chart_maker *m, const double *at, double est, double se, double df,
                                 tq_ink ink, double width)
{
    tq_chart_layer *const curve =
        chart_layer(m, TQ_CHART_LINE, ink == TQ_INK_POOLED ? "pooled" : "study", ink, GRID);

    if (curve) {
        curve->width = width;
        size_t peak = 0;

        for (size_t i = 0; i < GRID; i++) {
            curve->x[i] = at[i];
            peak = fabs(at[i] - est) < fabs(at[peak] - est) ? i : peak;
        }
        if (peak > 0 && peak + 1 < GRID) {
            curve->x[peak] = est; /* its top is on the curve */
        }
        tq_p_value_function(est, se, df, GRID, curve->x, curve->y);
    }
    return curve;
}

static void add_curves(chart_maker *m, chart_range r)
{
    const tq_analysis *const a = m->a;
    double *const at = chart_take(m, GRID, sizeof *at);

    for (size_t i = 0; at && i < GRID; i++) {
        at[i] = r.lo + (r.hi - r.lo) * (double)i / (double)(GRID - 1);
    }
    for (size_t i = 0; at && i < a->k; i++) {
        tq_chart_layer *const study =
            add_curve(m, at, a->study[i].yi, a->study[i].sei, NAN, TQ_INK_RULE, 0.4);

        if (study && i == 0) {
            study->legend = "Studies";
        }
    }
    tq_chart_layer *const pooled =
        at ? add_curve(m, at, a->fit->beta[0], a->fit->se[0], a->fit->df[0], TQ_INK_POOLED, 1.75)
           : NULL;

    if (pooled) {
        pooled->legend =
            CHART_TEXT(m, "Pooled effect %s", chart_number(m, chart_shown(a, a->fit->beta[0])));
    }
}

tq_status plot_drapery(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                       tq_error *err)
{
    const double null = chart_null(a), alpha = 1.0 - a->options.level / 100.0;

    if (!isfinite(a->fit->prediction.pred) || !isfinite(a->fit->se[0])) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "a drapery plot needs one pooled effect; leave --mods out");
    }
    chart_maker m = chart_begin(a, "Drapery plot", a->k + 4);
    chart_range x = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < a->k; i++) {
        x = chart_with(chart_with(x, a->study[i].ci_lb), a->study[i].ci_ub);
    }
    const int given = plot_limits(a, opt, &x);

    if (!m.failed) {
        chart_x_axis(&m, x, chart_log_axis(a), given, chart_effect_label(&m));
        chart_y_axis(&m, (chart_range){0.0, 1.0}, 0, 1, "Two-sided p");
        x = (chart_range){m.c->x.lo, m.c->x.hi};
        if (isfinite(null)) {
            chart_segment(&m, "null", TQ_INK_RULE, CHART_THIN, 0.0, null, 0.0, null, 1.0);
        }
        add_curves(&m, x);
        tq_chart_layer *const level = chart_segment(&m, "level", TQ_INK_PREDICTION, CHART_THIN,
                                                    CHART_DASH, x.lo, alpha, x.hi, alpha);

        if (level) {
            level->legend = CHART_TEXT(&m, "%s%% confidence limits", chart_level(&m));
        }
        m.c->caption = "Each curve: two-sided p of the hypothesis that the effect is what the axis "
                       "below says.";
    }
    return plot_end(&m, TQ_OK, out, err);
}
