/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The forest plot as a scatter chart in unit coordinates: x from 0 to 1 across the plot column, y in
 * rows of the sheet from the first one down. The axes are fixed and invisible, so a mark stands on
 * its row; scale, ticks and clipping are numbers on ChartData. What must not show is parked outside
 * the axes, where it stays a number. The count of series does not depend on the count of studies.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "report/workbook/forest_live_internal.h"

/* Rows below the layout's last one that the chart covers: the axis line, the tick labels. */
enum { AXIS_ROWS = 2 };
enum { ARROW_ROWS = 8, DIAMOND_LEVELS = 8, DIAMOND_ROWS = 8, CI_ROWS = 3 };

static const double parked = -9.0;
static const double pad = FOREST_PAD;
static const double diamond_half_height = 0.34, arrow_half_height = 0.18, arrow_length = 0.018;
static const double tick_length = 0.25, axis_drop = 0.4;

const char *wb_mark_name(wb_mark mark)
{
    static const char *const names[] = {
        [WB_MARK_NULL] = "No effect",
        [WB_MARK_POOLED] = "Pooled effect",
        [WB_MARK_SQUARE] = "Studies (y by marker size)",
        [WB_MARK_AXIS] = "Axis",
        [WB_MARK_CI] = "Confidence intervals",
        [WB_MARK_ARROW] = "Limits beyond the axis",
        [WB_MARK_DIAMOND] = "Diamonds",
        [WB_MARK_PREDICTION] = "Prediction interval",
        [WB_MARK_TICK] = "Ticks",
        [WB_MARK_FILLED] = "Filled studies (y by marker size)",
    };
    _Static_assert(sizeof names / sizeof *names == WB_MARK_COUNT, "a name per mark");

    return names[mark];
}

/* ---- points ---------------------------------------------------------------------------------- */

/* A value on the axis scale as a share of the plot's width; NaN stays NaN. */
static double unit(const tq_forest *f, double value)
{
    const double span = f->hi - f->lo;

    return span > 0.0 ? pad + (1.0 - 2.0 * pad) * (value - f->lo) / span : WB_NONE;
}

static double clamp(double u)
{
    return isnan(u) ? u : fmin(fmax(u, pad), 1.0 - pad);
}

/* Beyond the limits by more than rounding. */
static int below(double u)
{
    return u < pad - 1e-9;
}

static int above(double u)
{
    return u > 1.0 - pad + 1e-9;
}

static void add(wb_points *p, double x, double y)
{
    p->x[p->n] = x;
    p->y[p->n++] = y;
}

static void gap(wb_points *p)
{
    add(p, WB_NONE, WB_NONE);
}

/* Formulas of the point added last. */
static void set_x(wb_points *p, const char *formula)
{
    if (p->fx) {
        p->fx[p->n - 1] = formula;
    }
}

/* NULL: the row has no formula, and its mark goes once an input was changed. */
static void set_y(wb_book *book, wb_points *p, const char *formula)
{
    if (p->fy) {
        p->fy[p->n - 1] = formula ? formula
                                  : wb_format(book, "IF(" WB_VERDICT "=\"yes\",%.17g,%g)",
                                              p->y[p->n - 1], parked);
    }
}

static double centre(size_t row)
{
    return (double)row + 0.5;
}

static int has_interval(const tq_forest_row *r)
{
    return !isnan(r->lo) && !isnan(r->hi);
}

static int is_diamond(const tq_forest_row *r)
{
    return r->kind == TQ_FOREST_SUBTOTAL || r->kind == TQ_FOREST_CLUSTER ||
           r->kind == TQ_FOREST_OVERALL;
}

