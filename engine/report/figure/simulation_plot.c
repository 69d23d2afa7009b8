/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Performance of methods and tests: a row of panels for each quantity, lines over the scenarios. */
#include "report/figure/simulation_plot.h"

#include <math.h>

#include "core/distributions.h"
#include "report/figure/simulation_plot_internal.h"

/* Settings up to so many stand at equal distances, so that series can stand beside each other. */
enum { MOST_PLACES = 12 };
/* Percent: an axis reaches at least so far from the nominal value, so that noise does not fill it; without one it
   has the whole range. */
#define LEAST_REACH 2.0
#define BESIDE 0.11     /* between series at one place, at most */
#define ALL_BESIDE 0.55 /* all of them */
#define RADIUS 2.0

static const struct {
    const char *name;
} kinds[] = {[TQ_SIM_PLOT_AUTO] = {"auto"},
             [TQ_SIM_PLOT_PANELS] = {"panels"},
             [TQ_SIM_PLOT_NESTED] = {"nested"}};
_Static_assert(sizeof kinds / sizeof *kinds == TQ_SIM_PLOT_COUNT, "a row per kind of figure");

const char *tq_sim_plot_name(tq_sim_plot_kind kind)
{
    return (unsigned)kind < TQ_SIM_PLOT_COUNT ? kinds[kind].name : NULL;
}

/* ---- rows ---- */

static tq_status choose_rows(sim_figure *f, const tq_sim_plot_options *opt, tq_error *err)
{
    static const tq_sim_quantity usual[] = {TQ_SIM_BIAS, TQ_SIM_COVERAGE, TQ_SIM_REJECTED};
    const int plan = f->s->plan && !opt->quantity;
    const tq_sim_quantity *const q = opt->quantity ? opt->quantity : usual + (plan ? 2 : 0);
    const size_t n = opt->quantity ? opt->n : plan ? 1 : 3;

    if (plan) {
        f->row[f->n_rows++] = (sim_row){1, TQ_SIM_QUANTITY_COUNT};
    }
    for (size_t i = 0; i < n && f->n_rows < SIM_ROWS; i++) {
        if (simulation_exists(f->s, q[i])) {
            f->row[f->n_rows++] = (sim_row){0, q[i]};
        } else if (opt->quantity) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "there is no value of %s: the methods do not give it",
                           tq_sim_quantity_name(q[i]));
        }
    }
    return f->n_rows > 0 ? TQ_OK
                         : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "there are no values to show");
}

tq_sim_value sim_value(const sim_figure *f, size_t row, const tq_simulated *one, size_t r)
{
    const tq_sim_value none = {NAN, NAN};

    if (!one || !one->found) {
        return none;
    }
    if (f->row[row].is_size) {
        return (tq_sim_value){
            f->s->find == TQ_SIM_FIND_K ? (double)one->scenario.k : one->scenario.n, NAN};
    }
    return one->row[r].value[f->row[row].q];
}

double sim_nominal(const sim_figure *f, size_t row, const tq_simulated *one, double *limit)
{
    *limit = 0.0;
    if (!one || f->row[row].is_size) {
        return NAN;
    }
    const tq_sim_quantity q = f->row[row].q;
    const double nominal = simulation_nominal(f->s, one, q);
    const int share =
        q == TQ_SIM_COVERAGE || q == TQ_SIM_Q_REJECTED || (q == TQ_SIM_REJECTED && !f->s->plan);

    if (share && !isnan(nominal)) {
        *limit = tq_critical_value(95.0, NAN) *
                 sqrt(nominal * (100.0 - nominal) / (double)f->s->options->replicates);
    }
    return nominal;
}

int sim_by_test(const sim_figure *f, size_t row)
{
    return !f->row[row].is_size && !simulation_by_method(f->row[row].q);
}

