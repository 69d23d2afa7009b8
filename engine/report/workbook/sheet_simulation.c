/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulation: its design and main results, every quantity, the scenarios, what was run. */
#include <string.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4, SETTINGS = SIMULATION_SETTINGS };
/* Rows that spreadsheets work with at ease; --format csv has all. */
enum { MOST_ROWS = 100000 };

static const tq_simulation *simulation(const wb_sheet *s)
{
    return s->book->simulation->s;
}

/* ---- columns of a list of results ---- */

/* Settings that vary are columns; of a plan, what it found too. */
static int is_column(const wb_sheet *s, size_t j, const char *name)
{
    return s->book->simulation->grid.varies[j] || simulation_is_found(simulation(s), name);
}

static wb_look setting_look(const char *name)
{
    return strcmp(name, "k") == 0 || strcmp(name, "n") == 0 ? wb_as(WB_COUNT)
                                                            : wb_decimals(WB_FIXED, 3);
}

static void setting_columns(wb_sheet *s, wb_list *list)
{
    simulation_setting all[SETTINGS];

    simulation_settings(&simulation(s)->one[0].scenario, all);
    for (size_t j = 0; j < SETTINGS; j++) {
        if (is_column(s, j, all[j].name)) {
            wb_list_column(list, all[j].label, setting_look(all[j].name));
        }
    }
}

/* Returns the column after them. */
static lxw_col_t write_settings(wb_sheet *s, lxw_row_t row, const tq_simulated *one)
{
    simulation_setting all[SETTINGS];
    lxw_col_t col = 0;

    simulation_settings(&one->scenario, all);
    for (size_t j = 0; j < SETTINGS; j++) {
        if (is_column(s, j, all[j].name)) {
            wb_number(s, row, col++, all[j].value, setting_look(all[j].name));
        }
    }
    return col;
}

static wb_look quantity_look(tq_sim_quantity q)
{
    return simulation_percent(q) ? wb_decimals(WB_SHARE, 2) : wb_decimals(WB_FIXED, 4);
}

static double shown(tq_sim_quantity q, double x)
{
    return simulation_percent(q) ? x / 100.0 : x;
}

/* A list of results, each quantity with its error. */
static void write_results(wb_sheet *s, lxw_row_t top, const char *name, const tq_sim_quantity *q,
                          size_t n)
{
    const tq_simulation *of = simulation(s);
    wb_list list = wb_list_begin(s, top, SETTINGS + 2 + 2 * n);
    size_t rows = 0;

    setting_columns(s, &list);
    wb_list_column(&list, "Method", wb_as(WB_INDENT));
    wb_list_column(&list, "Test", wb_as(WB_INDENT));
    for (size_t j = 0; j < n; j++) {
        const char *head = simulation_head(of, q[j]);

        wb_list_column(&list, head, quantity_look(q[j]));
        wb_list_column(&list, wb_format(s->book, "%s: MC error", head), quantity_look(q[j]));
    }
    for (size_t i = 0; i < of->n; i++) {
        for (size_t r = 0; r < simulation_rows(of) && rows < MOST_ROWS; r++) {
            const lxw_row_t row = top + 1 + (lxw_row_t)rows++;
            const tq_sim_row *result = &of->one[i].row[r];
            lxw_col_t col = write_settings(s, row, &of->one[i]);

            wb_text(s, row, col++, tq_method_name(result->method), wb_as(WB_INDENT));
            wb_text(s, row, col++, tq_test_name(result->test), wb_as(WB_INDENT));
            for (size_t j = 0; j < n; j++) {
                const tq_sim_value *v = &result->value[q[j]];

                wb_optional(s, row, col++, shown(q[j], v->value), quantity_look(q[j]));
                wb_optional(s, row, col++, shown(q[j], v->mcse), quantity_look(q[j]));
            }
        }
    }
    const lxw_row_t end = wb_list_end(&list, name, rows);

    if (rows < of->n * simulation_rows(of)) {
        wb_flow(s, end, 0,
                wb_format(s->book, "the first %zu of %zu rows; --format csv has all of them", rows,
                          of->n * simulation_rows(of)),
                wb_as(WB_NOTE));
    }
}

/* ---- summary ---- */

