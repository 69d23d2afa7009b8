/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulation as native charts: a row of charts for each quantity, a chart for each combination of the
 * settings that do not lie along its axis, a line for each method and test.
 */
#include <math.h>
#include <string.h>

#include "report/workbook/workbook_internal.h"

enum {
    DATA_ROW = 4,
    MOST_FACETS = 6,
    MOST_SERIES = 12,
    CHART_PIXELS = 400, /* width */
    CHART_ROWS = 15,    /* height, in rows of the sheet */
    ROW_PIXELS = 20,
    CHARTS_ROW = 3
};

/* A row of charts: a quantity, or the size that a plan finds. */
typedef struct {
    int is_size;
    tq_sim_quantity q;
} chart_row;

enum { CHART_KINDS = 3 };

static size_t chart_rows(const tq_simulation *s, chart_row out[CHART_KINDS])
{
    if (s->plan) {
        out[0] = (chart_row){1, TQ_SIM_BIAS};
        out[1] = (chart_row){0, TQ_SIM_REJECTED};
        return 2;
    }
    out[0] = (chart_row){0, TQ_SIM_BIAS};
    out[1] = (chart_row){0, TQ_SIM_COVERAGE};
    out[2] = (chart_row){0, TQ_SIM_REJECTED};
    return CHART_KINDS;
}

static size_t facets_of(const wb_book *book)
{
    const size_t n = book->simulation->grid.n_facets;

    return n < MOST_FACETS ? n : MOST_FACETS;
}

int wb_has_simulation_charts(const wb_book *book)
{
    return book->simulation->grid.along < SIMULATION_SETTINGS &&
           simulation_rows(book->simulation->s) <= MOST_SERIES;
}

/* ---- the numbers ---- */

static const char *series_name(wb_book *book, size_t r)
{
    const tq_sim_options *o = book->simulation->s->options;

    return wb_format(book, "%s, %s", tq_method_name(o->method[r / o->n_tests]),
                     tq_test_name(o->test[r % o->n_tests]));
}

static const char *row_name(const tq_simulation *s, const chart_row *row)
{
    return !row->is_size              ? simulation_head(s, row->q)
           : s->find == TQ_SIM_FIND_K ? "Smallest k"
                                      : "Smallest n";
}

static double value_of(const tq_simulation *s, const chart_row *row, const tq_simulated *one,
                       size_t r)
{
    if (!one || !one->found) {
        return WB_NONE;
    }
    return !row->is_size              ? one->row[r].value[row->q].value
           : s->find == TQ_SIM_FIND_K ? (double)one->scenario.k
                                      : one->scenario.n;
}

static double nominal_of(const tq_simulation *s, const chart_row *row, const tq_simulated *one)
{
    return row->is_size || !one ? WB_NONE : simulation_nominal(s, one, row->q);
}

/* The columns of ChartData: the axis, then for each row of charts its series and the nominal value. */
static lxw_col_t column_of(const tq_simulation *s, size_t row, size_t series)
{
    return (lxw_col_t)(1 + row * (simulation_rows(s) + 1) + series);
}

static const char *facet_name(wb_book *book, size_t facet)
{
    tq_buffer name = {0};

    simulation_facet_name(book->simulation->s, &book->simulation->grid, facet, &name);
    const char *text = wb_format(book, "%s", name.data ? name.data : "");

    if (name.failed) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
    }
    tq_buffer_free(&name);
    return text;
}

static const char *along_label(const wb_book *book)
{
    simulation_setting all[SIMULATION_SETTINGS];

    simulation_settings(&book->simulation->s->one[0].scenario, all);
    return all[book->simulation->grid.along].label;
}

static void write_heads(wb_sheet *s, lxw_row_t row)
{
    const tq_simulation *of = s->book->simulation->s;
    chart_row rows[CHART_KINDS];
    const size_t n = chart_rows(of, rows), series = simulation_rows(of);

    wb_text(s, row, 0, along_label(s->book), wb_as(WB_HEAD));
    for (size_t i = 0; i < n; i++) {
        for (size_t r = 0; r < series; r++) {
            wb_text(s, row, column_of(of, i, r),
                    wb_format(s->book, "%s: %s", row_name(of, &rows[i]), series_name(s->book, r)),
                    wb_as(WB_HEAD_RIGHT));
        }
        wb_text(s, row, column_of(of, i, series),
                wb_format(s->book, "%s: nominal", row_name(of, &rows[i])), wb_as(WB_HEAD_RIGHT));
    }
}

