/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Specification curve: Simonsohn, Simmons & Nelson (2020), Nat. Hum. Behav. 4:1208-1214. Above the
 * estimates in their order with intervals, below a row for each option of each choice, with a mark where a
 * specification has it.
 */
#include <math.h>
#include <string.h>

#include "report/figure/plot_internal.h"

enum { MOST_SHOWN = 600, LONGEST_NAME = 28 };
/* Of a row of options, as a share of the range of the estimates. */
#define ROW_SHARE 0.055

/* " of measure RR" where there are others, which have scales of their own. */
static const char *of_measure(chart_maker *m, const tq_multiverse *v)
{
    for (size_t c = 0; c < v->n_choices; c++) {
        if (strcmp(v->choice[c].name, "measure") == 0 && v->choice[c].n > 1) {
            return CHART_TEXT(m, " of measure %s, %zu in all", v->choice[c].option[0], v->n);
        }
    }
    return "";
}

/* What is shown: specifications by rank, rows of options. */
typedef struct {
    const tq_multiverse *v;
    size_t *shown; /* [n] specifications in the order of their estimates */
    size_t n, rows;
} curve;

/* The curve is of one measure. */
static int has_rows(const tq_multiverse_choice *choice)
{
    return choice->n > 1 && strcmp(choice->name, "measure") != 0;
}

static size_t count_rows(const tq_multiverse *v)
{
    size_t rows = 0;

    for (size_t c = 0; c < v->n_choices; c++) {
        rows += has_rows(&v->choice[c]) ? v->choice[c].n : 0;
    }
    return rows;
}

/* All of the curve, or as many of it, evenly spaced, as can be told apart. */
static curve choose(chart_maker *m)
{
    const tq_multiverse *const v = m->a->multiverse;
    const size_t all = v->all.comparable, n = all < MOST_SHOWN ? all : MOST_SHOWN;
    size_t *const by_rank = chart_take(m, all, sizeof *by_rank);
    curve c = {v, chart_take(m, n, sizeof(size_t)), n, count_rows(v)};

    for (size_t j = 0; by_rank && j < v->n; j++) {
        if (v->rank[j] > 0) {
            by_rank[v->rank[j] - 1] = j;
        }
    }
    for (size_t i = 0; by_rank && c.shown && i < n; i++) {
        c.shown[i] = by_rank[n > 1 ? i * (all - 1) / (n - 1) : 0];
    }
    return c;
}

static chart_range range_of(const curve *c)
{
    chart_range r = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < c->n; i++) {
        const tq_specification_fit *const f = &c->v->fit[c->shown[i]];

        r = chart_with(chart_with(chart_with(r, f->estimate), f->ci_lb), f->ci_ub);
    }
    return r;
}

/* The specifications whose interval excludes no effect, or the others. */
static void add_estimates(chart_maker *m, const curve *c, int significant, const char *legend)
{
    const tq_ink ink = significant ? TQ_INK_POOLED : TQ_INK_RULE;
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        n += (c->v->fit[c->shown[i]].significant == 1) == significant;
    }
    tq_chart_layer *const lines = n ? chart_layer(m, TQ_CHART_LINE, "interval", ink, 3 * n) : NULL;
    tq_chart_layer *const points = n ? chart_layer(m, TQ_CHART_POINTS, "point", ink, n) : NULL;
    double *const radius = n ? chart_take(m, n, sizeof *radius) : NULL;

    for (size_t i = 0, at = 0; lines && points && radius && i < c->n; i++) {
        const tq_specification_fit *const f = &c->v->fit[c->shown[i]];

        if ((f->significant == 1) == significant) {
            const double x = (double)(i + 1);

            lines->x[3 * at] = lines->x[3 * at + 1] = points->x[at] = x;
            lines->y[3 * at] = f->ci_lb;
            lines->y[3 * at + 1] = f->ci_ub;
            lines->x[3 * at + 2] = lines->y[3 * at + 2] = NAN;
            points->y[at] = f->estimate;
            radius[at++] = c->n > 100 ? 1.0 : 1.8;
        }
    }
    if (lines && points) {
        lines->width = c->n > 100 ? 0.4 : CHART_THIN;
        points->radius = radius;
        points->legend = legend;
    }
}

static void add_reference(chart_maker *m, const curve *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->shown[i] == 0) {
            tq_chart_layer *const one =
                chart_layer(m, TQ_CHART_POINTS, "reference", TQ_INK_PREDICTION, 1);

            if (one) {
                one->marker = TQ_MARKER_DIAMOND;
                one->x[0] = (double)(i + 1);
                one->y[0] = c->v->fit[0].estimate;
                one->legend = "Reference";
            }
        }
    }
}

