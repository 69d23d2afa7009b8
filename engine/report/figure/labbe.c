/* SPDX-License-Identifier: GPL-3.0-or-later */
/* L'Abbe plot: L'Abbe, Detsky & O'Rourke (1987), Ann. Intern. Med. 107:224-233. */
#include <math.h>

#include "report/figure/plot_internal.h"
#include "report/points.h"

enum { GRID = 101 };

/* The risk of group 1 at each risk of group 2 under the pooled effect. */
static void add_effect(chart_maker *m, tq_count_scale scale, double most)
{
    const double effect = m->a->fit->prediction.pred;
    tq_chart_layer *const line = chart_layer(m, TQ_CHART_LINE, "pooled", TQ_INK_POOLED, GRID);

    for (size_t i = 0; line && i < GRID; i++) {
        line->x[i] = most * (double)i / (double)(GRID - 1);
        line->y[i] = tq_labbe_line(scale, effect, line->x[i]);
    }
    if (line) {
        line->legend = CHART_TEXT(m, "Pooled %s %s", chart_effect_name(m),
                                  chart_number(m, chart_shown(m->a, effect)));
    }
}

static void lay_out(chart_maker *m, const tq_plot_options *opt, const plot_points *p,
                    tq_count_scale scale)
{
    const tq_analysis *const a = m->a;
    const char *const what = tq_count_scale_binomial(scale) ? "Risk" : "Rate";
    const char *const group1 = a->provenance.group1 ? a->provenance.group1 : "Treatment";
    const char *const group2 = a->provenance.group2 ? a->provenance.group2 : "Control";
    chart_range r = {0.0, 0.0};

    for (size_t i = 0; i < a->k; i++) {
        r = chart_with(chart_with(r, p->x[i]), p->y[i]);
    }
    r.hi = r.hi > 0.0 ? 1.06 * r.hi : 1.0;
    if (tq_count_scale_binomial(scale)) {
        r.hi = fmin(r.hi, 1.0);
    }
    r.lo = -0.03 * r.hi; /* points at 0 keep clear of the axes */
    tq_chart_layer *const equal =
        chart_segment(m, "null", TQ_INK_RULE, CHART_THIN, 0.0, 0.0, 0.0, r.hi, r.hi);

    if (equal) {
        equal->legend = "No effect";
    }
    if (isfinite(a->fit->prediction.pred)) {
        add_effect(m, scale, r.hi);
    }
    chart_studies(m, plot_block(a, opt), p->x, p->y, plot_radii(m), NULL,
                  plot_hints(m, p, group2, group1));
    chart_x_axis(m, r, 0, 1, CHART_TEXT(m, "%s: %s", what, group2));
    chart_y_axis(m, r, 0, 1, CHART_TEXT(m, "%s: %s", what, group1));
    m->c->square = 1;
    m->c->caption = "Areas of the points by weight.";
}

tq_status plot_labbe(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                     tq_error *err)
{
    chart_maker m = chart_begin(a, "L’Abbé plot", 2 + chart_study_layers(plot_block(a, opt)));
    tq_point *const at = chart_take(&m, a->k, sizeof *at);
    tq_count_scale scale = TQ_COUNT_COUNT;
    const tq_status status = m.failed ? TQ_OK : tq_analysis_labbe(a, at, &scale, err);

    if (status == TQ_OK && !m.failed) {
        const plot_points p = plot_split(&m, at);

        if (!m.failed) {
            lay_out(&m, opt, &p, scale);
        }
    }
    return plot_end(&m, status, out, err);
}
