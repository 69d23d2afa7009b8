/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nested loop plot: Rücker & Schwarzer (2014), BMC Med. Res. Methodol. 14:129. All scenarios side by side
 * in the order of the loops over their settings, a line in steps for each series, and below a line in
 * steps for each setting.
 */
#include <math.h>

#include "report/figure/simulation_plot_internal.h"

#define WIDTH 420.0
#define SETTING_HEIGHT 15.0 /* of the steps of a setting and the gap to the next, in points */
#define STEPS_SHARE 0.62    /* of that, the steps */
enum { LONGEST_LIST = 30 };

/* y over the scenarios in steps. */
static tq_chart_layer *add_steps(sim_figure *f, const char *role, tq_ink ink, const double *y)
{
    const size_t n = f->s->n;
    tq_chart_layer *const line = chart_layer(&f->m, TQ_CHART_LINE, role, ink, 2 * n);

    for (size_t i = 0; line && i < n; i++) {
        line->x[2 * i] = (double)i;
        line->x[2 * i + 1] = (double)(i + 1);
        line->y[2 * i] = line->y[2 * i + 1] = y[i];
    }
    return line;
}

static void scenario_axis(sim_figure *f)
{
    f->m.c->x = (tq_chart_axis){.lo = 0.0, .hi = (double)f->s->n};
}

/* ---- quantities ---- */

static void add_quantity(sim_figure *f, size_t row, size_t r, double *y)
{
    const sim_series look = sim_series_of(f, r);

    for (size_t i = 0; i < f->s->n; i++) {
        y[i] = sim_value(f, row, &f->s->one[i], r).value;
    }
    tq_chart_layer *const line = add_steps(f, "series", look.ink, y);

    if (line) {
        line->dash = look.dash;
        line->width = f->s->n > 100 ? 0.8 : 1.1;
        line->legend = simulation_rows(f->s) > 1 ? look.name : NULL;
    }
}

static chart_range range_of(const sim_figure *f, size_t row)
{
    chart_range r = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < f->s->n; i++) {
        double limit;
        const double nominal = sim_nominal(f, row, &f->s->one[i], &limit);

        r = chart_with(chart_with(r, nominal - limit), nominal + limit);
        for (size_t k = 0; k < simulation_rows(f->s); k++) {
            r = chart_with(r, sim_value(f, row, &f->s->one[i], k).value);
        }
    }
    return r;
}

static void fill_row(sim_figure *f, size_t row)
{
    const size_t n = f->s->n, series = simulation_rows(f->s);
    tq_chart *const c = sim_turn(f, row, 2 * n + series);
    const tq_simulated **const one = chart_take(&f->m, n, sizeof *one);
    double *const edge = chart_take(&f->m, n + 1, sizeof *edge);
    double *const y = chart_take(&f->m, n, sizeof *y);

    c->height = f->n_rows < 3 ? 150.0 : 105.0;
    scenario_axis(f);
    sim_y_axis(f, range_of(f, row), sim_label(f, row), 0);
    if (!one || !edge || !y) {
        return;
    }
    for (size_t i = 0; i <= n; i++) {
        edge[i] = (double)i;
        if (i < n) {
            one[i] = &f->s->one[i];
        }
    }
    sim_nominal_steps(f, row, one, edge, n);
    for (size_t r = 0; r < series; r++) {
        if (sim_by_test(f, row) || r % f->s->options->n_tests == 0) {
            add_quantity(f, row, r, y);
        }
    }
}

/* ---- settings ---- */

static double setting_of(const sim_figure *f, size_t i, size_t j)
{
    return f->grid.setting[i * SIMULATION_SETTINGS + j];
}

/* "k: 5, 10, 20", in the order in which they come. */
static const char *list_of(sim_figure *f, size_t j)
{
    enum { MOST = LONGEST_LIST / 3 }; /* more do not fit: each takes three characters */
    simulation_setting all[SIMULATION_SETTINGS];
    double value[MOST];
    const size_t n = simulation_values(&f->grid, f->s->n, j, value, MOST);

    simulation_settings(&f->s->one[0].scenario, all);
    const char *text = CHART_TEXT(&f->m, "%s:", all[j].label);

    for (size_t i = 0; i < n; i++) {
        text = CHART_TEXT(&f->m, "%s%s %s", text, i ? "," : "", chart_exact(&f->m, value[i]));
    }
    return chart_cut(&f->m, text, LONGEST_LIST);
}

/* Steps between base and base + STEPS_SHARE, by size. */
static void add_setting(sim_figure *f, size_t j, double base, double *y)
{
    chart_range r = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < f->s->n; i++) {
        r = chart_with(r, setting_of(f, i, j));
    }
    for (size_t i = 0; i < f->s->n; i++) {
        y[i] = base + STEPS_SHARE * (setting_of(f, i, j) - r.lo) / (r.hi - r.lo);
    }
    tq_chart_layer *const line = add_steps(f, "setting", TQ_INK_QUIET, y);

    if (line) {
        line->width = 0.9;
    }
}

static void fill_settings(sim_figure *f)
{
    const size_t n = f->grid.n_varying;
    tq_chart *const c = sim_turn(f, f->n_rows, n);
    tq_forest_tick *const tick = chart_take(&f->m, n, sizeof *tick);
    double *const y = chart_take(&f->m, f->s->n, sizeof *y);
    size_t at = 0;

    c->height = SETTING_HEIGHT * (double)n + 4.0;
    scenario_axis(f);
    c->y = (tq_chart_axis){.lo = -0.2, .hi = (double)n, .tick = tick};
    for (size_t j = 0; tick && y && j < SIMULATION_SETTINGS; j++) {
        if (f->grid.varies[j]) {
            const double base = (double)(n - 1 - at);

            add_setting(f, j, base, y);
            tick[at++] = (tq_forest_tick){base + 0.5 * STEPS_SHARE, list_of(f, j)};
        }
    }
    c->y.n_ticks = at;
}

tq_status sim_nested(sim_figure *f, tq_error *err)
{
    if (!sim_panels(f, f->n_rows + 1, 1)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    f->g->width = WIDTH;
    for (size_t row = 0; row < f->n_rows; row++) {
        fill_row(f, row);
    }
    fill_settings(f);
    f->g->x_label = CHART_TEXT(&f->m, "%zu scenarios, settings in steps", f->s->n);
    return TQ_OK;
}
