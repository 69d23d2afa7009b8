/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting the layout of a chart together: layers, axes and the texts that charts share. */
#include "report/figure/chart_internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "core/decimal.h"
#include "report/figure/ticks_internal.h"
#include "report/figure/typeset_internal.h"
#include "report/page/format.h"

/* Empty share at the ends of an axis, so that no mark touches the edge. */
#define MARGIN 0.04
/* Half the width of an axis whose values are all the same, in their size. */
#define SINGLE 0.1
/* From so many studies on markers are smaller. */
enum { MANY = 150 };
#define SMALL_RADIUS 1.7

chart_maker chart_begin(const tq_analysis *a, const char *title, size_t layers)
{
    tq_arena *const arena = tq_arena_new();
    chart_maker m = {.a = a, .room = layers};

    m.c = arena ? tq_arena_take(arena, 1, sizeof *m.c) : NULL;
    if (!m.c) {
        tq_arena_free(arena);
        m.failed = 1;
        return m;
    }
    m.c->arena = arena;
    m.c->layer = chart_take(&m, layers, sizeof *m.c->layer);
    m.c->title = a->provenance.title ? a->provenance.title : title;
    m.c->notice = a->provenance.notice;
    m.c->subtitle = chart_model(&m);
    m.c->description =
        CHART_TEXT(&m, "%s of %zu %s. %s", title, a->k, a->k == 1 ? "study" : "studies",
                   m.c->subtitle ? m.c->subtitle : "");
    return m;
}

tq_status chart_end(chart_maker *m, tq_chart **out, tq_error *err)
{
    if (m->failed) {
        tq_chart_free(m->c);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    *out = m->c;
    return TQ_OK;
}

void tq_chart_free(tq_chart *chart)
{
    if (chart) {
        tq_arena_free(chart->arena);
    }
}

void *chart_take(chart_maker *m, size_t count, size_t size)
{
    void *const memory = m->c ? tq_arena_take(m->c->arena, count, size) : NULL;

    m->failed = m->failed || !memory;
    return memory;
}

const char *chart_kept(chart_maker *m, const char *text)
{
    m->failed = m->failed || !text;
    return text ? text : "";
}

/* ---- layers ----------------------------------------------------------------------------- */

tq_chart_layer *chart_layer(chart_maker *m, tq_chart_kind kind, const char *role, tq_ink ink,
                            size_t n)
{
    double *const x = chart_take(m, n, sizeof *x), *const y = chart_take(m, n, sizeof *y);

    if (!x || !y || !m->c->layer || m->c->n_layers == m->room) {
        m->failed = 1;
        return NULL;
    }
    tq_chart_layer *const layer = &m->c->layer[m->c->n_layers++];

    *layer = (tq_chart_layer){
        .kind = kind, .role = role, .ink = ink, .x = x, .y = y, .n = n, .width = CHART_LINE};
    return layer;
}

tq_chart_layer *chart_segment(chart_maker *m, const char *role, tq_ink ink, double width,
                              double dash, double x0, double y0, double x1, double y1)
{
    tq_chart_layer *const line = chart_layer(m, TQ_CHART_LINE, role, ink, 2);

    if (line) {
        line->width = width;
        line->dash = dash;
        line->x[0] = x0;
        line->y[0] = y0;
        line->x[1] = x1;
        line->y[1] = y1;
    }
    return line;
}

size_t chart_study_layers(const tq_block *block)
{
    return (block ? block->fit->n + 1 : 1) + 1; /* one of studies that were filled in */
}

/* The studies of one level; TQ_NO_LEVEL with a block: those that it does not classify. */
typedef struct {
    const tq_block *block;
    size_t level;
    int filled; /* those that trim and fill made, and no others */
    const double *x, *y;
} selection;

static int selected(const tq_analysis *a, const selection *s, size_t i)
{
    return !a->study[i].filled == !s->filled && isfinite(s->x[i]) && isfinite(s->y[i]) &&
           (!s->block || s->block->fit->of[i] == s->level);
}

static void copy_texts(chart_maker *m, const selection *s, const char *const *from,
                       const char ***to, size_t n)
{
    const char **const out = from ? chart_take(m, n, sizeof *out) : NULL;
    size_t at = 0;

    for (size_t i = 0; out && i < m->a->k; i++) {
        if (selected(m->a, s, i)) {
            out[at++] = from[i];
        }
    }
    *to = out;
}

static tq_chart_layer *add_selection(chart_maker *m, const selection *s, const double *radius,
                                     const char *const *label, const char *const *hint)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < m->a->k; i++) {
        n += (size_t)selected(m->a, s, i);
    }
    tq_chart_layer *const points =
        n > 0 ? chart_layer(m, TQ_CHART_POINTS, "point", TQ_INK_STUDY, n) : NULL;

    if (!points) {
        return NULL;
    }
    const int many = m->a->k > MANY;

    points->radius = radius || many ? chart_take(m, n, sizeof *points->radius) : NULL;
    for (size_t i = 0; i < m->a->k; i++) {
        if (selected(m->a, s, i)) {
            points->x[at] = s->x[i];
            points->y[at] = s->y[i];
            if (points->radius) {
                points->radius[at] = radius ? radius[i] : SMALL_RADIUS;
            }
            at++;
        }
    }
    copy_texts(m, s, label, &points->label, n);
    copy_texts(m, s, hint, &points->hint, n);
    return points;
}