/* Square: one point per study; its y stands in the column of its marker size. */
static void add_square(wb_book *book, wb_points *p, size_t n_studies, const tq_forest_row *r,
                       size_t row, double u)
{
    /* Sides by the square root, so that the area follows the weight. */
    const double side = round(WB_LARGEST_SQUARE * sqrt(r->size > 0.0 ? fmin(r->size, 1.0) : 0.0));
    const int size = side < WB_SMALLEST_SQUARE ? WB_SMALLEST_SQUARE : (int)side;
    const int shown = !isnan(u) && !below(u) && !above(u);

    p->x[p->n] = isnan(u) ? 0.0 : clamp(u);
    for (size_t set = 0; set < p->sets; set++) {
        const int own = (int)set + WB_SMALLEST_SQUARE == size;

        p->y[set * n_studies + p->n] = shown && own ? centre(row) : parked;
        if (p->fy) {
            p->fy[set * n_studies + p->n] =
                forest_square_y(book, row, (int)set + WB_SMALLEST_SQUARE);
        }
    }
    if (p->fx) {
        p->fx[p->n] = forest_clamped(book, row, FOREST_EST);
    }
    p->n++;
}

/* The head of an arrow that points left (way -1) or right (1) at an edge of the plot. */
static void add_head(wb_book *book, wb_points *p, int way, int shown, size_t row,
                     double half_height)
{
    const double tip = way < 0 ? pad : 1.0 - pad, y = shown ? centre(row) : parked;
    const double back = tip - way * arrow_length * half_height / arrow_half_height;
    const double dy = shown ? half_height : 0.0;

    add(p, back, y - dy);
    set_y(book, p, forest_head_y(book, row, way, -half_height));
    add(p, tip, y);
    set_y(book, p, forest_head_y(book, row, way, 0.0));
    add(p, back, y + dy);
    set_y(book, p, forest_head_y(book, row, way, half_height));
    gap(p);
}

static void add_ci(wb_book *book, wb_points *p, double lo, double hi, size_t row)
{
    add(p, clamp(lo), centre(row));
    set_x(p, forest_clamped(book, row, FOREST_LO));
    set_y(book, p, forest_y(book, row));
    add(p, clamp(hi), centre(row));
    set_x(p, forest_clamped(book, row, FOREST_HI));
    set_y(book, p, forest_y(book, row));
    gap(p);
}

/*
 * A filled diamond as nested outlines. The outline at level s reaches from mu - s (mu - lo) to
 * mu + s (hi - mu); where it leaves the plot it is cut upright at the height it has there. Open: the
 * outermost alone.
 */
static void add_diamond(wb_book *book, wb_points *p, double lo, double mu, double hi, size_t row,
                        int open)
{
    for (int j = open ? DIAMOND_LEVELS : 1; j <= DIAMOND_LEVELS; j++) {
        const double s = (double)j / DIAMOND_LEVELS, y = centre(row);
        const double left = mu - s * (mu - lo), right = mu + s * (hi - mu);
        const double x[3] = {clamp(left), clamp(mu), clamp(right)};
        double h[3];

        for (int i = 0; i < 3; i++) {
            const double reach = x[i] < mu ? mu - left : right - mu;
            const double at = x[i] == mu ? 1.0 : 1.0 - fabs(x[i] - mu) / reach;

            h[i] = reach > 0.0 || x[i] == mu ? s * diamond_half_height * fmax(at, 0.0) : 0.0;
        }
        static const struct {
            int corner, side;
        } outline[] = {{0, -1}, {1, -1}, {2, -1}, {2, 1}, {1, 1}, {0, 1}, {0, -1}};

        for (size_t i = 0; i < sizeof outline / sizeof *outline; i++) {
            const int corner = outline[i].corner, side = outline[i].side;

            add(p, x[corner], y + side * h[corner]);
            if (p->fx) {
                const char *cell = forest_data_cell(book, p->col, p->n - 1);

                set_x(p, forest_diamond_x(book, row, s, corner - 1));
                set_y(book, p,
                      forest_diamond_y(book, row, s, side * s * diamond_half_height, cell));
            }
        }
        gap(p);
    }
}

