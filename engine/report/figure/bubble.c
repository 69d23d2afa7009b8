/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bubble plot of a meta-regression: effects against one moderator, with the model's predictions and
 * their intervals along it (Thompson & Higgins 2002, Stat. Med. 21:1559-1573). The other moderators
 * are held at their means or reference levels, as the caption says.
 */
#include <math.h>
#include <string.h>

#include "core/parse_number.h"
#include "report/curve.h"
#include "report/figure/plot_internal.h"

enum { GRID = 121 };

/* Half the width of what is drawn for a level, whose centre is one away from the next. */
#define LEVEL_HALF 0.36
/* Between the points of a level, at most. */
#define LEVEL_STEP 0.09
/* How far intervals may stretch the axis beyond the effects, in widths of their range. */
#define STRETCH 0.5
/* Levels of numbers are written with 15 digits. */
#define SAME 1e-13

typedef struct {
    chart_maker m;
    const tq_plot_options *opt;
    size_t variable;
    const tq_design_variable *v;
    int levels; /* 1: by levels, 0: along numbers */
    size_t n;   /* predictions */
    tq_value *at;
    double *x; /* [n] places of the predictions */
    tq_prediction *p;
    double *xi, *yi; /* [k] */
    chart_range x_range, y_range;
} bubble;

/* ---- which moderator -------------------------------------------------------------------- */

static size_t find_variable(const tq_design *d, const char *name)
{
    size_t j = 0;

    while (j < d->n_variables &&
           (name ? strcmp(d->variable[j].name, name) != 0 : !d->variable[j].number)) {
        j++;
    }
    return !name && j == d->n_variables ? 0 : j; /* without numbers: the first */
}

static tq_status choose(bubble *b, const tq_analysis *a, tq_error *err)
{
    const tq_design *const d = a->design;

    if (!d || d->n_variables == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "a bubble plot needs a moderator: give --mods");
    }
    b->variable = find_variable(d, b->opt->variable);
    if (b->variable == d->n_variables) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "'%.60s' is no variable of --mods \"%.80s\"; its first is '%.60s'",
                       b->opt->variable, d->formula, d->variable[0].name);
    }
    b->v = &d->variable[b->variable];
    b->levels = !b->v->number;
    b->n = b->levels ? b->v->n_levels : GRID;
    return TQ_OK;
}

/* ---- predictions ------------------------------------------------------------------------ */

static tq_status predict(bubble *b, tq_error *err)
{
    b->at = chart_take(&b->m, b->n, sizeof *b->at);
    b->x = chart_take(&b->m, b->n, sizeof *b->x);
    b->p = chart_take(&b->m, b->n, sizeof *b->p);
    if (b->m.failed) {
        return TQ_OK;
    }
    for (size_t i = 0; i < b->n; i++) {
        const double share = (double)i / (double)(GRID - 1);

        b->x[i] = b->levels ? (double)i + 1.0 : b->v->lo + share * (b->v->hi - b->v->lo);
        b->at[i] = (tq_value){b->v->name, b->levels ? b->v->level[i] : NULL, b->x[i]};
    }
    return tq_analysis_curve(b->m.a, b->variable, b->n, b->at, b->p, err);
}

/* ---- places of the studies -------------------------------------------------------------- */

/* The level of study i; factors of numbers have levels that are numbers as texts. */
static size_t level_of(const bubble *b, size_t i)
{
    const tq_variable *const raw = &b->m.a->variable[b->variable];
    size_t j = 0;

    for (; j < b->v->n_levels; j++) {
        const char *const level = b->v->level[j];
        double value;

        if (raw->text ? strcmp(level, raw->text[i]) == 0
                      : tq_parse_number(level, '.', &value) &&
                            fabs(value - raw->number[i]) <= SAME * fabs(value)) {
            break;
        }
    }
    return j;
}

/* Points of a level stand side by side in the order of the sheet. */
static void spread(bubble *b)
{
    size_t *const level = chart_take(&b->m, b->m.a->k, sizeof *level);

    for (size_t i = 0; level && i < b->m.a->k; i++) {
        level[i] = level_of(b, i);
    }
    for (size_t j = 0; level && j < b->v->n_levels; j++) {
        const double n = (double)b->v->level_k[j];
        const double step = fmin(LEVEL_STEP, 1.8 * LEVEL_HALF / n);
        double seen = 0.0;

        for (size_t i = 0; i < b->m.a->k; i++) {
            if (level[i] == j) {
                b->xi[i] = (double)j + 1.0 + (seen - (n - 1.0) / 2.0) * step;
                seen += 1.0;
            }
        }
    }
}