void chart_studies(chart_maker *m, const tq_block *block, const double *x, const double *y,
                   const double *radius, const char *const *label, const char *const *hint)
{
    const size_t levels = block ? block->fit->n : 0;

    for (size_t j = 0; j < levels; j++) {
        tq_chart_layer *const points =
            add_selection(m, &(selection){block, j, 0, x, y}, radius, label, hint);

        if (points) {
            points->ink = (tq_ink)(TQ_INK_GROUP + (int)(j % TQ_INK_GROUPS));
            points->marker = (tq_marker)((j + j / TQ_INK_GROUPS) % TQ_MARKER_COUNT);
            points->legend = block->fit->level[j].name ? block->fit->level[j].name : "";
        }
    }
    tq_chart_layer *const rest =
        add_selection(m, &(selection){block, TQ_NO_LEVEL, 0, x, y}, radius, label, hint);

    if (rest && block) {
        rest->legend = "Not classified";
        rest->open = 1;
    }
    tq_chart_layer *const filled =
        add_selection(m, &(selection){NULL, TQ_NO_LEVEL, 1, x, y}, radius, label, hint);

    if (filled) {
        filled->role = "filled";
        filled->legend = "Filled in";
        filled->open = 1;
    }
}

/* ---- axes ------------------------------------------------------------------------------- */

chart_range chart_with(chart_range r, double x)
{
    return isfinite(x) ? (chart_range){fmin(r.lo, x), fmax(r.hi, x)} : r;
}

/* A range that has a width: around its value, or around nothing at all. */
static chart_range with_width(chart_range r)
{
    if (!(r.lo <= r.hi)) {
        r = (chart_range){0.0, 0.0};
    }
    const double largest = fmax(fabs(r.lo), fabs(r.hi));

    if (r.hi - r.lo > 1e-9 * largest) { /* doubles tell the marks apart */
        return r;
    }
    const double half = largest > 0.0 ? SINGLE * largest : 1.0;

    return (chart_range){r.lo - half, r.hi + half};
}

void chart_axis(chart_maker *m, tq_chart_axis *axis, chart_range r, const chart_axis_look *look)
{
    const int exact = look->exact, log_axis = look->log_axis;

    if (!exact) {
        r = with_width(r);
        const double margin = MARGIN * (r.hi - r.lo);

        r = (chart_range){r.lo - margin, r.hi + margin};
    }
    *axis = (tq_chart_axis){.label = look->label, .lo = r.lo, .hi = r.hi, .log_axis = log_axis};
    const tick_range ticks = {fmin(r.lo, r.hi), fmax(r.lo, r.hi), look->length, look->upright};

    if (ticks_choose(ticks, log_axis, m->c->arena, &axis->tick, &axis->n_ticks, NULL) != TQ_OK) {
        m->failed = 1;
    }
}

