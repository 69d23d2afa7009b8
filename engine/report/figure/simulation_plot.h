/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file simulation_plot.h  Figures of a simulation: performance of methods and tests over scenarios. */
#ifndef TQ_REPORT_FIGURE_SIMULATION_PLOT_H
#define TQ_REPORT_FIGURE_SIMULATION_PLOT_H

#include "report/figure/panels.h"
#include "report/simulation/simulation_view.h"

typedef enum {
    TQ_SIM_PLOT_AUTO,   /* panels, or nested where they would be too many */
    TQ_SIM_PLOT_PANELS, /* a row for each quantity, a column for each combination of settings */
    TQ_SIM_PLOT_NESTED, /* nested loop plot: all scenarios side by side, their settings below */
    TQ_SIM_PLOT_COUNT
} tq_sim_plot_kind;

/** Name ("nested"); NULL outside the range. */
TQ_API const char *tq_sim_plot_name(tq_sim_plot_kind kind);

/** Columns of panels at most. */
enum { TQ_SIM_PLOT_COLUMNS = 6 };

/** Zero is the default. */
typedef struct {
    tq_sim_plot_kind kind;
    /* [n] NULL: bias, coverage, rejected; of a plan the size found and the power */
    const tq_sim_quantity *quantity;
    size_t n;
    const char *along; /* panels: setting along the axis ("k"); NULL: the first that varies */
} tq_sim_plot_options;

/**
 * Lay out the figure. Bars are 95% intervals of the Monte-Carlo error; lines mark nominal values with the limits in
 * which 95% of simulations of a method that keeps them would fall. Nested loop plots are those of Rücker &
 * Schwarzer (2014), BMC Med. Res. Methodol. 14:129.
 *
 * @param[out] out  To be freed with tq_panels_free(); borrows texts of s.
 * @retval TQ_EINVAL  along is no setting that varies; more columns than TQ_SIM_PLOT_COLUMNS.
 * @retval TQ_EDATA   No value of a quantity exists.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_sim_plot(const tq_simulation *s, const tq_sim_plot_options *opt,
                             tq_panels **out, tq_error *err);

/** Whether that can be done, before results are there. @retval TQ_EINVAL, TQ_ENOMEM as tq_sim_plot() */
TQ_API tq_status tq_sim_plot_check(const tq_simulation *s, const tq_sim_plot_options *opt,
                                   tq_error *err);

#endif
