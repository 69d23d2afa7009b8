/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The forest plot as a drawing: texts in measured columns, marks where the layout's scale puts
 * them. Widths follow from the texts and heights from the rows, so that nothing is cut off.
 */
#include <math.h>
#include <string.h>

#include "report/figure/clip_internal.h"
#include "report/figure/figure_internal.h"
#include "report/figure/forest_internal.h"
#include "report/figure/paragraph_internal.h"
#include "report/figure/scene_internal.h"
#include "report/figure/ticks_internal.h"

static const text_style body = {8.0, 0, 0}, strong = {8.0, 1, 0}, note = {7.0, 0, 1},
                        title_style = {11.0, 1, 0}, subtitle_style = {8.5, 0, 0},
                        tick_style = {TICK_FONT, 0, 0};

/* Lengths in points. */
#define COLUMN_GAP 12.0
#define LIGHT_GAP 2.5 /* between domains of the risk of bias */
#define PLOT_GAP 18.0 /* on both sides of the plot: labels of outer ticks reach into it */
#define INDENT 8.0    /* studies below the heading of their level */
#define ROW_HEIGHT 13.0
#define LINE_HEIGHT 9.5 /* of further lines of a wrapped text */
#define BLANK_HEIGHT 6.0
#define POOL_GAP 3.0      /* above the overall row when no blank row stands there */
#define PLOT_LEAST 100.0  /* a narrower figure than that allows is drawn smaller altogether */
#define WIDE_PLOT 300.0   /* the plot is not widened beyond this for words below it */
#define FAVOURS_GAP 6.0   /* between those words and the line of no effect */
#define LABEL_WIDTH 200.0 /* longer labels of studies are wrapped */
#define NOTE_WIDTH 165.0  /* room that notes of levels get beside the plot before they wrap */
#define NOTE_GROWTH 30.0  /* by so much more they may widen it for notes on the whole */
#define NOTE_HEIGHT 11.0
#define SQUARE_SIDE 9.0  /* of the study with the largest weight */
#define HOLLOW 0.8       /* outline of studies that were filled in */
#define SQUARE_LEAST 1.8 /* still seen in print */
#define LIGHT_RADIUS 4.8 /* of the discs of the risk of bias */
#define DIAMOND_HALF 4.6 /* half the height of the overall diamond */
#define SUBTOTAL_HALF 3.9
#define CLUSTER_HALF 3.4
#define FITTED_HALF 5.2
#define DIAMOND_LEAST 1.2 /* half the width of a diamond whose interval is too short to see */
#define BAR_HALF 1.5      /* half the height of the prediction interval */
#define ARROW_HALF 2.2    /* half the height of the arrow on a cut interval */
#define SHORTEST_LINE 1.5
#define HAIRLINE 0.5
#define THIN 0.75

typedef struct {
    const tq_forest *f;
    const figure_theme *theme;
    double wanted; /* width of the figure in points; 0: as it comes */
    scene *s;
    typesetter *t;
    double *left, *width; /* [n_columns] */
    wrapped *label;       /* [n_rows] the first cell */
    double *middle;       /* [n_rows] vertical */
    double *top;          /* [n_rows] */
    double indent;
    double side_width; /* of the columns on the left of the plot */
    size_t n_body;     /* rows up to the last with a mark; notes on the whole follow */
    int notes_below;   /* they stand below the axis, because they do not fit beside it */
    double body_top, axis_y;
} plan;

static double width_of(plan *p, const char *text, text_style style)
{
    return *text ? typesetter_width(p->t, text, style) : 0.0;
}

static const char *clean(plan *p, const char *text)
{
    return text ? scene_clean_text(p->s, text) : "";
}

static void *take(plan *p, size_t count, size_t size)
{
    void *const memory = tq_arena_take(p->s->arena, count, size);

    p->s->failed = p->s->failed || !memory;
    return memory;
}

/* ---- columns ---------------------------------------------------------------------------- */

static text_style label_style(tq_forest_kind kind)
{
    switch (kind) {
    case TQ_FOREST_HEADING:
    case TQ_FOREST_SUBTOTAL:
    case TQ_FOREST_OVERALL:
        return strong;
    case TQ_FOREST_NOTE:
        return note;
    case TQ_FOREST_STUDY:
    case TQ_FOREST_LEVEL:
    case TQ_FOREST_CLUSTER:
    case TQ_FOREST_PREDICTION:
    case TQ_FOREST_BLANK:
        break;
    }
    return body;
}