void chart_x_axis(chart_maker *m, chart_range r, int log_axis, int exact, const char *label)
{
    if (m->c) {
        chart_axis(m, &m->c->x, r, &(chart_axis_look){label, log_axis, exact, CHART_WIDTH, 0});
    }
}

void chart_y_axis(chart_maker *m, chart_range r, int log_axis, int exact, const char *label)
{
    if (m->c) {
        chart_axis(m, &m->c->y, r, &(chart_axis_look){label, log_axis, exact, CHART_HEIGHT, 1});
    }
}

/* ---- texts ------------------------------------------------------------------------------ */

const char *chart_number(chart_maker *m, double x)
{
    char text[TQ_DECIMAL_SIZE];
    int decimals = 2;

    while (decimals < 6 && x != 0.0 && fabs(x) * pow(10.0, decimals) < 10.0) {
        decimals++;
    }
    return chart_kept(m,
                      typeset_minus(m->c->arena, tq_format_number(text, sizeof text, x, decimals)));
}

const char *chart_exact(chart_maker *m, double x)
{
    char text[TQ_DECIMAL_SIZE];
    const double size = fabs(x);
    const int decimals = size > 0.0 ? 11 - (int)floor(log10(size)) : 0;

    return chart_kept(m,
                      typeset_minus(m->c->arena, tq_decimal_trimmed(text, sizeof text, x,
                                                                    decimals < 0    ? 0
                                                                    : decimals > 15 ? 15
                                                                                    : decimals)));
}

const char *chart_cut(chart_maker *m, const char *text, size_t longest)
{
    size_t n = longest;

    if (strlen(text) <= longest) {
        return text;
    }
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) { /* not within a character */
        n--;
    }
    return CHART_TEXT(m, "%.*s\xE2\x80\xA6", (int)n, text);
}

const char *chart_level(chart_maker *m)
{
    char text[TQ_DECIMAL_SIZE];

    return chart_kept(m, tq_arena_text(m->c->arena, tq_decimal_trimmed(text, sizeof text,
                                                                       m->a->options.level, 4)));
}

int chart_log_axis(const tq_analysis *a)
{
    return a->transform && a->transform->log_axis;
}

double chart_shown(const tq_analysis *a, double x)
{
    return chart_log_axis(a) ? exp(x) : x;
}

const char *chart_effect_name(chart_maker *m)
{
    const char *const name = tq_analysis_scale_name(m->a, chart_log_axis(m->a));

    return name && *name ? name : "effect";
}

const char *chart_effect_label(chart_maker *m)
{
    const char *const name = chart_effect_name(m);

    return CHART_TEXT(m, "%c%s%s", toupper((unsigned char)*name), name + 1,
                      chart_log_axis(m->a) ? " (log scale)" : "");
}

const char *chart_model(chart_maker *m)
{
    const tq_analysis *const a = m->a;
    const char *const name = tq_analysis_model_name(a);
    const char *const method =
        tq_method_random(a->fit->method)
            ? CHART_TEXT(m, " (%s)",
                         a->fit->tau2_fixed ? "τ² given" : tq_method_name(a->fit->method))
            : "";

    const char *const filled =
        a->n_filled > 0 ? CHART_TEXT(m, " and %zu filled in", a->n_filled) : "";

    return CHART_TEXT(m, "%c%s%s, k = %zu%s", toupper((unsigned char)*name), name + 1, method,
                      a->k - a->n_filled, filled);
}

double chart_null(const tq_analysis *a)
{
    return a->measure && isfinite(a->measure->null_value) ? a->measure->null_value : (double)NAN;
}
