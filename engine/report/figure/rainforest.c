/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rainforest plot: Schild & Voracek (2015), Res. Synth. Methods 6:74-86. A drop for each study: as wide as its
 * interval, as high as the log-likelihood of the effect lies above that at the limits (Barrowman & Myers
 * 2003, Am. Stat. 57:268-274), in proportion to the weight, and shaded by it.
 */
#include <math.h>

#include "report/figure/forest_internal.h"
#include "report/figure/plot_internal.h"

enum { SHADES = 5, CURVE = 24, LONGEST_NAME = 40 };

/* Of the distance between two rows: half the height of the largest drop, and of the diamond. */
#define LARGEST 0.46
#define DIAMOND 0.3
/* Of the largest drop, so that no study vanishes. */
#define LEAST 0.08
#define ROW_HEIGHT 15.0 /* points */
#define PALEST 0.72     /* share of paper at the limits */

typedef struct {
    chart_maker *m;
    const tq_block *block; /* colours the drops; or NULL */
    size_t *order;         /* [k] studies from the top */
    double top;            /* rows */
    double largest;        /* weight */
} rain;

/* ---- drops ------------------------------------------------------------------------------ */

/* Half the height at share u of the way from the estimate to a limit: the log-likelihood is a parabola. */
static double height_at(double u)
{
    return 1.0 - u * u;
}

static double place(const tq_study *s, double u)
{
    return s->yi + (u < 0.0 ? u * (s->yi - s->ci_lb) : u * (s->ci_ub - s->yi));
}

/* The part of a drop around the estimate, up to share u of the way to the limits. */
static tq_chart_layer *add_part(const rain *r, const tq_study *s, double y, double half, double u)
{
    tq_chart_layer *const part =
        chart_layer(r->m, TQ_CHART_AREA, "drop", TQ_INK_STUDY, 2 * (CURVE + 1));

    for (size_t i = 0; part && i <= CURVE; i++) {
        const double at = u * (2.0 * (double)i / CURVE - 1.0), h = half * height_at(at);

        part->x[i] = part->x[2 * CURVE + 1 - i] = place(s, at);
        part->y[i] = y + h;
        part->y[2 * CURVE + 1 - i] = y - h;
    }
    return part;
}

static void set_ink(const rain *r, size_t i, unsigned char *told, tq_chart_layer *part)
{
    const size_t level = r->block ? r->block->fit->of[i] : TQ_NO_LEVEL;

    if (level == TQ_NO_LEVEL) {
        return;
    }
    part->ink = (tq_ink)(TQ_INK_GROUP + (int)(level % TQ_INK_GROUPS));
    if (part->tint == 0.0 && !told[level]) {
        told[level] = 1;
        part->legend = r->block->fit->level[level].name;
    }
}

/* From the whole drop to its core, each darker than what it lies on; then the estimate. */
static void add_drop(const rain *r, size_t i, double y, unsigned char *told)
{
    const tq_study *const s = &r->m->a->study[i];
    const double share = r->largest > 0.0 ? s->weight / r->largest : 1.0;
    const double half = LARGEST * fmax(LEAST, share > 0.0 ? share : 0.0);

    if (!(isfinite(s->yi) && isfinite(s->ci_lb) && isfinite(s->ci_ub))) {
        return;
    }
    for (int shade = 0; shade < SHADES; shade++) {
        /* equal steps of the log-likelihood */
        tq_chart_layer *const part =
            add_part(r, s, y, half, sqrt((double)(SHADES - shade) / SHADES));

        if (part) {
            part->tint = PALEST * (double)(SHADES - 1 - shade) / (SHADES - 1);
            set_ink(r, i, told, part);
        }
    }
    chart_segment(r->m, "estimate", TQ_INK_PAPER, CHART_LINE, 0.0, s->yi, y - half, s->yi,
                  y + half);
}

/* ---- rows ------------------------------------------------------------------------------- */

static void add_diamond(const rain *r, double y)
{
    const tq_prediction *const p = &r->m->a->fit->prediction;
    const double x[] = {p->ci_lb, p->pred, p->ci_ub, p->pred};
    tq_chart_layer *const diamond =
        isfinite(p->ci_lb) && isfinite(p->ci_ub)
            ? chart_layer(r->m, TQ_CHART_AREA, "diamond", TQ_INK_POOLED, 4)
            : NULL;

    for (size_t i = 0; diamond && i < 4; i++) {
        diamond->x[i] = x[i];
        diamond->y[i] = y + (i == 1 ? DIAMOND : i == 3 ? -DIAMOND : 0.0);
    }
    if (diamond) {
        diamond->legend = CHART_TEXT(r->m, "Pooled effect, %s%% CI", chart_level(r->m));
    }
}