static double label_indent(const plan *p, const tq_forest_row *row)
{
    const int in_level = row->kind == TQ_FOREST_NOTE && row->level != TQ_NO_LEVEL;

    return (row->kind == TQ_FOREST_STUDY && !row->alone) || row->kind == TQ_FOREST_LEVEL ||
                   row->kind == TQ_FOREST_CLUSTER || in_level
               ? p->indent
               : 0.0;
}

/* Headings and notes may use all the width beside the plot, other labels that of their column. */
static int spans_columns(const tq_forest_row *row)
{
    return row->kind == TQ_FOREST_HEADING || row->kind == TQ_FOREST_NOTE;
}

static double widest_line(plan *p, const wrapped *w, text_style style)
{
    double widest = 0.0;

    for (size_t i = 0; i < w->n; i++) {
        widest = fmax(widest, width_of(p, w->line[i], style));
    }
    return widest;
}

static double label_width(plan *p)
{
    double widest = width_of(p, p->f->column[0].head, strong);

    for (size_t i = 0; i < p->f->n_rows; i++) {
        const tq_forest_row *const row = &p->f->row[i];
        const text_style style = label_style(row->kind);

        if (!spans_columns(row)) {
            p->label[i] = wrap(p->s, p->t, clean(p, row->cell[0]), style, LABEL_WIDTH);
            widest = fmax(widest, widest_line(p, &p->label[i], style) + label_indent(p, row));
        }
    }
    return widest;
}

static double cell_width(plan *p, size_t j)
{
    double widest = width_of(p, clean(p, p->f->column[j].head), strong);

    for (size_t i = 0; i < p->f->n_rows; i++) {
        const tq_forest_row *const row = &p->f->row[i];

        if (p->f->column[j].content == TQ_FOREST_COL_BIAS) {
            widest = fmax(widest, 2.0 * LIGHT_RADIUS);
        } else if (row->kind != TQ_FOREST_NOTE) {
            widest = fmax(widest, width_of(p, row->cell[j], label_style(row->kind)));
        }
    }
    return widest;
}

/* Columns that j starts a group of: those after it with the same text above them. */
static size_t group_length(const tq_forest *f, size_t j)
{
    const char *const over = f->column[j].over;
    size_t n = 1;

    if (!over || (j > 0 && f->column[j - 1].over && strcmp(f->column[j - 1].over, over) == 0)) {
        return 0;
    }
    while (j + n < f->n_columns && f->column[j + n].over &&
           strcmp(f->column[j + n].over, over) == 0) {
        n++;
    }
    return n;
}

static double gap_before(const plan *p, size_t j)
{
    const size_t plot = p->f->plot_column;

    const int lights = j > 0 && p->f->column[j].content == TQ_FOREST_COL_BIAS &&
                       p->f->column[j - 1].content == TQ_FOREST_COL_BIAS;

    return j == 0 ? 0.0 : j == plot || j == plot + 1 ? PLOT_GAP : lights ? LIGHT_GAP : COLUMN_GAP;
}

/* Widen the first column of a group that is narrower than the text above it. */
static void fit_groups(plan *p)
{
    for (size_t j = 0; j < p->f->n_columns; j++) {
        const size_t n = group_length(p->f, j);
        double room = 0.0;

        for (size_t i = j; i < j + n; i++) {
            room += p->width[i] + (i > j ? gap_before(p, i) : 0.0);
        }
        if (n > 0) {
            const char *const over = clean(p, p->f->column[j].over);

            p->width[j] += fmax(0.0, width_of(p, over, strong) - room);
        }
    }
}

static const char *favours(plan *p, int upper)
{
    const char *const text = upper ? p->f->favours_hi : p->f->favours_lo;
    const char *out = NULL;

    if (!text || !*text) {
        return "";
    }
    out = tq_arena_format(p->s->arena, upper ? "%s \u2192" : "\u2190 %s", clean(p, text));
    p->s->failed = p->s->failed || !out;
    return out ? out : "";
}