static lxw_row_t write_block(wb_sheet *s, lxw_row_t row, size_t facet)
{
    const tq_simulation *of = s->book->simulation->s;
    const simulation_grid *g = &s->book->simulation->grid;
    const wb_look fine = wb_decimals(WB_FIXED, 4);
    chart_row rows[CHART_KINDS];
    const size_t n = chart_rows(of, rows), series = simulation_rows(of);

    if (g->n_facets > 1) {
        wb_flow(s, row++, 0, facet_name(s->book, facet), wb_as(WB_SECTION));
    }
    write_heads(s, row++);
    for (size_t place = 0; place < g->n_along; place++, row++) {
        const tq_simulated *one = simulation_at(of, g, facet, place);

        wb_number(s, row, 0, g->value[place], wb_decimals(WB_FIXED, 3));
        for (size_t i = 0; i < n; i++) {
            for (size_t r = 0; r < series; r++) {
                wb_optional(s, row, column_of(of, i, r), value_of(of, &rows[i], one, r), fine);
            }
            wb_optional(s, row, column_of(of, i, series), nominal_of(of, &rows[i], one), fine);
        }
    }
    return row + 1;
}

/* Row of the first values of a facet's block. */
static lxw_row_t first_row(const wb_book *book, size_t facet)
{
    const simulation_grid *g = &book->simulation->grid;
    const lxw_row_t heads = g->n_facets > 1 ? 2 : 1;

    return DATA_ROW + (lxw_row_t)facet * (heads + (lxw_row_t)g->n_along + 1) + heads;
}

void wb_simulation_chartdata(wb_sheet *s)
{
    lxw_row_t row = DATA_ROW;

    wb_top(s, "Chart data", "Percentages as numbers; what the charts draw follows these cells.");
    for (size_t facet = 0; facet < facets_of(s->book); facet++) {
        row = write_block(s, row, facet);
    }
    wb_finish(s, 0, 0);
}

/* ---- the charts ---- */

static const lxw_color_t colours[] = {0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9};
enum { COLOURS = sizeof colours / sizeof *colours };

static lxw_chart_font font_of(double size, int bold)
{
    static char name[] = "Arial";

    return (lxw_chart_font){
        .name = name, .size = size, .bold = bold ? LXW_TRUE : LXW_EXPLICIT_FALSE, .color = WB_INK};
}

static lxw_chart_series *add_range(wb_sheet *s, lxw_chart *chart, size_t facet, lxw_col_t col)
{
    wb_book *book = s->book;
    const char *data = wb_sheet_name(book, "ChartData");
    const lxw_row_t top = first_row(book, facet);
    const lxw_row_t last = top + (lxw_row_t)book->simulation->grid.n_along - 1;
    lxw_chart_series *series = book->xlsx->chart_add_series(chart, NULL, NULL);

    if (!series) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return NULL;
    }
    book->xlsx->chart_series_set_categories(series, data, top, 0, last, 0);
    book->xlsx->chart_series_set_values(series, data, top, col, last, col);
    return series;
}