const char *sim_label(sim_figure *f, size_t row)
{
    if (f->row[row].is_size) {
        return f->s->find == TQ_SIM_FIND_K ? "Smallest number of studies" : "Smallest group size";
    }
    const tq_sim_quantity q = f->row[row].q;
    const char *const head = simulation_head(f->s, q);

    return simulation_percent(q) ? CHART_TEXT(&f->m, "%s (%%)", head) : head;
}

static int any_by_test(const sim_figure *f)
{
    int any = 0;

    for (size_t i = 0; i < f->n_rows; i++) {
        any |= sim_by_test(f, i);
    }
    return any;
}

sim_series sim_series_of(sim_figure *f, size_t r)
{
    static const double dashes[] = {0.0, 4.0, 1.2, 7.0};
    const tq_sim_options *o = f->s->options;
    const size_t method = r / o->n_tests, test = r % o->n_tests;
    const int both = o->n_methods > 1 && o->n_tests > 1;
    const size_t colour = o->n_methods > 1 ? method : test;
    const char *const m = tq_method_name(o->method[method]), *const t = tq_test_name(o->test[test]);

    return (sim_series){
        (tq_ink)(TQ_INK_GROUP + (int)(colour % TQ_INK_GROUPS)),
        (tq_marker)((both ? test : colour + colour / TQ_INK_GROUPS) % TQ_MARKER_COUNT),
        both ? dashes[test % (sizeof dashes / sizeof *dashes)] : 0.0,
        !any_by_test(f)         ? m
        : both || !o->n_methods ? CHART_TEXT(&f->m, "%s, %s", m, t)
        : o->n_methods > 1      ? m
                                : t};
}

/* ---- panels ---- */

int sim_panels(sim_figure *f, size_t rows, size_t columns)
{
    tq_arena *const arena = tq_arena_new();

    f->g = arena ? tq_arena_take(arena, 1, sizeof *f->g) : NULL;
    if (!f->g) {
        tq_arena_free(arena);
        return 0;
    }
    f->g->arena = arena;
    f->g->rows = rows;
    f->g->columns = columns;
    f->g->panel = tq_arena_take(arena, rows * columns, sizeof *f->g->panel);
    f->g->head = columns > 1 ? tq_arena_take(arena, columns, sizeof *f->g->head) : NULL;
    if (!f->g->panel || (columns > 1 && !f->g->head)) {
        tq_panels_free(f->g);
        f->g = NULL;
        return 0;
    }
    for (size_t i = 0; i < rows * columns; i++) {
        f->g->panel[i].arena = arena;
    }
    f->m = (chart_maker){.c = f->g->panel};
    return 1;
}

tq_chart *sim_turn(sim_figure *f, size_t panel, size_t layers)
{
    tq_chart *const c = &f->g->panel[panel];

    f->m.c = c;
    f->m.room = layers;
    c->layer = chart_take(&f->m, layers, sizeof *c->layer);
    return c;
}

void sim_y_axis(sim_figure *f, chart_range r, const char *label, int bare)
{
    tq_chart_axis *const axis = &f->m.c->y;
    const chart_axis_look look = {label, 0, 0, f->m.c->height, 1};

    chart_axis(&f->m, axis, r, &look);
    for (size_t i = 0; bare && i < axis->n_ticks; i++) {
        axis->tick[i].label = "";
    }
    axis->label = bare ? NULL : label;
}

static void add_limits(sim_figure *f, double from, double to, double nominal, double limit)
{
    tq_chart_layer *const area = chart_layer(&f->m, TQ_CHART_AREA, "limits", TQ_INK_SHADE_2, 4);

    if (area) {
        area->x[0] = area->x[3] = from;
        area->x[1] = area->x[2] = to;
        area->y[0] = area->y[1] = nominal - limit;
        area->y[2] = area->y[3] = nominal + limit;
        area->legend = "Nominal value, with the limits of Monte-Carlo error (95%)";
    }
}