/* Both directions on one line if that widens the plot moderately, else on two. */
static double plot_width(plan *p)
{
    const double label = width_of(p, clean(p, p->f->axis_label), body);
    const double lo = width_of(p, favours(p, 0), body), hi = width_of(p, favours(p, 1), body);
    const double both = lo + hi + 2.0 * FAVOURS_GAP;
    const double words = both <= WIDE_PLOT ? both : fmax(lo, hi);

    return fmax(FOREST_PLOT_WIDTH, fmax(label, words));
}

/* The widest heading or note among rows from..to, on one line. */
static double widest_span(plan *p, size_t from, size_t to)
{
    double widest = 0.0;

    for (size_t i = from; i < to; i++) {
        const tq_forest_row *const row = &p->f->row[i];

        if (spans_columns(row)) {
            widest = fmax(widest, width_of(p, clean(p, row->cell[0]), label_style(row->kind)) +
                                      label_indent(p, row));
        }
    }
    return widest;
}

static void wrap_spans(plan *p, size_t from, size_t to, double room)
{
    for (size_t i = from; i < to; i++) {
        const tq_forest_row *const row = &p->f->row[i];

        if (spans_columns(row)) {
            p->label[i] = wrap(p->s, p->t, clean(p, row->cell[0]), label_style(row->kind),
                               room - label_indent(p, row));
        }
    }
}

/* Headings and notes of levels stand beside the plot: they widen the first column a little and are
   wrapped beyond that. Notes on the whole stand beside the axis if they fit, else below it. */
static void fit_spans(plan *p)
{
    const double body_span = widest_span(p, 0, p->n_body);
    const double end_span = widest_span(p, p->n_body, p->f->n_rows);

    p->side_width = 0.0;
    for (size_t j = 0; j < p->f->plot_column; j++) {
        p->side_width += p->width[j] + gap_before(p, j);
    }
    double missing = fmax(0.0, fmin(body_span, NOTE_WIDTH) - p->side_width);

    p->notes_below = end_span > p->side_width + missing + NOTE_GROWTH;
    if (!p->notes_below) {
        missing = fmax(missing, end_span - p->side_width);
    }
    p->width[0] += missing;
    p->side_width += missing;
    wrap_spans(p, 0, p->n_body, p->side_width);
}

/* The plot takes what the width asked for leaves; returns by how much all becomes wider. */
static double fit_width(plan *p, double natural)
{
    const size_t plot = p->f->plot_column;
    const double label = width_of(p, clean(p, p->f->axis_label), body);

    if (!(p->wanted > 0.0)) {
        return 0.0;
    }
    const double width = fmax(p->width[plot] + p->wanted - natural, fmax(PLOT_LEAST, label));
    const double more = width - p->width[plot];

    p->width[plot] = width;
    for (size_t j = plot + 1; j < p->f->n_columns; j++) {
        p->left[j] += more;
    }
    return more;
}

static void place_columns(plan *p)
{
    const tq_forest *const f = p->f;
    double x = PAPER_MARGIN;

    p->width[0] = label_width(p);
    for (size_t j = 1; j < f->n_columns; j++) {
        p->width[j] = j == f->plot_column ? plot_width(p) : cell_width(p, j);
    }
    fit_groups(p);
    fit_spans(p);
    for (size_t j = 0; j < f->n_columns; j++) {
        x += gap_before(p, j);
        p->left[j] = x;
        x += p->width[j];
    }
    x += fit_width(p, x + PAPER_MARGIN);
    p->s->width = x + PAPER_MARGIN;
    wrap_spans(p, p->n_body, f->n_rows, p->notes_below ? x - PAPER_MARGIN : p->side_width);
}

/* ---- text ------------------------------------------------------------------------------- */

/* One line of text in column j, its capitals centred on y. */
static void column_text(plan *p, size_t j, const char *role, double y, text_style style,
                        tq_align align, const char *text)
{
    const double share = align == TQ_ALIGN_LEFT ? 0.0 : align == TQ_ALIGN_CENTER ? 0.5 : 1.0;
    const scene_point at = {p->left[j] + share * p->width[j], y + MIDDLE * style.size};

    scene_text(p->s, role, p->theme->ink[TQ_INK_BLACK], style, align, at, clean(p, text));
}