static void place_studies(bubble *b)
{
    const tq_analysis *const a = b->m.a;

    b->xi = chart_take(&b->m, a->k, sizeof *b->xi);
    b->yi = chart_take(&b->m, a->k, sizeof *b->yi);
    for (size_t i = 0; !b->m.failed && i < a->k; i++) {
        b->xi[i] = b->levels ? (double)NAN : a->variable[b->variable].number[i];
        b->yi[i] = a->study[i].yi;
    }
    if (!b->m.failed && b->levels) {
        spread(b);
    }
}

static void find_ranges(bubble *b)
{
    const tq_analysis *const a = b->m.a;
    chart_range y = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < a->k; i++) {
        y = chart_with(y, b->yi[i]);
    }
    const double reach = STRETCH * (y.hi - y.lo);
    const chart_range most = {y.lo - reach, y.hi + reach};

    for (size_t i = 0; i < b->n; i++) {
        const tq_prediction *const p = &b->p[i];
        const double lo = isfinite(p->pi_lb) ? p->pi_lb : p->ci_lb;
        const double hi = isfinite(p->pi_ub) ? p->pi_ub : p->ci_ub;

        y = chart_with(y, isfinite(lo) ? fmax(lo, most.lo) : p->pred);
        y = chart_with(y, isfinite(hi) ? fmin(hi, most.hi) : p->pred);
    }
    plot_limits(a, b->opt, &y);
    b->y_range = y;
    b->x_range =
        b->levels ? (chart_range){0.5, (double)b->n + 0.5} : (chart_range){b->v->lo, b->v->hi};
}

/* ---- layers ----------------------------------------------------------------------------- */

static double lower(const tq_prediction *p, int wide)
{
    return wide ? p->pi_lb : p->ci_lb;
}

static double upper(const tq_prediction *p, int wide)
{
    return wide ? p->pi_ub : p->ci_ub;
}

/* The places from..to of a band: along the upper limits and back along the lower ones. */
static tq_chart_layer *add_band(bubble *b, size_t from, size_t to, int wide)
{
    const size_t n = to - from;
    tq_chart_layer *const area =
        chart_layer(&b->m, TQ_CHART_AREA, wide ? "prediction-band" : "confidence-band",
                    wide ? TQ_INK_WIDE_BAND : TQ_INK_BAND, b->levels ? 4 : 2 * n);

    if (!area) {
        return NULL;
    }
    for (size_t i = 0; !b->levels && i < n; i++) {
        area->x[i] = area->x[2 * n - 1 - i] = b->x[from + i];
        area->y[i] = upper(&b->p[from + i], wide);
        area->y[2 * n - 1 - i] = lower(&b->p[from + i], wide);
    }
    for (size_t i = 0; b->levels && i < 4; i++) {
        area->x[i] = b->x[from] + (i == 1 || i == 2 ? LEVEL_HALF : -LEVEL_HALF);
        area->y[i] = i < 2 ? upper(&b->p[from], wide) : lower(&b->p[from], wide);
    }
    return area;
}

/* One area for each stretch of the grid that has predictions, or for each level. */
static void add_bands(bubble *b, int wide)
{
    const char *legend = CHART_TEXT(&b->m, "%s%% %s interval", chart_level(&b->m),
                                    wide ? "prediction" : "confidence");
    size_t from = 0;

    while (from < b->n) {
        size_t to = from;

        while (to < b->n && isfinite(lower(&b->p[to], wide)) && isfinite(upper(&b->p[to], wide)) &&
               !(b->levels && to > from)) {
            to++;
        }
        tq_chart_layer *const area =
            to - from > (b->levels ? 0u : 1u) ? add_band(b, from, to, wide) : NULL;

        if (area) {
            area->legend = legend;
            legend = NULL;
        }
        from = to > from ? to : from + 1;
    }
}