static void add_row(wb_book *book, wb_scene *scene, const tq_forest *f, size_t i, size_t n_studies,
                    size_t n_filled)
{
    const tq_forest_row *r = &f->row[i];
    const double lo = unit(f, r->lo), hi = unit(f, r->hi), mu = unit(f, r->est);
    const int marked = has_interval(r) && !isnan(lo);
    wb_points *heads = NULL; /* a cut interval ends in an arrow of its own colour */
    double half_height = arrow_half_height;

    if (r->kind == TQ_FOREST_STUDY) {
        add_square(book, &scene->of[r->filled ? WB_MARK_FILLED : WB_MARK_SQUARE],
                   r->filled ? n_filled : n_studies, r, i, mu);
        add_ci(book, &scene->of[WB_MARK_CI], marked ? lo : WB_NONE, marked ? hi : WB_NONE, i);
        heads = &scene->of[WB_MARK_ARROW];
    } else if (is_diamond(r) && marked && !isnan(mu)) {
        add_diamond(book, &scene->of[WB_MARK_DIAMOND], lo, mu, hi, i, r->kind == TQ_FOREST_CLUSTER);
    } else if (r->kind == TQ_FOREST_PREDICTION && marked) {
        heads = &scene->of[WB_MARK_PREDICTION];
        half_height = diamond_half_height;
        add_ci(book, heads, lo, hi, i);
    }
    if (heads) {
        add_head(book, heads, -1, marked && below(lo), i, half_height);
        add_head(book, heads, 1, marked && above(hi), i, half_height);
    }
}

static void add_lines(wb_book *book, wb_scene *scene, const tq_forest *f)
{
    const double axis = (double)f->n_rows + axis_drop;
    const double none = unit(f, f->null_value), pooled = unit(f, f->pooled);
    double stop = axis;
    size_t overall = 0;

    for (size_t i = 0; i < f->n_rows; i++) {
        if (f->row[i].kind == TQ_FOREST_OVERALL) {
            stop = centre(i);
            overall = i;
        }
    }
    if (!isnan(none) && !below(none) && !above(none)) {
        wb_points *p = &scene->of[WB_MARK_NULL];

        add(p, none, 0.0);
        set_x(p, forest_unit(book, forest_scale_cell(book, FOREST_SCALE_NULL), 0.0));
        add(p, none, axis);
        set_x(p, forest_unit(book, forest_scale_cell(book, FOREST_SCALE_NULL), 0.0));
    }
    if (!isnan(pooled) && !below(pooled) && !above(pooled)) {
        wb_points *p = &scene->of[WB_MARK_POOLED];

        add(p, pooled, 0.0);
        set_x(p, forest_clamped(book, overall, FOREST_EST));
        set_y(book, p, forest_inside(book, overall, 0.0));
        add(p, pooled, stop);
        set_x(p, forest_clamped(book, overall, FOREST_EST));
        set_y(book, p, forest_inside(book, overall, stop));
    }
    wb_points *line = &scene->of[WB_MARK_AXIS], *tick = &scene->of[WB_MARK_TICK];

    add(line, pad, axis);
    add(line, 1.0 - pad, axis);
    gap(line);
    for (size_t i = 0; i < f->n_ticks; i++) {
        const double u = unit(f, f->tick[i].at);

        if (isnan(u) || below(u) || above(u)) {
            continue;
        }
        const char *at = forest_unit(book, wb_format(book, "%.17g", f->tick[i].at), -9.0);

        add(line, u, axis);
        set_x(line, at);
        add(line, u, axis + tick_length);
        set_x(line, at);
        gap(line);
        tick->label[tick->n] = f->tick[i].label;
        add(tick, u, axis + tick_length);
        set_x(tick, at);
    }
}

/* Rows of each kind that a plot has. */
static size_t count(const tq_forest *f, tq_forest_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_rows; i++) {
        n += f->row[i].kind == kind;
    }
    return n;
}

/* Studies by trim and fill. */
static size_t count_filled(const tq_forest *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_rows; i++) {
        n += f->row[i].kind == TQ_FOREST_STUDY && f->row[i].filled;
    }
    return n;
}

