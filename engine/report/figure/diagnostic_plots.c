/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of case deletion: Baujat plot and normal quantiles of the residuals. */
#include <math.h>

#include "diagnostics/study_plots.h"
#include "report/figure/plot_internal.h"

/* Studies whose shares of both maxima add up to more are named. */
#define NAMED 0.3

static const tq_influence *influence_of(const tq_analysis *a)
{
    return a->sensitivity ? a->sensitivity->influence : NULL;
}

static tq_status no_influence(tq_error *err)
{
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the analysis has no influence of its studies");
}

/* ---- Baujat et al. (2002), Stat. Med. 21:2641-2652 -------------------------------------- */

static const char *const *names(chart_maker *m, const plot_points *p, double x, double y)
{
    const char **const label = chart_take(m, m->a->k, sizeof *label);

    for (size_t i = 0; label && i < m->a->k; i++) {
        label[i] = p->x[i] / x + p->y[i] / y > NAMED ? m->a->study[i].label : NULL;
    }
    return label;
}

static void lay_out_baujat(chart_maker *m, const tq_plot_options *opt, const plot_points *p)
{
    const tq_analysis *const a = m->a;
    chart_range x = {0.0, 0.0}, y = {0.0, 0.0};

    for (size_t i = 0; i < a->k; i++) {
        x = chart_with(x, p->x[i]);
        y = chart_with(y, p->y[i]);
    }
    chart_studies(m, plot_block(a, opt), p->x, p->y, NULL,
                  names(m, p, x.hi > 0.0 ? x.hi : 1.0, y.hi > 0.0 ? y.hi : 1.0),
                  plot_hints(m, p, "contribution", "influence"));
    chart_x_axis(m, x, 0, 0, "Contribution to heterogeneity (squared Pearson residual)");
    chart_y_axis(m, y, 0, 0, "Influence on the fitted effect");
}

tq_status plot_baujat(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                      tq_error *err)
{
    const tq_influence *const of = influence_of(a);

    if (!of) {
        return no_influence(err);
    }
    chart_maker m = chart_begin(a, "Baujat plot", chart_study_layers(plot_block(a, opt)));
    tq_point *const at = chart_take(&m, a->k, sizeof *at);

    for (size_t i = 0; at && i < a->k; i++) {
        at[i] = (tq_point){of->row[i].baujat_x, of->row[i].baujat_y};
    }
    const plot_points p = plot_split(&m, at);

    if (!m.failed) {
        lay_out_baujat(&m, opt, &p);
    }
    return plot_end(&m, TQ_OK, out, err);
}

/* ---- normal quantiles ------------------------------------------------------------------- */

static void lay_out_qq(chart_maker *m, const tq_plot_options *opt, const plot_points *p)
{
    chart_range r = CHART_EMPTY_RANGE, x = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < m->a->k; i++) {
        x = chart_with(x, p->x[i]);
        r = chart_with(r, p->y[i]);
    }
    chart_x_axis(m, x, 0, 0, "Quantiles of the standard normal distribution");
    chart_y_axis(m, chart_with(chart_with(r, x.lo), x.hi), 0, 0, "Standardised residuals");
    tq_chart_layer *const line = chart_segment(m, "identity", TQ_INK_RULE, CHART_THIN, 0.0,
                                               m->c->x.lo, m->c->x.lo, m->c->x.hi, m->c->x.hi);

    if (line) {
        line->legend = "Normal residuals";
    }
    chart_studies(m, plot_block(m->a, opt), p->x, p->y, NULL, NULL,
                  plot_hints(m, p, "normal quantile", "residual"));
}

tq_status plot_qq(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out, tq_error *err)
{
    const tq_influence *const of = influence_of(a);

    if (!of) {
        return no_influence(err);
    }
    chart_maker m =
        chart_begin(a, "Normal quantile plot", 1 + chart_study_layers(plot_block(a, opt)));
    tq_point *const at = chart_take(&m, a->k, sizeof *at);
    double *const residual = chart_take(&m, a->k, sizeof *residual);

    for (size_t i = 0; residual && i < a->k; i++) {
        residual[i] = of->residual[i].rstandard;
    }
    if (!m.failed) {
        tq_normal_points(residual, a->k, at);
    }
    const plot_points p = plot_split(&m, at);

    if (!m.failed) {
        lay_out_qq(&m, opt, &p);
    }
    return plot_end(&m, TQ_OK, out, err);
}