/* A paragraph across the figure from y downwards; returns where the next one starts. */
static double paragraph(plan *p, const char *role, double y, scene_colour colour, text_style style,
                        const char *text)
{
    return paragraph_draw(p->s, p->t, role, (scene_point){PAPER_MARGIN, y},
                          p->s->width - 2.0 * PAPER_MARGIN, colour, style, text);
}

static void rule(plan *p, double y, double from, double to, double width, scene_colour colour)
{
    scene_line(p->s, "rule", colour, width, 0.0, (scene_point){from, y}, (scene_point){to, y});
}

/* Names of the arms over their columns, each with a line below. */
static double draw_groups(plan *p, double y)
{
    int any = 0;

    for (size_t j = 0; j < p->f->n_columns; j++) {
        const size_t n = group_length(p->f, j);

        if (n == 0) {
            continue;
        }
        const double right = p->left[j + n - 1] + p->width[j + n - 1];
        const scene_point at = {(p->left[j] + right) / 2.0,
                                y + ROW_HEIGHT / 2.0 + MIDDLE * strong.size};

        scene_text(p->s, "head", p->theme->ink[TQ_INK_BLACK], strong, TQ_ALIGN_CENTER, at,
                   clean(p, p->f->column[j].over));
        rule(p, y + ROW_HEIGHT, p->left[j], right, HAIRLINE, p->theme->ink[TQ_INK_RULE]);
        any = 1;
    }
    return any ? y + ROW_HEIGHT + 1.0 : y;
}

static double draw_head(plan *p)
{
    const tq_forest *const f = p->f;
    double y = paragraph(p, "title", PAPER_MARGIN - 2.0, p->theme->ink[TQ_INK_BLACK], title_style,
                         f->title);

    y = paragraph(p, "subtitle", y, p->theme->ink[TQ_INK_QUIET], subtitle_style, f->subtitle);
    y = paragraph(p, "notice", y, p->theme->ink[TQ_INK_PREDICTION], (text_style){8.5, 1, 0},
                  f->notice);
    y += 4.0;
    if (p->theme->framed_head) {
        rule(p, y, PAPER_MARGIN, p->s->width - PAPER_MARGIN, THIN, p->theme->ink[TQ_INK_BLACK]);
        y += 1.0;
    }
    y = draw_groups(p, y);
    for (size_t j = 0; j < f->n_columns; j++) {
        column_text(p, j, "head", y + ROW_HEIGHT / 2.0, strong, f->column[j].align,
                    f->column[j].head);
    }
    y += ROW_HEIGHT + 1.0;
    rule(p, y, PAPER_MARGIN, p->s->width - PAPER_MARGIN, THIN, p->theme->ink[TQ_INK_BLACK]);
    return y;
}

/* ---- rows ------------------------------------------------------------------------------- */

static int has_mark(const tq_forest_row *row)
{
    return row->kind != TQ_FOREST_NOTE && row->kind != TQ_FOREST_BLANK &&
           row->kind != TQ_FOREST_HEADING;
}

static double row_height(tq_forest_kind kind)
{
    return kind == TQ_FOREST_BLANK  ? BLANK_HEIGHT
           : kind == TQ_FOREST_NOTE ? NOTE_HEIGHT
                                    : ROW_HEIGHT;
}

/* Place rows from..to below y; returns where the next one starts. */
static double place_rows(plan *p, size_t from, size_t to, double y)
{
    for (size_t i = from; i < to; i++) {
        const tq_forest_row *const row = &p->f->row[i];
        const size_t more = p->label[i].n > 1 ? p->label[i].n - 1 : 0;
        const double height = row_height(row->kind) + (double)more * LINE_HEIGHT;
        const int after_study = i > 0 && p->f->row[i - 1].kind == TQ_FOREST_STUDY;

        y += row->kind == TQ_FOREST_OVERALL && after_study ? POOL_GAP : 0.0;
        p->top[i] = y;
        p->middle[i] = y + height / 2.0;
        y += height;
    }
    return y;
}

