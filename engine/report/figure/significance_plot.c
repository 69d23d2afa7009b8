/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Significance funnel (Mathur & VanderWeele 2020, Appl. Stat. 69:1091-1119): studies on either side of
 * significance in the favoured direction, the pooled effect, and what corrections make of it.
 */
#include <math.h>

#include "core/distributions.h"
#include "report/figure/plot_internal.h"

enum { LAYERS = 7 };
/* Share of the largest standard error that the axis goes on below it. */
#define BELOW 0.06

/* What S-values and p-uniform have in common. */
typedef struct {
    chart_maker m;
    double sign, critical, null, bottom;
    const char *in, *out; /* names of the studies on either side */
    double pooled, corrected;
    const char *corrected_name;
    chart_range x;
} significance;

static int read_method(significance *s, const tq_publication *p)
{
    if (p && p->svalue) {
        s->sign = p->svalue->greater ? 1.0 : -1.0;
        s->critical = tq_normal_quantile(1.0 - p->svalue->alpha / 2.0);
        s->in = "Affirmative";
        s->out = "Nonaffirmative";
        s->corrected = p->svalue->worst.est;
        s->corrected_name = "Nonaffirmative studies alone";
        return 1;
    }
    if (p && p->puniform) {
        s->sign = p->puniform->greater ? 1.0 : -1.0;
        s->critical = tq_normal_quantile(1.0 - p->puniform->alpha / 2.0);
        s->in = "Significant";
        s->out = "Not significant";
        s->corrected = p->puniform->star_est;
        s->corrected_name = "p-uniform*";
        return 1;
    }
    return 0;
}

static void measure(significance *s, const tq_plot_options *opt)
{
    const tq_analysis *const a = s->m.a;
    double largest = 0.0;

    s->x = chart_with(chart_with(chart_with(CHART_EMPTY_RANGE, s->null), s->pooled), s->corrected);
    for (size_t i = 0; i < a->k; i++) {
        s->x = chart_with(s->x, a->study[i].yi);
        largest = fmax(largest, a->study[i].sei);
    }
    s->bottom = largest * (1.0 + BELOW);
    s->x = chart_with(s->x, s->null + s->sign * s->critical * s->bottom);
    if (!plot_limits(a, opt, &s->x)) {
        const double margin = 0.02 * (s->x.hi - s->x.lo);

        s->x = (chart_range){s->x.lo - margin, s->x.hi + margin};
    }
}

static void add_area(significance *s)
{
    tq_chart_layer *const area =
        chart_layer(&s->m, TQ_CHART_AREA, "significance", TQ_INK_SHADE_3, 4);
    const double edge = s->sign > 0.0 ? s->x.hi : s->x.lo;
    const double foot = s->null + s->sign * s->critical * s->bottom;

    if (area) {
        const double x[] = {s->null, edge, edge, foot}, y[] = {0.0, 0.0, s->bottom, s->bottom};

        for (int i = 0; i < 4; i++) {
            area->x[i] = x[i];
            area->y[i] = y[i];
        }
        area->legend = CHART_TEXT(&s->m, "z beyond %s", chart_number(&s->m, s->critical));
    }
}

static void add_studies(significance *s, int beyond)
{
    const tq_analysis *const a = s->m.a;
    tq_chart_layer *const points =
        chart_layer(&s->m, TQ_CHART_POINTS, beyond ? "affirmative" : "nonaffirmative",
                    beyond ? TQ_INK_PREDICTION : TQ_INK_STUDY, a->k);
    const char **const hint = chart_take(&s->m, a->k, sizeof *hint);
    size_t n = 0;

    for (size_t i = 0; points && hint && i < a->k; i++) {
        const tq_study *const study = &a->study[i];

        if ((s->sign * (study->yi - s->null) > s->critical * study->sei) == beyond) {
            points->x[n] = study->yi;
            points->y[n] = study->sei;
            hint[n++] =
                CHART_TEXT(&s->m, "%s: %s %s, standard error %s", study->label ? study->label : "",
                           chart_effect_name(&s->m), chart_number(&s->m, chart_shown(a, study->yi)),
                           chart_number(&s->m, study->sei));
        }
    }
    if (points) {
        points->n = n;
        points->open = !beyond;
        points->hint = hint;
        points->legend = CHART_TEXT(&s->m, "%s (%zu)", beyond ? s->in : s->out, n);
    }
}

static void add_effect(significance *s, const char *role, tq_ink ink, double dash, double x,
                       const char *name)
{
    tq_chart_layer *const line =
        isfinite(x) ? chart_segment(&s->m, role, ink, CHART_LINE, dash, x, 0.0, x, s->bottom)
                    : NULL;

    if (line) {
        line->legend =
            CHART_TEXT(&s->m, "%s %s", name, chart_number(&s->m, chart_shown(s->m.a, x)));
    }
}

static void lay_out(significance *s, const tq_plot_options *opt)
{
    measure(s, opt);
    add_area(s);
    chart_segment(&s->m, "null", TQ_INK_RULE, CHART_THIN, 0.0, s->null, 0.0, s->null, s->bottom);
    add_effect(s, "pooled", TQ_INK_POOLED, 0.0, s->pooled, "All studies");
    add_effect(s, "corrected", TQ_INK_BLACK, CHART_DASH, s->corrected, s->corrected_name);
    add_studies(s, 0);
    add_studies(s, 1);
    chart_x_axis(&s->m, s->x, chart_log_axis(s->m.a), 1, chart_effect_label(&s->m));
    chart_y_axis(&s->m, (chart_range){s->bottom, 0.0}, 0, 1,
                 CHART_TEXT(&s->m, "Standard error (%s)", tq_analysis_scale_name(s->m.a, 0)));
    s->m.c->caption = s->m.a->publication->answers.reading;
}

tq_status plot_significance(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                            tq_error *err)
{
    significance s = {.pooled = a->fit->prediction.pred};

    if (!read_method(&s, a->publication)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "the analysis has no S-values and no p-uniform, which a significance funnel "
                       "shows");
    }
    s.m = chart_begin(a, "Significance funnel", LAYERS);
    s.null = isfinite(chart_null(a)) ? chart_null(a) : 0.0;
    if (!s.m.failed) {
        lay_out(&s, opt);
    }
    return chart_end(&s.m, out, err);
}