/* Studies downwards, then the pooled effect; each a tick of the axis. */
static void add_rows(const rain *r)
{
    const tq_analysis *const a = r->m->a;
    const size_t levels = r->block ? r->block->fit->n : 0;
    const int pooled = isfinite(a->fit->prediction.pred);
    tq_forest_tick *const tick = chart_take(r->m, a->k + 1, sizeof *tick);
    unsigned char *const told = chart_take(r->m, levels + 1, sizeof *told);

    for (size_t j = 0; tick && told && j < a->k; j++) {
        const size_t i = r->order[j];
        const double y = r->top - (double)j - 0.5;

        add_drop(r, i, y, told);
        tick[j] = (tq_forest_tick){
            y, chart_cut(r->m, a->study[i].label ? a->study[i].label : "", LONGEST_NAME)};
    }
    if (tick && pooled) {
        tick[a->k] = (tq_forest_tick){0.5, "Pooled effect"};
        add_diamond(r, 0.5);
    }
    r->m->c->y.tick = tick;
    r->m->c->y.n_ticks = a->k + (pooled ? 1 : 0);
}

static chart_range range_of(const tq_analysis *a)
{
    chart_range x = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < a->k; i++) {
        x = chart_with(chart_with(x, a->study[i].ci_lb), a->study[i].ci_ub);
    }
    return x;
}

/* How many drops the limits of the axis cut. */
static size_t count_cut(const tq_analysis *a, chart_range x)
{
    size_t n = 0;

    for (size_t i = 0; i < a->k; i++) {
        n += a->study[i].ci_lb < x.lo || a->study[i].ci_ub > x.hi;
    }
    return n;
}

static void lay_out(rain *r, const tq_plot_options *opt)
{
    chart_maker *const m = r->m;
    const double null = chart_null(m->a), pred = m->a->fit->prediction.pred;
    chart_range x = range_of(m->a);
    const int given = plot_limits(m->a, opt, &x);
    const size_t cut = given ? count_cut(m->a, x) : 0;

    for (size_t i = 0; i < m->a->k; i++) {
        r->largest = fmax(r->largest, m->a->study[i].weight);
    }
    r->top = (double)m->a->k + (isfinite(pred) ? 1.0 : 0.0);
    m->c->height = r->top * ROW_HEIGHT;
    chart_x_axis(m, x, chart_log_axis(m->a), given, chart_effect_label(m));
    chart_y_axis(m, (chart_range){0.0, r->top}, 0, 1, "");
    if (isfinite(null)) {
        chart_segment(m, "null", TQ_INK_RULE, CHART_THIN, 0.0, null, 0.0, null, r->top);
    }
    if (isfinite(pred)) {
        chart_segment(m, "pooled", TQ_INK_POOLED, CHART_THIN, CHART_DASH, pred, 0.0, pred, r->top);
    }
    add_rows(r);
    m->c->caption = CHART_TEXT(
        m,
        "Drops: %s%% intervals of the studies. Height and shade: log-likelihood above that at the "
        "limits; heights in proportion to the weights, small ones raised to %.0f%% of the largest. "
        "White: estimates.%s",
        chart_level(m), 100.0 * LEAST,
        cut > 0 ? CHART_TEXT(m, " Intervals beyond the limits of the axis: %zu.", cut) : "");
}

tq_status plot_rainforest(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                          tq_error *err)
{
    enum { FIXED = 3 }; /* no effect, pooled effect, diamond */
    chart_maker m = chart_begin(a, "Rainforest plot", FIXED + a->k * (SHADES + 1));
    rain r = {&m, plot_block(a, opt), chart_take(&m, a->k, sizeof *r.order), 0.0, 0.0};

    if (!m.failed && !forest_order(a, &opt->forest, r.order)) {
        m.failed = 1;
    }
    if (!m.failed) {
        lay_out(&r, opt);
    }
    return plot_end(&m, TQ_OK, out, err);
}