/* The disc below a sign of the risk of bias; the sign tells the same without colour. */
static void draw_light(plan *p, size_t j, double y, const char *sign)
{
    for (int k = TQ_BIAS_LOW; k < TQ_BIAS_COUNT; k++) {
        if (strcmp(sign, tq_bias_sign((tq_bias_judgement)k)) == 0) {
            scene_circle(p->s, "risk-of-bias", p->theme->light[k],
                         (scene_point){p->left[j] + p->width[j] / 2.0, y}, LIGHT_RADIUS);
            scene_outline(p->s, p->theme->ink[TQ_INK_LINE], 0.35,
                          tq_bias_name((tq_bias_judgement)k));
        }
    }
}

static void draw_cells(plan *p, size_t i)
{
    const tq_forest_row *const row = &p->f->row[i];
    const wrapped *const label = &p->label[i];
    const text_style style = label_style(row->kind);
    const scene_colour colour =
        row->kind == TQ_FOREST_NOTE ? p->theme->ink[TQ_INK_QUIET] : p->theme->ink[TQ_INK_BLACK];
    static const char *const role[] = {[TQ_FOREST_HEADING] = "heading",
                                       [TQ_FOREST_STUDY] = "study",
                                       [TQ_FOREST_SUBTOTAL] = "subtotal",
                                       [TQ_FOREST_LEVEL] = "level",
                                       [TQ_FOREST_CLUSTER] = "cluster",
                                       [TQ_FOREST_OVERALL] = "overall",
                                       [TQ_FOREST_PREDICTION] = "prediction",
                                       [TQ_FOREST_NOTE] = "note",
                                       [TQ_FOREST_BLANK] = "blank"};

    for (size_t l = 0; l < label->n; l++) {
        const double offset = ((double)l - (double)(label->n - 1) / 2.0) * LINE_HEIGHT;
        const scene_point at = {p->left[0] + label_indent(p, row),
                                p->middle[i] + offset + MIDDLE * style.size};

        scene_text(p->s, role[row->kind], colour, style, TQ_ALIGN_LEFT, at, label->line[l]);
    }
    for (size_t j = 1; j < p->f->n_columns && row->kind != TQ_FOREST_NOTE; j++) {
        if (p->f->column[j].content == TQ_FOREST_COL_BIAS && *row->cell[j]) {
            draw_light(p, j, p->middle[i], row->cell[j]);
        }
        column_text(p, j, role[row->kind], p->middle[i], style, p->f->column[j].align,
                    row->cell[j]);
    }
}

/* ---- marks ------------------------------------------------------------------------------ */

static double plot_left(const plan *p)
{
    return p->left[p->f->plot_column];
}

static double plot_right(const plan *p)
{
    return plot_left(p) + p->width[p->f->plot_column];
}

/* The horizontal place of a value on the axis scale. */
static double place(const plan *p, double x)
{
    const double u = (x - p->f->lo) / (p->f->hi - p->f->lo) * (plot_right(p) - plot_left(p));

    return plot_left(p) + fmin(fmax(u, -FAR_AWAY), FAR_AWAY);
}

static int inside(const plan *p, double x)
{
    return x >= p->f->lo && x <= p->f->hi;
}

/* An arrowhead whose point touches the edge of the plot, twice as long as half its height. */
static void draw_arrow(plan *p, int upper, double y, double half, scene_colour colour)
{
    const double tip = upper ? plot_right(p) : plot_left(p);
    const double back = upper ? tip - 2.0 * half : tip + 2.0 * half;
    const scene_point head[] = {{tip, y}, {back, y - half}, {back, y + half}};

    scene_shape(p->s, "arrow", colour, head, 3);
}

/* Arrows where an interval is cut, and the part of it that lies between; 0 when there is none.
   An interval wholly beyond the axis leaves a stump, so that the arrow is seen. */
static int visible_part(plan *p, const tq_forest_row *row, double y, double half,
                        scene_colour colour, double *from, double *to)
{
    const int cut_lo = row->lo<p->f->lo, cut_hi = row->hi> p->f->hi;

    *from = place(p, row->lo);
    *to = place(p, row->hi);
    if (!isfinite(row->lo) || !isfinite(row->hi)) {
        return 0;
    }
    if (cut_lo) {
        draw_arrow(p, 0, y, half, colour);
        *from = plot_left(p) + half;
        *to = fmax(*to, plot_left(p) + 4.0 * half);
    }
    if (cut_hi) {
        draw_arrow(p, 1, y, half, colour);
        *to = plot_right(p) - half;
        *from = fmin(*from, plot_right(p) - 4.0 * half);
    }
    return *from < *to;
}

