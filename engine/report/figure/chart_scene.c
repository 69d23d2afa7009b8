/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chart as a drawing: its layers inside two axes, with legend and caption below. What lies beyond
 * the axes is cut: lines and areas at the edge, points altogether.
 */
#include <math.h>
#include <string.h>

#include "report/figure/chart_scene_internal.h"
#include "report/figure/paragraph_internal.h"
#include "report/figure/ticks_internal.h"

static const text_style body = CHART_BODY, small = {7.0, 0, 0}, title_style = {11.0, 1, 0},
                        subtitle_style = {8.5, 0, 0}, notice_style = {8.5, 1, 0},
                        caption_style = {7.5, 0, 0}, tick_style = {TICK_FONT, 0, 0};

/* Lengths in points. */
#define HEAD_GAP 6.0
#define LINE_HEIGHT 11.0
#define KEY_WIDTH 14.0 /* of the sample of a layer in the legend */
#define KEY_GAP 4.0
#define ENTRY_GAP 14.0
#define EDGE_SHARE 0.18 /* of the radius of small points, at most */
#define EDGE 0.5        /* outline that keeps points apart that overlap */
#define LEAST_WIDTH 120.0

static double width_of(chart_plan *p, const char *text, text_style style)
{
    return *text ? typesetter_width(p->t, text, style) : 0.0;
}

const char *chart_clean(chart_plan *p, const char *text)
{
    return text ? scene_clean_text(p->s, text) : "";
}

scene_colour chart_ink(const chart_plan *p, tq_ink i)
{
    return p->theme->ink[i];
}

/* The colour of an area, lightened by its share of paper. */
static scene_colour area_ink(const chart_plan *p, const tq_chart_layer *l)
{
    const scene_colour paper = chart_ink(p, TQ_INK_PAPER), full = chart_ink(p, l->ink);
    scene_colour mixed = 0;

    for (int shift = 0; shift < 24; shift += 8) {
        const double a = full >> shift & 0xFF, b = paper >> shift & 0xFF;

        mixed |= (scene_colour)(a + l->tint * (b - a) + 0.5) << shift;
    }
    return mixed;
}

/* ---- places ----------------------------------------------------------------------------- */

static double along(const tq_chart_axis *axis, double from, double to, double x)
{
    const double u = (x - axis->lo) / (axis->hi - axis->lo) * (to - from);

    return from + fmin(fmax(u, -FAR_AWAY), FAR_AWAY);
}

static scene_point at(const chart_plan *p, double x, double y)
{
    return (scene_point){along(&p->c->x, p->box.left, p->box.right, x),
                         along(&p->c->y, p->box.bottom, p->box.top, y)};
}

static int between(const tq_chart_axis *axis, double x)
{
    return x >= fmin(axis->lo, axis->hi) && x <= fmax(axis->lo, axis->hi);
}

/* ---- layers ----------------------------------------------------------------------------- */

static void draw_area(chart_plan *p, const tq_chart_layer *l)
{
    scene_point *const whole = tq_arena_take(p->s->arena, l->n, sizeof *whole), *part = NULL;

    if (!whole) {
        p->s->failed = 1;
        return;
    }
    for (size_t i = 0; i < l->n; i++) {
        whole[i] = at(p, l->x[i], l->y[i]);
    }
    const size_t n = clip_polygon(p->s, whole, l->n, p->box, &part);

    if (n >= 3) {
        scene_shape(p->s, l->role, area_ink(p, l), part, n);
    }
}

/* Lines are drawn in one piece for as long as they stay inside. */
static void draw_line(chart_plan *p, const tq_chart_layer *l)
{
    scene_point *const run = tq_arena_take(p->s->arena, l->n + 1, sizeof *run);
    size_t n = 0;

    if (!run) {
        p->s->failed = 1;
        return;
    }
    for (size_t i = 1; i < l->n; i++) {
        scene_point a = at(p, l->x[i - 1], l->y[i - 1]), b = at(p, l->x[i], l->y[i]);
        const scene_point end = b;
        const int whole = isfinite(l->x[i - 1]) && isfinite(l->y[i - 1]) && isfinite(l->x[i]) &&
                          isfinite(l->y[i]);

        if (!whole || !clip_segment(&a, &b, p->box)) {
            scene_path(p->s, l->role, chart_ink(p, l->ink), l->width, l->dash, run, n);
            n = 0;
            continue;
        }
        if (n == 0) {
            run[n++] = a;
        }
        run[n++] = b;
        if (b.x != end.x || b.y != end.y) {
            scene_path(p->s, l->role, chart_ink(p, l->ink), l->width, l->dash, run, n);
            n = 0;
        }
    }
    scene_path(p->s, l->role, chart_ink(p, l->ink), l->width, l->dash, run, n);
}