void sim_nominal_steps(sim_figure *f, size_t row, const tq_simulated *const *one,
                       const double *edge, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        double limit, other;
        const double nominal = sim_nominal(f, row, one[i], &limit);

        for (end = i + 1; end < n && sim_nominal(f, row, one[end], &other) == nominal; end++) {
        }
        if (isnan(nominal)) {
            continue;
        }
        if (limit > 0.0) {
            add_limits(f, edge[i], edge[end], nominal, limit);
        }
        chart_segment(&f->m, "null", TQ_INK_RULE, CHART_THIN, 0.0, edge[i], nominal, edge[end],
                      nominal);
    }
}

/* ---- series over places ---- */

/* Places along the axis: values of a setting, or methods, or tests where there is one scenario. */
typedef struct {
    size_t n, n_series;
    int methods;  /* of one scenario: 1: the places are methods */
    int by_value; /* places stand at the values, not at equal distances */
} places;

static places places_of(const sim_figure *f)
{
    const tq_sim_options *o = f->s->options;
    const int one = f->grid.along == SIMULATION_SETTINGS, methods = one && o->n_methods > 1;

    if (!one) {
        return (places){f->grid.n_along, simulation_rows(f->s), 0, f->grid.n_along > MOST_PLACES};
    }
    return methods ? (places){o->n_methods, o->n_tests, 1, 0} : (places){o->n_tests, 1, 0, 0};
}

/* The row of results of series j at place i. */
static size_t result_of(const sim_figure *f, const places *p, size_t j, size_t i)
{
    const int one = f->grid.along == SIMULATION_SETTINGS;

    return !one ? j : p->methods ? i * f->s->options->n_tests + j : i;
}

static double place_at(const sim_figure *f, const places *p, size_t i)
{
    return p->by_value ? f->grid.value[i] : (double)(i + 1);
}

static int is_shown(const sim_figure *f, const places *p, size_t row, size_t j)
{
    const size_t test = p->methods ? j : j % f->s->options->n_tests;

    return sim_by_test(f, row) || test == 0 || (p->n_series == 1);
}

static double beside(const sim_figure *f, const places *p, size_t row, size_t j)
{
    size_t n = 0, before = 0;

    for (size_t i = 0; i < p->n_series; i++) {
        n += (size_t)is_shown(f, p, row, i);
        before += (size_t)(i < j && is_shown(f, p, row, i));
    }
    return p->by_value
               ? 0.0
               : ((double)before - 0.5 * ((double)n - 1.0)) * fmin(BESIDE, ALL_BESIDE / (double)n);
}

/* "REML, knha: 94.85 (0.07)". */
static const char *hint_of(sim_figure *f, size_t r, const tq_sim_value *v)
{
    const tq_sim_options *o = f->s->options;

    return CHART_TEXT(&f->m, "%s, %s: %s (%s)", tq_method_name(o->method[r / o->n_tests]),
                      tq_test_name(o->test[r % o->n_tests]), chart_number(&f->m, v->value),
                      isnan(v->mcse) ? "\xE2\x80\x93" : chart_number(&f->m, v->mcse));
}

/* Of one scenario: a test at the places of the methods, or all tests. */
static sim_series test_series(const sim_figure *f, const places *p, size_t j)
{
    return (sim_series){(tq_ink)(TQ_INK_GROUP + (int)(j % TQ_INK_GROUPS)),
                        (tq_marker)((j + j / TQ_INK_GROUPS) % TQ_MARKER_COUNT), 0.0,
                        p->methods ? tq_test_name(f->s->options->test[j]) : ""};
}