static void draw_study(plan *p, const tq_forest_row *row, double y)
{
    const double side = fmax(SQUARE_SIDE * sqrt(row->size), SQUARE_LEAST), half = side / 2.0;
    const int square = inside(p, row->est);
    const double x = place(p, row->est);
    double from = 0.0, to = 0.0;
    const int line = visible_part(p, row, y, ARROW_HALF, p->theme->ink[TQ_INK_LINE], &from, &to);

    if (line) {
        scene_line(p->s, "interval", p->theme->ink[TQ_INK_LINE], THIN, 0.0, (scene_point){from, y},
                   (scene_point){to, y});
    }
    if (square) {
        scene_rectangle(p->s, row->filled ? "filled" : "square", p->theme->square, x - half,
                        y - half, x + half, y + half);
    }
    if (square && row->filled) {
        const double inner = half - fmin(HOLLOW, 0.5 * half);

        scene_rectangle(p->s, "filled", p->theme->ink[TQ_INK_PAPER], x - inner, y - inner,
                        x + inner, y + inner);
    }
    /* An interval hidden by its square is shown on it. */
    if (line && square && !row->filled && from > x - half && to < x + half &&
        to - from > SHORTEST_LINE) {
        scene_line(p->s, "interval", p->theme->ink[TQ_INK_PAPER], THIN, 0.0, (scene_point){from, y},
                   (scene_point){to, y});
    }
}

/* How a diamond is drawn; edge = fill: without an outline. */
typedef struct {
    const char *role;
    double half; /* of its height */
    scene_colour fill, edge;
} diamond_look;

static void draw_lozenge(plan *p, const diamond_look *look, double est, double lo, double hi,
                         double y)
{
    const double half = look->half, x = place(p, est);

    if (!isfinite(est)) {
        return;
    }
    const double from = isfinite(lo) ? place(p, lo) : x;
    const double to = isfinite(hi) ? place(p, hi) : x;
    const scene_point whole[] = {{fmin(from, x - DIAMOND_LEAST), y},
                                 {x, y - half},
                                 {fmax(to, x + DIAMOND_LEAST), y},
                                 {x, y + half}};
    scene_point right_part[6], part[8];
    size_t n = clip_side(whole, 4, (clip_edge){0, plot_left(p), 1.0}, right_part);

    n = clip_side(right_part, n, (clip_edge){0, plot_right(p), -1.0}, part);
    if (n >= 3) {
        scene_shape(p->s, look->role, look->fill, part, n);
        if (look->edge != look->fill) {
            scene_outline(p->s, look->edge, HAIRLINE, NULL);
        }
    } else {
        draw_arrow(p, est > p->f->hi, y, half, look->edge);
    }
}

static void draw_diamond(plan *p, const tq_forest_row *row, double y)
{
    const scene_colour colour = p->theme->diamond;
    const int open = row->kind == TQ_FOREST_CLUSTER;
    const diamond_look look = {open ? "cluster-diamond" : "diamond",
                               row->kind == TQ_FOREST_OVERALL ? DIAMOND_HALF
                               : open                         ? CLUSTER_HALF
                                                              : SUBTOTAL_HALF,
                               open ? p->theme->ink[TQ_INK_PAPER] : colour, colour};

    draw_lozenge(p, &look, row->est, row->lo, row->hi, y);
}

/* What the moderators predict, behind the study. */
static void draw_fitted(plan *p, const tq_forest_row *row, double y)
{
    const scene_colour light = p->theme->ink[TQ_INK_BAND];
    const diamond_look look = {"fitted", FITTED_HALF, light, light};

    draw_lozenge(p, &look, row->fit, row->fit_lo, row->fit_hi, y);
}

static void draw_prediction(plan *p, const tq_forest_row *row, double y)
{
    double from = 0.0, to = 0.0;

    if (visible_part(p, row, y, 2.0 * BAR_HALF, p->theme->ink[TQ_INK_PREDICTION], &from, &to)) {
        scene_rectangle(p->s, "prediction", p->theme->ink[TQ_INK_PREDICTION], from, y - BAR_HALF,
                        to, y + BAR_HALF);
    }
}

