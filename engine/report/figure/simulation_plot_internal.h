/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the figures of a simulation share: the rows of panels, the series in them. */
#ifndef TQ_REPORT_FIGURE_SIMULATION_PLOT_INTERNAL_H
#define TQ_REPORT_FIGURE_SIMULATION_PLOT_INTERNAL_H

#include "report/figure/chart_internal.h"
#include "report/figure/simulation_plot.h"
#include "report/simulation/simulation_internal.h"

/* A row of panels: a quantity, or the size that a plan finds. */
typedef struct {
    int is_size;
    tq_sim_quantity q;
} sim_row;

enum { SIM_ROWS = TQ_SIM_QUANTITY_COUNT + 1 };

typedef struct {
    const tq_simulation *s;
    simulation_grid grid;
    sim_row row[SIM_ROWS];
    size_t n_rows;
    tq_panels *g;
    chart_maker m; /* of the panel at hand, in the arena of g */
} sim_figure;

/* The value of row `row` in row r of a scenario's results. */
tq_sim_value sim_value(const sim_figure *f, size_t row, const tq_simulated *one, size_t r);
/* What it would be at best, and how far from it 95% of simulations fall (0: not told); NaN: nothing. */
double sim_nominal(const sim_figure *f, size_t row, const tq_simulated *one, double *limit);
/* 1: a series of its own for each test. */
int sim_by_test(const sim_figure *f, size_t row);
/* "Coverage (%)". */
const char *sim_label(sim_figure *f, size_t row);

/* Methods by colour and tests by marker and dash, or what there is several of by both. */
typedef struct {
    tq_ink ink;
    tq_marker marker;
    double dash;
    const char *name;
} sim_series;
sim_series sim_series_of(sim_figure *f, size_t r);

/* Zeroed panels; the first panel is at hand. */
int sim_panels(sim_figure *f, size_t rows, size_t columns);
/* Turn to a panel, with room for so many layers. */
tq_chart *sim_turn(sim_figure *f, size_t panel, size_t layers);
/* The y axis of a row's panel; bare: without labels. */
void sim_y_axis(sim_figure *f, chart_range r, const char *label, int bare);
/* Steps at the nominal values of n scenarios (NULL: none) that stand from edge[i] to edge[i + 1], with their limits;
   layers: at most 2 n. */
void sim_nominal_steps(sim_figure *f, size_t row, const tq_simulated *const *one,
                       const double *edge, size_t n);

/* nested_loop_plot.c */
tq_status sim_nested(sim_figure *f, tq_error *err);

#endif