static void add_series(sim_figure *f, const places *p, size_t row, size_t facet, size_t j)
{
    const int joined = f->grid.along < SIMULATION_SETTINGS;
    const sim_series look = joined ? sim_series_of(f, j) : test_series(f, p, j);
    const double z = tq_critical_value(95.0, NAN), shift = beside(f, p, row, j);
    tq_chart_layer *const line =
        joined ? chart_layer(&f->m, TQ_CHART_LINE, "series", look.ink, p->n) : NULL;
    tq_chart_layer *const bars = chart_layer(&f->m, TQ_CHART_LINE, "error", look.ink, 3 * p->n);
    tq_chart_layer *const points = chart_layer(&f->m, TQ_CHART_POINTS, "point", look.ink, p->n);
    const char **const hint = chart_take(&f->m, p->n, sizeof *hint);
    double *const radius = chart_take(&f->m, p->n, sizeof *radius);

    if ((joined && !line) || !bars || !points || !hint || !radius) {
        return;
    }
    for (size_t i = 0; i < p->n; i++) {
        const size_t r = result_of(f, p, j, i);
        const tq_simulated *one = simulation_at(f->s, &f->grid, facet, joined ? i : 0);
        const tq_sim_value v = sim_value(f, row, one, r);
        const double x = place_at(f, p, i) + shift;

        points->x[i] = bars->x[3 * i] = bars->x[3 * i + 1] = bars->x[3 * i + 2] = x;
        points->y[i] = v.value;
        bars->y[3 * i] = v.value - z * v.mcse;
        bars->y[3 * i + 1] = v.value + z * v.mcse;
        bars->y[3 * i + 2] = NAN;
        radius[i] = RADIUS;
        hint[i] = isnan(v.value) ? NULL : hint_of(f, r, &v);
        if (line) {
            line->x[i] = x;
            line->y[i] = v.value;
        }
    }
    bars->width = CHART_THIN;
    points->marker = look.marker;
    points->radius = radius;
    points->hint = hint;
    points->legend = p->n_series > 1 ? look.name : NULL;
    if (line) {
        line->dash = look.dash;
        line->width = 1.0;
    }
}

/* ---- axes ---- */

static chart_range row_range(const sim_figure *f, size_t row)
{
    const double z = tq_critical_value(95.0, NAN);
    const int percent = !f->row[row].is_size && simulation_percent(f->row[row].q);
    chart_range r = CHART_EMPTY_RANGE;

    for (size_t i = 0; i < f->s->n; i++) {
        const tq_simulated *const one = &f->s->one[i];
        double limit;
        const double nominal = sim_nominal(f, row, one, &limit);
        const double reach = isnan(nominal) ? 100.0 : fmax(limit, LEAST_REACH);
        const double middle = isnan(nominal) ? 50.0 : nominal;

        r = chart_with(r, percent ? fmin(100.0, middle + reach) : nominal);
        r = chart_with(r, percent ? fmax(0.0, middle - reach) : nominal);
        for (size_t k = 0; k < simulation_rows(f->s); k++) {
            const tq_sim_value v = sim_value(f, row, one, k);
            const double half = isnan(v.mcse) ? 0.0 : z * v.mcse;

            r = chart_with(chart_with(r, v.value - half), v.value + half);
        }
    }
    return r;
}

/* A tick at each place; names of methods and tests may take several lines. */
static void place_axis(sim_figure *f, const places *p, int bare)
{
    tq_chart_axis *const axis = &f->m.c->x;
    const tq_sim_options *o = f->s->options;
    const int one = f->grid.along == SIMULATION_SETTINGS;
    tq_forest_tick *const tick = chart_take(&f->m, p->n, sizeof *tick);

    *axis = (tq_chart_axis){.lo = 0.5, .hi = (double)p->n + 0.5, .categories = one};
    for (size_t i = 0; tick && i < p->n; i++) {
        tick[i].at = (double)(i + 1);
        tick[i].label = bare         ? ""
                        : !one       ? chart_exact(&f->m, f->grid.value[i])
                        : p->methods ? tq_method_name(o->method[i])
                                     : tq_test_name(o->test[i]);
    }
    axis->tick = tick;
    axis->n_ticks = tick ? p->n : 0;
}