static void draw_marks(plan *p)
{
    for (size_t i = 0; i < p->f->n_rows; i++) {
        const tq_forest_row *const row = &p->f->row[i];

        if (row->kind == TQ_FOREST_STUDY) {
            draw_fitted(p, row, p->middle[i]);
            draw_study(p, row, p->middle[i]);
        } else if (row->kind == TQ_FOREST_SUBTOTAL || row->kind == TQ_FOREST_LEVEL ||
                   row->kind == TQ_FOREST_CLUSTER || row->kind == TQ_FOREST_OVERALL) {
            draw_diamond(p, row, p->middle[i]);
        } else if (row->kind == TQ_FOREST_PREDICTION) {
            draw_prediction(p, row, p->middle[i]);
        }
    }
}

/* ---- axis ------------------------------------------------------------------------------- */

static void draw_reference_lines(plan *p)
{
    const double x0 = place(p, p->f->null_value), x = place(p, p->f->pooled);

    if (inside(p, p->f->null_value)) {
        scene_line(p->s, "null", p->theme->ink[TQ_INK_RULE], THIN, 0.0,
                   (scene_point){x0, p->body_top}, (scene_point){x0, p->axis_y});
    }
    for (size_t i = 0; i < p->f->n_rows && p->theme->summary_line && inside(p, p->f->pooled); i++) {
        if (p->f->row[i].kind == TQ_FOREST_OVERALL) {
            scene_line(p->s, "pooled", p->theme->diamond, THIN, 2.5, (scene_point){x, p->body_top},
                       (scene_point){x, p->middle[i]});
        }
    }
}

/* Ticks; a label that would run into the one before it is left out, its tick stays. */
static double draw_ticks(plan *p)
{
    const double y = p->axis_y, baseline = y + TICK_LENGTH + 1.5 + 0.72 * tick_style.size;
    double taken = -FAR_AWAY;

    scene_line(p->s, "axis", p->theme->ink[TQ_INK_BLACK], THIN, 0.0, (scene_point){plot_left(p), y},
               (scene_point){plot_right(p), y});
    for (size_t i = 0; i < p->f->n_ticks; i++) {
        const tq_forest_tick *const tick = &p->f->tick[i];
        const double x = place(p, tick->at);
        const double half = width_of(p, tick->label, tick_style) / 2.0;

        scene_line(p->s, "tick", p->theme->ink[TQ_INK_BLACK], THIN, 0.0, (scene_point){x, y},
                   (scene_point){x, y + TICK_LENGTH});
        if (x - half > taken + 2.0) {
            scene_text(p->s, "tick", p->theme->ink[TQ_INK_BLACK], tick_style, TQ_ALIGN_CENTER,
                       (scene_point){x, baseline}, tick->label);
            taken = x + half;
        }
    }
    return baseline;
}

/* Which side is better: beside the line of no effect, or at the ends, on two lines if need be. */
static double draw_favours(plan *p, double baseline)
{
    const char *const lo = favours(p, 0), *const hi = favours(p, 1);
    const double lo_width = width_of(p, lo, body), hi_width = width_of(p, hi, body);
    const double space = plot_right(p) - plot_left(p), gap = FAVOURS_GAP;
    const double x0 =
        inside(p, p->f->null_value) ? place(p, p->f->null_value) : plot_left(p) + space / 2.0;
    const int beside = lo_width + gap <= x0 - plot_left(p) && hi_width + gap <= plot_right(p) - x0;
    const int stacked = lo_width + hi_width + 2.0 * gap > space;

    if (!*lo && !*hi) {
        return baseline;
    }
    baseline += LINE_HEIGHT + 2.0;
    scene_text(p->s, "favours", p->theme->ink[TQ_INK_BLACK], body,
               beside ? TQ_ALIGN_RIGHT : TQ_ALIGN_LEFT,
               (scene_point){beside ? x0 - gap : plot_left(p), baseline}, lo);
    baseline += stacked && *lo && *hi ? LINE_HEIGHT : 0.0;
    scene_text(p->s, "favours", p->theme->ink[TQ_INK_BLACK], body,
               beside ? TQ_ALIGN_LEFT : TQ_ALIGN_RIGHT,
               (scene_point){beside ? x0 + gap : plot_right(p), baseline}, hi);
    return baseline;
}

