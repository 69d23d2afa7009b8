/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sensitivity of the pooled effect to selection, by the Copas model: along the probability that a study
 * as imprecise as the least precise one is seen (Copas & Shi 2001, Stat. Methods Med. Res. 10:251-265).
 */
#include <math.h>

#include "report/figure/plot_internal.h"

typedef struct {
    chart_maker m;
    const tq_copas *c;
    size_t paths;
} sensitivity;

/* Points of a path: the first stands for all seen. */
typedef struct {
    size_t first, n;
} path;

/* The i-th point of a path, which starts where every study is seen. */
static const tq_copas_point *at(const sensitivity *s, const path *p, size_t i)
{
    return &s->c->point[i == 0 ? 0 : p->first + i - 1];
}

/* The path that starts at a point; its first stands beside it. */
static path path_from(const sensitivity *s, size_t first)
{
    path p = {first, 1};

    while (first + p.n - 1 < s->c->n &&
           s->c->point[first + p.n - 1].most == s->c->point[first].most) {
        p.n++;
    }
    return p;
}

static void add_band(sensitivity *s, const path *p)
{
    tq_chart_layer *const band =
        chart_layer(&s->m, TQ_CHART_AREA, "confidence", TQ_INK_BAND, 2 * p->n);

    for (size_t i = 0; band && i < p->n; i++) {
        const tq_copas_point *const point = at(s, p, i);

        band->x[i] = band->x[2 * p->n - 1 - i] = point->least;
        band->y[i] = point->mu.ci_lb;
        band->y[2 * p->n - 1 - i] = point->mu.ci_ub;
    }
    if (band) {
        band->legend = CHART_TEXT(&s->m, "%s%% confidence interval", chart_level(&s->m));
    }
}

static void add_line(sensitivity *s, const path *p, size_t which)
{
    tq_chart_layer *const line = chart_layer(
        &s->m, TQ_CHART_LINE, "path",
        which == 0 ? TQ_INK_POOLED : (tq_ink)(TQ_INK_GROUP + (int)(which % TQ_INK_GROUPS)), p->n);

    for (size_t i = 0; line && i < p->n; i++) {
        line->x[i] = at(s, p, i)->least;
        line->y[i] = at(s, p, i)->mu.est;
    }
    if (line) {
        line->dash = which == 0 ? 0.0 : CHART_DASH;
        line->legend = CHART_TEXT(&s->m, "Most precise study seen with probability %s",
                                  chart_exact(&s->m, s->c->point[p->first].most));
    }
}

/* Filled: what selection leaves of the asymmetry is not significant. */
static void add_points(sensitivity *s, const path *p, int enough)
{
    tq_chart_layer *const points =
        chart_layer(&s->m, TQ_CHART_POINTS, "point", TQ_INK_POOLED, p->n);
    const char **const hint = chart_take(&s->m, p->n, sizeof *hint);
    size_t n = 0;

    for (size_t i = 0; points && hint && i < p->n; i++) {
        const tq_copas_point *const point = at(s, p, i);

        if ((point->residual.pval >= s->c->alpha) == enough) {
            points->x[n] = point->least;
            points->y[n] = point->mu.est;
            hint[n++] = CHART_TEXT(&s->m, "P(seen) %s: %s %s, %s studies unseen, p residual %s",
                                   chart_number(&s->m, point->least), chart_effect_name(&s->m),
                                   chart_number(&s->m, chart_shown(s->m.a, point->mu.est)),
                                   chart_number(&s->m, point->unseen),
                                   chart_number(&s->m, point->residual.pval));
        }
    }
    if (points && n > 0) {
        points->legend = CHART_TEXT(&s->m,
                                    enough ? "Asymmetry left not significant (p ≥ %s)"
                                           : "Asymmetry left significant (p < %s)",
                                    chart_exact(&s->m, s->c->alpha));
    }
    if (points) {
        points->n = n;
        points->open = !enough;
        points->hint = hint;
    }
}

static void add_adjusted(sensitivity *s)
{
    tq_chart_layer *const mark =
        s->c->found ? chart_layer(&s->m, TQ_CHART_POINTS, "adjusted", TQ_INK_PREDICTION, 1) : NULL;

    if (mark) {
        mark->x[0] = s->c->adjusted.least;
        mark->y[0] = s->c->adjusted.mu.est;
        mark->marker = TQ_MARKER_DIAMOND;
        mark->legend = CHART_TEXT(&s->m, "Adjusted %s",
                                  chart_number(&s->m, chart_shown(s->m.a, s->c->adjusted.mu.est)));
    }
}

static chart_range effects(const sensitivity *s, const path *p)
{
    chart_range y = chart_with(CHART_EMPTY_RANGE, chart_null(s->m.a));

    for (size_t i = 0; i < s->c->n; i++) {
        y = chart_with(y, s->c->point[i].mu.est);
    }
    for (size_t i = 0; i < p->n; i++) {
        y = chart_with(chart_with(y, at(s, p, i)->mu.ci_lb), at(s, p, i)->mu.ci_ub);
    }
    return y;
}

static void lay_out(sensitivity *s)
{
    const path first_path = path_from(s, 1);
    const double null = chart_null(s->m.a),
                 left = s->c->point[first_path.first + first_path.n - 2].least;
    const chart_range y = effects(s, &first_path);

    add_band(s, &first_path);
    if (isfinite(null)) {
        chart_segment(&s->m, "null", TQ_INK_RULE, CHART_THIN, 0.0, left, null, 1.0, null);
    }
    for (size_t first = 1, which = 0; first < s->c->n; which++) {
        const path p = path_from(s, first);

        add_line(s, &p, which);
        first += p.n - 1;
    }
    add_points(s, &first_path, 1);
    add_points(s, &first_path, 0);
    add_adjusted(s);
    chart_x_axis(&s->m, (chart_range){left, 1.0}, 0, 1,
                 "Probability that the least precise study is seen");
    chart_y_axis(&s->m, y, chart_log_axis(s->m.a), 0, chart_effect_label(&s->m));
    s->m.c->caption = CHART_TEXT(&s->m, "%s", s->m.a->publication->answers.reading);
}

tq_status plot_copas(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                     tq_error *err)
{
    sensitivity s = {.c = a->publication ? a->publication->copas : NULL};

    (void)opt;
    if (!s.c || s.c->n < 2) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the analysis has no Copas model");
    }
    for (size_t first = 1; first < s.c->n; s.paths++) {
        first += path_from(&s, first).n - 1;
    }
    s.m = chart_begin(a, "Sensitivity to selection (Copas model)", s.paths + 5);
    if (!s.m.failed) {
        lay_out(&s);
    }
    return chart_end(&s.m, out, err);
}