/* Room for the points of every mark; 0 when memory is short. */
static int reserve(wb_scene *scene, const tq_forest *f, tq_arena *a, int live)
{
    const size_t filled = count_filled(f);
    const size_t studies = count(f, TQ_FOREST_STUDY), predictions = count(f, TQ_FOREST_PREDICTION);
    const size_t pools =
        count(f, TQ_FOREST_SUBTOTAL) + count(f, TQ_FOREST_CLUSTER) + count(f, TQ_FOREST_OVERALL);
    const size_t room[] = {
        [WB_MARK_NULL] = 2,
        [WB_MARK_POOLED] = 2,
        [WB_MARK_SQUARE] = studies - filled,
        [WB_MARK_AXIS] = 3 + 3 * f->n_ticks,
        [WB_MARK_CI] = CI_ROWS * studies,
        [WB_MARK_ARROW] = ARROW_ROWS * studies,
        [WB_MARK_DIAMOND] = (size_t)DIAMOND_LEVELS * DIAMOND_ROWS * pools,
        [WB_MARK_PREDICTION] = (CI_ROWS + ARROW_ROWS) * predictions,
        [WB_MARK_TICK] = f->n_ticks,
        [WB_MARK_FILLED] = filled,
    };
    lxw_col_t col = live ? WB_LIVE_CHART_COLUMNS : 0;

    for (wb_mark m = 0; m < WB_MARK_COUNT; m++) {
        wb_points *p = &scene->of[m];
        const size_t n = room[m] ? room[m] : 1;

        p->sets = m == WB_MARK_SQUARE || m == WB_MARK_FILLED
                      ? WB_LARGEST_SQUARE - WB_SMALLEST_SQUARE + 1
                      : 1;
        p->x = tq_arena_take(a, n, sizeof *p->x);
        p->y = tq_arena_take(a, n * p->sets, sizeof *p->y);
        p->label = m == WB_MARK_TICK ? tq_arena_take(a, n, sizeof *p->label) : NULL;
        p->fx = live ? tq_arena_take(a, n, sizeof *p->fx) : NULL;
        p->fy = live ? tq_arena_take(a, n * p->sets, sizeof *p->fy) : NULL;
        if (!p->x || !p->y || (m == WB_MARK_TICK && !p->label) || (live && (!p->fx || !p->fy))) {
            return 0;
        }
        p->col = col;
        col = (lxw_col_t)(col + p->sets + (p->label ? 3 : 2));
    }
    return 1;
}

wb_scene *wb_scene_new(wb_book *book)
{
    const tq_forest *f = book->forest;
    const size_t studies = count(f, TQ_FOREST_STUDY), filled = count_filled(f);
    const size_t pools =
        count(f, TQ_FOREST_SUBTOTAL) + count(f, TQ_FOREST_CLUSTER) + count(f, TQ_FOREST_OVERALL);

    /* The library counts a series' cached points in 16 bits. */
    if (studies > UINT16_MAX / ARROW_ROWS || pools > UINT16_MAX / (DIAMOND_LEVELS * DIAMOND_ROWS)) {
        return NULL;
    }
    wb_scene *scene = tq_arena_take(book->arena, 1, sizeof *scene);

    if (!scene || !reserve(scene, f, book->arena, book->live != NULL)) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return NULL;
    }
    scene->rows = f->n_rows + AXIS_ROWS;
    add_lines(book, scene, f);
    for (size_t i = 0; i < f->n_rows; i++) {
        add_row(book, scene, f, i, studies - filled, filled);
    }
    return scene;
}

/* ---- series ---------------------------------------------------------------------------------- */

/* How marks are drawn, in drawing order. */
static const struct {
    lxw_color_t color;
    float width; /* points */
    uint8_t dash;
} pens[WB_MARK_COUNT] = {
    [WB_MARK_NULL] = {WB_RULE, 0.75F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_POOLED] = {WB_BLUE, 1.0F, LXW_CHART_LINE_DASH_DASH},
    [WB_MARK_SQUARE] = {WB_SQUARE, 0.0F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_AXIS] = {WB_INK, 0.75F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_CI] = {WB_INK, 1.0F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_ARROW] = {WB_INK, 1.0F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_DIAMOND] = {WB_BLUE, 1.5F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_PREDICTION] = {WB_VERMILLION, 4.0F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_TICK] = {WB_INK, 0.0F, LXW_CHART_LINE_DASH_SOLID},
    [WB_MARK_FILLED] = {WB_SQUARE, 0.0F, LXW_CHART_LINE_DASH_SOLID},
};