/* "method: REML", cut where it is long. */
static const char *row_name(chart_maker *m, const tq_multiverse_choice *choice, size_t o)
{
    return CHART_TEXT(m, "%s: %s", choice->name, chart_cut(m, choice->option[o], LONGEST_NAME));
}

/* One row: a mark where the option is taken. */
static void add_row(chart_maker *m, const curve *c, size_t choice, size_t o, double y)
{
    const tq_multiverse *const v = c->v;
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        n += tq_multiverse_option(v->choice, v->n_choices, choice, c->shown[i]) == o;
    }
    tq_chart_layer *const marks =
        n ? chart_layer(m, TQ_CHART_POINTS, "option", TQ_INK_STUDY, n) : NULL;
    double *const radius = n ? chart_take(m, n, sizeof *radius) : NULL;

    for (size_t i = 0, at = 0; marks && radius && i < c->n; i++) {
        if (tq_multiverse_option(v->choice, v->n_choices, choice, c->shown[i]) == o) {
            marks->x[at] = (double)(i + 1);
            marks->y[at] = y;
            radius[at++] = c->n > 100 ? 0.8 : 1.5;
        }
    }
    if (marks) {
        marks->marker = TQ_MARKER_SQUARE;
        marks->radius = radius;
    }
}

/* The rows below the estimates, each a tick of the axis. */
static void add_rows(chart_maker *m, const curve *c)
{
    tq_chart_axis *const axis = &m->c->y;
    const double height = ROW_SHARE * (axis->hi - axis->lo);
    tq_forest_tick *const tick = chart_take(m, axis->n_ticks + c->rows, sizeof *tick);
    double y = axis->lo - height;

    if (!tick) {
        return;
    }
    for (size_t i = 0; i < axis->n_ticks; i++) {
        tick[i] = axis->tick[i];
    }
    chart_segment(m, "border", TQ_INK_RULE, CHART_THIN, 0.0, 0.0, axis->lo, (double)(c->n + 1),
                  axis->lo);
    for (size_t j = 0; j < c->v->n_choices; j++) {
        const tq_multiverse_choice *const choice = &c->v->choice[j];

        for (size_t o = 0; has_rows(choice) && o < choice->n; o++, y -= height) {
            add_row(m, c, j, o, y);
            tick[axis->n_ticks++] = (tq_forest_tick){y, row_name(m, choice, o)};
        }
        y -= has_rows(choice) ? 0.5 * height : 0.0;
    }
    m->c->taller = (axis->lo - y) / (axis->hi - axis->lo);
    axis->tick = tick;
    axis->lo = y;
}

static void add_all(chart_maker *m, const curve *c, const tq_plot_options *opt)
{
    const double null = chart_null(m->a);
    chart_range y = range_of(c);
    const int given = plot_limits(m->a, opt, &y);

    chart_x_axis(m, (chart_range){0.0, (double)(c->n + 1)}, 0, 1,
                 "Specifications in the order of their estimates");
    m->c->x.n_ticks = 0; /* ranks say nothing */
    chart_y_axis(m, y, chart_log_axis(m->a), given, chart_effect_label(m));
    if (isfinite(null)) {
        chart_segment(m, "null", TQ_INK_RULE, CHART_THIN, 0.0, 0.0, null, (double)(c->n + 1), null);
    }
    add_estimates(m, c, 0, isfinite(null) ? "Interval includes no effect" : NULL);
    add_estimates(m, c, 1, "Interval excludes no effect");
    add_reference(m, c);
    add_rows(m, c);
    m->c->subtitle = CHART_TEXT(m, "%zu specifications%s; reference: %s", c->v->all.comparable,
                                of_measure(m, c->v), chart_model(m));
    if (c->n < c->v->all.comparable) {
        m->c->caption = CHART_TEXT(m, "%zu of %zu specifications, evenly spaced in their order.",
                                   c->n, c->v->all.comparable);
    }
}

tq_status plot_specifications(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                              tq_error *err)
{
    enum { FIXED = 8 };

    if (!a->multiverse || a->multiverse->all.comparable == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "there are no specifications to show; tausq multiverse --plot FILE draws "
                       "those of its lists");
    }
    chart_maker m = chart_begin(a, "Specification curve", FIXED + count_rows(a->multiverse));
    const curve c = choose(&m);

    if (!m.failed) {
        add_all(&m, &c, opt);
    }
    return plot_end(&m, TQ_OK, out, err);
}