static marker_look look(const chart_plan *p, const tq_chart_layer *l)
{
    const scene_colour paper = chart_ink(p, TQ_INK_PAPER), colour = chart_ink(p, l->ink);

    return (marker_look){l->marker, l->open ? paper : colour, l->open ? colour : paper,
                         l->open ? 1.0 : EDGE};
}

/* Larger markers come first, so that they do not hide the others. */
static void draw_points(chart_plan *p, const tq_chart_layer *l)
{
    size_t *const order = markers_order(p->s, l->radius, l->n);
    marker_look how = look(p, l);

    for (size_t j = 0; order && j < l->n; j++) {
        const size_t i = order[j];
        const double radius = l->radius ? l->radius[i] : CHART_RADIUS;

        if (between(&p->c->x, l->x[i]) && between(&p->c->y, l->y[i])) {
            const scene_point centre = at(p, l->x[i], l->y[i]);

            how.width = l->open ? how.width : fmin(EDGE, EDGE_SHARE * radius);
            marker_draw(p->s, l->role, how, centre, radius,
                        l->hint && l->hint[i] ? chart_clean(p, l->hint[i]) : NULL);
            labels_keep_clear(&p->labels, centre, radius);
        }
    }
}

static void draw_labels(chart_plan *p)
{
    for (size_t j = 0; j < p->c->n_layers; j++) {
        const tq_chart_layer *const l = &p->c->layer[j];

        for (size_t i = 0; l->kind == TQ_CHART_POINTS && l->label && i < l->n; i++) {
            if (l->label[i] && between(&p->c->x, l->x[i]) && between(&p->c->y, l->y[i])) {
                labels_place(&p->labels, p->s, p->t, at(p, l->x[i], l->y[i]),
                             l->radius ? l->radius[i] : CHART_RADIUS, small,
                             chart_ink(p, TQ_INK_BLACK), chart_clean(p, l->label[i]));
            }
        }
    }
}

void chart_draw_layers(chart_plan *p)
{
    p->labels = (label_list){.box = p->box};
    for (size_t j = 0; j < p->c->n_layers; j++) {
        const tq_chart_layer *const l = &p->c->layer[j];

        if (l->kind == TQ_CHART_AREA) {
            draw_area(p, l);
        } else if (l->kind == TQ_CHART_LINE) {
            draw_line(p, l);
        } else {
            draw_points(p, l);
        }
    }
    draw_labels(p);
    p->s->failed = p->s->failed || p->labels.failed;
    labels_free(&p->labels);
}

/* ---- axes ------------------------------------------------------------------------------- */

static void axis_line(chart_plan *p, const char *role, scene_point from, scene_point to)
{
    scene_line(p->s, role, chart_ink(p, TQ_INK_BLACK), CHART_THIN, 0.0, from, to);
}

/* Room for the name of a category, in points. */
static double category_room(const chart_plan *p)
{
    return (p->box.right - p->box.left) / fabs(p->c->x.hi - p->c->x.lo) - 2.0 * CHART_LABEL_GAP;
}

/* Names of categories below each other in lines; returns the lowest baseline. */
static double draw_category(chart_plan *p, double x, double baseline, const char *text)
{
    const wrapped w = wrap(p->s, p->t, text, tick_style, category_room(p));

    for (size_t i = 0; i < w.n; i++) {
        scene_text(p->s, "tick", chart_ink(p, TQ_INK_BLACK), tick_style, TQ_ALIGN_CENTER,
                   (scene_point){x, baseline + 1.2 * (double)i * tick_style.size}, w.line[i]);
    }
    return baseline + 1.2 * (w.n > 1 ? (double)(w.n - 1) : 0.0) * tick_style.size;
}

/* A label that would run into the one before it is left out, its tick stays. Returns the lowest
   baseline. */