/* The library caches 0 for every formula: the chart gets its points here, and is told to keep them. */
static void fill_cache(wb_book *book, lxw_series_range *range, const double *value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lxw_series_data_point *point = calloc(1, sizeof *point); /* the library frees it */

        if (!point) {
            wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
            return;
        }
        point->no_data = (uint8_t)(isnan(value[i]) ? LXW_TRUE : LXW_FALSE);
        point->number = isnan(value[i]) ? 0.0 : value[i];
        STAILQ_INSERT_TAIL(range->data_cache, point, list_pointers);
    }
    range->num_data_points = (uint16_t)n;
    range->ignore_cache = LXW_TRUE;
}

/* A series over rows first.. of the mark's x column and the y column of a set; NULL: recorded. */
static lxw_chart_series *add_series(wb_book *book, lxw_chart *chart, wb_mark mark, size_t set,
                                    size_t first, size_t n)
{
    const lxw_col_t x = book->scene->of[mark].col, y = (lxw_col_t)(x + 1 + set);
    const lxw_row_t top = WB_DATA_ROW + (lxw_row_t)first, last = top + (lxw_row_t)n - 1;
    const wb_library *xlsx = book->xlsx;
    const char *data = wb_sheet_name(book, "ChartData");
    lxw_chart_series *series = xlsx->chart_add_series(chart, NULL, NULL);

    if (!series) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return NULL;
    }
    xlsx->chart_series_set_categories(series, data, top, x, last, x);
    xlsx->chart_series_set_values(series, data, top, y, last, y);
    if (book->live) {
        fill_cache(book, series->categories, book->scene->of[mark].x + first, n);
        fill_cache(book, series->values,
                   book->scene->of[mark].y + set * book->scene->of[mark].n + first, n);
    }
    if (mark != WB_MARK_TICK) {
        xlsx->chart_series_set_name(series, wb_mark_name(mark));
    }
    lxw_chart_line line = {.color = pens[mark].color,
                           .width = pens[mark].width,
                           .dash_type = pens[mark].dash,
                           .none = pens[mark].width > 0.0F ? LXW_FALSE : LXW_TRUE};

    xlsx->chart_series_set_line(series, &line);
    xlsx->chart_series_set_marker_type(series, LXW_CHART_MARKER_NONE);
    return series;
}

/* Studies by trim and fill are pale: LibreOffice draws no edge, and nothing at all in white. */
static void add_squares(wb_book *book, lxw_chart *chart, wb_mark mark)
{
    const wb_points *p = &book->scene->of[mark];
    const wb_library *xlsx = book->xlsx;
    const int pale = mark == WB_MARK_FILLED;
    lxw_chart_fill fill = {.color = pale ? WB_PALE : WB_SQUARE};
    lxw_chart_line edge = {.color = WB_SQUARE, .width = 1.0F, .none = pale ? LXW_FALSE : LXW_TRUE};

    for (size_t set = 0; set < p->sets; set++) {
        lxw_chart_series *series = add_series(book, chart, mark, set, 0, p->n);

        if (series) {
            xlsx->chart_series_set_marker_type(series, LXW_CHART_MARKER_SQUARE);
            xlsx->chart_series_set_marker_size(series, (uint8_t)(WB_SMALLEST_SQUARE + set));
            xlsx->chart_series_set_marker_fill(series, &fill);
            xlsx->chart_series_set_marker_line(series, &edge);
        }
    }
}

/* Tick labels: one series of one point each, whose label is the series' name, a cell. */
static void add_ticks(wb_book *book, lxw_chart *chart)
{
    const wb_points *p = &book->scene->of[WB_MARK_TICK];
    const wb_library *xlsx = book->xlsx;
    char name[] = "Arial";
    lxw_chart_font font = {.name = name, .size = 8, .color = WB_INK};

    for (size_t i = 0; i < p->n; i++) {
        lxw_chart_series *series = add_series(book, chart, WB_MARK_TICK, 0, i, 1);

        if (series) {
            xlsx->chart_series_set_name_range(series, wb_sheet_name(book, "ChartData"),
                                              WB_DATA_ROW + (lxw_row_t)i, (lxw_col_t)(p->col + 2));
            xlsx->chart_series_set_labels(series);
            xlsx->chart_series_set_labels_font(series, &font);
            xlsx->chart_series_set_labels_position(series, LXW_CHART_LABEL_POSITION_BELOW);
            /* Last: setting a position switches the value back on. */
            xlsx->chart_series_set_labels_options(series, LXW_TRUE, LXW_FALSE, LXW_FALSE);
        }
    }
}