static void add_line(bubble *b)
{
    tq_chart_layer *const line =
        chart_layer(&b->m, TQ_CHART_LINE, "fitted", TQ_INK_POOLED, b->levels ? 3 * b->n : b->n);

    if (!line) {
        return;
    }
    line->legend = "Fitted";
    for (size_t i = 0; i < b->n; i++) {
        const size_t at = b->levels ? 3 * i : i;

        line->x[at] = b->levels ? b->x[i] - LEVEL_HALF : b->x[i];
        line->y[at] = b->p[i].pred;
        if (b->levels) {
            line->x[at + 1] = b->x[i] + LEVEL_HALF;
            line->y[at + 1] = b->p[i].pred;
            line->x[at + 2] = line->y[at + 2] = NAN;
        }
    }
}

static const char *const *hints(bubble *b)
{
    const tq_analysis *const a = b->m.a;
    const tq_variable *const raw = &a->variable[b->variable];
    const char **const hint = chart_take(&b->m, a->k, sizeof *hint);

    for (size_t i = 0; hint && i < a->k; i++) {
        const char *const at = raw->text ? raw->text[i] : chart_exact(&b->m, raw->number[i]);

        hint[i] = CHART_TEXT(&b->m, "%s: %s %s, %s %s", a->study[i].label ? a->study[i].label : "",
                             chart_effect_name(&b->m),
                             chart_number(&b->m, chart_shown(a, b->yi[i])), b->v->name, at);
    }
    return hint;
}

/* ---- texts ------------------------------------------------------------------------------ */

/* "dose at its mean 12.3, alloc at its reference random" */
static const char *held_text(bubble *b)
{
    const tq_design *const d = b->m.a->design;
    const char *text = "";

    for (size_t j = 0; j < d->n_variables; j++) {
        const tq_design_variable *const v = &d->variable[j];

        if (j == b->variable) {
            continue;
        }
        text = v->n_levels > 0 ? CHART_TEXT(&b->m, "%s%s%s at '%s'", text, *text ? ", " : "",
                                            v->name, v->level[0])
                               : CHART_TEXT(&b->m, "%s%s%s at its mean %s", text, *text ? ", " : "",
                                            v->name, chart_number(&b->m, v->mean));
    }
    return *text ? CHART_TEXT(&b->m, " Predictions with %s.", text) : "";
}

static void name_levels(bubble *b)
{
    tq_chart_axis *const axis = &b->m.c->x;
    tq_forest_tick *const tick = chart_take(&b->m, b->n, sizeof *tick);

    for (size_t i = 0; tick && i < b->n; i++) {
        tick[i] = (tq_forest_tick){b->x[i], b->v->level[i]};
    }
    axis->categories = 1;
    axis->tick = tick;
    axis->n_ticks = tick ? b->n : 0;
}

static void lay_out(bubble *b)
{
    const tq_analysis *const a = b->m.a;
    const double null = chart_null(a);

    place_studies(b);
    if (b->m.failed) {
        return;
    }
    find_ranges(b);
    chart_x_axis(&b->m, b->x_range, 0, b->levels, b->v->name);
    chart_y_axis(&b->m, b->y_range, chart_log_axis(a), 0, chart_effect_label(&b->m));
    add_bands(b, 1);
    add_bands(b, 0);
    if (isfinite(null)) {
        chart_segment(&b->m, "null", TQ_INK_RULE, CHART_THIN, 0.0, b->m.c->x.lo, null, b->m.c->x.hi,
                      null);
    }
    chart_studies(&b->m, plot_block(a, b->opt), b->xi, b->yi, plot_radii(&b->m), NULL, hints(b));
    add_line(b); /* many studies would hide it */
    if (b->levels) {
        name_levels(b);
    }
    b->m.c->caption = CHART_TEXT(&b->m, "Areas of the points by weight in the model %s.%s",
                                 a->design->formula, held_text(b));
}

tq_status plot_bubble(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                      tq_error *err)
{
    bubble b = {.opt = opt};
    tq_status status = choose(&b, a, err);

    if (status != TQ_OK) {
        return status;
    }
    b.m = chart_begin(a, "Bubble plot", 2 * b.n + 3 + chart_study_layers(plot_block(a, opt)));
    status = b.m.failed ? TQ_OK : predict(&b, err);
    if (status == TQ_OK && !b.m.failed) {
        lay_out(&b);
    }
    return plot_end(&b.m, status, out, err);
}