/* Returns where the axis and its texts end. */
static double draw_axis(plan *p)
{
    const double middle = (plot_left(p) + plot_right(p)) / 2.0;
    double baseline = draw_favours(p, draw_ticks(p));

    if (p->f->axis_label && *p->f->axis_label) {
        baseline += LINE_HEIGHT + 2.0;
        scene_text(p->s, "axis", p->theme->ink[TQ_INK_BLACK], body, TQ_ALIGN_CENTER,
                   (scene_point){middle, baseline}, clean(p, p->f->axis_label));
    }
    return baseline + 2.0; /* descenders */
}

/* ---- the whole -------------------------------------------------------------------------- */

static void describe(plan *p)
{
    const tq_forest *const f = p->f;
    const char *effect = "", *detail = f->subtitle ? f->subtitle : "";
    size_t k = 0;

    for (size_t i = 0; i < f->n_rows; i++) {
        k += f->row[i].kind == TQ_FOREST_STUDY;
        for (size_t j = 0; j < f->n_columns && f->row[i].kind == TQ_FOREST_OVERALL; j++) {
            effect = f->column[j].content == TQ_FOREST_COL_EFFECT ? f->row[i].cell[j] : effect;
        }
    }
    const char *const text =
        tq_arena_format(p->s->arena, "Forest plot of %zu %s. %s%s%s.%s%s", k,
                        k == 1 ? "study" : "studies", detail, *effect ? ": pooled effect " : "",
                        effect, f->notice ? " " : "", f->notice ? f->notice : "");

    p->s->failed = p->s->failed || !text;
    p->s->description = text ? clean(p, text) : "";
    p->s->title = clean(p, f->title);
}

/* A page does not end below a heading, nor above what belongs to the row before. */
static int may_break(const tq_forest *f, size_t i)
{
    const tq_forest_kind kind = f->row[i].kind, before = f->row[i - 1].kind;

    return before != TQ_FOREST_HEADING &&
           (kind == TQ_FOREST_STUDY || kind == TQ_FOREST_LEVEL || kind == TQ_FOREST_HEADING);
}

static void mark_breaks(plan *p)
{
    scene *const s = p->s;

    s->page_break = take(p, p->n_body + 1, sizeof *s->page_break);
    for (size_t i = 1; s->page_break && i < p->n_body; i++) {
        if (may_break(p->f, i)) {
            s->page_break[s->n_breaks++] = (scene_break){p->top[i], i};
        }
    }
    s->body_top = p->body_top + 1.0; /* below the rule */
    s->body_end = p->axis_y - 1.0;
    s->rows = p->n_body;
}

static void draw_forest(plan *p)
{
    const tq_forest *const f = p->f;

    p->left = take(p, f->n_columns, sizeof *p->left);
    p->width = take(p, f->n_columns, sizeof *p->width);
    p->label = take(p, f->n_rows + 1, sizeof *p->label);
    p->middle = take(p, f->n_rows + 1, sizeof *p->middle);
    p->top = take(p, f->n_rows + 1, sizeof *p->top);
    if (p->s->failed) {
        return;
    }
    for (size_t i = 0; i < f->n_rows; i++) {
        p->indent = f->row[i].kind == TQ_FOREST_HEADING ? INDENT : p->indent;
        p->n_body = has_mark(&f->row[i]) ? i + 1 : p->n_body;
    }
    place_columns(p);
    p->body_top = draw_head(p);
    p->axis_y = place_rows(p, 0, p->n_body, p->body_top + 2.0) + 2.0;
    mark_breaks(p);
    draw_reference_lines(p);
    draw_marks(p);

    const double axis_end = draw_axis(p);
    const double notes = p->notes_below ? axis_end + 4.0 : p->axis_y;
    const double notes_end = place_rows(p, p->n_body, f->n_rows, notes);

    for (size_t i = 0; i < f->n_rows; i++) {
        draw_cells(p, i);
    }
    p->s->height = fmax(axis_end, notes_end) + PAPER_MARGIN;
    describe(p);
}

void forest_draw(const void *layout, const tq_figure_options *opt, scene *s, typesetter *t)
{
    plan p = {.f = layout,
              .theme = theme_at(opt->theme),
              .wanted = opt->width * POINTS_PER_MM,
              .s = s,
              .t = t};

    draw_forest(&p);
}