static void hide_axis(const wb_library *xlsx, lxw_chart_axis *axis, double max)
{
    lxw_chart_line none = {.none = LXW_TRUE};

    xlsx->chart_axis_set_min(axis, 0.0);
    xlsx->chart_axis_set_max(axis, max);
    xlsx->chart_axis_set_label_position(axis, LXW_CHART_AXIS_LABEL_POSITION_NONE);
    xlsx->chart_axis_set_line(axis, &none);
    xlsx->chart_axis_set_major_tick_mark(axis, LXW_CHART_AXIS_TICK_MARK_NONE);
    xlsx->chart_axis_set_minor_tick_mark(axis, LXW_CHART_AXIS_TICK_MARK_NONE);
    xlsx->chart_axis_major_gridlines_set_visible(axis, LXW_FALSE);
    xlsx->chart_axis_minor_gridlines_set_visible(axis, LXW_FALSE);
}

static void bare(const wb_library *xlsx, lxw_chart *chart, double rows)
{
    lxw_chart_line no_line = {.none = LXW_TRUE};
    lxw_chart_fill no_fill = {.none = LXW_TRUE};

    hide_axis(xlsx, chart->x_axis, 1.0);
    hide_axis(xlsx, chart->y_axis, rows);
    xlsx->chart_axis_set_reverse(chart->y_axis);
    xlsx->chart_chartarea_set_line(chart, &no_line);
    xlsx->chart_chartarea_set_fill(chart, &no_fill);
    xlsx->chart_plotarea_set_line(chart, &no_line);
    xlsx->chart_plotarea_set_fill(chart, &no_fill);
    xlsx->chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    xlsx->chart_title_off(chart);
    xlsx->chart_show_blanks_as(chart, LXW_CHART_BLANKS_AS_GAP);
    xlsx->chart_show_hidden_data(chart);
}

static char *description(wb_book *book)
{
    enum { LONGEST = 1000 };
    const tq_analysis *a = book->a;
    const char *text = wb_format(book, "Forest plot of %zu %s. %s", a->k,
                                 a->k == 1 ? "study" : "studies", a->reading ? a->reading : "");
    char *copy = tq_arena_text(book->arena, wb_clean(book, text, LONGEST, 1));

    if (!copy) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
    }
    return copy;
}

void wb_scene_insert(wb_sheet *s, lxw_row_t head_row, lxw_col_t col)
{
    wb_book *book = s->book;
    lxw_chart *chart = book->xlsx->workbook_add_chart(book->file, LXW_CHART_SCATTER_STRAIGHT);
    /* A row above and below, and a margin at the sides, keep marks off the chart's edge. */
    const double rows = (double)book->scene->rows, covered = rows + 2.0;
    const double margin = (double)WB_PLOT_MARGIN / WB_PLOT_PIXELS;

    if (!chart) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    for (wb_mark mark = 0; mark < WB_MARK_COUNT; mark++) {
        const size_t n = book->scene->of[mark].n;

        if (book->scene->of[mark].sets > 1 && n > 0) {
            add_squares(book, chart, mark);
        } else if (mark == WB_MARK_TICK) {
            add_ticks(book, chart);
        } else if (n > 0) {
            add_series(book, chart, mark, 0, 0, n);
        }
    }
    bare(book->xlsx, chart, rows);
    wb_chart_place(book, chart, margin, 1.0 / covered, 1.0 - 2.0 * margin, rows / covered);
    /* The library scales from its default size of 480 by 288 pixels. */
    lxw_chart_options options = {.x_scale = WB_PLOT_PIXELS / 480.0,
                                 .y_scale = WB_ROW_PIXELS * covered / 288.0,
                                 .object_position = LXW_OBJECT_MOVE_AND_SIZE,
                                 .description = description(book)};

    wb_check(book, book->xlsx->worksheet_insert_chart_opt(s->ws, head_row, col, chart, &options));
}
