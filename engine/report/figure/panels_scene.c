/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small multiples as a drawing: a grid of plots, heads above the columns, the legend of all below. */
#include <math.h>

#include "report/figure/chart_scene_internal.h"
#include "report/figure/panels.h"
#include "report/figure/paragraph_internal.h"

static const text_style body = CHART_BODY, head_style = {7.5, 0, 0};

/* Lengths in points. */
#define GAP 9.0 /* between plots */
#define LEAST_WIDTH 50.0
#define HEAD_LINE 9.0
#define LINE_HEIGHT 11.0

/* Left edge of the first column: room for labels and ticks of all rows. */
static double left_edge(chart_plan *p, const tq_panels *g)
{
    double widest = 0.0;

    for (size_t row = 0; row < g->rows; row++) {
        p->c = &g->panel[row * g->columns];
        widest = fmax(widest, chart_widest_tick(p));
    }
    return PAPER_MARGIN + body.size + 3.0 * CHART_LABEL_GAP + widest + TICK_LENGTH;
}

static double width_of_each(const tq_panels *g, double left, double width)
{
    const double n = (double)g->columns;
    const double wanted = (width - left - 2.0 * PAPER_MARGIN - (n - 1.0) * GAP) / n;

    return width > 0.0 ? fmax(wanted, LEAST_WIDTH) : g->width;
}

/* Heads stand on one line at the bottom, whatever lines they need. Returns where the plots begin. */
static double draw_heads(chart_plan *p, const tq_panels *g, double left, double each, double y)
{
    size_t most = 0;

    for (size_t j = 0; g->head && j < g->columns; j++) {
        const wrapped w =
            wrap(p->s, p->t, chart_clean(p, g->head[j]), head_style, each + GAP / 2.0);

        most = w.n > most ? w.n : most;
    }
    for (size_t j = 0; g->head && j < g->columns; j++) {
        const wrapped w =
            wrap(p->s, p->t, chart_clean(p, g->head[j]), head_style, each + GAP / 2.0);
        const double x = left + (double)j * (each + GAP) + each / 2.0;

        for (size_t i = 0; i < w.n; i++) {
            scene_text(p->s, "panel-head", chart_ink(p, TQ_INK_BLACK), head_style, TQ_ALIGN_CENTER,
                       (scene_point){x, y + HEAD_LINE * (double)(most - w.n + i + 1) - 2.0},
                       w.line[i]);
        }
    }
    return y + HEAD_LINE * (double)most + (most > 0 ? 3.0 : 0.0);
}

/* A frame tells the plots apart, which have no axes of their own beyond the first column. */
static void draw_frame(chart_plan *p)
{
    const clip_box *b = &p->box;
    const scene_point corner[] = {{b->left, b->top}, {b->right, b->top}, {b->right, b->bottom}};

    scene_path(p->s, "frame", chart_ink(p, TQ_INK_RULE), 0.35, 0.0, corner, 3);
}

/* A row of plots from y down; the last baseline below it. */
static double draw_row(chart_plan *p, const tq_panels *g, size_t row, double left, double each,
                       double y)
{
    double end = y;

    for (size_t j = 0; j < g->columns; j++) {
        const double x = left + (double)j * (each + GAP);

        p->c = &g->panel[row * g->columns + j];
        p->box = (clip_box){x, y, x + each, y + p->c->height};
        draw_frame(p);
        chart_draw_layers(p);
        chart_draw_y_axis(p);
        end = fmax(end, row + 1 < g->rows ? p->box.bottom : chart_draw_x_axis(p));
        if (row + 1 < g->rows) {
            scene_line(p->s, "axis", chart_ink(p, TQ_INK_BLACK), CHART_THIN, 0.0,
                       (scene_point){p->box.left, p->box.bottom},
                       (scene_point){p->box.right, p->box.bottom});
        }
    }
    return end;
}

void panels_draw(const void *layout, const tq_figure_options *opt, scene *s, typesetter *t)
{
    const tq_panels *const g = layout;
    chart_plan p = {.c = g->panel, .theme = theme_at(opt->theme), .s = s, .t = t};
    const double left = left_edge(&p, g);
    const double each = width_of_each(g, left, opt->width * POINTS_PER_MM);
    const double right = left + (double)g->columns * (each + GAP) - GAP;

    s->width = right + 2.0 * PAPER_MARGIN;
    double y = chart_draw_heads(&p, g->title, g->subtitle, g->notice);

    y = draw_heads(&p, g, left, each, y);
    for (size_t row = 0; row < g->rows; row++) {
        y = draw_row(&p, g, row, left, each, row > 0 ? y + GAP : y);
    }
    if (g->x_label && *g->x_label) {
        y += LINE_HEIGHT + 1.0;
        scene_text(s, "x-axis", chart_ink(&p, TQ_INK_BLACK), body, TQ_ALIGN_CENTER,
                   (scene_point){(left + right) / 2.0, y}, chart_clean(&p, g->x_label));
    }
    p.box.left = left;
    y = chart_draw_legend(&p, g->panel, g->rows * g->columns, y) + 5.0;
    chart_draw_end(&p, y, g->title, g->caption, g->description);
}

void tq_panels_free(tq_panels *panels)
{
    if (panels) {
        tq_arena_free(panels->arena);
    }
}