static double draw_x_ticks(chart_plan *p, double baseline)
{
    const tq_chart_axis *const axis = &p->c->x;
    const double y = p->box.bottom;
    double taken = -FAR_AWAY, lowest = baseline;

    for (size_t i = 0; i < axis->n_ticks; i++) {
        const char *const text = chart_clean(p, axis->tick[i].label);
        const double x = along(axis, p->box.left, p->box.right, axis->tick[i].at);
        const double half = width_of(p, text, tick_style) / 2.0;

        axis_line(p, "tick", (scene_point){x, y}, (scene_point){x, y + TICK_LENGTH});
        if (axis->categories) {
            lowest = fmax(lowest, draw_category(p, x, baseline, text));
        } else if (x - half > taken + 2.0) {
            scene_text(p->s, "tick", chart_ink(p, TQ_INK_BLACK), tick_style, TQ_ALIGN_CENTER,
                       (scene_point){x, baseline}, text);
            taken = x + half;
        }
    }
    return lowest;
}

double chart_draw_x_axis(chart_plan *p)
{
    const tq_chart_axis *const axis = &p->c->x;
    const double y = p->box.bottom;

    axis_line(p, "axis", (scene_point){p->box.left, y}, (scene_point){p->box.right, y});
    const double baseline =
        draw_x_ticks(p, y + TICK_LENGTH + CHART_LABEL_GAP + 0.72 * tick_style.size);

    if (!axis->label || !*axis->label) {
        return baseline;
    }
    scene_text(p->s, "x-axis", chart_ink(p, TQ_INK_BLACK), body, TQ_ALIGN_CENTER,
               (scene_point){(p->box.left + p->box.right) / 2.0, baseline + LINE_HEIGHT + 1.0},
               chart_clean(p, axis->label));
    return baseline + LINE_HEIGHT + 1.0;
}

double chart_widest_tick(chart_plan *p)
{
    double widest = 0.0;

    for (size_t i = 0; i < p->c->y.n_ticks; i++) {
        widest = fmax(widest, width_of(p, chart_clean(p, p->c->y.tick[i].label), tick_style));
    }
    return widest;
}

void chart_draw_y_axis(chart_plan *p)
{
    const tq_chart_axis *const axis = &p->c->y;
    const double x = p->box.left;

    axis_line(p, "axis", (scene_point){x, p->box.top}, (scene_point){x, p->box.bottom});
    for (size_t i = 0; i < axis->n_ticks; i++) {
        const double y = along(axis, p->box.bottom, p->box.top, axis->tick[i].at);

        axis_line(p, "tick", (scene_point){x - TICK_LENGTH, y}, (scene_point){x, y});
        scene_text(p->s, "tick", chart_ink(p, TQ_INK_BLACK), tick_style, TQ_ALIGN_RIGHT,
                   (scene_point){x - TICK_LENGTH - CHART_LABEL_GAP, y + MIDDLE * tick_style.size},
                   chart_clean(p, axis->tick[i].label));
    }
    if (axis->label && *axis->label) {
        scene_text_upwards(
            p->s, "y-axis", chart_ink(p, TQ_INK_BLACK), body, TQ_ALIGN_CENTER,
            (scene_point){PAPER_MARGIN + 0.8 * body.size, (p->box.top + p->box.bottom) / 2.0},
            chart_clean(p, axis->label));
    }
}

/* ---- legend ----------------------------------------------------------------------------- */

/* The sample of a layer, its left end at x and its middle at y. */
static void draw_key(chart_plan *p, const tq_chart_layer *l, double x, double y)
{
    if (l->kind == TQ_CHART_POINTS) {
        marker_draw(p->s, "key", look(p, l), (scene_point){x + KEY_WIDTH / 2.0, y}, CHART_RADIUS,
                    NULL);
    } else if (l->kind == TQ_CHART_LINE) {
        scene_line(p->s, "key", chart_ink(p, l->ink), l->width, l->dash, (scene_point){x, y},
                   (scene_point){x + KEY_WIDTH, y});
    } else {
        scene_rectangle(p->s, "key", area_ink(p, l), x + 2.0, y - 3.5, x + KEY_WIDTH - 2.0,
                        y + 3.5);
        scene_outline(p->s, chart_ink(p, TQ_INK_RULE), 0.35, NULL);
    }
}

/* Where the next entry of the legend goes; y of its middle. */
typedef struct {
    double x, y;
    int any; /* entries in this paragraph */
} legend_place;

static void draw_entry(chart_plan *p, const tq_chart_layer *l, legend_place *at)
{
    const char *const text = chart_clean(p, l->legend);
    const double width = KEY_WIDTH + KEY_GAP + width_of(p, text, caption_style);

    if (!at->any || at->x + width > p->s->width - PAPER_MARGIN) {
        at->x = p->box.left;
        at->y += LINE_HEIGHT;
    }
    draw_key(p, l, at->x, at->y);
    scene_text(p->s, "legend", chart_ink(p, TQ_INK_BLACK), caption_style, TQ_ALIGN_LEFT,
               (scene_point){at->x + KEY_WIDTH + KEY_GAP, at->y + MIDDLE * caption_style.size},
               text);
    at->x += width + ENTRY_GAP;
    at->any = 1;
}