static void x_axis(sim_figure *f, const places *p, int bare)
{
    if (!p->by_value) {
        place_axis(f, p, bare);
        return;
    }
    const chart_axis_look look = {NULL, 0, 0, f->g->width, 0};

    chart_axis(&f->m, &f->m.c->x, (chart_range){f->grid.value[0], f->grid.value[p->n - 1]}, &look);
}

/* Where one place ends and the next begins. */
static void fill_edges(const sim_figure *f, const places *p, double *edge)
{
    const tq_chart_axis *const axis = &f->m.c->x;

    edge[0] = axis->lo;
    edge[p->n] = axis->hi;
    for (size_t i = 1; i < p->n; i++) {
        edge[i] = 0.5 * (place_at(f, p, i - 1) + place_at(f, p, i));
    }
}

static void fill_panel(sim_figure *f, const places *p, size_t row, size_t facet)
{
    const size_t columns = f->g->columns;
    tq_chart *const c = sim_turn(f, row * columns + facet, 2 * p->n + 3 * p->n_series);
    const tq_simulated **const one = chart_take(&f->m, p->n, sizeof *one);
    double *const edge = chart_take(&f->m, p->n + 1, sizeof *edge);
    static const double heights[] = {200.0, 140.0, 112.0, 92.0};

    c->height = heights[f->n_rows < 4 ? f->n_rows - 1 : 3];
    x_axis(f, p, row + 1 < f->n_rows);
    sim_y_axis(f, row_range(f, row), sim_label(f, row), facet > 0);
    if (!one || !edge) {
        return;
    }
    for (size_t i = 0; i < p->n; i++) {
        const int varies = f->grid.along < SIMULATION_SETTINGS;

        one[i] = simulation_at(f->s, &f->grid, facet, varies ? i : 0);
    }
    fill_edges(f, p, edge);
    sim_nominal_steps(f, row, one, edge, p->n);
    for (size_t j = 0; j < p->n_series; j++) {
        if (is_shown(f, p, row, j)) {
            add_series(f, p, row, facet, j);
        }
    }
}

static const char *facet_head(sim_figure *f, size_t facet)
{
    tq_buffer name = {0};

    simulation_facet_name(f->s, &f->grid, facet, &name);
    const char *const text =
        chart_kept(&f->m, tq_arena_text(f->g->arena, name.data ? name.data : ""));

    f->m.failed = f->m.failed || name.failed;
    tq_buffer_free(&name);
    return text;
}

