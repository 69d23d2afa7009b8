/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Funnel plot: effects against their standard errors, which decrease upwards (Sterne & Egger 2001,
 * J. Clin. Epidemiol. 54:1046-1055), over the areas where an effect differs from none with
 * p < 0.10, 0.05 and 0.01 (Peters et al. 2008, J. Clin. Epidemiol. 61:991-996).
 */
#include <math.h>

#include "core/distributions.h"
#include "report/figure/plot_internal.h"

/* Share of the largest standard error that the axis goes on below it. */
#define BELOW 0.06
/* No effect is shown if it lies no further outside, in widths of what is shown. */
#define NULL_REACH 0.5

/* From the outside inwards. */
static const struct {
    double p;
    tq_ink ink;
    const char *legend;
} areas[] = {
    {0.00, TQ_INK_SHADE_3, "p < 0.01"},
    {0.01, TQ_INK_SHADE_2, "p < 0.05"},
    {0.05, TQ_INK_SHADE, "p < 0.10"},
    {0.10, TQ_INK_PAPER, "p ≥ 0.10"},
};
enum { AREAS = sizeof areas / sizeof *areas };

typedef struct {
    chart_maker m;
    double *yi, *sei; /* [k] NaN: no effect */
    size_t shown;
    double bottom; /* largest standard error shown */
    double pooled, critical;
    chart_range x;
} funnel;

static void gather(funnel *f, const tq_plot_options *opt)
{
    const tq_analysis *const a = f->m.a;
    double largest = 0.0;

    f->yi = chart_take(&f->m, a->k, sizeof *f->yi);
    f->sei = chart_take(&f->m, a->k, sizeof *f->sei);
    if (!f->yi || !f->sei) {
        return;
    }
    f->x = chart_with(CHART_EMPTY_RANGE, f->pooled);
    for (size_t i = 0; i < a->k; i++) {
        f->yi[i] = a->study[i].yi;
        f->sei[i] = a->study[i].sei;
        if (isfinite(f->yi[i]) && isfinite(f->sei[i])) {
            f->x = chart_with(f->x, f->yi[i]);
            largest = fmax(largest, f->sei[i]);
            f->shown++;
        }
    }
    f->bottom = (largest > 0.0 ? largest : 1.0) * (1.0 + BELOW);
    f->x = chart_with(f->x, f->pooled - f->critical * f->bottom);
    f->x = chart_with(f->x, f->pooled + f->critical * f->bottom);
    const double null = chart_null(a), reach = NULL_REACH * (f->x.hi - f->x.lo);

    if (null >= f->x.lo - reach && null <= f->x.hi + reach) {
        f->x = chart_with(f->x, null);
    }
    if (!plot_limits(a, opt, &f->x)) {
        const double margin = 0.02 * (f->x.hi - f->x.lo);

        f->x = (chart_range){f->x.lo - margin, f->x.hi + margin};
    }
}

/* Where |x - null| < z se: a triangle below no effect; p = 0 is everywhere. */
static void add_areas(funnel *f, double null)
{
    for (size_t i = 0; i < AREAS; i++) {
        const int all = areas[i].p == 0.0;
        const double half = all ? 0.0 : f->bottom * tq_normal_quantile(1.0 - areas[i].p / 2.0);
        tq_chart_layer *const area =
            chart_layer(&f->m, TQ_CHART_AREA, "significance", areas[i].ink, all ? 4 : 3);

        if (!area) {
            return;
        }
        area->legend = areas[i].legend;
        area->x[0] = all ? f->x.lo : null;
        area->x[1] = all ? f->x.hi : null + half;
        area->y[1] = all ? 0.0 : f->bottom;
        area->x[2] = all ? f->x.hi : null - half;
        area->y[2] = f->bottom;
        if (all) {
            area->x[3] = f->x.lo;
            area->y[3] = f->bottom;
        }
    }
}

static void add_limits(funnel *f)
{
    const double half = f->critical * f->bottom;
    tq_chart_layer *const sides = chart_layer(&f->m, TQ_CHART_LINE, "limits", TQ_INK_POOLED, 3);

    if (sides) {
        sides->width = CHART_THIN;
        sides->dash = CHART_DASH;
        sides->legend = CHART_TEXT(&f->m, "%s%% limits without heterogeneity", chart_level(&f->m));
        sides->x[0] = f->pooled - half;
        sides->y[0] = sides->y[2] = f->bottom;
        sides->x[1] = f->pooled;
        sides->x[2] = f->pooled + half;
    }
    tq_chart_layer *const middle = chart_segment(&f->m, "pooled", TQ_INK_POOLED, CHART_LINE, 0.0,
                                                 f->pooled, 0.0, f->pooled, f->bottom);

    if (middle) {
        middle->legend = CHART_TEXT(&f->m, "Pooled effect%s %s",
                                    f->m.a->n_filled > 0 ? " with filled studies" : "",
                                    chart_number(&f->m, chart_shown(f->m.a, f->pooled)));
    }
}

/* The pooled effect without the studies that were filled in. */
static void add_observed(funnel *f)
{
    const tq_trim_fill *const fill = f->m.a->trim_fill;
    tq_chart_layer *const line =
        fill ? chart_segment(&f->m, "observed", TQ_INK_PREDICTION, CHART_LINE, 0.0,
                             fill->observed.pred, 0.0, fill->observed.pred, f->bottom)
             : NULL;

    if (line) {
        line->legend = CHART_TEXT(&f->m, "Observed studies %s",
                                  chart_number(&f->m, chart_shown(f->m.a, fill->observed.pred)));
    }
}