/* Methods by colour, tests by marker and dash; what there is several of by both. */
static void add_line(wb_sheet *s, lxw_chart *chart, const chart_row *row, size_t i, size_t facet,
                     size_t r)
{
    static const uint8_t markers[] = {LXW_CHART_MARKER_CIRCLE, LXW_CHART_MARKER_SQUARE,
                                      LXW_CHART_MARKER_TRIANGLE, LXW_CHART_MARKER_DIAMOND};
    static const uint8_t dashes[] = {LXW_CHART_LINE_DASH_SOLID, LXW_CHART_LINE_DASH_DASH,
                                     LXW_CHART_LINE_DASH_ROUND_DOT, LXW_CHART_LINE_DASH_LONG_DASH};
    const wb_library *xlsx = s->book->xlsx;
    const tq_simulation *of = s->book->simulation->s;
    const tq_sim_options *o = of->options;
    const size_t method = r / o->n_tests, test = r % o->n_tests;
    const size_t colour = o->n_methods > 1 ? method : test;
    lxw_chart_line line = {.color = colours[colour % COLOURS],
                           .width = 1.5F,
                           .dash_type = dashes[o->n_methods > 1 ? test % 4 : 0]};
    lxw_chart_line edge = {.color = line.color, .width = 0.75F};
    lxw_chart_fill fill = {.color = line.color};

    if (!row->is_size && simulation_by_method(row->q) && test > 0) {
        return; /* the same as by the first test */
    }
    lxw_chart_series *series = add_range(s, chart, facet, column_of(of, i, r));

    if (series) {
        xlsx->chart_series_set_name(series, series_name(s->book, r));
        xlsx->chart_series_set_line(series, &line);
        xlsx->chart_series_set_marker_type(series, markers[test % 4]);
        xlsx->chart_series_set_marker_size(series, 5);
        xlsx->chart_series_set_marker_fill(series, &fill);
        xlsx->chart_series_set_marker_line(series, &edge);
    }
}

static int has_nominal(const wb_book *book, const chart_row *row, size_t facet)
{
    const simulation_grid *g = &book->simulation->grid;

    for (size_t i = 0; i < g->n_along; i++) {
        if (!isnan(nominal_of(book->simulation->s, row,
                              simulation_at(book->simulation->s, g, facet, i)))) {
            return 1;
        }
    }
    return 0;
}

static void add_nominal(wb_sheet *s, lxw_chart *chart, const chart_row *row, size_t i, size_t facet)
{
    const wb_library *xlsx = s->book->xlsx;
    const tq_simulation *of = s->book->simulation->s;
    lxw_chart_line line = {.color = WB_RULE, .width = 1.0F};

    if (!has_nominal(s->book, row, facet)) {
        return;
    }
    lxw_chart_series *series = add_range(s, chart, facet, column_of(of, i, simulation_rows(of)));

    if (series) {
        xlsx->chart_series_set_name(series, "nominal");
        xlsx->chart_series_set_line(series, &line);
        xlsx->chart_series_set_marker_type(series, LXW_CHART_MARKER_NONE);
    }
}

/* About five steps of 1, 2 or 5 times a power of ten over [lo, hi], and the ends at steps. */
static void set_range(const wb_book *book, lxw_chart_axis *axis, double lo, double hi)
{
    const double wide = hi > lo ? hi - lo : fmax(fabs(hi), 1.0),
                 power = pow(10.0, floor(log10(wide / 5.0)));
    const double share = wide / 5.0 / power;
    const double step = power * (share <= 1.0   ? 1.0
                                 : share <= 2.0 ? 2.0
                                 : share <= 5.0 ? 5.0
                                                : 10.0);

    book->xlsx->chart_axis_set_min(axis, step * floor(lo / step + 1e-9));
    book->xlsx->chart_axis_set_max(axis, step * ceil(hi / step - 1e-9));
    book->xlsx->chart_axis_set_major_unit(axis, step);
}

/* The axis that charts of a row share. */
static void set_values(const wb_book *book, const chart_row *row, lxw_chart_axis *axis)
{
    const tq_simulation *s = book->simulation->s;
    double lo = row->is_size ? 0.0 : INFINITY, hi = -INFINITY;

    for (size_t i = 0; i < s->n; i++) {
        const double nominal = nominal_of(s, row, &s->one[i]);

        lo = fmin(lo, nominal);
        hi = fmax(hi, nominal);
        for (size_t r = 0; r < simulation_rows(s); r++) {
            const double x = value_of(s, row, &s->one[i], r);

            lo = fmin(lo, x);
            hi = fmax(hi, x);
        }
    }
    if (!(lo <= hi)) {
        return;
    }
    if (!row->is_size && row->q == TQ_SIM_REJECTED && hi > 20.0) {
        set_range(book, axis, 0.0, 100.0);
    } else {
        set_range(book, axis, lo, hi);
    }
}

