/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What unseen studies without an effect make of the pooled effect, as their number grows. */
#include <math.h>

#include "report/figure/plot_internal.h"

enum { LAYERS = 5 };

static void add_band(chart_maker *m, const tq_fail_safe *f)
{
    const size_t n = f->n_path;
    tq_chart_layer *const band = chart_layer(m, TQ_CHART_AREA, "confidence", TQ_INK_BAND, 2 * n);

    for (size_t i = 0; band && i < n; i++) {
        band->x[i] = band->x[2 * n - 1 - i] = f->path[i].unseen;
        band->y[i] = f->path[i].ci_lb;
        band->y[2 * n - 1 - i] = f->path[i].ci_ub;
    }
    if (band) {
        band->legend = CHART_TEXT(m, "%g%% confidence interval", 100.0 * (1.0 - f->alpha));
    }
}

static void add_effect(chart_maker *m, const tq_fail_safe *f)
{
    tq_chart_layer *const line = chart_layer(m, TQ_CHART_LINE, "effect", TQ_INK_POOLED, f->n_path);

    for (size_t i = 0; line && i < f->n_path; i++) {
        line->x[i] = f->path[i].unseen;
        line->y[i] = f->path[i].effect;
    }
    if (line) {
        line->legend = "Pooled effect with them";
    }
}

/* The number that undoes the result, where there is one. */
static void add_number(chart_maker *m, const tq_fail_safe *f, chart_range y)
{
    const double N = f->general.fsn;
    tq_chart_layer *const line = N > 0.0 ? chart_segment(m, "number", TQ_INK_PREDICTION, CHART_LINE,
                                                         CHART_DASH, N, y.lo, N, y.hi)
                                         : NULL;

    if (line) {
        line->legend = CHART_TEXT(m, "Fail-safe N of this model: %.15g", N);
    }
}

static const char *number_of(chart_maker *m, const tq_fail_safe_n *n)
{
    return isnan(n->fsn) ? "none" : CHART_TEXT(m, "%.15g", n->fsn);
}

static void lay_out(chart_maker *m, const tq_fail_safe *f)
{
    const double null = chart_null(m->a), right = f->path[f->n_path - 1].unseen;
    chart_range y = chart_with(chart_with(CHART_EMPTY_RANGE, null), f->general.target);

    for (size_t i = 0; i < f->n_path; i++) {
        y = chart_with(chart_with(y, f->path[i].ci_lb), f->path[i].ci_ub);
    }
    add_band(m, f);
    if (isfinite(null)) {
        chart_segment(m, "null", TQ_INK_RULE, CHART_THIN, 0.0, 0.0, null, right, null);
    }
    tq_chart_layer *const target =
        isfinite(f->general.target)
            ? chart_segment(m, "target", TQ_INK_QUIET, CHART_THIN, CHART_DASH, 0.0,
                            f->general.target, right, f->general.target)
            : NULL;

    if (target) {
        target->legend =
            CHART_TEXT(m, "Target %s", chart_number(m, chart_shown(m->a, f->general.target)));
    }
    add_effect(m, f);
    add_number(m, f, y);
    chart_x_axis(m, (chart_range){0.0, right}, 0, 1, "Unseen studies without an effect");
    chart_y_axis(m, y, chart_log_axis(m->a), 0, chart_effect_label(m));
    m->c->caption = CHART_TEXT(
        m,
        "Unseen studies have the mean precision of those observed. Fail-safe N "
        "by other methods: Rosenthal %s, Orwin %s, Rosenberg %s.",
        number_of(m, &f->rosenthal), number_of(m, &f->orwin), number_of(m, &f->rosenberg));
}

tq_status plot_fail_safe(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                         tq_error *err)
{
    const tq_fail_safe *const f = a->fail_safe;

    (void)opt;
    if (!f || f->n_path == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "%s",
                       f ? f->general.why : "the analysis has no fail-safe N");
    }
    chart_maker m = chart_begin(a, "Fail-safe N", LAYERS);

    if (!m.failed) {
        lay_out(&m, f);
    }
    return chart_end(&m, out, err);
}