/* Where studies are expected along their standard errors, from those without error upwards. */
static void add_trend(funnel *f, double at_zero, double slope, const char *legend)
{
    const double foot = at_zero + slope * f->bottom;
    tq_chart_layer *const line = chart_segment(&f->m, "trend", TQ_INK_PREDICTION, CHART_LINE, 0.0,
                                               at_zero, 0.0, foot, f->bottom);

    if (line) {
        line->legend = legend;
    }
}

/* The first test that regresses effects on standard errors. */
static const tq_bias_result *regression(const tq_bias *bias)
{
    for (size_t i = 0; bias && i < bias->n; i++) {
        const tq_bias_result *r = &bias->result[i];

        if (isfinite(r->limit) && isfinite(r->est) && r->predictor == TQ_PREDICTOR_SEI &&
            (r->test == TQ_BIAS_EGGER_LM || r->test == TQ_BIAS_EGGER_RMA)) {
            return r;
        }
    }
    return NULL;
}

static void add_regression(funnel *f)
{
    const tq_bias_result *r = regression(f->m.a->bias);

    if (r) {
        add_trend(f, r->limit, r->est,
                  CHART_TEXT(&f->m, "Regression (%s), limit %s", tq_bias_test_name(r->test),
                             chart_number(&f->m, chart_shown(f->m.a, r->limit))));
    }
}

/* Limit meta-analysis: the expected effect, beta + alpha sqrt(sei^2 + tau2), a curve unless tau2 is 0. */
static void add_limit_curve(funnel *f)
{
    enum { POINTS = 65 };
    const tq_limit_meta *l = f->m.a->publication ? f->m.a->publication->limit : NULL;
    tq_chart_layer *const line =
        l ? chart_layer(&f->m, TQ_CHART_LINE, "trend", TQ_INK_PREDICTION, POINTS) : NULL;

    for (size_t i = 0; line && i < POINTS; i++) {
        const double s = f->bottom * (double)i / (double)(POINTS - 1);

        line->x[i] = l->beta + l->alpha * sqrt(s * s + l->tau2);
        line->y[i] = s;
    }
    if (line) {
        line->legend = CHART_TEXT(&f->m, "Expected by precision, at the limit %s",
                                  chart_number(&f->m, chart_shown(f->m.a, l->beta0.est)));
    }
}

static const char *const *hints(funnel *f)
{
    const tq_analysis *const a = f->m.a;
    const char **const hint = chart_take(&f->m, a->k, sizeof *hint);

    for (size_t i = 0; hint && i < a->k; i++) {
        hint[i] = CHART_TEXT(&f->m, "%s: %s %s, standard error %s",
                             a->study[i].label ? a->study[i].label : "", chart_effect_name(&f->m),
                             chart_number(&f->m, chart_shown(a, f->yi[i])),
                             chart_number(&f->m, f->sei[i]));
    }
    return hint;
}

/* What the picture does not say by itself. */
static void add_caption(funnel *f, int contours)
{
    const tq_analysis *const a = f->m.a;
    const char *const shade =
        contours ? "Shading: two-sided p of a study at that place, against no effect. " : "";
    size_t beyond = 0;

    for (size_t i = 0; i < a->k; i++) {
        beyond += f->yi[i] < f->x.lo || f->yi[i] > f->x.hi;
    }
    const char *const cut = beyond > 0 ? CHART_TEXT(&f->m, "%zu %s beyond the axis. ", beyond,
                                                    beyond == 1 ? "study lies" : "studies lie")
                                       : "";
    const size_t without = a->k - f->shown;
    const char *const missing =
        without > 0 ? CHART_TEXT(&f->m, "%zu %s no effect of its own to show.", without,
                                 without == 1 ? "study has" : "studies have")
                    : "";

    f->m.c->caption = CHART_TEXT(&f->m, "%s%s%s", shade, cut, missing);
}

static void lay_out(funnel *f, const tq_plot_options *opt)
{
    const tq_analysis *const a = f->m.a;
    const double null = chart_null(a);
    const int contours = opt->contours && isfinite(null);
    const tq_block *const block = plot_block(a, opt);

    gather(f, opt);
    if (f->m.failed) {
        return;
    }
    if (contours) {
        add_areas(f, null);
    }
    if (isfinite(null)) {
        chart_segment(&f->m, "null", TQ_INK_RULE, CHART_THIN, 0.0, null, 0.0, null, f->bottom);
    }
    add_observed(f);
    add_limits(f);
    add_regression(f);
    add_limit_curve(f);
    chart_studies(&f->m, block, f->yi, f->sei, NULL, NULL, hints(f));
    chart_x_axis(&f->m, f->x, chart_log_axis(a), 1, chart_effect_label(&f->m));
    chart_y_axis(&f->m, (chart_range){f->bottom, 0.0}, 0, 1,
                 CHART_TEXT(&f->m, "Standard error (%s)", tq_analysis_scale_name(a, 0)));
    add_caption(f, contours);
}

tq_status plot_funnel(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                      tq_error *err)
{
    funnel f = {.pooled = a->fit->prediction.pred};

    if (!isfinite(f.pooled)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "a funnel plot needs one pooled effect; leave --mods out");
    }
    f.critical = tq_critical_value(a->options.level, NAN);
    f.m = chart_begin(a, "Funnel plot", AREAS + 7 + chart_study_layers(plot_block(a, opt)));
    if (!f.m.failed) {
        lay_out(&f, opt);
    }
    return chart_end(&f.m, out, err);
}