static tq_status lay_out_panels(sim_figure *f, tq_error *err)
{
    static const double widths[TQ_SIM_PLOT_COLUMNS] = {300.0, 190.0, 140.0, 112.0, 92.0, 80.0};
    const size_t columns = f->grid.n_facets;
    const places p = places_of(f);
    simulation_setting all[SIMULATION_SETTINGS];

    if (!sim_panels(f, f->n_rows, columns)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    f->g->width = widths[columns - 1];
    for (size_t j = 0; j < columns; j++) {
        for (size_t row = 0; row < f->n_rows; row++) {
            fill_panel(f, &p, row, j);
        }
        if (f->g->head) {
            f->g->head[j] = facet_head(f, j);
        }
    }
    simulation_settings(&f->s->one[0].scenario, all);
    f->g->x_label = f->grid.along < SIMULATION_SETTINGS ? all[f->grid.along].label : NULL;
    f->g->caption = "Bars: 95% intervals of the Monte-Carlo error.";
    return TQ_OK;
}

/* ---- the whole ---- */

/* "SMD, group sizes fixed; n = 30, effect = 0; 10000 replicates, seed 1". */
static void add_subtitle(sim_figure *f)
{
    const tq_simulation *s = f->s;
    simulation_setting all[SIMULATION_SETTINGS];
    const char *text =
        CHART_TEXT(&f->m, "%s, group sizes %s", tq_sim_measure_name(s->one[0].scenario.measure),
                   tq_sim_sizes_name(s->one[0].scenario.sizes));
    const char *separator = "; ";

    simulation_settings(&s->one[0].scenario, all);
    for (size_t j = 0; j < SIMULATION_SETTINGS; j++) {
        if (simulation_is_told(s, all, j) && !f->grid.varies[j]) {
            text = CHART_TEXT(&f->m, "%s%s%s = %s", text, separator, all[j].label,
                              chart_exact(&f->m, all[j].value));
            separator = ", ";
        }
    }
    if (s->options->n_methods == 1 && s->options->n_tests == 1) {
        text = CHART_TEXT(&f->m, "%s; %s, test %s", text, tq_method_name(s->options->method[0]),
                          tq_test_name(s->options->test[0]));
    }
    f->g->subtitle = CHART_TEXT(&f->m, "%s; %llu replicates, seed %llu", text,
                                (unsigned long long)s->options->replicates,
                                (unsigned long long)s->options->seed);
}

static void add_texts(sim_figure *f)
{
    const tq_provenance *from = &f->s->provenance;

    f->g->title =
        from->title ? from->title
        : f->s->plan
            ? CHART_TEXT(&f->m, "%s needed for a power of %g%%",
                         f->s->find == TQ_SIM_FIND_K ? "Studies" : "Size of groups", f->s->power)
            : "Performance in simulated meta-analyses";
    f->g->notice = from->notice;
    add_subtitle(f);
    f->g->description =
        CHART_TEXT(&f->m, "%s. %zu scenarios. %s", f->g->title, f->s->n, f->g->subtitle);
}

static int is_nested(const sim_figure *f, const tq_sim_plot_options *opt)
{
    return opt->kind == TQ_SIM_PLOT_NESTED ||
           (opt->kind == TQ_SIM_PLOT_AUTO && f->grid.n_facets > TQ_SIM_PLOT_COLUMNS);
}

/* The grid of the scenarios, where the kind of figure has room for it. */
static tq_status make_grid(sim_figure *f, const tq_sim_plot_options *opt, tq_error *err)
{
    tq_status status = simulation_grid_make(f->s, opt->along, &f->grid, err);

    if (status == TQ_OK && is_nested(f, opt) && f->grid.n_varying == 0) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "a nested loop plot needs scenarios: a list A,B,C for a setting");
    }
    if (status == TQ_OK && !is_nested(f, opt) && f->grid.n_facets > TQ_SIM_PLOT_COLUMNS) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "%zu combinations of settings would be as many columns of panels, more "
                         "than %d; a nested loop plot (--kind nested) has room for them",
                         f->grid.n_facets, TQ_SIM_PLOT_COLUMNS);
    }
    if (status != TQ_OK) {
        simulation_grid_free(&f->grid);
    }
    return status;
}

tq_status tq_sim_plot_check(const tq_simulation *s, const tq_sim_plot_options *opt, tq_error *err)
{
    const tq_sim_plot_options usual = {.n = 0};
    sim_figure f = {.s = s};
    const tq_status status = make_grid(&f, opt ? opt : &usual, err);

    simulation_grid_free(&f.grid);
    return status;
}

tq_status tq_sim_plot(const tq_simulation *s, const tq_sim_plot_options *opt, tq_panels **out,
                      tq_error *err)
{
    const tq_sim_plot_options usual = {.n = 0};
    sim_figure f = {.s = s};

    opt = opt ? opt : &usual;
    tq_status status = make_grid(&f, opt, err);

    if (status != TQ_OK) {
        return status;
    }
    status = choose_rows(&f, opt, err);
    status = status == TQ_OK ? (is_nested(&f, opt) ? sim_nested : lay_out_panels)(&f, err) : status;
    if (status == TQ_OK) {
        add_texts(&f);
        status = f.m.failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
    }
    simulation_grid_free(&f.grid);
    if (status == TQ_OK) {
        *out = f.g;
    } else {
        tq_panels_free(f.g);
    }
    return status;
}