static void dress_axes(wb_sheet *s, lxw_chart *chart, const chart_row *row)
{
    const wb_library *xlsx = s->book->xlsx;
    const simulation_grid *g = &s->book->simulation->grid;
    const tq_simulation *of = s->book->simulation->s;
    lxw_chart_font small = font_of(8.0, 0);
    lxw_chart_line pale = {.color = 0xE5E5E5, .width = 0.5F};
    const int percent = !row->is_size && simulation_percent(row->q);

    xlsx->chart_axis_set_name(chart->x_axis, along_label(s->book));
    xlsx->chart_axis_set_name(chart->y_axis, percent
                                                 ? wb_format(s->book, "%s (%%)", row_name(of, row))
                                                 : row_name(of, row));
    set_range(s->book, chart->x_axis, fmin(0.0, g->value[0]), g->value[g->n_along - 1]);
    set_values(s->book, row, chart->y_axis);
    for (int i = 0; i < 2; i++) {
        lxw_chart_axis *axis = i ? chart->y_axis : chart->x_axis;

        xlsx->chart_axis_set_name_font(axis, &small);
        xlsx->chart_axis_set_num_font(axis, &small);
        xlsx->chart_axis_set_label_position(axis, LXW_CHART_AXIS_LABEL_POSITION_LOW);
    }
    xlsx->chart_axis_major_gridlines_set_line(chart->y_axis, &pale);
}

static void add_chart(wb_sheet *s, const chart_row *row, size_t i, size_t facet)
{
    const wb_library *xlsx = s->book->xlsx;
    const tq_simulation *of = s->book->simulation->s;
    lxw_chart *chart =
        xlsx->workbook_add_chart(s->book->file, LXW_CHART_SCATTER_STRAIGHT_WITH_MARKERS);
    const char *name = facet_name(s->book, facet);
    lxw_chart_font head = font_of(10.0, 1), small = font_of(8.0, 0);

    if (!chart) {
        wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    for (size_t r = 0; r < simulation_rows(of); r++) {
        add_line(s, chart, row, i, facet, r);
    }
    add_nominal(s, chart, row, i, facet);
    dress_axes(s, chart, row);
    xlsx->chart_title_set_name(chart, *name ? wb_format(s->book, "%s; %s", row_name(of, row), name)
                                            : row_name(of, row));
    xlsx->chart_title_set_name_font(chart, &head);
    xlsx->chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
    xlsx->chart_legend_set_font(chart, &small);
    xlsx->chart_show_blanks_as(chart, LXW_CHART_BLANKS_AS_GAP);
    lxw_chart_options options = {.x_offset = (int32_t)(facet * (CHART_PIXELS + 10)),
                                 .x_scale = CHART_PIXELS / 480.0,
                                 .y_scale = (CHART_ROWS - 1) * ROW_PIXELS / 288.0,
                                 .object_position = LXW_OBJECT_MOVE_DONT_SIZE};

    wb_check(s->book, xlsx->worksheet_insert_chart_opt(
                          s->ws, CHARTS_ROW + (lxw_row_t)(i * CHART_ROWS), 0, chart, &options));
}

void wb_simulation_charts(wb_sheet *s)
{
    const size_t shown = facets_of(s->book), all = s->book->simulation->grid.n_facets;
    chart_row rows[CHART_KINDS];
    const size_t n = chart_rows(s->book->simulation->s, rows);

    wb_top(s, "Charts",
           shown < all
               ? wb_format(s->book,
                           "Of the first %zu of %zu combinations of settings; tausq simulate "
                           "--plot --kind nested draws all.",
                           shown, all)
               : "Lines by method and test; Monte-Carlo errors stand on Performance.");
    for (size_t i = 0; i < n; i++) {
        for (size_t facet = 0; facet < shown; facet++) {
            add_chart(s, &rows[i], i, facet);
        }
    }
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    wb_finish(s, 0, 0);
    s->book->xlsx->worksheet_fit_to_pages(s->ws, 1, 1);
}