/* "5, 10, 20": the values of a setting in the order of the scenarios. */
static const char *values_of(wb_sheet *s, size_t j)
{
    enum { MOST = 64 };
    double value[MOST];
    const size_t n =
        simulation_values(&s->book->simulation->grid, simulation(s)->n, j, value, MOST);
    const char *text = "";

    for (size_t i = 0; i < n; i++) {
        text = wb_format(s->book, "%s%s%g", text, i ? ", " : "", value[i]);
    }
    return text;
}

static lxw_row_t fact(wb_sheet *s, lxw_row_t row, const char *label, const char *text)
{
    wb_flow(s, row, 0, label, wb_as(WB_TEXT));
    wb_flow(s, row, 2, text, wb_as(WB_TEXT));
    return row + 1;
}

static lxw_row_t write_design(wb_sheet *s, lxw_row_t row)
{
    const tq_simulation *of = simulation(s);
    const tq_sim_options *o = of->options;
    wb_book *book = s->book;
    simulation_setting all[SETTINGS];

    simulation_settings(&of->one[0].scenario, all);
    wb_flow(s, row++, 0, "Design", wb_as(WB_SECTION));
    row = fact(s, row, "Measure", tq_sim_measure_name(of->one[0].scenario.measure));
    row = fact(s, row, "Group sizes", tq_sim_sizes_name(of->one[0].scenario.sizes));
    for (size_t j = 0; j < SETTINGS; j++) {
        if (book->simulation->grid.varies[j] || simulation_is_told(of, all, j)) {
            row = fact(s, row, all[j].label, values_of(s, j));
        }
    }
    if (of->plan) {
        row = fact(s, row, "Searched for",
                   wb_format(book, "the smallest %s with a power of %g%%",
                             tq_sim_find_name(of->find), of->power));
    }
    row = fact(s, row, "Level", wb_format(book, "%g%%", o->level));
    row = fact(s, row, "Replicates",
               wb_format(book, "%llu of each scenario", (unsigned long long)o->replicates));
    return fact(s, row, "Seed", wb_format(book, "%llu", (unsigned long long)o->seed)) + 1;
}

static lxw_row_t write_sheets(wb_sheet *s, lxw_row_t row)
{
    wb_flow(s, row++, 0, "In this workbook", wb_as(WB_SECTION));
    for (size_t i = 1; i < s->book->n_sheets; i++) {
        const wb_sheet *sheet = &s->book->sheet[i];

        if (sheet->kind) {
            wb_link(s, row, 0, sheet->name, NULL);
            wb_flow(s, row++, 2, sheet->kind->about, wb_as(WB_TEXT));
        }
    }
    return row + 1;
}

void wb_simulation_summary(wb_sheet *s)
{
    static const tq_sim_quantity main[] = {TQ_SIM_BIAS, TQ_SIM_COVERAGE, TQ_SIM_REJECTED,
                                           TQ_SIM_WIDTH};
    const tq_simulation *of = simulation(s);

    wb_top(s, of->provenance.title ? of->provenance.title : "Simulation of meta-analyses",
           wb_format(s->book, "%zu scenario%s; MC error: Monte-Carlo standard error.", of->n,
                     of->n == 1 ? "" : "s"));
    lxw_row_t row = write_sheets(s, write_design(s, TABLE_ROW));

    wb_flow(s, row++, 0, "Results", wb_as(WB_SECTION));
    write_results(s, row, "SummaryTable", main, sizeof main / sizeof *main);
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    wb_finish(s, row, row);
}

/* ---- performance, scenarios, quantities ---- */

void wb_performance(wb_sheet *s)
{
    tq_sim_quantity q[TQ_SIM_QUANTITY_COUNT];
    size_t n = 0;

    for (size_t i = 0; i < TQ_SIM_QUANTITY_COUNT; i++) {
        if (simulation_exists(simulation(s), (tq_sim_quantity)i)) {
            q[n++] = (tq_sim_quantity)i;
        }
    }
    wb_top(s, "Performance",
           "Measures of performance with Monte-Carlo standard errors: Morris, White & Crowther "
           "(2019), Stat. Med. 38:2074-2102, table 6.");
    write_results(s, TABLE_ROW, "PerformanceTable", q, n);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 0);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}