/* Whether a layer before this one has the same entry. */
static int is_told(const tq_chart *chart, size_t c, size_t j)
{
    const char *const text = chart[c].layer[j].legend;

    for (size_t i = 0; i <= c; i++) {
        for (size_t at = 0; at < (i < c ? chart[i].n_layers : j); at++) {
            const char *const before = chart[i].layer[at].legend;

            if (before && strcmp(before, text) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* The part of the legend where a layer has its entry: points, then all others; of several charts, which
   come with each other's areas, lines before areas. */
static int part_of(const tq_chart_layer *l, size_t charts)
{
    return l->kind == TQ_CHART_POINTS ? 0 : l->kind == TQ_CHART_AREA && charts > 1 ? 2 : 1;
}

double chart_draw_legend(chart_plan *p, const tq_chart *chart, size_t n, double y)
{
    legend_place next = {p->box.left, y + 3.0, 0};
    int any = 0;

    for (int part = 0; part < 3; part++) {
        next.any = 0;
        for (size_t c = 0; c < n; c++) {
            for (size_t j = 0; j < chart[c].n_layers; j++) {
                const tq_chart_layer *const l = &chart[c].layer[j];

                if (l->legend && part_of(l, n) == part && !is_told(chart, c, j)) {
                    draw_entry(p, l, &next);
                    any = 1;
                }
            }
        }
    }
    return any ? next.y + LINE_HEIGHT / 2.0 : y;
}

/* ---- the whole -------------------------------------------------------------------------- */

static double head(chart_plan *p, double y, const char *role, tq_ink colour, text_style style,
                   const char *text)
{
    return paragraph_draw(p->s, p->t, role, (scene_point){PAPER_MARGIN, y},
                          p->s->width - 2.0 * PAPER_MARGIN, chart_ink(p, colour), style, text);
}

double chart_draw_heads(chart_plan *p, const char *title, const char *subtitle, const char *notice)
{
    double y = head(p, PAPER_MARGIN - 2.0, "title", TQ_INK_BLACK, title_style, title);

    y = head(p, y, "subtitle", TQ_INK_QUIET, subtitle_style, subtitle);
    return head(p, y, "notice", TQ_INK_PREDICTION, notice_style, notice) + HEAD_GAP;
}

void chart_draw_end(chart_plan *p, double y, const char *title, const char *caption,
                    const char *description)
{
    y = head(p, y, "caption", TQ_INK_QUIET, caption_style, caption);
    p->s->height = y + PAPER_MARGIN;
    p->s->title = chart_clean(p, title);
    p->s->description = chart_clean(p, description);
}

static void place_box(chart_plan *p, double width)
{
    const double left = PAPER_MARGIN + body.size + 2.0 * CHART_LABEL_GAP + chart_widest_tick(p) +
                        CHART_LABEL_GAP + TICK_LENGTH;
    const double wanted = width > 0.0 ? width - left - 2.0 * PAPER_MARGIN : CHART_WIDTH;
    const double plot = p->c->square && !(width > 0.0) ? CHART_HEIGHT : fmax(wanted, LEAST_WIDTH);
    const double height = p->c->square ? plot
                          : p->c->height > 0.0
                              ? p->c->height
                              : plot * CHART_HEIGHT / CHART_WIDTH * (1.0 + p->c->taller);

    p->box = (clip_box){left, 0.0, left + plot, height};
    p->s->width = left + plot + 2.0 * PAPER_MARGIN;
}

static void draw_chart(chart_plan *p, double width)
{
    const tq_chart *const c = p->c;

    place_box(p, width);
    double y = chart_draw_heads(p, c->title, c->subtitle, c->notice);

    p->box.top += y;
    p->box.bottom += y;
    chart_draw_layers(p);
    chart_draw_y_axis(p);
    y = chart_draw_legend(p, c, 1, chart_draw_x_axis(p)) + 5.0;
    chart_draw_end(p, y, c->title, c->caption, c->description);
}

void chart_draw(const void *layout, const tq_figure_options *opt, scene *s, typesetter *t)
{
    chart_plan p = {.c = layout, .theme = theme_at(opt->theme), .s = s, .t = t};

    draw_chart(&p, opt->width * POINTS_PER_MM);
}