void wb_scenarios(wb_sheet *s)
{
    const tq_simulation *of = simulation(s);
    const struct {
        const char *head;
        wb_look look;
    } columns[] = {{"Mean sampling variance", wb_decimals(WB_FIXED, 4)},
                   {"Mean group size", wb_decimals(WB_FIXED, 1)},
                   {"Run per published", wb_decimals(WB_FIXED, 3)},
                   {"Without estimate", wb_decimals(WB_SHARE, 2)},
                   {"Power by formula", wb_decimals(WB_SHARE, 2)}};
    enum { COLUMNS = sizeof columns / sizeof *columns };
    wb_list list = wb_list_begin(s, TABLE_ROW, SETTINGS + COLUMNS + 1);
    const size_t n = of->n < MOST_ROWS ? of->n : MOST_ROWS;

    wb_top(
        s, "Scenarios",
        "Means over all simulated studies. The formula takes tau\xC2\xB2 and sampling variances as "
        "known, with the test z: Hedges & Pigott (2001), Psychol. Methods 6:203-217.");
    setting_columns(s, &list);
    for (size_t j = 0; j < COLUMNS; j++) {
        wb_list_column(&list, columns[j].head, columns[j].look);
    }
    if (of->plan) {
        wb_list_column(&list, "Found", wb_as(WB_INDENT));
    }
    for (size_t i = 0; i < n; i++) {
        const tq_simulated *one = &of->one[i];
        const lxw_row_t row = TABLE_ROW + 1 + (lxw_row_t)i;
        const double value[COLUMNS] = {
            one->studies.vi, one->studies.n, one->studies.run, one->studies.no_effect / 100.0,
            one->scenario.effect != 0.0 ? simulation_formula(of, one) / 100.0 : WB_NONE};
        lxw_col_t col = write_settings(s, row, one);

        for (size_t j = 0; j < COLUMNS; j++) {
            wb_optional(s, row, col++, value[j], columns[j].look);
        }
        if (of->plan) {
            wb_text(s, row, col, one->found ? "yes" : "no", wb_as(WB_INDENT));
        }
    }
    wb_list_end(&list, "ScenarioTable", n);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 0);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}

void wb_quantities(wb_sheet *s)
{
    wb_list list = wb_list_begin(s, TABLE_ROW, 3);

    wb_top(s, "Quantities",
           "Columns of Performance, their names in CSV and JSON, and what they are.");
    wb_list_column(&list, "Column", wb_as(WB_TEXT));
    wb_list_column(&list, "Name", wb_as(WB_TEXT));
    wb_list_column(&list, "Meaning", wb_as(WB_TEXT));
    for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
        const lxw_row_t row = TABLE_ROW + 1 + (lxw_row_t)q;

        wb_text(s, row, 0, simulation_head(simulation(s), (tq_sim_quantity)q), wb_as(WB_TEXT));
        wb_text(s, row, 1, tq_sim_quantity_name((tq_sim_quantity)q), wb_as(WB_TEXT));
        wb_text(s, row, 2, tq_sim_quantity_label((tq_sim_quantity)q), wb_as(WB_TEXT));
    }
    wb_list_end(&list, "QuantityTable", TQ_SIM_QUANTITY_COUNT);
    wb_finish(s, 0, 0);
}

/* ---- provenance ---- */

void wb_simulation_provenance(wb_sheet *s)
{
    enum { VALUE_PIXELS = 740 };
    const tq_simulation *of = simulation(s);
    const tq_sim_options *o = of->options;
    wb_book *book = s->book;
    const struct {
        const char *label, *value;
    } lines[] = {
        {"Program", "tausq " TQ_VERSION},
        {"Command", of->provenance.command},
        {"Command line", of->provenance.command_line},
        {"Date", of->provenance.date},
        {"measure", tq_sim_measure_name(of->one[0].scenario.measure)},
        {"sizes", tq_sim_sizes_name(of->one[0].scenario.sizes)},
        {"level", wb_format(book, "%.15g", o->level)},
        {"predict", tq_predict_name(o->predict)},
        {"reps", wb_format(book, "%llu", (unsigned long long)o->replicates)},
        {"seed", wb_format(book, "%llu", (unsigned long long)o->seed)},
        {"find", of->plan ? tq_sim_find_name(of->find) : NULL},
        {"power", of->plan ? wb_format(book, "%.15g", of->power) : NULL},
    };
    lxw_row_t row = TABLE_ROW;

    s->width[1] = VALUE_PIXELS;
    wb_top(s, "Provenance", "What was run. The same command gives this workbook again.");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].value) {
            wb_text(s, row, 0, lines[i].label, wb_as(WB_WRAP));
            row = wb_wrapped(s, row, 1, lines[i].value, VALUE_PIXELS);
        }
    }
    wb_finish(s, 0, 0);
}
